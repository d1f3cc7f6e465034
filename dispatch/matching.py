"""Which lines of the responsibility list (职责清单) are about a matter, and which unit each of them means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_LEVELS = {"city": 0, "district": 1, "street": 2}
# Where the grass roots begin; a unit below one of these is of the grass roots too.
_GRASS_ROOTS = frozenset({"street", "community"})


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
    owner: str = ""  # who keeps the line: a unit's code or a person's name
    note: str = ""

    def in_force(self, on: date) -> bool:
        """Say whether the row holds on the city's day `on`."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def covers(self, category: str, area: str) -> bool:
        """Say whether the row is about this class in this place, or about something wider."""
        return category.startswith(self.category) and area.startswith(area_stem(self.area))

    def overlaps(self, other: DutyRow) -> bool:
        """Say whether there is a day on which both hold."""
        starts = max(self.valid_from, other.valid_from)
        return all(row.valid_until is None or starts <= row.valid_until for row in (self, other))

    def named(self) -> tuple[str, ...]:
        """Return every unit or pattern that the line names."""
        return tuple(name for name in (self.lead, *self.helpers, self.fallback) if name)


@dataclass(frozen=True, kw_only=True)
class UnitRow:
    """A unit as routing needs it."""

    code: str
    name: str
    kind: str
    parent: str | None
    area: str


def best_rows(category: str, area: str, rows: Iterable[DutyRow]) -> list[DutyRow]:
    """Return the lines that decide: longest category, then finest area, then level nearest the place."""
    found = [row for row in rows if row.covers(category, area)]
    if not found:
        return []
    best = max(rank(row) for row in found)
    return [row for row in found if rank(row) == best]


def rank(row: DutyRow) -> tuple[int, int, int]:
    """Return how narrowly a line fits, comparable: digits of the class, digits of the area, level."""
    return len(row.category), len(area_stem(row.area)), _LEVELS.get(row.level, 0)


def resolved(pattern: str, row: DutyRow, area: str, units: Mapping[str, UnitRow]) -> str | None:
    """Return the unit that `pattern` means in `area`; None when the place is not known finely enough.

    A department's own duty (department_only) is never a street's, whether the line writes {street} or names
    the street itself.
    """
    found = _meant(pattern, area, units)
    return None if found and row.department_only and is_grass_roots(found, units) else found


def is_grass_roots(code: str, units: Mapping[str, UnitRow]) -> bool:
    """Say whether a unit is a street office or below one."""
    return any(units[one].kind in _GRASS_ROOTS for one in with_those_above(code, units))


def with_those_above(code: str, units: Mapping[str, UnitRow]) -> tuple[str, ...]:
    """Return a unit and those above it that are known, itself first. A loop in the tree ends."""
    found: dict[str, None] = {}
    at: str | None = code
    while at and at in units and at not in found:
        found[at] = None
        at = units[at].parent
    return tuple(found)


def keeps_from_streets(category: str, area: str, rows: Sequence[DutyRow]) -> DutyRow | None:
    """Return the line that makes this matter a department's own duty, or None. `rows`: those in force.

    Of the lines about the matter only those of the narrowest class speak, but all of these: a line for one
    street cannot take a duty out of the department's hands that the same class has everywhere.
    """
    found = [row for row in rows if row.covers(category, area)]
    longest = max((len(row.category) for row in found), default=0)
    return next((row for row in found if row.department_only and len(row.category) == longest), None)


def area_stem(code: str) -> str:
    """Return what the codes of all areas inside `code` begin with: the city's own code ends in 00."""
    return code[:4] if len(code) == 6 and code.endswith("00") else code


def _meant(pattern: str, area: str, units: Mapping[str, UnitRow]) -> str | None:
    if not pattern.startswith("{"):
        return pattern if pattern in units else None
    scope, _, trade = pattern.partition(":")
    if scope == "{street}":
        return _unit_of("street", area[:9], units) if len(area) >= 9 else None
    kind = f"bureau:{trade}" if trade else "district"
    return None if len(area_stem(area)) < 6 else _unit_of(kind, area[:6], units)


def _unit_of(kind: str, area: str, units: Mapping[str, UnitRow]) -> str | None:
    return next((unit.code for unit in units.values() if unit.kind == kind and unit.area == area), None)
