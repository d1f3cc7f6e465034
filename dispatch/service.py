"""What people and jobs do to cases: load, decide, apply, announce; never commit.

Here are the reviewer's steps and what anybody may do; drafts.py has the desk's, sending.py the dispatcher's,
handling.py the unit's, unfinished.py those on a draft after its call. The edges import all from here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.actor import Actor, Role
from core.db import Work
from core.errors import NotFound, WrongRole
from core.people import record_disclosure
from dispatch import orders, rules, scope, steps
from dispatch.drafts import (
    FIELDS,
    Caller,
    answer_directly,
    apply_suggestion,
    change_draft,
    discard_draft,
    open_draft,
    register,
)
from dispatch.events import CaseClosed, CaseSentBack
from dispatch.handling import reply, return_order, sign
from dispatch.lifecycle import Action, OrderState, next_state
from dispatch.records import CaseRecord
from dispatch.sending import dispatch, route
from dispatch.unfinished import finish_draft, leave_draft

__all__ = [
    "FIELDS",
    "Caller",
    "answer_directly",
    "apply_suggestion",
    "change_draft",
    "close",
    "discard_draft",
    "dispatch",
    "finish_draft",
    "leave_draft",
    "note",
    "open_draft",
    "register",
    "reply",
    "return_order",
    "reveal",
    "route",
    "send_back",
    "sign",
]


def send_back(
    work: Work, case_no: str, *, actor: Actor, reason: str | None, version: int | None = None, now: datetime
) -> CaseRecord:
    """Ask the lead to do it better. Its clock runs on to the old deadline: a poor reply wins no time."""
    case = steps.locked(work, case_no, version=version)
    lead = orders.lead_of(case)
    steps.take(
        work,
        case,
        Action.SEND_BACK,
        actor=actor,
        now=now,
        given=orders.given(reason=reason),
        order=lead,
        reason=reason,
    )
    if lead is not None:
        lead.state, lead.stopped_at, lead.replied_at = OrderState.HANDLING, None, None
    case.clock_stopped_at = None
    steps.announce(work, case, CaseSentBack)
    return case


def close(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    text: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Close the case and every order that is still live; `text` is the reviewer's remark."""
    case = steps.locked(work, case_no, version=version)
    unit = case.lead_unit
    steps.take(work, case, Action.CLOSE, actor=actor, now=now, unit=unit, note=text or None)
    orders.withdraw(case, now)
    case.closed_at = now
    case.clock_stopped_at = case.clock_stopped_at or now
    steps.announce(work, case, CaseClosed)
    return case


def note(
    work: Work, case_no: str, *, actor: Actor, text: str | None, version: int | None = None, now: datetime
) -> CaseRecord:
    """Add a remark to the story. It moves nothing, so the version stays and nobody's action is refused."""
    case = steps.locked(work, case_no, version=version)
    next_state(case.stage, Action.NOTE, roles=actor.roles, given=orders.given(text=text))
    steps.write(work, case, Action.NOTE, actor=actor, now=now, note=text)
    work.session.flush()
    return case


def reveal(work: Work, case_no: str, *, actor: Actor, purpose: str, now: datetime) -> dict[str, Any]:
    """Return phone, name and address once, and write down who looked and why.

    Raises WrongRole when the case is secret from this person, NotFound outside their scope.
    """
    case = steps.locked(work, case_no)
    if not scope.sees(case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    if case.secrecy == "anonymous" and not actor.has(Role.SUPERVISOR):
        raise WrongRole("诉求人要求完全匿名，只有督办员可以查看")
    if scope.sees_as_unit(actor) and case.secrecy != "open":
        raise WrongRole("此件对承办单位保密，请通过热线联系诉求人")
    shown = {
        "phone": case.contact_phone or case.caller_phone,
        "name": case.caller_name,
        "address": case.place,
    }
    record_disclosure(
        work,
        actor,
        subject="case",
        subject_id=case.case_no,
        fields=[name for name, value in shown.items() if value],
        purpose=purpose,
        at=now,
    )
    return shown
