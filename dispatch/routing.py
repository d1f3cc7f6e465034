"""The responsibility list (职责清单) asked: which unit is it, and is that sure enough to ask nobody?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_LEVELS = {"city": 0, "district": 1, "street": 2}
_TOP = 3
# The unit behind the first is right far less often. Our own estimate; the order matters, not the value.
_SECOND_CHOICE = 0.3


@dataclass(frozen=True, kw_only=True)
class DutyRow:
    """One line of the list. `lead` and `helpers` are unit codes or patterns; city/README.md has them."""

    duty_no: str
    category: str
    area: str
    level: str
    lead: str
    helpers: tuple[str, ...]
    fallback: str | None
    legal_basis: str
    department_only: bool
    valid_from: date
    valid_until: date | None

    def in_force(self, on: date) -> bool:
        """Say whether the row holds on the city's day `on`."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def covers(self, category: str, area: str) -> bool:
        """Say whether the row is about this class in this place, or about something wider."""
        return category.startswith(self.category) and area.startswith(area_stem(self.area))


@dataclass(frozen=True, kw_only=True)
class UnitRow:
    """A unit as routing needs it."""

    code: str
    name: str
    kind: str
    parent: str | None
    area: str


@dataclass(frozen=True, kw_only=True)
class CategoryShare:
    """A class the matter may be of; `share` 0 to 1, calibrated; 1 when a person has confirmed it."""

    code: str
    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What routing needs of a case. `chosen_unit` is what the agent entered, if anything."""

    area: str
    on: date
    chosen_unit: str | None = None


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
    best lines for the first candidate name exactly one lead that exists in the matter's place, its share,
    summed over all candidates, reaches `threshold`, and the agent did not choose another unit.
    """
    rows = [row for row in rows if row.in_force(matter.on)]
    proposals = propose(matter, rows, units, candidates)
    if not candidates:
        return NeedsHuman(reason="事项分类尚未确定", proposals=proposals)
    first = candidates[0]
    best = best_rows(first.code, matter.area, rows)
    leads = {resolved(row.lead, row, matter.area, units) for row in best}
    lead = next(iter(leads)) if len(leads) == 1 else None
    sure = unit_shares(matter.area, rows, units, candidates).get(lead or "", 0.0)
    doubt = _doubt(matter, first, best, leads, sure, threshold)
    if doubt is not None:
        return NeedsHuman(reason=doubt, proposals=proposals)
    assert lead is not None
    row = best[0]
    return Routed(
        unit=lead,
        helpers=_helpers(row, lead, matter.area, units),
        duty_no=row.duty_no,
        reason=_because(row, first, units[lead], sure),
        proposals=proposals,
    )


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
        best = best_rows(candidate.code, area, rows)
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
    """Return the three likeliest units, best first: a person chooses, so unsure ones are shown too."""
    in_force = [row for row in rows if row.in_force(matter.on)]
    sums = unit_shares(matter.area, in_force, units, candidates)
    found = [
        proposal
        for candidate in candidates
        for row in best_rows(candidate.code, matter.area, in_force)
        for proposal in _proposals(row, candidate, matter.area, units, sums)
    ]
    if matter.chosen_unit and matter.chosen_unit in units:
        found.append(Proposal(unit=matter.chosen_unit, share=1.0, reason="话务员建议", duty_no=None))
    best: dict[str, Proposal] = {}
    for proposal in sorted(found, key=lambda one: -one.share):
        best.setdefault(proposal.unit, proposal)
    return tuple(best.values())[:_TOP]


def best_rows(category: str, area: str, rows: Iterable[DutyRow]) -> list[DutyRow]:
    """Return the lines that decide: longest category, then finest area, then level nearest the place."""
    found = [row for row in rows if row.covers(category, area)]
    if not found:
        return []
    best = max(_rank(row) for row in found)
    return [row for row in found if _rank(row) == best]


def resolved(pattern: str, row: DutyRow, area: str, units: Mapping[str, UnitRow]) -> str | None:
    """Return the unit that `pattern` means in `area`; None when the place is not known finely enough.

    A department's own duty (department_only) is never a street's, even if the line says so.
    """
    if not pattern.startswith("{"):
        return pattern if pattern in units else None
    scope, _, trade = pattern.partition(":")
    if scope == "{street}":
        if row.department_only:
            return None
        return _unit_of("street", area[:9], units) if len(area) >= 9 else None
    kind = f"bureau:{trade}" if trade else "district"
    return None if len(area_stem(area)) < 6 else _unit_of(kind, area[:6], units)


def refuses_street(category: str, area: str, on: date, rows: Iterable[DutyRow]) -> DutyRow | None:
    """Return the line that keeps this matter from a street, or None if a street may have it."""
    best = best_rows(category, area, [row for row in rows if row.in_force(on)])
    return next((row for row in best if row.department_only), None)


def area_stem(code: str) -> str:
    """Return what the codes of all areas inside `code` begin with: the city's own code ends in 00."""
    return code[:4] if len(code) == 6 and code.endswith("00") else code


def _rank(row: DutyRow) -> tuple[int, int, int]:
    return len(row.category), len(area_stem(row.area)), _LEVELS.get(row.level, 0)


def _unit_of(kind: str, area: str, units: Mapping[str, UnitRow]) -> str | None:
    return next((unit.code for unit in units.values() if unit.kind == kind and unit.area == area), None)


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
    found = [*first, (row.fallback, behind, f"{row.duty_no}：{candidate.name}的兜底单位")]
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
