"""What people of the invented city do next: plain random choices, from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from core.actor import Actor, Role

T = TypeVar("T")

# The class of a matter, and how often it is asked about.
CLASSES = (
    ("030301", 9),
    ("080101", 7),
    ("020201", 5),
    ("060201", 6),
    ("070101", 6),
    ("100101", 5),
    ("090101", 5),
    ("120101", 2),
    ("050101", 3),
)
KINDS = (("help", 34), ("complaint", 34), ("consult", 16), ("report", 8), ("suggestion", 8))
URGENCIES = (("normal", 90), ("urgent", 9), ("critical", 1))
CHANNELS = (("phone", 75), ("web", 12), ("wechat", 8), ("window", 5))
SOLVED = (("solved", 62), ("partly", 20), ("unsolved", 18))
TRUTHS = (("true", 80), ("partly", 14), ("untrue", 6))
RETURNS = ("not_our_duty", "other_area", "several_units", "higher_level")
GRADES = ((5, 30), (4, 26), (3, 20), (2, 15), (1, 9))


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Who acts in the play; ids that no account has."""

    agent: Actor
    dispatcher: Actor
    reviewer: Actor
    caller: Actor
    supervisor: Actor
    leader: Actor
    second: Actor

    @staticmethod
    def invented() -> Staff:
        """Return one person of each role."""

        def one(number: int, name: str, *roles: Role) -> Actor:
            return Actor(person_id=900_000 + number, name=name, roles=frozenset(roles), unit_code="hotline")

        return Staff(
            agent=one(1, "话务员", Role.AGENT),
            dispatcher=one(2, "派单员", Role.DISPATCHER),
            reviewer=one(3, "审核员", Role.REVIEWER),
            caller=one(4, "回访员", Role.CALLBACK),
            supervisor=one(5, "督办员", Role.SUPERVISOR),
            leader=one(6, "领导", Role.LEADER),
            second=one(7, "审核员二", Role.REVIEWER, Role.DISPATCHER),
        )


def handler(unit: str, *, chief: bool = False) -> Actor:
    """Return a person of `unit`."""
    roles = frozenset({Role.HANDLER, Role.CHIEF} if chief else {Role.HANDLER})
    return Actor(person_id=910_000, name="承办人", roles=roles, unit_code=unit)


class Dice:
    """One seed, and the few kinds of throw the play needs."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, share: float) -> bool:
        """Say yes with this probability."""
        return self._random.random() < share

    def one_of(self, choices: tuple[tuple[T, int], ...]) -> T:
        """Return a choice by its weight."""
        return self._random.choices([one for one, _ in choices], [weight for _, weight in choices])[0]

    def any_of(self, choices: list[T]) -> T:
        """Return a choice, all alike."""
        return self._random.choice(choices)

    def number(self, least: int, most: int) -> int:
        """Return a whole number, both ends included."""
        return self._random.randint(least, most)

    def later(self, now: datetime, typical: timedelta) -> datetime:
        """Return a moment after `now`, mostly around `typical`, sometimes far beyond."""
        share = self._random.lognormvariate(-0.15, 0.7)
        return now + max(timedelta(minutes=1), typical * share)
