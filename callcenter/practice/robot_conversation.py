"""One call as a robot leads it: greet, listen, wait for the suggestions, answer or register, part."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from callcenter.practice.robot_desk import Json, StaffDesk, StaffRefused
from callcenter.practice.robot_draft import Decision, caller_words, decide
from callcenter.practice.robot_phone import RobotPhone
from callcenter.practice.robot_talk import Patience, Prompts, Talk

log = logging.getLogger(__name__)

GREETING: Final = "您好，澜州市12345热线，请讲。"
NOTED: Final = "好的，您反映的情况我记下了，请稍等。"

RINGS_WITHIN_S: Final = 12.0  # the centre takes the call back after 10 s
CALLER_WITHIN_S: Final = 12.0
LOOKS_EVERY_S: Final = 0.3
SETTLED_S: Final = 1.0  # a suggestion that has not changed for this long is the last one
WAITS_FOR_SUGGESTION_S: Final = 10.0
WAITS_FOR_WORDS_S: Final = 75.0  # something was said, and a busy machine understands up to a minute late
# The robot counts from when its phone opened, the centre from when the caller joined, and words have edges.
ROUGHLY_MS: Final = 1500
TRIES: Final = 5
# The last step may meet a draft that is just being opened, or a call that is just being ended.
TRY_AGAIN_AFTER_S: Final = 0.8

_JOINED: Final = frozenset({"talking", "held"})
_NOT_MINE: Final = frozenset({"arrived", "queued", "offered"})


class Conversation:
    """What a robot does between accepting a call and wrapping up."""

    def __init__(self, desk: StaffDesk, phone: RobotPhone, prompts: Prompts) -> None:
        self._desk, self._phone, self._prompts = desk, phone, prompts
        self._patience = Patience()

    async def hold(self, call_id: int) -> None:
        """Lead the call to its end. Raises CentreAway, StaffRefused; the seat is put right by its owner."""
        talk = await self._phone.opened(within_s=RINGS_WITHIN_S)
        if talk is None or not await self._caller_joins(call_id, talk):
            return
        await talk.say(await self._prompts.of(GREETING))
        if await talk.listen(self._patience):
            # The words are still being understood while this is said.
            noted_at_ms = talk.lasted_ms
            await talk.say(await self._prompts.of(NOTED))
            decision = await self._conclude(call_id, noted_at_ms)
            if decision is not None:
                await talk.say(await self._prompts.of(decision.farewell, keep=decision.action == "register"))
        await self._desk.post(f"/api/desk/calls/{call_id}/hang-up")

    async def _caller_joins(self, call_id: int, talk: Talk) -> bool:
        """Wait until the caller is here; an open phone alone only means that this leg is up."""
        deadline = asyncio.get_running_loop().time() + CALLER_WITHIN_S
        while not talk.over and asyncio.get_running_loop().time() < deadline:
            call = (await self._desk.get("/api/desk/seat")).get("call") or {}
            if call.get("call_id") != call_id:
                return False
            if call["state"] in _JOINED:
                return True
            await asyncio.sleep(LOOKS_EVERY_S)
        return False

    async def _conclude(self, call_id: int, noted_at_ms: int) -> Decision | None:
        """Enter what is missing and answer or register; None when the call is somebody else's by now."""
        detail = await self._settled(call_id, noted_at_ms)
        if detail["card"]["state"] in _NOT_MINE:
            return None
        decision = decide(detail)
        if decision.fields:
            body = {"form": decision.fields, "fields": sorted(decision.fields)}
            await self._insist("PUT", f"/api/desk/calls/{call_id}/draft", body)
        await self._insist("POST", f"/api/desk/calls/{call_id}/{decision.action}")
        log.info("robot.concluded", extra={"call": call_id, "action": decision.action})
        return decision

    async def _settled(self, call_id: int, noted_at_ms: int) -> Json:
        """Return the call once all that was said is understood and the suggestion rests, or patience ends."""
        loop = asyncio.get_running_loop()
        began = changed = loop.time()
        seen: tuple[int | None, int] | None = None
        while True:
            detail = await self._desk.get(f"/api/desk/calls/{call_id}")
            heard = (_revision(detail), len(caller_words(detail)))
            if heard != seen:
                seen, changed = heard, loop.time()
            waited, rested = loop.time() - began, loop.time() - changed
            if rested >= _rest_s(detail, noted_at_ms) or waited >= WAITS_FOR_WORDS_S:
                return detail
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _insist(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """Do it, a few times if need be. Raises StaffRefused when the centre keeps saying no."""
        for left in reversed(range(TRIES)):
            try:
                await self._desk.ask(method, path, body)
                return
            except StaffRefused as refused:
                if refused.status != 409 or not left:
                    raise
            await asyncio.sleep(TRY_AGAIN_AFTER_S)


def _revision(detail: Json) -> int | None:
    revision: int | None = (((detail["draft"] or {}).get("suggestion")) or {}).get("revision")
    return revision


def _rest_s(detail: Json, noted_at_ms: int) -> float:
    """Return how long nothing new must have come before the robot goes on."""
    if not detail["listening"]["available"]:
        return SETTLED_S
    if not caller_words(detail):
        return WAITS_FOR_SUGGESTION_S if _caught_up(detail, noted_at_ms) else WAITS_FOR_WORDS_S
    done = _caught_up(detail, noted_at_ms) and _revision(detail) is not None
    return SETTLED_S if done else WAITS_FOR_SUGGESTION_S


def _caught_up(detail: Json, noted_at_ms: int) -> bool:
    """Say whether the recogniser has: once it has heard the robot thank, it has heard what was before."""
    own = [word["at_ms"] for word in detail["words"] if word["speaker"] == "agent"]
    return bool(own) and max(own) >= noted_at_ms - ROUGHLY_MS
