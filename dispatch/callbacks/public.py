"""What a citizen may see of their own case by a link: how far it is, who has it, why it takes its time.

Nothing of the person, nobody's name, no remark from inside: the link may be opened by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.db import Work
from dispatch.callbacks.links import find_link, may_rate
from dispatch.lifecycle import Action, CaseState
from dispatch.lists import names_of
from dispatch.masking import mask_people
from dispatch.records import CaseRecord, TimelineRecord

# What happened -> the word for it (dashboard/rating_words.py). What is not here is nobody's business outside.
TOLD = {
    Action.REGISTER: "registered",
    Action.ACCEPT: "registered",
    Action.DISPATCH: "sent",
    Action.RULE: "sent",
    Action.RETURN: "returned",
    Action.GRANT_RETURN: "rerouted",
    Action.REFUSE_RETURN: "kept",
    Action.CONFER: "conferring",
    Action.SIGN: "signed",
    Action.DELEGATE: "delegated",
    Action.ENTER_LEDGER: "ledger",
    Action.RESUME: "resumed",
    Action.GRANT_EXTENSION: "extended",
    Action.SUPERVISE: "supervised",
    Action.REPLY: "replied",
    Action.SEND_BACK: "sent_back",
    Action.PASS: "passed",
    Action.MISSED: "missed",
    Action.RATE: "rated",
    Action.REDO: "redo",
    Action.REOPEN: "reopened",
    Action.CLOSE: "closed",
    Action.CLOSE_UNRATED: "closed_unrated",
    Action.WITHDRAW: "withdrawn",
    Action.MERGE: "merged",
    Action.UNMERGE: "unmerged",
}
_WITHOUT_CLOCK = frozenset({CaseState.TO_CALL_BACK, CaseState.CALL_BACK_AGAIN, CaseState.LEDGER})


@dataclass(frozen=True, kw_only=True)
class PublicStep:
    """One line of the story: when, what (a key of TOLD's values), and by which unit."""

    at: datetime
    what: str
    unit: str | None


@dataclass(frozen=True, kw_only=True)
class PublicCase:
    """A case as its citizen sees it. due_at: until when it is to be answered, where a clock runs."""

    case_no: str
    state: str
    unit: str | None
    due_at: datetime | None
    is_late: bool
    reply: str | None
    story: tuple[PublicStep, ...]
    may_rate: bool
    rated: bool


def public_case(work: Work, token: str, *, now: datetime) -> PublicCase:
    """Return the case of a link. Raises NotFound for a link that is forged or has expired."""
    link = find_link(work, token, now=now)
    case = work.session.get_one(CaseRecord, link.case_id)
    shown = [TimelineRecord.case_id == case.id, TimelineRecord.action.in_([action.value for action in TOLD])]
    entries = work.session.scalars(select(TimelineRecord).where(*shown).order_by(TimelineRecord.id)).all()
    units = names_of(work, [case], units=[entry.unit_code for entry in entries]).units
    due_at = _due(case)
    return PublicCase(
        case_no=case.case_no,
        state=case.state,
        unit=units.get(case.lead_unit or ""),
        due_at=due_at,
        is_late=due_at is not None and due_at < now,
        reply=mask_people(case.reply, names=[case.caller_name or "", case.place or ""]) if case.reply else None,
        story=tuple(
            PublicStep(at=one.at, what=TOLD[Action(one.action)], unit=units.get(one.unit_code or ""))
            for one in entries
            if _concerns_all(one, case)
        ),
        may_rate=may_rate(link, case),
        rated=link.used_at is not None,
    )


def _concerns_all(entry: TimelineRecord, case: CaseRecord) -> bool:
    """Say whether a line is about the case: what helpers and sub-units do is left to the lead to tell."""
    own = {order.order_no: order.leads for order in case.orders}
    return entry.order_no is None or own.get(entry.order_no, True)


def _due(case: CaseRecord) -> datetime | None:
    running = case.clock_stopped_at is None and case.closed_at is None and case.stage not in _WITHOUT_CLOCK
    return case.clock_due_at if running else None
