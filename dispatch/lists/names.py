"""The names behind the codes that a list shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.db import Work
from dispatch import rules
from dispatch.cards import Names
from dispatch.records import CaseRecord


def names_of(work: Work, cases: Sequence[CaseRecord] = (), units: Iterable[str | None] = ()) -> Names:
    """Return the names of all units, classes and areas of the city: no statement while nothing changes.

    cases, units: what they are wanted for; a city has few hundred names, so all are there.
    """
    return Names(units=unit_names(work), categories=rules.category_names(work), areas=rules.area_names(work))


def unit_names(work: Work) -> dict[str, str]:
    """Return the names of all units by code."""
    return {code: unit.name for code, unit in rules.units(work).items()}
