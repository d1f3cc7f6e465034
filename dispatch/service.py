"""What people and jobs do to cases: load, decide, apply, announce. Never commits; drafts.py has the draft."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.actor import SYSTEM, Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, Refused, WrongRole
from core.people import record_disclosure
from dispatch import orders, placing, rules, scope, steps
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
from dispatch.events import (
    CaseClosed,
    CaseDispatched,
    CaseSentBack,
    OrderReplied,
    OrderReturned,
    OrderSigned,
)
from dispatch.lifecycle import (
    Action,
    CaseState,
    Need,
    OrderState,
    next_order_state,
    next_state,
    return_refusal,
)
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.routing import Routed

__all__ = [
    "FIELDS",
    "Caller",
    "answer_directly",
    "apply_suggestion",
    "change_draft",
    "close",
    "discard_draft",
    "dispatch",
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

log = logging.getLogger(__name__)

# Units that contain others but take no work orders themselves.
_NO_ORDERS = frozenset({"city"})


def route(work: Work, case_id: int, *, now: datetime) -> CaseRecord:
    """Dispatch the case by the responsibility list if that is sure enough, else leave it to a person.

    Judged once: a second run, or a run after a person was quicker, changes nothing. A case that a unit has
    returned is never dispatched by the machine again.
    """
    case = steps.locked(work, case_id)
    if case.stage is not CaseState.TO_DISPATCH or case.judged_at is not None or case.round:
        return case
    _, pack = rules.pack(work, case.pack_id)
    verdict = placing.judged(work, case, threshold=pack.automatic_from_share, now=now)
    case.judged_at = now
    case.routing = {
        "automatic": isinstance(verdict, Routed),
        "reason": verdict.reason,
        "candidates": placing.guesses(verdict.proposals, rules.units(work)),
    }
    log.info("case.judged", extra={"case_id": case.id, "automatic": isinstance(verdict, Routed)})
    if not isinstance(verdict, Routed):
        steps.take(work, case, Action.ROUTE, actor=SYSTEM, now=now, reason=verdict.reason)
        work.session.flush()
        return case
    steps.take(
        work,
        case,
        Action.DISPATCH,
        actor=SYSTEM,
        now=now,
        given={Need.UNIT},
        unit=verdict.unit,
        reason=verdict.reason,
    )
    orders.send(work, case, lead=verdict.unit, helpers=verdict.helpers, duty_no=verdict.duty_no, now=now)
    steps.announce(work, case, CaseDispatched)
    return case


def dispatch(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    unit_code: str | None,
    helper_codes: Sequence[str] = (),
    reason: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Send the case to its lead unit and helpers; their clocks start now, signed or not.

    Raises BadInput for a unit that cannot take orders, Refused when a department's own duty would go to a
    street (国办函〔2025〕66号).
    """
    case = steps.locked(work, case_no, version=version)
    given = {Need.UNIT} if unit_code else set()
    next_state(case.stage, Action.DISPATCH, roles=actor.roles, given=given)
    lead = _checked_unit(work, case, unit_code or "", now)
    helpers = tuple(
        dict.fromkeys(_checked_unit(work, case, code, now) for code in helper_codes if code != lead)
    )
    steps.take(
        work, case, Action.DISPATCH, actor=actor, now=now, given=given, unit=lead, reason=reason or None
    )
    orders.send(work, case, lead=lead, helpers=helpers, duty_no=_proposed_by(case, lead), now=now)
    steps.announce(work, case, CaseDispatched)
    return case


def sign(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    order_no: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Accept the unit's order. The clock has been running since dispatch and does not notice."""
    case, order = _own_order(work, case_no, order_no, Action.SIGN, actor, version)
    order.state = next_order_state(order.stage, Action.SIGN, roles=actor.roles)
    order.signed_at, order.signed_by = now, actor.person_id
    _unit_step(work, case, order, Action.SIGN, actor=actor, now=now)
    steps.announce(work, case, OrderSigned)
    return case


def return_order(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    reason: str | None,
    suggested_unit: str | None,
    order_no: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Give the order back as another unit's. When the lead's comes back the case needs a dispatcher again.

    The promise to the citizen runs on. Raises Refused for a second return by the unit or after the window.
    """
    case, order = _own_order(work, case_no, order_no, Action.RETURN, actor, version)
    given = orders.given(reason=reason, suggested_unit=suggested_unit)
    to = next_order_state(order.stage, Action.RETURN, roles=actor.roles, given=given)
    _check_return(work, case, order, suggested_unit or "", now)
    order.state, order.stopped_at = to, now
    order.return_reason, order.suggested_unit = reason, suggested_unit
    suggested = rules.units(work)[suggested_unit or ""].name
    _unit_step(
        work,
        case,
        order,
        Action.RETURN,
        actor=actor,
        now=now,
        given=given,
        reason=reason,
        note=f"建议由{suggested}办理",
    )
    if order.leads:
        orders.withdraw(case, now)
        case.lead_unit = None
    steps.announce(work, case, OrderReturned)
    return case


def reply(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    text: str | None,
    order_no: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Report what the unit has done. The lead's reply goes to review and stops the clock."""
    case, order = _own_order(work, case_no, order_no, Action.REPLY, actor, version)
    given = orders.given(text=text)
    order.state = next_order_state(order.stage, Action.REPLY, roles=actor.roles, given=given)
    order.reply, order.replied_at, order.stopped_at = text, now, now
    _unit_step(work, case, order, Action.REPLY, actor=actor, now=now, given=given)
    if order.leads:
        case.reply, case.clock_stopped_at = text, now
    steps.announce(work, case, OrderReplied)
    return case


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


def _own_order(
    work: Work, case_no: str, order_no: str | None, action: Action, actor: Actor, version: int | None
) -> tuple[CaseRecord, WorkOrderRecord]:
    """Return the case and the order that the actor's unit acts on. Raises what `scope` and the table say.

    Whose order it is comes before the version, so that a stranger learns nothing, not even that it moved.
    """
    case = steps.locked(work, case_no)
    if not actor.has(Role.HANDLER):
        next_state(case.stage, action, roles=actor.roles)
        raise WrongRole("只有承办单位可以操作工单")
    order = scope.own_order(case, order_no, action, actor, rules.parents(work))
    if order is None:
        raise NotFound("没有这个工单，或它不属于本单位")
    steps.check_version(case, version)
    return case, order


def _unit_step(
    work: Work,
    case: CaseRecord,
    order: WorkOrderRecord,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    **said: Any,
) -> None:
    """Write a unit's step down. Only the lead's moves the case; a helper's has its own small life."""
    if order.leads:
        steps.take(work, case, action, actor=actor, now=now, order=order, **said)
        return
    said.pop("given", None)
    case.changed_at = now
    steps.write(work, case, action, actor=actor, now=now, order=order, **said)


def _check_return(
    work: Work, case: CaseRecord, order: WorkOrderRecord, suggested: str, now: datetime
) -> None:
    if suggested == order.unit_code or suggested not in rules.units(work):
        raise BadInput("请指出应由哪个单位办理")
    refusal = return_refusal(
        order.unit_code, returned_before=orders.returned_units(case), until=order.return_until, now=now
    )
    if refusal is not None:
        raise Refused(refusal)


def _checked_unit(work: Work, case: CaseRecord, code: str, now: datetime) -> str:
    unit = rules.units(work).get(code)
    if unit is None or unit.kind in _NO_ORDERS:
        raise BadInput("这个单位不能承办工单")
    ban = placing.street_ban(work, case, now) if unit.kind == "street" else None
    if ban is not None:
        raise Refused(f"{ban} 规定这是部门职责，不得派给街道")
    return code


def _proposed_by(case: CaseRecord, unit: str) -> str | None:
    proposals = (case.routing or {}).get("candidates", [])
    return next((one["duty_no"] for one in proposals if one["unit"]["code"] == unit), None)
