"""Asking the responsibility list from the tables: for a draft, for a case, for a dispatcher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.clock import CITY_ZONE
from core.db import Work
from dispatch import routing, rules
from dispatch.records import CaseRecord
from dispatch.routing import CategoryShare, Matter, NeedsHuman, Proposal, Routed, UnitRow
from dispatch.rules import AreaRecord, CategoryRecord

# Where a matter lies that nobody has placed yet: no area begins with it, so only city-wide lines apply.
_NOWHERE = ""


def judged(work: Work, case: CaseRecord, *, threshold: float, now: datetime) -> Routed | NeedsHuman:
    """Return what the list says about a case."""
    candidates, units = candidates_of(work, case), rules.units(work)
    rows = rules.duties(work, [candidate.code for candidate in candidates])
    chosen = case.unit_code if "unit_code" in case.touched else None
    matter = _matter(case.area_code, now, chosen, recused=recused(case))
    return routing.route(matter, rows, units, candidates, threshold=threshold)


def unit_guesses(
    work: Work,
    categories: Iterable[Mapping[str, Any]],
    area: str | None,
    now: datetime,
    *,
    recused: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """Return the three likeliest units for categories as schemas.CategoryGuess, as schemas.UnitGuess."""
    candidates = [CategoryShare(code=guess["code"], name=guess["name"], share=guess["share"]) for guess in categories]
    if not candidates:
        return []
    units = rules.units(work)
    rows = rules.duties(work, [candidate.code for candidate in candidates])
    matter = _matter(area, now, recused=recused)
    return guesses(routing.propose(matter, rows, units, candidates), units)


def guesses(proposals: Sequence[Proposal], units: Mapping[str, UnitRow]) -> list[dict[str, Any]]:
    """Return proposals as schemas.UnitGuess."""
    return [
        {
            "unit": {"code": proposal.unit, "name": units[proposal.unit].name},
            "share": proposal.share,
            "reason": proposal.reason,
            "duty_no": proposal.duty_no,
        }
        for proposal in proposals
    ]


def area_name(work: Work, code: str) -> str:
    """Return the name of an area, or its code when it is not in the city's files."""
    return work.session.scalar(select(AreaRecord.name).where(AreaRecord.code == code)) or code


def street_ban(work: Work, case: CaseRecord, now: datetime) -> str | None:
    """Return the number of the line that keeps this case from a street, or None."""
    if case.category_code is None:
        return None
    rows = rules.duties(work, [case.category_code])
    matter = _matter(case.area_code, now)
    row = routing.refuses_street(case.category_code, matter.area, matter.on, rows)
    return row.duty_no if row is not None else None


def recused(case: CaseRecord) -> tuple[str, ...]:
    """Return the units that have an interest in the case (回避) and are never proposed for it."""
    return tuple(case.recused or ())


def _matter(area: str | None, now: datetime, chosen: str | None = None, *, recused: Iterable[str] = ()) -> Matter:
    day = now.astimezone(CITY_ZONE).date()
    return Matter(area=area or _NOWHERE, on=day, chosen_unit=chosen, recused=frozenset(recused))


def candidates_of(work: Work, case: CaseRecord) -> list[CategoryShare]:
    """Return the classes of a case, best first: what a person chose stands alone and is certain."""
    suggestion = case.suggestion or {}
    guessed = suggestion.get("considered") or suggestion.get("categories") or []
    if case.category_code and ("category_code" in case.touched or not guessed):
        name = work.session.scalar(select(CategoryRecord.name).where(CategoryRecord.code == case.category_code))
        return [CategoryShare(code=case.category_code, name=name or case.category_code, share=1.0)]
    return [CategoryShare(code=guess["code"], name=guess["name"], share=guess["share"]) for guess in guessed]
