"""Time on the line: every call counts its own frames; one timer moves them all, without drift."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from typing import TYPE_CHECKING, Protocol

from callcenter.practice.sounds import FRAME_S, FRAMES_A_SECOND

if TYPE_CHECKING:
    from callcenter.practice.call import Call

log = logging.getLogger(__name__)

# After a stall longer than this the lost time is given up instead of being played at once.
MOST_CATCH_UP_S = 1.0


class CallClock:
    """A call's own time, in frames of 20 ms. A fast call lives through more frames in the same second."""

    def __init__(self) -> None:
        self.frames = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @property
    def seconds(self) -> float:
        return self.frames * FRAME_S

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this call's time."""
        due = self.frames + max(1, round(seconds * FRAMES_A_SECOND))
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due, next(self._order), woken))
        await woken

    def advance(self) -> None:
        self.frames += 1
        while self._sleepers and self._sleepers[0][0] <= self.frames:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


class Room(Protocol):
    """Calls that hear each other and therefore share one pace."""

    def legs(self) -> list[Call]: ...

    def step(self) -> None: ...

    def company(self, call: Call) -> str:
        """Say what the call finds here: alone, together, or held."""


class _Group(Protocol):
    def legs(self) -> list[Call]: ...

    def step(self) -> None: ...


class MediaClock:
    """The timer. A room, or a call alone, moves by its slowest member's speed on every tick."""

    def __init__(self) -> None:
        self._calls: dict[Call, None] = {}
        self._credit: dict[int, float] = {}
        self._task: asyncio.Task[None] | None = None
        self.late_ticks = 0

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, call: Call) -> None:
        self._calls[call] = None

    def remove(self, call: Call) -> None:
        self._calls.pop(call, None)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_S
            behind = loop.time() - due
            if behind > MOST_CATCH_UP_S:
                self.late_ticks += 1
                due = loop.time()
                log.warning("clock.stalled", extra={"behind_ms": round(behind * 1000)})
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._tick()

    def _tick(self) -> None:
        moved: set[int] = set()
        credit: dict[int, float] = {}
        for call in list(self._calls):
            group: _Group = call.room or call
            if id(group) in moved:
                continue
            moved.add(id(group))
            speeds = [pace for leg in group.legs() if (pace := leg.pace) is not None]
            left = self._credit.get(id(group), 0.0) + (min(speeds) if speeds else 1.0)
            while left >= 1.0:
                left -= 1.0
                self._step(group)
            credit[id(group)] = left
        self._credit = credit

    @staticmethod
    def _step(group: _Group) -> None:
        try:
            group.step()
        except Exception:
            # One broken call must not silence all the others.
            log.exception("clock.step_failed")
