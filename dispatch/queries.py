"""Reading cases: cards, drafts, news, history. The edges import all reading from here.

details.py has one case whole, lists.py the lists and the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Work
from dispatch import cards, rules, scope
from dispatch.audience import rooms_for
from dispatch.behind import case_behind
from dispatch.details import actions, detail, find, refs, visible
from dispatch.drafts import FIELDS
from dispatch.lifecycle import Action, CaseState
from dispatch.lists import (
    Terms,
    board_cases,
    cases_of_phone,
    exposed,
    exposure,
    last_events,
    listing,
    names_of,
    view_counts,
)
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.rules import AreaRecord, CategoryRecord, CodeRecord, UnitRecord
from dispatch.unfinished import calls_not_settled

__all__ = [
    "Terms",
    "actions",
    "board_cases",
    "calls_not_settled",
    "case_behind",
    "cases_of_phone",
    "detail",
    "exposed",
    "exposure",
    "find",
    "last_events",
    "listing",
    "names_of",
    "view_counts",
    "visible",
]


_REACHABLE = CaseRecord.contact_phone.is_not(None) | CaseRecord.caller_phone.is_not(None)


@dataclass(frozen=True, kw_only=True)
class CaseNews:
    """What is pushed of a case after a change, and to whom."""

    card: dict[str, Any]
    rooms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where to send word to the citizen. Never logged, never pushed."""

    case_no: str
    phone: str | None
    state: str


@dataclass(frozen=True, kw_only=True)
class News:
    """A step of a case of which its citizen is to hear."""

    entry_id: int
    case_id: int
    case_no: str
    action: str


def card(work: Work, case: int | str) -> dict[str, Any]:
    """Return the card of the case of that id or case number."""
    found = find(work, case)
    return cards.case_card(found, names_of(work, [found]))


def news(work: Work, case_id: int) -> CaseNews:
    """Return the card of a case and the rooms that may have it."""
    case = find(work, case_id)
    units = [*(order.unit_code for order in case.orders), *case.parties]
    parents = rules.parents(work)
    kept_out = {f"unit:{unit}" for unit in parents if scope.is_recused(case, unit, parents)}
    rooms = tuple(room for room in rooms_for(case.stage, units, parents) if room not in kept_out)
    return CaseNews(card=cards.case_card(case, names_of(work, [case])), rooms=rooms)


def board_event(work: Work, case_id: int, kind: str) -> dict[str, Any] | None:
    """Return the newest line of that `kind` in the story of a case, or None if there is none."""
    actions = [action.value for action, name in cards.EVENT_KINDS.items() if name == kind]
    found = select(TimelineRecord).where(TimelineRecord.case_id == case_id, TimelineRecord.action.in_(actions))
    entry = work.session.scalar(found.order_by(TimelineRecord.id.desc()).limit(1))
    if entry is None:
        return None
    case = find(work, case_id)
    return cards.board_event(entry, case, names_of(work, [case], units=[entry.unit_code]))


def event_kind(action: str) -> str | None:
    """Return the kind of board event of an action, or None when it is nobody's news."""
    return cards.EVENT_KINDS.get(Action(action))


def draft_news(work: Work, case_id: int) -> dict[str, Any]:
    """Return what is pushed of a draft to the room of its call: nothing that names a person or a place."""
    return cards.pushed_draft(cards.draft_card(find(work, case_id), FIELDS))


def draft_for_call(work: Work, call_id: int, *, clear: bool) -> dict[str, Any] | None:
    """Return the draft of a call, or what became of it; None before it has been opened.

    clear: for the agent who holds or held the call; others get the personal fields masked.
    """
    case = case_of_call(work, call_id)
    if case is None:
        return None
    draft = cards.draft_card(case, FIELDS)
    return draft if clear else cards.masked_draft(draft)


def case_of_call(work: Work, call_id: int) -> CaseRecord | None:
    """Return the case of a call in whatever state, or None."""
    found = select(CaseRecord).where(CaseRecord.call_id == call_id)
    return work.session.scalar(found.execution_options(populate_existing=True))


def practice_outcome(work: Work, call_id: int) -> dict[str, Any] | None:
    """Return what became of a call's matter, for the practice line; None without a draft."""
    case = case_of_call(work, call_id)
    if case is None:
        return None
    unit = cards.named(case.lead_unit, names_of(work, [case]).units)
    return {
        "case_no": case.case_no,
        "case_state": case.state,
        "unit": unit and unit["name"],
        "registered_at": case.registered_at,
        # Judged and left to a person counts as routed: into the dispatcher's queue.
        "routed_at": case.dispatched_at or case.judged_at,
        "on_board_at": None,  # only a screen knows
        "left": case.left_at is not None,
    }


def history_for_caller(
    work: Work, caller_fingerprint: str | None, *, except_call: int | None = None, limit: int = 10
) -> list[dict[str, Any]]:
    """Return the earlier cases of a number, newest first; [] for a hidden number (schemas.CaseCardRef)."""
    if not caller_fingerprint:
        return []
    known = select(CaseRecord).where(
        CaseRecord.caller_fingerprint == caller_fingerprint,
        CaseRecord.state.not_in([CaseState.DRAFT, CaseState.DISCARDED]),
    )
    if except_call is not None:
        known = known.where(CaseRecord.call_id.is_distinct_from(except_call))
    return refs(work, work.session.scalars(known.order_by(CaseRecord.id.desc()).limit(limit)).all())


def contact(work: Work, case_id: int) -> Contact:
    """Return where to send word about a case; nobody is told about an anonymous one."""
    case = find(work, case_id)
    phone = None if case.secrecy == "anonymous" else case.contact_phone or case.caller_phone
    return Contact(case_no=case.case_no, phone=phone, state=case.state)


def not_judged(work: Work, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the cases registered before `before` that nobody has routed yet; for the sweep."""
    waiting = select(CaseRecord.id).where(
        CaseRecord.state == CaseState.TO_DISPATCH,
        CaseRecord.judged_at.is_(None),
        CaseRecord.round == 0,
        CaseRecord.registered_at < before,
    )
    return list(work.session.scalars(waiting.order_by(CaseRecord.id).limit(limit)))


def registered_between(work: Work, since: datetime, before: datetime) -> dict[str, int]:
    """Return case number -> id of what was registered then and has somebody to tell; for the sweep."""
    return _between(work, CaseRecord.registered_at, since, before)


def news_between(
    work: Work, actions: Iterable[str], since: datetime, before: datetime, *, case_id: int | None = None
) -> list[News]:
    """Return the steps of `actions` taken then, of one case or all that have somebody to tell, the oldest first."""
    found = (
        select(TimelineRecord.id, CaseRecord.id, CaseRecord.case_no, TimelineRecord.action)
        .join(CaseRecord, CaseRecord.id == TimelineRecord.case_id)
        .where(TimelineRecord.at >= since, TimelineRecord.at < before, TimelineRecord.action.in_(list(actions)))
        .where(_REACHABLE, CaseRecord.secrecy != "anonymous")
    )
    if case_id is not None:
        found = found.where(TimelineRecord.case_id == case_id)
    rows = work.session.execute(found.order_by(TimelineRecord.id))
    return [News(entry_id=entry, case_id=case, case_no=number, action=action) for entry, case, number, action in rows]


def without_draft(work: Work, call_ids: Sequence[int]) -> list[int]:
    """Return those calls for which no draft has ever been opened; for the sweep."""
    known = set(work.session.scalars(select(CaseRecord.call_id).where(CaseRecord.call_id.in_(call_ids))))
    return [call_id for call_id in call_ids if call_id not in known]


def heard_less(work: Work, said: Mapping[int, int]) -> list[int]:
    """Return the calls whose draft rests on fewer utterances than `said` (call -> how many) tells."""
    found = select(CaseRecord.call_id, CaseRecord.state, CaseRecord.heard).where(CaseRecord.call_id.in_(said))
    # A case that is no draft any more is not filled by the machine.
    heard = {row.call_id: row.heard if row.state == CaseState.DRAFT else None for row in work.session.execute(found)}
    return [
        call_id for call_id, count in said.items() if (known := heard.get(call_id, 0)) is not None and known < count
    ]


def city(work: Work) -> dict[str, Any]:
    """Return the trees that forms choose from (schemas.City)."""
    areas = work.session.scalars(select(AreaRecord).order_by(AreaRecord.code)).all()
    return {
        "name": next((area.name for area in areas if area.level == "city"), ""),
        "units": [
            {
                "code": unit.code,
                "name": unit.name,
                "kind": unit.kind,
                "parent": unit.parent,
                "area": unit.area,
            }
            for unit in work.session.scalars(select(UnitRecord).order_by(UnitRecord.code))
        ],
        "categories": [
            {"code": one.code, "name": one.name, "parent": one.parent}
            for one in work.session.scalars(select(CategoryRecord).order_by(CategoryRecord.code))
        ],
        "areas": [
            {"code": area.code, "name": area.name, "level": area.level, "parent": area.parent} for area in areas
        ],
    }


def codes(work: Work) -> dict[str, Any]:
    """Return all coded lists (schemas.Codes)."""
    lists: dict[str, list[dict[str, str]]] = {}
    for row in work.session.scalars(select(CodeRecord).order_by(CodeRecord.list_name, CodeRecord.place)):
        lists.setdefault(row.list_name, []).append({"code": row.code, "zh": row.zh, "en": row.en, "basis": row.basis})
    return {"lists": lists}


def _between(
    work: Work,
    column: InstrumentedAttribute[datetime | None],
    since: datetime,
    before: datetime,
) -> dict[str, int]:
    found = select(CaseRecord.case_no, CaseRecord.id).where(
        column >= since, column < before, _REACHABLE, CaseRecord.secrecy != "anonymous"
    )
    return {case_no: case_id for case_no, case_id in work.session.execute(found)}


def unit_name(work: Work, code: str) -> str | None:
    """Return the name of a unit, or None for a code that is not in the city's files."""
    return work.session.scalar(select(UnitRecord.name).where(UnitRecord.code == code))
