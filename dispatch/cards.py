"""What lists, boards and pushes see of a case: plain values ready for JSON, nothing about the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch.lifecycle import Action
from dispatch.masking import mask_people, mask_title
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord

_TITLE_LENGTH = 60

# Timeline action -> the kind of a board event; what is not here is nobody's news.
EVENT_KINDS = {
    Action.REGISTER: "case_registered",
    Action.ANSWER: "case_answered",
    Action.DISPATCH: "case_dispatched",
    Action.SIGN: "order_signed",
    Action.RETURN: "order_returned",
    Action.REPLY: "order_replied",
    Action.SEND_BACK: "case_sent_back",
    Action.CLOSE: "case_closed",
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names by code. A code that is no longer in the city's files shows as itself."""

    units: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)


def case_card(case: CaseRecord, names: Names) -> dict[str, Any]:
    """Return the card of a case: the same in every list, snapshot and push (schemas.CaseCard)."""
    return {
        "case_no": case.case_no,
        "version": case.version,
        "state": case.state,
        "kind": case.kind,
        "title": public_title(case, names),
        "category": named(case.category_code, names.categories),
        "area": named(case.area_code, names.areas),
        "urgency": case.urgency,
        "lead": named(case.lead_unit, names.units),
        "clock": _case_clock(case),
        "registered_at": _iso(case.registered_at),
        "state_since": _iso(case.state_since),
        "round": case.round,
    }


def public_title(case: CaseRecord, names: Names) -> str:
    """Return a title that anybody on the staff may read.

    A secret case shows only its class: its title may name the place, and the place the person.
    """
    category = named(case.category_code, names.categories)
    if case.secrecy != "open":
        return f"{category['name'] if category else '诉求'}（保密件）"
    title = (
        case.title or (case.content or "")[:_TITLE_LENGTH] or (category["name"] if category else "未命名诉求")
    )
    return mask_title(title, names=[case.caller_name or ""])[:_TITLE_LENGTH]


def order_card(order: WorkOrderRecord, names: Names) -> dict[str, Any]:
    """Return the card of a work order (schemas.OrderCard)."""
    return {
        "order_no": order.order_no,
        "unit": named(order.unit_code, names.units),
        "part": order.part,
        "state": order.state,
        "clock": _clock(order.sent_at, order.due_at, order.stopped_at, order.limit),
        "sign_due_at": _iso(order.sign_due_at),
        "signed_at": _iso(order.signed_at),
        "replied_at": _iso(order.replied_at),
    }


def case_ref(case: CaseRecord, names: Names) -> dict[str, Any]:
    """Return a case as a line in a list of others (schemas.CaseCardRef)."""
    unit, category = named(case.lead_unit, names.units), named(case.category_code, names.categories)
    return {
        "case_no": case.case_no,
        "title": public_title(case, names),
        "state": case.state,
        "registered_at": _iso(case.registered_at),
        "unit_name": unit and unit["name"],
        "category_name": category and category["name"],
    }


def timeline_entry(entry: TimelineRecord, names: Names) -> dict[str, Any]:
    """Return one line of a case's story (schemas.TimelineEntry)."""
    unit = named(entry.unit_code, names.units)
    return {
        "at": _iso(entry.at),
        "action": entry.action,
        "actor_name": entry.actor_name,
        "unit_name": unit and unit["name"],
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "reason": entry.reason and mask_people(entry.reason),
        "note": entry.note and mask_people(entry.note),
    }


def board_event(entry: TimelineRecord, case: CaseRecord, names: Names) -> dict[str, Any]:
    """Return a line of the last events, made from the timeline (schemas.BoardEvent)."""
    unit = named(entry.unit_code, names.units)
    return {
        "event_id": f"case-{entry.id}",
        "at": _iso(entry.at),
        "kind": EVENT_KINDS[Action(entry.action)],
        "case_no": case.case_no,
        "call_id": case.call_id,
        "unit_name": unit and unit["name"],
        "title": public_title(case, names),
    }


def draft_card(case: CaseRecord, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the draft as its own desk sees it (schemas.Draft): for the room of the call only."""
    return {
        "case_no": case.case_no,
        "call_id": case.call_id,
        "version": case.version,
        "state": case.state,
        "form": {name: getattr(case, name) for name in fields},
        "touched": list(case.touched),
        "suggestion": case.suggestion,
    }


def named(code: str | None, names: Mapping[str, str]) -> dict[str, str] | None:
    """Return a code with its name, or None for no code."""
    return None if code is None else {"code": code, "name": names.get(code, code)}


def _case_clock(case: CaseRecord) -> dict[str, Any] | None:
    if case.clock_started_at is None or case.clock_due_at is None:
        return None
    return _clock(case.clock_started_at, case.clock_due_at, case.clock_stopped_at, case.clock_limit or "")


def _clock(started: datetime, due: datetime, stopped: datetime | None, limit: str) -> dict[str, Any]:
    return {"started_at": _iso(started), "due_at": _iso(due), "stopped_at": _iso(stopped), "limit": limit}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
