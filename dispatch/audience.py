"""Who is shown a case's card as it changes: one pure choice of rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dispatch.lifecycle import CaseState

BOARD = "board"
DISPATCH_DESK = "desk:dispatch"
REVIEW_DESK = "desk:review"


def rooms_for(state: CaseState, unit_codes: Iterable[str], parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the rooms of a case's card, each once.

    A draft belongs to its desk alone and goes to no room. Both desks hear of every case: a card that
    leaves a list must be told so as well as one that enters it.
    unit_codes: every unit that has or had a work order. parents: unit -> the unit above.
    """
    if state in {CaseState.DRAFT, CaseState.DISCARDED}:
        return ()
    units = dict.fromkeys(code for unit in unit_codes for code in with_units_above(unit, parents))
    return (BOARD, DISPATCH_DESK, REVIEW_DESK, *(f"unit:{code}" for code in units))


def with_units_above(unit: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return `unit` and the units above it, nearest first; a loop in the tree ends the walk."""
    chain: list[str] = []
    here: str | None = unit
    while here and here not in chain:
        chain.append(here)
        here = parents.get(here)
    return tuple(chain)
