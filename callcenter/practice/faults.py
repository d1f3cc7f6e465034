"""Misbehaviour on demand: what a carrier and a network do on a bad day, one rule at a time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from callcenter.practice.ids import sid


class Harm(StrEnum):
    """What may go wrong."""

    DUPLICATE = "duplicate"  # a webhook is sent twice, same token
    REORDER = "reorder"  # a status event is sent after the one that follows it
    DELAY = "delay"  # a webhook is sent `delay_s` late
    DROP = "drop"  # a status event is never sent; a voice request is taken for lost on the way
    TIMEOUT = "timeout"  # the answer to a webhook never arrives
    CUT_STREAM = "cut_stream"  # the media socket breaks after `after_frames`
    REST = "rest"  # the API answers `status`; with `done` it has done the work all the same
    LOSE_LEG = "lose_leg"  # the leg's network is gone after `after_frames`


ON_WEBHOOKS = frozenset({Harm.DUPLICATE, Harm.REORDER, Harm.DELAY, Harm.DROP, Harm.TIMEOUT})


@dataclass(kw_only=True)
class Fault:
    """One rule. `match` is a pattern over what it may hit, see docs/practice-line.md#faults."""

    harm: Harm
    match: str = "*"
    probability: float = 1.0
    count: int | None = None
    delay_s: float = 1.0
    status: int = 500
    done: bool = False
    after_frames: int = 0
    fault_id: str = field(default_factory=lambda: sid("FT"))
    hits: int = 0

    @property
    def spent(self) -> bool:
        return self.count is not None and self.hits >= self.count

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "harm": str(self.harm), "spent": self.spent}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Fault:
        """Build a rule from a request. Raises ValueError for unknown harms and fields."""
        known = {"match", "probability", "count", "delay_s", "status", "done", "after_frames"}
        unknown = set(given) - known - {"harm"}
        if unknown:
            raise ValueError("unknown fields: " + ", ".join(sorted(unknown)))
        return cls(harm=Harm(given.get("harm", "")), **{k: v for k, v in given.items() if k != "harm"})


class Faults:
    """The rules in force, oldest first. Chance is seeded, so a run can be repeated."""

    def __init__(self, seed: int = 12345) -> None:
        self._rules: list[Fault] = []
        self._chance = random.Random(seed)

    def add(self, fault: Fault) -> Fault:
        self._rules.append(fault)
        return fault

    def clear(self, fault_id: str | None = None) -> None:
        self._rules = [rule for rule in self._rules if fault_id and rule.fault_id != fault_id]

    def all(self) -> list[Fault]:
        return list(self._rules)

    def strike(self, harms: frozenset[Harm], *names: str, frames: int = 0) -> Fault | None:
        """Return the first rule for one of `harms` that hits any of `names`, and count the hit; else None.

        frames: how long the stream or leg has lived; rules that wait for more are passed over.
        """
        for rule in self._rules:
            if rule.harm not in harms or rule.spent or rule.after_frames > frames:
                continue
            if not any(fnmatchcase(name, rule.match) for name in names):
                continue
            if self._chance.random() < rule.probability:
                rule.hits += 1
                return rule
        return None
