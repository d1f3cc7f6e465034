"""Reading one case, within what a person may see. dispatch/lists.py has the lists and the board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.actor import Actor
from core.db import Work
from core.errors import NotFound
from core.sealed import fingerprint
from dispatch import cards, orders, rules, scope, steps
from dispatch.audience import rooms_for
from dispatch.cards import Names
from dispatch.drafts import FIELDS
from dispatch.lifecycle import (
    LIVE_ORDERS,
    OPEN_STATES,
    ORDER_ACTIONS,
    ORDER_STEPS,
    STEPS,
    Action,
    CaseState,
    allowed,
    needs_of,
    return_refusal,
)
from dispatch.lists import board_cases, last_events, listing, names_of, view_counts
from dispatch.masking import mask_people, mask_phone
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord

__all__ = ["board_cases", "last_events", "listing", "names_of", "view_counts"]

_ALIKE_WITHIN = timedelta(days=30)
_FEW = 5


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


def find(work: Work, case: int | str) -> CaseRecord:
    """Return the case of that id or case number as it stands. Raises NotFound."""
    wanted = select(CaseRecord).where(steps.is_case(case))
    found = work.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("没有这个办件")
    return found


def visible(work: Work, case_no: str, actor: Actor) -> CaseRecord:
    """Return the case if this person may see it. Raises NotFound, which tells the two apart for nobody."""
    case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
    if case is None or not scope.sees(case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    return case


def card(work: Work, case: int | str) -> dict[str, Any]:
    """Return the card of the case of that id or case number."""
    found = find(work, case)
    return cards.case_card(found, names_of(work, [found]))


def news(work: Work, case_id: int) -> CaseNews:
    """Return the card of a case and the rooms that may have it."""
    case = find(work, case_id)
    units = [order.unit_code for order in case.orders]
    rooms = rooms_for(case.stage, units, rules.parents(work))
    return CaseNews(card=cards.case_card(case, names_of(work, [case])), rooms=rooms)


def board_event(work: Work, case_id: int, kind: str) -> dict[str, Any] | None:
    """Return the newest line of that `kind` in the story of a case, or None if there is none."""
    actions = [action.value for action, name in cards.EVENT_KINDS.items() if name == kind]
    found = select(TimelineRecord).where(
        TimelineRecord.case_id == case_id, TimelineRecord.action.in_(actions)
    )
    entry = work.session.scalar(found.order_by(TimelineRecord.id.desc()).limit(1))
    if entry is None:
        return None
    case = find(work, case_id)
    return cards.board_event(entry, case, names_of(work, [case], units=[entry.unit_code]))


def draft(work: Work, case_id: int) -> dict[str, Any]:
    """Return the draft for its own desk (schemas.Draft)."""
    return cards.draft_card(find(work, case_id), FIELDS)


def draft_for_call(work: Work, call_id: int) -> dict[str, Any] | None:
    """Return the draft of a call, or what became of it; None before it has been opened."""
    case = case_of_call(work, call_id)
    return None if case is None else cards.draft_card(case, FIELDS)


def case_of_call(work: Work, call_id: int) -> CaseRecord | None:
    """Return the case of a call in whatever state, or None."""
    found = select(CaseRecord).where(CaseRecord.call_id == call_id)
    return work.session.scalar(found.execution_options(populate_existing=True))


def open_draft_of(work: Work, call_id: int) -> CaseRecord | None:
    """Return the call's case while it is still a draft."""
    case = case_of_call(work, call_id)
    return case if case is not None and case.stage is CaseState.DRAFT else None


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
    return _refs(work, work.session.scalars(known.order_by(CaseRecord.id.desc()).limit(limit)).all())


def fingerprint_of(phone: str | None) -> str | None:
    """Return what `history_for_caller` finds a number by."""
    return fingerprint(phone) if phone else None


def contact_of(work: Work, case_id: int) -> Contact:
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


def detail(work: Work, case_no: str, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return one case whole (schemas.CaseDetail) but for `words`, which the call's side knows.

    From a unit a secret case shows neither person nor place. Raises NotFound outside the actor's scope.
    """
    case = visible(work, case_no, actor)
    story = work.session.scalars(
        select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    ).all()
    names = names_of(work, [case], units=[entry.unit_code for entry in story])
    return {
        "card": cards.case_card(case, names),
        **_matter(case, hidden=scope.sees_as_unit(actor)),
        "secrecy": case.secrecy,
        "channel": case.channel,
        "call_id": case.call_id,
        "orders": [cards.order_card(order, names) for order in case.orders],
        "timeline": [cards.timeline_entry(entry, names) for entry in story],
        "routing": case.routing,
        "suggestion": None if scope.sees_as_unit(actor) else case.suggestion,
        "similar": _similar(work, case, actor),
        "actions": actions(work, case, actor, now=now),
    }


def actions(work: Work, case: CaseRecord, actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return what this person may do now (schemas.AllowedAction): the case's steps, then the unit's own."""
    found = [
        {"action": action.value, "order_no": None, "needs": [need.value for need in needs_of(action)]}
        for action in allowed(case.stage, actor.roles)
        if action not in ORDER_ACTIONS
    ]
    units = scope.units_of(actor, rules.parents(work))
    for order in case.orders:
        if order.unit_code in units:
            found += [
                {
                    "action": action.value,
                    "order_no": order.order_no,
                    "needs": [need.value for need in needs_of(action)],
                }
                for action in Action
                if _order_allows(case, order, action, now)
            ]
    return found


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
            {"code": area.code, "name": area.name, "level": area.level, "parent": area.parent}
            for area in areas
        ],
    }


def unit_name(work: Work, code: str) -> str | None:
    """Return the name of a unit, or None for a code that is not in the city's files."""
    return work.session.scalar(select(UnitRecord.name).where(UnitRecord.code == code))


def _matter(case: CaseRecord, *, hidden: bool) -> dict[str, Any]:
    """Return the texts of a case; from a unit without numbers and, if secret, without person and place."""
    secret = hidden and case.secrecy != "open"
    known = [case.caller_name or "", (case.place or "") if secret else ""]

    def shown(text: str | None) -> str | None:
        return mask_people(text, names=known) if text and hidden else text

    phone = case.contact_phone or case.caller_phone
    return {
        "content": shown(case.content) or "",
        "demand": shown(case.demand),
        "place": None if secret else case.place,
        "happened": case.happened,
        "people_affected": case.people_affected,
        "caller_masked": mask_phone(phone) if phone and not secret else None,
        "answer": case.answer,
        "reply": case.reply,
    }


def _order_allows(case: CaseRecord, order: WorkOrderRecord, action: Action, now: datetime) -> bool:
    if action not in ORDER_ACTIONS or (order.stage, action) not in ORDER_STEPS:
        return False
    if order.stage not in LIVE_ORDERS or case.stage not in OPEN_STATES:
        return False
    if order.leads and (case.stage, action) not in STEPS:
        return False
    if action is not Action.RETURN:
        return True
    before = orders.returned_units(case)
    refusal = return_refusal(order.unit_code, returned_before=before, until=order.return_until, now=now)
    return refusal is None


def _similar(work: Work, case: CaseRecord, actor: Actor) -> list[dict[str, Any]]:
    """Return recent cases of the same class in the same area that this person may see."""
    if case.category_code is None or case.area_code is None:
        return []
    alike = select(CaseRecord).where(
        CaseRecord.id != case.id,
        CaseRecord.category_code == case.category_code,
        CaseRecord.area_code == case.area_code,
        CaseRecord.state.not_in([CaseState.DRAFT, CaseState.DISCARDED]),
        CaseRecord.created_at >= case.created_at - _ALIKE_WITHIN,
        scope.visible(actor, rules.parents(work)),
    )
    return _refs(work, work.session.scalars(alike.order_by(CaseRecord.id.desc()).limit(_FEW)).all())


def _refs(work: Work, found: Iterable[CaseRecord]) -> list[dict[str, Any]]:
    listed = list(found)
    names: Names = names_of(work, listed)
    return [cards.case_ref(case, names) for case in listed]
