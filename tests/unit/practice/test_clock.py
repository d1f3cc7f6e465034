"""How fast calls live, alone and together."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.practice.clock import CallClock, MediaClock


class Leg:
    def __init__(self, speed: float | None) -> None:
        self.pace, self.room, self.steps = speed, None, 0

    def legs(self) -> list[Leg]:
        return [self]

    def step(self) -> None:
        self.steps += 1


class Room:
    def __init__(self, *legs: Leg) -> None:
        self._legs, self.steps = list(legs), 0
        for leg in legs:
            leg.room = self

    def legs(self) -> list[Leg]:
        return self._legs

    def step(self) -> None:
        self.steps += 1


@pytest.mark.parametrize(
    ("speeds", "frames"),
    [
        ((1.0,), 10),
        ((8.0,), 80),
        ((0.5,), 5),
        ((None,), 10),
        ((2.5,), 25),
        ((8.0, None), 80),
        ((8.0, 1.0), 10),
        ((4.0, 8.0, None), 40),
    ],
)
def test_a_room_moves_at_the_pace_of_its_slowest_member(speeds, frames):
    clock, legs = MediaClock(), [Leg(speed) for speed in speeds]
    group = legs[0] if len(legs) == 1 else Room(*legs)
    for leg in legs:
        clock.add(leg)
    for _tick in range(10):
        clock._tick()
    assert group.steps == frames


def test_a_leg_that_breaks_does_not_silence_the_others():
    clock, broken, whole = MediaClock(), Leg(1.0), Leg(1.0)
    broken.step = lambda: 1 / 0
    clock.add(broken)
    clock.add(whole)
    clock._tick()
    assert whole.steps == 1


def test_sleep_is_counted_in_frames_of_the_call():
    async def live() -> list[int]:
        clock, woken = CallClock(), []

        async def sleeper(seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(clock.frames)

        tasks = [asyncio.ensure_future(sleeper(s)) for s in (0.1, 0.04)]
        for _frame in range(8):
            await asyncio.sleep(0)
            clock.advance()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return woken

    assert asyncio.run(live()) == [2, 5]
