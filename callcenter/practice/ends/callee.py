"""Ordinary telephones that the centre calls: a citizen called back, an expert of a department."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from callcenter.practice.call import Call
from callcenter.practice.player import Player
from callcenter.practice.prompt_store import Sounds
from callcenter.practice.sounds import FRAMES_A_SECOND, Pcm

REFUSALS = {"busy": 486, "no-answer": 487, "failed": 404}


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a number does when it is called. does: answer, busy, no-answer or failed."""

    does: str = "answer"
    after_s: float = 1.0
    says: str = "喂，您好。"
    hangs_up_after_s: float | None = None


@dataclass(kw_only=True)
class NumberPlan:
    """Behaviours by number; every other number answers."""

    by_number: dict[str, Behaviour] = field(default_factory=dict)

    def of(self, number: str) -> Behaviour:
        return self.by_number.get(number, Behaviour())


class Callee:
    """One ordinary telephone. Its pace is that of whoever it talks with."""

    def __init__(self, behaviour: Behaviour, sounds: Sounds) -> None:
        self._behaviour, self._sounds = behaviour, sounds
        self._mouth = Player()
        self._task: asyncio.Task[None] | None = None
        self._frames = 0

    def ring(self, call: Call) -> None:
        if self._behaviour.does == "failed":
            call.refused("failed", REFUSALS["failed"])
        else:
            self._task = asyncio.get_running_loop().create_task(self._react(call))

    def read(self, call: Call) -> Pcm:
        self._frames += 1
        limit = self._behaviour.hangs_up_after_s
        if limit is not None and self._frames >= limit * FRAMES_A_SECOND:
            call.finish_soon(reason="hangup")
        return self._mouth.frame()

    def hear(self, frame: Pcm) -> None:
        """An ordinary telephone does not tell what was heard."""

    def ended(self, call: Call, reason: str) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _react(self, call: Call) -> None:
        await call.clock.sleep(self._behaviour.after_s)
        if self._behaviour.does == "no-answer":
            return  # it rings until the caller's patience ends
        if self._behaviour.does == "busy":
            call.refused("busy", REFUSALS["busy"])
            return
        greeting = await self._sounds.spoken(self._behaviour.says)
        call.picked_up()
        self._mouth.start(greeting)
