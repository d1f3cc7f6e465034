"""What lists, boards and pushes see of a case: plain values ready for JSON, nothing about the person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.sealed import fingerprint
from dispatch.lifecycle import Action, CaseState
from dispatch.masking import mask_people, mask_phone, mask_title
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord

_TITLE_LENGTH = 60
# The fields of a draft that say who calls and from where.
PERSONAL = ("contact_phone", "caller_name", "place")

# Timeline action -> the kind of a board event; what is not here is nobody's news.
EVENT_KINDS = {
    Action.REGISTER: "case_registered",
    Action.ACCEPT: "case_accepted",
    Action.ANSWER: "case_answered",
    Action.REJECT: "case_rejected",
    Action.TRANSFER: "case_transferred",
    Action.DISPATCH: "case_dispatched",
    Action.RECALL: "case_recalled",
    Action.CONFER: "adjudication_opened",
    Action.RULE: "case_ruled",
    Action.SIGN: "order_signed",
    Action.RETURN: "order_returned",
    Action.GRANT_RETURN: "return_granted",
    Action.REFUSE_RETURN: "return_refused",
    Action.DELEGATE: "case_delegated",
    Action.ENTER_LEDGER: "ledger_entered",
    Action.RESUME: "case_resumed",
    Action.REPLY: "order_replied",
    Action.SEND_BACK: "case_sent_back",
    Action.PASS: "reply_passed",
    Action.RATE: "case_rated",
    Action.REDO: "case_redone",
    Action.CLOSE: "case_closed",
    Action.CLOSE_UNRATED: "case_closed",
    Action.REOPEN: "case_reopened",
    Action.WITHDRAW: "case_withdrawn",
    Action.MERGE: "case_merged",
    Action.UNMERGE: "case_unmerged",
    Action.URGE: "case_urged",
    Action.GRANT_EXTENSION: "extension_granted",
    Action.SUPERVISE: "case_supervised",
    Action.PENALTY: "penalty_given",
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
        "stage_due_at": _iso(case.stage_due_at or _sign_due(case)),
        "supervision_level": case.supervision_level,
        "urgings": case.urgings,
        "redos": case.redos,
        "incident_size": case.incident_size,
        "flags": _flags(case),
    }


def public_title(case: CaseRecord, names: Names) -> str:
    """Return a title that anybody on the staff may read.

    A secret case shows only its class: its title may name the place, and the place the person.
    """
    category = named(case.category_code, names.categories)
    if case.secrecy != "open":
        return f"{category['name'] if category else '诉求'}（保密件）"
    title = case.title or (case.content or "")[:_TITLE_LENGTH] or (category["name"] if category else "未命名诉求")
    return mask_title(title, names=[case.caller_name or ""])[:_TITLE_LENGTH]


def known_of(case: CaseRecord, *, place: bool) -> list[str]:
    """Return the words of a case that say who, and if asked where: masked wherever they stand in a text."""
    guess = ((case.suggestion or {}).get("place") or {}) if place else {}
    known = [case.caller_name, case.place if place else None, guess.get("raw"), guess.get("name")]
    return [word for word in known if word]


def order_card(order: WorkOrderRecord, names: Names, *, known: Iterable[str] = ()) -> dict[str, Any]:
    """Return the card of a work order (schemas.OrderCard). known: names and places to mask (`known_of`)."""
    return {
        "order_no": order.order_no,
        "unit": named(order.unit_code, names.units),
        "part": order.part,
        "state": order.state,
        "clock": _clock(order.sent_at, order.due_at, order.stopped_at, order.limit),
        "sign_due_at": _iso(order.sign_due_at),
        "signed_at": _iso(order.signed_at),
        "replied_at": _iso(order.replied_at),
        "auto_signed": order.auto_signed,
        "redo": order.redo,
        "parent_order_no": order.parent_order_no,
        "task": order.task,
        "extension_open": order.extension_open,
        "segments": order.due_segments,
        "record": _record(order, list(known)),
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


def timeline_entry(entry: TimelineRecord, names: Names, *, known: Iterable[str] = ()) -> dict[str, Any]:
    """Return one line of a case's story (schemas.TimelineEntry). known: names and places to mask (`known_of`)."""
    words = list(known)
    unit = named(entry.unit_code, names.units)
    return {
        "at": _iso(entry.at),
        "action": entry.action,
        "actor_name": entry.actor_name,
        "unit_name": unit and unit["name"],
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "reason": entry.reason and mask_people(entry.reason, names=words),
        "note": entry.note and mask_people(entry.note, names=words),
        "facts": entry.facts,
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
    """Return the draft as the agent who holds the call sees it (schemas.Draft); never pushed."""
    return {
        "case_no": case.case_no,
        "call_id": case.call_id,
        "version": case.version,
        "state": case.state,
        "form": {name: getattr(case, name) for name in fields},
        "touched": list(case.touched),
        "suggestion": case.suggestion,
        "seal": _seal(case),
    }


def pushed_draft(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is pushed of a draft: without the person and the place, guessed or entered.

    `seal` tells the page that one of them has changed; it then asks for the call again.
    """
    form = {name: value for name, value in draft["form"].items() if name not in PERSONAL}
    return {**draft, "form": form, "suggestion": _without(draft["suggestion"], "place")}


def masked_draft(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft for whoever does not hold its call: personal fields masked, to be asked for by purpose."""
    form = dict(draft["form"])
    form["contact_phone"] = form["contact_phone"] and mask_phone(form["contact_phone"])
    form["caller_name"] = form["caller_name"] and "某"
    form["place"] = form["place"] and "***"
    suggestion = draft["suggestion"] and {**draft["suggestion"], "place": None}
    return {**draft, "form": form, "suggestion": suggestion}


def named(code: str | None, names: Mapping[str, str]) -> dict[str, str] | None:
    """Return a code with its name, or None for no code."""
    return None if code is None else {"code": code, "name": names.get(code, code)}


def _sign_due(case: CaseRecord) -> datetime | None:
    """Return until when the lead must have signed: the limit of that state stands in its order."""
    if case.state != CaseState.TO_SIGN:
        return None
    return next((order.sign_due_at for order in reversed(case.orders) if order.leads), None)


def _flags(case: CaseRecord) -> list[str]:
    """Return what a line of a list must not leave out, as words of a closed set."""
    marks = {
        "no_return": case.no_return,
        "supervised": case.supervised,
        "extension_open": any(order.extension_open for order in case.orders),
        "finding_open": case.finding == "open",
        "unreasonable": case.finding == "unreasonable",
        "appeal_open": case.appeal == "open",
        "ledger_asked": case.ledger_asked,
        "relapse": case.relapse_of is not None,
        "not_assessed": not case.assessed,
        "secret": case.secrecy != "open",
    }
    return [name for name, holds in marks.items() if holds]


def _record(order: WorkOrderRecord, known: list[str]) -> dict[str, Any] | None:
    """Return the handling record (办理情况) of an order that has been replied to."""
    if order.reply is None:
        return None
    return {
        "text": mask_people(order.reply, names=known),
        "public_reply": order.public_reply and mask_people(order.public_reply, names=known),
        "contacted_at": _iso(order.contacted_at),
        "contact_mode": order.contact_mode,
        "truth": order.truth,
        "solved": order.solved,
        "unsolved_reason": order.unsolved_reason,
        "promise_on": order.promise_on and order.promise_on.isoformat(),
        "over_duty": order.over_duty,
        "evidence_ids": order.evidence_ids,
    }


def _seal(case: CaseRecord) -> str:
    """Return a keyed mark of the personal fields: it changes with them and tells nothing of them."""
    guessed = (case.suggestion or {}).get("place")
    personal = [getattr(case, name) for name in PERSONAL]
    return fingerprint(json.dumps([*personal, guessed], ensure_ascii=False, sort_keys=True))[:16]


def _without(known: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    return None if known is None else {key: value for key, value in known.items() if key != name}


def _case_clock(case: CaseRecord) -> dict[str, Any] | None:
    if case.clock_started_at is None or case.clock_due_at is None:
        return None
    return _clock(case.clock_started_at, case.clock_due_at, case.clock_stopped_at, case.clock_limit or "")


def _clock(started: datetime, due: datetime, stopped: datetime | None, limit: str) -> dict[str, Any]:
    return {"started_at": _iso(started), "due_at": _iso(due), "stopped_at": _iso(stopped), "limit": limit}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
