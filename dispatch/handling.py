"""What a unit does with its own work order: sign, return, reply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.actor import Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch import orders, rules, scope, steps
from dispatch.events import OrderReplied, OrderReturned, OrderSigned
from dispatch.lifecycle import Action, next_order_state, next_state, return_refusal
from dispatch.records import CaseRecord, WorkOrderRecord


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


def _check_return(work: Work, case: CaseRecord, order: WorkOrderRecord, suggested: str, now: datetime) -> None:
    if suggested == order.unit_code or suggested not in rules.units(work):
        raise BadInput("请指出应由哪个单位办理")
    refusal = return_refusal(
        order.unit_code, returned_before=orders.returned_units(case), until=order.return_until, now=now
    )
    if refusal is not None:
        raise Refused(refusal)
