"""What a list can be narrowed to: the query parameters of every list, and what a saved filter keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, literal

from core.clock import CITY_ZONE
from core.db import Instant
from core.errors import BadInput
from dispatch.audience import with_units_above
from dispatch.lists import conditions as on
from dispatch.lists.conditions import Look
from dispatch.records import CaseRecord
from dispatch.stages import CaseState


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was asked for; None and () ask nothing. Several of a kind: any of them; several kinds: all.

    unit: led by it or one below. category, area: those and all below. clock: late, soon or today. flags: see
    FLAGS. The days are the city's, both included. words and place_words come cut, by whoever knows words.
    """

    number: str | None = None
    words: tuple[str, ...] = ()
    place_words: tuple[str, ...] = ()
    unit: str | None = None
    states: tuple[str, ...] = ()
    kind: str | None = None
    category: str | None = None
    area: str | None = None
    urgency: str | None = None
    channel: str | None = None
    clock: str | None = None
    flags: tuple[str, ...] = ()
    registered_from: date | None = None
    registered_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None


CLOCKS: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "late": on.late,
    "soon": on.soon,
    "today": on.due_today,
}
# The flags of cards.case_card, and cards and incidents.
FLAGS: dict[str, Callable[[Look], ColumnElement[bool]]] = {
    "no_return": lambda look: CaseRecord.no_return.is_(True),
    "supervised": lambda look: CaseRecord.supervised.is_(True),
    "extension_open": on.wants_time,
    "finding_open": lambda look: on.is_fact("hotline_case.finding = 'open'"),
    "unreasonable": lambda look: CaseRecord.finding == "unreasonable",
    "appeal_open": lambda look: on.is_fact("hotline_case.appeal = 'open'"),
    "ledger_asked": lambda look: on.is_fact("hotline_case.ledger_asked"),
    "relapse": lambda look: CaseRecord.relapse_of.is_not(None),
    "not_assessed": lambda look: CaseRecord.assessed.is_(False),
    "secret": lambda look: CaseRecord.secrecy != "open",
    "urged": lambda look: CaseRecord.urgings > 0,
    "redone": lambda look: CaseRecord.redos > 0,
    "incident": lambda look: CaseRecord.incident_size > 0,
    "yellow": lambda look: on.has_card(look, "yellow"),
    "red": lambda look: on.has_card(look, "red"),
}


def narrowing(terms: Terms, look: Look, parents: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    """Return the conditions of all terms but the words (search.py has those). Raises BadInput."""
    equal = {
        CaseRecord.kind: terms.kind,
        CaseRecord.urgency: terms.urgency,
        CaseRecord.channel: terms.channel,
    }
    found = [column == value for column, value in equal.items() if value]
    if terms.unit:
        below = [unit for unit in parents if terms.unit in with_units_above(unit, parents)]
        found.append(CaseRecord.lead_unit.in_(below))
    if terms.states:
        found.append(on.states(*_states(terms.states)))
    if terms.category:
        found.append(CaseRecord.category_code.startswith(terms.category, autoescape=True))
    if terms.area:
        found.append(CaseRecord.area_code.startswith(area_prefix(terms.area), autoescape=True))
    return found + _clock_and_flags(terms, look) + _days(terms)


def area_prefix(code: str) -> str:
    """Return what the codes of an area and all below begin with: 990100 is the city, 990102 one district of it.

    Source: GB/T 2260, in which a level that is not meant stands as 00.
    """
    while len(code) in {4, 6} and code.endswith("00"):
        code = code[:-2]
    return code


def _states(names: tuple[str, ...]) -> list[CaseState]:
    try:
        return [CaseState(name) for name in names]
    except ValueError as error:
        raise BadInput("没有这个办件状态") from error


def _clock_and_flags(terms: Terms, look: Look) -> list[ColumnElement[bool]]:
    found = []
    if terms.clock:
        if terms.clock not in CLOCKS:
            raise BadInput("时限筛选只有 late、soon、today 三种")
        found.append(CLOCKS[terms.clock](look.now))
    for flag in terms.flags:
        if flag not in FLAGS:
            raise BadInput("没有这个标记")
        found.append(FLAGS[flag](look))
    return found


def _days(terms: Terms) -> list[ColumnElement[bool]]:
    found = []
    spans = (
        (CaseRecord.registered_at, terms.registered_from, terms.registered_to),
        (CaseRecord.closed_at, terms.closed_from, terms.closed_to),
    )
    for column, first, last in spans:
        if first is not None:
            found.append(column >= literal(_midnight(first), Instant))
        if last is not None:
            found.append(column < literal(_midnight(last + timedelta(days=1)), Instant))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY_ZONE)
