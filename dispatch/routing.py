"""The responsibility list (职责清单) asked: which unit is it, and is that sure enough to ask nobody?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dispatch.matching import (
    DutyRow,
    UnitRow,
    area_stem,
    best_rows,
    is_grass_roots,
    keeps_from_streets,
    resolved,
    with_those_above,
)

__all__ = ["DutyRow", "UnitRow", "area_stem", "best_rows", "refuses_street", "resolved"]

_TOP = 3
# The unit behind the first is right far less often. Our own estimate; the order matters, not the value.
_SECOND_CHOICE = 0.3


@dataclass(frozen=True, kw_only=True)
class CategoryShare:
    """A class the matter may be of; `share` 0 to 1, calibrated; 1 when a person has confirmed it."""

    code: str
    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What routing needs of a case. `chosen_unit` is what the agent entered, if anything.

    recused: units that have an interest in the matter (回避); neither they nor units below them lead or help.
    """

    area: str
    on: date
    chosen_unit: str | None = None
    recused: frozenset[str] = frozenset()

    def keeps_out(self, unit: str, units: Mapping[str, UnitRow]) -> bool:
        """Say whether the unit, or one above it, is recused."""
        return not self.recused.isdisjoint(with_those_above(unit, units))


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A unit that may be responsible, and the line that says so."""

    unit: str
    share: float
    reason: str
    duty_no: str | None


@dataclass(frozen=True, kw_only=True)
class Routed:
    """Sure enough: one lead, from one line."""

    unit: str
    helpers: tuple[str, ...]
    duty_no: str
    reason: str
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, kw_only=True)
class NeedsHuman:
    """A dispatcher decides; `reason` says why nobody else could."""

    reason: str
    proposals: tuple[Proposal, ...]


def route(
    matter: Matter,
    rows: Iterable[DutyRow],
    units: Mapping[str, UnitRow],
    candidates: Sequence[CategoryShare],
    *,
    threshold: float,
) -> Routed | NeedsHuman:
    """Decide who leads.

    rows: the whole list; those out of force are ignored. candidates: best first. Automatic only when the
    best lines for the first candidate name exactly one lead that exists in the matter's place and is not
    recused, its share, summed over all candidates, reaches `threshold`, and the agent did not choose another.
    """
    rows = [row for row in rows if row.in_force(matter.on)]
    proposals = propose(matter, rows, units, candidates)
    if not candidates:
        return NeedsHuman(reason="事项分类尚未确定", proposals=proposals)
    first = candidates[0]
    best = deciding(first.code, matter.area, rows)
    leads = {resolved(row.lead, row, matter.area, units) for row in best}
    lead = next(iter(leads)) if len(leads) == 1 else None
    sure = unit_shares(matter.area, rows, units, candidates).get(lead or "", 0.0)
    doubt = _doubt(matter, first, best, leads, sure, threshold)
    if lead is not None and matter.keeps_out(lead, units):
        doubt = f"{best[0].duty_no} 的主办单位需回避此件"
    if doubt is not None:
        return NeedsHuman(reason=doubt, proposals=proposals)
    assert lead is not None
    row = best[0]
    return Routed(
        unit=lead,
        helpers=tuple(one for one in _helpers(row, lead, matter.area, units) if not matter.keeps_out(one, units)),
        duty_no=row.duty_no,
        reason=_because(row, first, units[lead], sure),
        proposals=proposals,
    )


def deciding(category: str, area: str, rows: Sequence[DutyRow]) -> list[DutyRow]:
    """Return the lines that decide, each as a department's own if any line of that class says so.

    A line for one street that forgets the mark is read with it (国办函〔2025〕66号, on not pushing a
    department's duty down to the grass roots).
    """
    best = best_rows(category, area, rows)
    if keeps_from_streets(category, area, rows) is None:
        return best
    return [row if row.department_only else replace(row, department_only=True) for row in best]


def unit_shares(
    area: str,
    rows: Sequence[DutyRow],
    units: Mapping[str, UnitRow],
    candidates: Iterable[CategoryShare],
) -> dict[str, float]:
    """Return how sure it is, 0 to 1, that each unit leads: the sum over all classes that the list gives it.

    Which detail of noise it is may be open while the unit is not. A class whose lines name several
    leads counts for none of them.
    """
    sums: dict[str, float] = {}
    for candidate in candidates:
        best = deciding(candidate.code, area, rows)
        leads = {resolved(row.lead, row, area, units) for row in best}
        lead = next(iter(leads)) if len(leads) == 1 else None
        if lead is not None:
            sums[lead] = sums.get(lead, 0.0) + candidate.share
    return {unit: min(1.0, share) for unit, share in sums.items()}


def propose(
    matter: Matter,
    rows: Iterable[DutyRow],
    units: Mapping[str, UnitRow],
    candidates: Sequence[CategoryShare],
) -> tuple[Proposal, ...]:
    """Return the three likeliest units, best first: a person chooses, so unsure ones are shown too.

    Never a recused unit, and never a street that the agent chose for what is a department's own duty.
    """
    in_force = [row for row in rows if row.in_force(matter.on)]
    sums = unit_shares(matter.area, in_force, units, candidates)
    found = [
        proposal
        for candidate in candidates
        for row in deciding(candidate.code, matter.area, in_force)
        for proposal in _proposals(row, candidate, matter.area, units, sums)
    ]
    if matter.chosen_unit and _may_be_chosen(matter, in_force, units, candidates):
        found.append(Proposal(unit=matter.chosen_unit, share=1.0, reason="话务员建议", duty_no=None))
    best: dict[str, Proposal] = {}
    for proposal in sorted(found, key=lambda one: -one.share):
        if not matter.keeps_out(proposal.unit, units):
            best.setdefault(proposal.unit, proposal)
    return tuple(best.values())[:_TOP]


def refuses_street(category: str, area: str, on: date, rows: Iterable[DutyRow]) -> DutyRow | None:
    """Return the line that keeps this matter from a street, or None if a street may have it."""
    return keeps_from_streets(category, area, [row for row in rows if row.in_force(on)])


def _may_be_chosen(
    matter: Matter, rows: Sequence[DutyRow], units: Mapping[str, UnitRow], candidates: Sequence[CategoryShare]
) -> bool:
    chosen = matter.chosen_unit or ""
    if chosen not in units:
        return False
    own = candidates and keeps_from_streets(candidates[0].code, matter.area, rows)
    return not (own and is_grass_roots(chosen, units))


def _doubt(
    matter: Matter,
    first: CategoryShare,
    best: Sequence[DutyRow],
    leads: set[str | None],
    sure: float,
    threshold: float,
) -> str | None:
    """Return why the machine should not decide alone, or None."""
    if not best:
        return f"职责清单没有“{first.name}”在此地的条目"
    if None in leads:
        return f"地点不够具体，无法按 {best[0].duty_no} 确定主办单位"
    if len(leads) > 1:
        return f"清单中有 {len(leads)} 个主办单位"
    if sure < threshold:
        return f"对承办单位的把握 {sure:.0%}，低于自动派单线 {threshold:.0%}"
    if matter.chosen_unit and matter.chosen_unit not in leads:
        return "话务员建议的单位与职责清单不同"
    return None


def _proposals(
    row: DutyRow,
    candidate: CategoryShare,
    area: str,
    units: Mapping[str, UnitRow],
    sums: Mapping[str, float],
) -> list[Proposal]:
    lead = resolved(row.lead, row, area, units)
    if lead is not None:
        sure = sums.get(lead, candidate.share)
        first = [(lead, sure, _because(row, candidate, units[lead], sure))]
    else:
        # A street that is not known yet lies in a district that is.
        district = None if row.department_only else resolved("{district}", row, area, units)
        known = district if row.lead == "{street}" else None
        first = [(known, candidate.share / 2, f"{row.duty_no}：街道未明，先由区里认领")] if known else []
    behind = candidate.share * _SECOND_CHOICE
    fallback = resolved(row.fallback, row, area, units) if row.fallback else None
    found = [*first, (fallback, behind, f"{row.duty_no}：{candidate.name}的兜底单位")]
    found += [
        (helper, behind * _SECOND_CHOICE, f"{row.duty_no}：{candidate.name}的协办单位")
        for helper in _helpers(row, lead, area, units)
    ]
    return [
        Proposal(unit=unit, share=round(share, 4), reason=reason, duty_no=row.duty_no)
        for unit, share, reason in found
        if unit is not None and unit in units
    ]


def _helpers(row: DutyRow, lead: str | None, area: str, units: Mapping[str, UnitRow]) -> tuple[str, ...]:
    found = (resolved(pattern, row, area, units) for pattern in row.helpers)
    return tuple(dict.fromkeys(unit for unit in found if unit is not None and unit != lead))


def _because(row: DutyRow, candidate: CategoryShare, unit: UnitRow, sure: float) -> str:
    how = "分类已由人确认" if candidate.share >= 1 else f"把握 {sure:.0%}"
    return f"{row.duty_no}：{candidate.name}由{unit.name}主办（{row.legal_basis}）；{how}"
