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
WAITS_FOR_SUGGESTION_S: Final = 8.0
WAITS_FOR_WORDS_S: Final = 15.0  # a busy machine understands late
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
            await talk.say(await self._prompts.of(NOTED))
            decision = await self._conclude(call_id)
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

    async def _conclude(self, call_id: int) -> Decision | None:
        """Enter what is missing and answer or register; None when the call is somebody else's by now."""
        detail = await self._settled(call_id)
        if detail["card"]["state"] in _NOT_MINE:
            return None
        decision = decide(detail)
        if decision.fields:
            body = {"form": decision.fields, "fields": sorted(decision.fields)}
            await self._insist("PUT", f"/api/desk/calls/{call_id}/draft", body)
        await self._insist("POST", f"/api/desk/calls/{call_id}/{decision.action}")
        log.info("robot.concluded", extra={"call": call_id, "action": decision.action})
        return decision

    async def _settled(self, call_id: int) -> Json:
        """Return the call once its suggestion has words and rests, or when patience ends."""
        loop = asyncio.get_running_loop()
        began = changed = loop.time()
        seen: Any = None
        while True:
            detail = await self._desk.get(f"/api/desk/calls/{call_id}")
            draft = detail.get("draft") or {}
            state = ((draft.get("suggestion") or {}).get("revision"), len(caller_words(detail)))
            if state != seen:
                seen, changed = state, loop.time()
            waited, rested = loop.time() - began, loop.time() - changed
            understood = state[0] is not None and state[1] > 0
            patience_s = WAITS_FOR_SUGGESTION_S if state[1] else WAITS_FOR_WORDS_S
            if (understood and rested >= SETTLED_S) or waited >= patience_s:
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
