"""Work orders: sent with their clocks, withdrawn, found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.db import Work
from dispatch import clocks, numbering
from dispatch.deadlines import Limit
from dispatch.lifecycle import LIVE_ORDERS, OrderState, Part
from dispatch.records import CaseRecord, WorkOrderRecord


def send(
    work: Work,
    case: CaseRecord,
    *,
    lead: str,
    helpers: Sequence[str],
    duty_no: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Make the orders of a new round, start the clocks, and return the facts of the dispatch (docs/figures.md).

    Every unit gets its full limit. What was promised to the citizen at the first dispatch stays as it was.
    """
    limits = clocks.pack_of(work, case).limits(case.kind, case.urgency, case.category_code)
    case.round += 1
    made = [
        add(work, case, unit, Part.LEAD if unit == lead else Part.HELPER, limits.result, duty_no=duty_no, now=now)
        for unit in (lead, *helpers)
    ]
    # A request for the ledger was the request of a unit with that round's order.
    case.lead_unit, case.ledger_asked = lead, False
    if case.dispatched_at is None:
        case.dispatched_at = now
    # A part that was split off, or a case that was merged before, has its promise already.
    if case.promise_due_at is None:
        clocks.set_promise(work, case, limits.result, now)
    return {
        "round": case.round,
        "lead": lead,
        "helpers": list(helpers),
        "duty_no": duty_no,
        "orders": [facts(order) for order in made],
        "promise_started_at": case.promise_started_at and case.promise_started_at.isoformat(),
        "promise_due_at": case.promise_due_at and case.promise_due_at.isoformat(),
    }


def add(
    work: Work,
    case: CaseRecord,
    unit: str,
    part: Part,
    limit: Limit,
    *,
    now: datetime,
    duty_no: str | None = None,
    parent: WorkOrderRecord | None = None,
    task: str | None = None,
) -> WorkOrderRecord:
    """Add one order to the case with its clock; parent and task for a sub-unit's (下派)."""
    pack = clocks.pack_of(work, case)
    limits = pack.limits(case.kind, case.urgency, case.category_code)
    order = WorkOrderRecord(
        order_no=numbering.order_no(case.case_no, len(case.orders) + 1),
        unit_code=unit,
        part=part.value,
        state=OrderState.TO_SIGN.value,
        round=case.round,
        duty_no=duty_no,
        sent_at=now,
        sign_due_at=clocks.due_of(work, pack, limits.sign, now, unit=unit).at,
        return_until=clocks.due_of(work, pack, pack.return_limit(case.urgency), now, unit=unit).at,
        parent_order_no=parent.order_no if parent else None,
        task=task,
        marks={},
        extensions=0,
        extension_open=False,
        auto_signed=False,
        redo=False,
        evidence_ids=[],
    )
    clocks.set_order_clock(work, case, order, limit, now)
    case.orders.append(order)
    return order


def facts(order: WorkOrderRecord) -> dict[str, Any]:
    """Return what the story keeps of a new order."""
    return {
        "order_no": order.order_no,
        "unit": order.unit_code,
        "part": order.part,
        "due_at": order.due_at.isoformat(),
        "sign_due_at": order.sign_due_at.isoformat(),
    }


def withdraw(case: CaseRecord, now: datetime) -> None:
    """Close every order that is still live, and what its unit asked for; a clock that has stopped keeps its time."""
    case.ledger_asked = False
    for order in case.orders:
        if order.stage in LIVE_ORDERS:
            order.state, order.stopped_at = OrderState.DONE.value, order.stopped_at or now
            order.extension_open = False


def lead_of(case: CaseRecord) -> WorkOrderRecord | None:
    """Return the lead's order of the latest round, if the case has been dispatched."""
    leading = [order for order in case.orders if order.leads]
    return leading[-1] if leading else None


def returned_units(case: CaseRecord) -> frozenset[str]:
    """Return the units that have returned this case."""
    return frozenset(order.unit_code for order in case.orders if order.stage is OrderState.RETURNED)
