"""The practice agents: robots that answer the hotline while no person sits at any desk.

Each is an ordinary agent of the centre with an account, a seat and a soft-phone, and knows nothing that a
person would not see. They exist so that one person alone can watch, script and test the whole road.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from callcenter.practice.robot_conversation import Conversation
from callcenter.practice.robot_desk import CentreAway, StaffDesk, StaffRefused
from callcenter.practice.robot_phone import RobotPhone
from callcenter.practice.robot_talk import Prompts
from callcenter.practice.settings import Settings

log = logging.getLogger(__name__)

ROBOTS: Final = 4
ACCOUNTS: Final = "robot"  # robot1, robot2 …, as in city/practice/staff.csv
LOOKS_EVERY_S: Final = 0.3
IDLE_LOOKS_EVERY_S: Final = 2.0  # while nobody calls, four robots should cost nothing
STAFFING_EVERY_S: Final = 1.0
LOST_AFTER_S: Final = 5.0  # a talk without a phone for this long belongs to an earlier life
LONGEST_PAUSE_S: Final = 15.0
GOES_WITHIN_S: Final = 3.0


class Duty:
    """Whether robots are wanted: nobody at any desk, and no call on the line that wants none."""

    def __init__(self, settings: Settings, kept_away: Callable[[], bool]) -> None:
        self._settings, self._kept_away = settings, kept_away
        self._nobody_there = False

    @property
    def wanted(self) -> bool:
        return self._nobody_there and not self._kept_away()

    async def watch(self) -> None:
        """Ask the centre every second who is there, until cancelled; unknown counts as somebody."""
        account = aiohttp.BasicAuth(self._settings.account_sid, self._settings.auth_token)
        limits = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(auth=account, timeout=limits) as http:
            while True:
                self._nobody_there = await self._look(http)
                await asyncio.sleep(STAFFING_EVERY_S)

    async def _look(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(self._settings.centre_url + "/api/practice/staffing") as response:
                if response.status != 200:
                    return False
                return bool((await response.json())["people_at_desks"] == 0)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError):
            return False


class Robot:
    """One practice agent on its seat."""

    def __init__(
        self, desk: StaffDesk, phone: RobotPhone, *, duty: Duty, prompts: Prompts, callers: Callable[[], int]
    ) -> None:
        self._desk, self._phone, self._duty, self._callers = desk, phone, duty, callers
        self._conversation = Conversation(desk, phone, prompts)
        self._lost_since: float | None = None

    @property
    def _ready(self) -> bool:
        return self._duty.wanted and self._phone.registered

    async def live(self) -> None:
        """Look after the seat until cancelled; whatever goes wrong, look again."""
        pause_s = LOOKS_EVERY_S
        while True:
            try:
                state = await self._tend()
                pause_s = LOOKS_EVERY_S if self._callers() or state not in _RESTS else IDLE_LOOKS_EVERY_S
            except StaffRefused as refused:
                # The seat or the call has moved on meanwhile; the next look shows how it stands.
                log.info("robot.refused", extra={"status": refused.status, "code": refused.code})
                pause_s = 1.0 if refused.status == 409 else min(max(1.0, pause_s * 2), LONGEST_PAUSE_S)
            except CentreAway:
                pause_s = min(max(1.0, pause_s * 2), LONGEST_PAUSE_S)
            await self._pause(pause_s)

    async def leave(self) -> None:
        """Leave the seat, as far as the centre still listens."""
        with contextlib.suppress(StaffRefused, CentreAway, TimeoutError):
            async with asyncio.timeout(GOES_WITHIN_S):
                await self._change("offline")

    async def _pause(self, seconds: float) -> None:
        """Wait, but wake up as soon as somebody calls."""
        until = asyncio.get_running_loop().time() + seconds
        quiet = not self._callers()
        while (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, LOOKS_EVERY_S))
            if quiet and self._callers():
                return

    async def _tend(self) -> str:
        """Look at the seat, do the one thing that is due, and return the state it was found in."""
        seat = await self._desk.get("/api/desk/seat")
        state = str(seat["state"])
        if state != "talking":
            self._lost_since = None
        if state in ("offline", "break") and self._ready:
            await self._change("ready")
        elif state == "break" or (state == "ready" and not self._ready):
            await self._change("offline")
        elif state == "offered" and seat["offer"] is not None:
            await self._take(seat["offer"])
        elif state == "talking" and seat["call"] is not None:
            await self._put_right(seat["call"])
        elif state == "wrap_up":
            await self._desk.post("/api/desk/wrap-up")
        return state

    async def _take(self, offer: dict[str, Any]) -> None:
        call_id, claim = offer["call"]["call_id"], {"claim": offer["claim"]}
        if not self._ready:
            await self._desk.post(f"/api/desk/calls/{call_id}/decline", claim)
            return
        await self._desk.post(f"/api/desk/calls/{call_id}/accept", claim)
        await self._conversation.hold(call_id)

    async def _put_right(self, call: dict[str, Any]) -> None:
        """Go on with a call whose phone is open, and end one that an earlier life has left behind."""
        if self._phone.talk is not None and not self._phone.talk.over:
            await self._conversation.hold(call["call_id"])
            return
        now = asyncio.get_running_loop().time()
        if self._lost_since is None:
            self._lost_since = now
        if now - self._lost_since >= LOST_AFTER_S:
            await self._desk.post(f"/api/desk/calls/{call['call_id']}/hang-up")

    async def _change(self, state: str) -> None:
        await self._desk.post("/api/desk/seat", {"state": state, "reason": None})


_RESTS: Final = frozenset({"offline", "ready"})


async def run(
    settings: Settings,
    *,
    callers: Callable[[], int] = lambda: 1,
    kept_away: Callable[[], bool] = lambda: False,
) -> None:
    """Keep the robots at their seats until cancelled; then they leave them.

    callers: how many callers are on the line; with none the robots look at their seats rarely.
    kept_away: whether a call is on the line that no robot may answer.
    """
    duty, prompts = Duty(settings, kept_away), Prompts()
    count = settings.robots or ROBOTS
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(duty.watch())
        for number in range(1, count + 1):
            tasks.create_task(_employ(settings, f"{ACCOUNTS}{number}", duty, prompts, callers))


async def _employ(
    settings: Settings, username: str, duty: Duty, prompts: Prompts, callers: Callable[[], int]
) -> None:
    """Let one robot work until cancelled."""
    async with StaffDesk(settings.centre_url, username=username, password=settings.robot_password) as desk:
        phone = RobotPhone(desk)
        robot = Robot(desk, phone, duty=duty, prompts=prompts, callers=callers)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(phone.live())
                tasks.create_task(robot.live())
        finally:
            await robot.leave()
