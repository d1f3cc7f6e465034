"""Replaying past cases: where each would go and when it would be due, before and after a change. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dispatch.deadlines import WorkCalendar, deadline
from dispatch.matching import DutyRow, UnitRow
from dispatch.packs import Pack
from dispatch.routing import CategoryShare, Matter, NeedsHuman, Routed, route

# What is asked of a text model: classes for the words of a case, best first, shares calibrated.
Model = Callable[[str], Sequence[CategoryShare]]
_NOBODY = "无法提出单位"


@dataclass(frozen=True, kw_only=True)
class PastCase:
    """A past case as routing saw it. candidates: best first; a class that a person chose stands alone.

    decided_unit: who had it in the end. finished_at: None while it is still open.
    """

    case_no: str
    kind: str | None
    urgency: str
    category: str | None
    area: str
    words: str
    candidates: tuple[CategoryShare, ...]
    chosen_by_person: bool
    chosen_unit: str | None
    recused: frozenset[str]
    decided_unit: str | None
    dispatched_at: datetime | None
    finished_at: datetime | None


class DutyIndex:
    """A list by class, so that each case looks at a handful of its lines."""

    def __init__(self, lines: Iterable[DutyRow]) -> None:
        self._by_class: dict[str, list[DutyRow]] = defaultdict(list)
        for line in lines:
            self._by_class[line.category].append(line)

    def about(self, categories: Iterable[str]) -> list[DutyRow]:
        """Return the lines of these classes and of what is above them."""
        prefixes = dict.fromkeys(code[:length] for code in categories for length in range(1, len(code) + 1))
        return [line for prefix in prefixes for line in self._by_class.get(prefix, ())]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a comparison. `on`: the day on which its lines must hold. model None: the stored candidates."""

    duties: DutyIndex
    units: Mapping[str, UnitRow]
    on: date
    threshold: float
    model: Model | None = None


@dataclass(frozen=True, kw_only=True)
class PackSide:
    """A pack and the calendar of its working hours."""

    pack: Pack
    calendar: WorkCalendar


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where a case goes: automatically, or as the first of the proposals that a person sees."""

    unit: str | None
    automatic: bool
    reason: str
    duty_no: str | None


@dataclass(frozen=True, kw_only=True)
class Move:
    """Something of one case that the change would make different."""

    case_no: str
    kind: str  # "unit", "automatic" or "due"
    from_unit: str | None
    to_unit: str | None
    why: str
    facts: Mapping[str, Any]


@dataclass(kw_only=True)
class Tally:
    """The counts of a replay, added up case by case."""

    replayed: int = 0
    moved: int = 0
    decided: int = 0
    automatic: list[int] = field(default_factory=lambda: [0, 0])
    nobody: list[int] = field(default_factory=lambda: [0, 0])
    agrees: list[int] = field(default_factory=lambda: [0, 0])
    automatic_decided: list[int] = field(default_factory=lambda: [0, 0])
    automatic_agrees: list[int] = field(default_factory=lambda: [0, 0])
    load: dict[str, list[int]] = field(default_factory=dict)
    timed: int = 0
    other_due: int = 0
    late: list[int] = field(default_factory=lambda: [0, 0])


def place(case: PastCase, side: Side) -> Placed:
    """Return where the case goes by the rules of one side."""
    candidates = case.candidates
    if side.model is not None and not case.chosen_by_person and case.words:
        candidates = tuple(side.model(case.words))
    rows = side.duties.about(candidate.code for candidate in candidates)
    matter = Matter(area=case.area, on=side.on, chosen_unit=case.chosen_unit, recused=case.recused)
    verdict = route(matter, rows, side.units, candidates, threshold=side.threshold)
    if isinstance(verdict, Routed):
        return Placed(unit=verdict.unit, automatic=True, reason=verdict.reason, duty_no=verdict.duty_no)
    return _first_proposed(verdict)


def compare(case: PastCase, before: Side, after: Side, tally: Tally) -> list[Move]:
    """Replay one case on both sides, count it and return what moves."""
    old, new = place(case, before), place(case, after)
    _count(case, (old, new), tally)
    if old.unit == new.unit and old.automatic == new.automatic:
        return []
    tally.moved += old.unit != new.unit
    facts = {
        "automatic": [old.automatic, new.automatic],
        "duty_no": [old.duty_no, new.duty_no],
        "decided_unit": case.decided_unit,
    }
    kind = "automatic" if old.unit == new.unit else "unit"
    why = f"原来：{old.reason}。改后：{new.reason}"
    return [Move(case_no=case.case_no, kind=kind, from_unit=old.unit, to_unit=new.unit, why=why, facts=facts)]


def compare_due(case: PastCase, before: PackSide, after: PackSide, tally: Tally, *, now: datetime) -> list[Move]:
    """Return how the promised time of a dispatched case would differ under another pack; pauses are left out.

    Late: it was finished, or is still open at `now`, after the time promised.
    """
    if case.dispatched_at is None:
        return []
    old, new = (_due(case, side) for side in (before, after))
    tally.timed += 1
    ended = case.finished_at or now
    late = [ended > old, ended > new]
    tally.late[0] += late[0]
    tally.late[1] += late[1]
    if old == new:
        return []
    tally.other_due += 1
    facts = {"due_at": [old.isoformat(), new.isoformat()], "late": late}
    limits = [side.pack.limits(case.kind, case.urgency, case.category).result.words() for side in (before, after)]
    unit = case.decided_unit
    why = f"办理时限由{limits[0]}变为{limits[1]}"
    return [Move(case_no=case.case_no, kind="due", from_unit=unit, to_unit=unit, why=why, facts=facts)]


def result(tally: Tally, units: Mapping[str, UnitRow]) -> dict[str, Any]:
    """Return the counts as JSON; loads by how much they change, the largest first."""
    load = sorted(tally.load.items(), key=lambda one: (-abs(one[1][1] - one[1][0]), -one[1][0], one[0]))
    return {
        "replayed": tally.replayed,
        "moved": tally.moved,
        "decided": tally.decided,
        **_pairs(tally, "automatic", "nobody", "agrees", "automatic_decided", "automatic_agrees", "late"),
        "timed": tally.timed,
        "other_due": tally.other_due,
        "load": [
            {"code": code, "name": units[code].name if code in units else code, "before": old, "after": new}
            for code, (old, new) in load
        ],
    }


def _pairs(tally: Tally, *names: str) -> dict[str, dict[str, int]]:
    return {name: dict(zip(("before", "after"), getattr(tally, name), strict=True)) for name in names}


def _first_proposed(verdict: NeedsHuman) -> Placed:
    if not verdict.proposals:
        return Placed(unit=None, automatic=False, reason=f"{verdict.reason}，{_NOBODY}", duty_no=None)
    first = verdict.proposals[0]
    reason = f"{verdict.reason}，人工派单，首选见 {first.duty_no or '话务员建议'}"
    return Placed(unit=first.unit, automatic=False, reason=reason, duty_no=first.duty_no)


def _count(case: PastCase, placed: tuple[Placed, Placed], tally: Tally) -> None:
    tally.replayed += 1
    tally.decided += case.decided_unit is not None
    for at, one in enumerate(placed):
        tally.automatic[at] += one.automatic
        if one.unit is None:
            tally.nobody[at] += 1
        else:
            tally.load.setdefault(one.unit, [0, 0])[at] += 1
        if case.decided_unit is not None:
            tally.agrees[at] += one.unit == case.decided_unit
            tally.automatic_decided[at] += one.automatic
            tally.automatic_agrees[at] += one.automatic and one.unit == case.decided_unit


def _due(case: PastCase, side: PackSide) -> datetime:
    assert case.dispatched_at is not None
    limit = side.pack.limits(case.kind, case.urgency, case.category).result
    return deadline(case.dispatched_at, limit, side.calendar).at
