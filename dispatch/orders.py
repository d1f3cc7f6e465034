"""Work orders: sent with their clocks, withdrawn, found."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from core.actor import SYSTEM
from core.db import Work
from dispatch import numbering, rules, steps
from dispatch.deadlines import Due, deadline
from dispatch.lifecycle import LIVE_ORDERS, Action, Need, OrderState, Part
from dispatch.records import CaseRecord, WorkOrderRecord

log = logging.getLogger(__name__)


def send(
    work: Work, case: CaseRecord, *, lead: str, helpers: Sequence[str], duty_no: str | None, now: datetime
) -> None:
    """Make the orders of a new round and start the clocks.

    Every unit gets its full limit. What was promised to the citizen at the first dispatch stays as it was.
    """
    _, pack = rules.pack(work, case.pack_id)
    limits, calendar = pack.limits(case.kind, case.urgency), rules.calendar(work, pack.working_hours)
    due, sign_due = deadline(now, limits.result, calendar), deadline(now, limits.sign, calendar)
    return_until = deadline(now, pack.return_limit(case.urgency), calendar).at
    case.round += 1
    for unit in (lead, *helpers):
        case.orders.append(
            WorkOrderRecord(
                order_no=numbering.order_no(case.case_no, len(case.orders) + 1),
                unit_code=unit,
                part=(Part.LEAD if unit == lead else Part.HELPER).value,
                state=OrderState.TO_SIGN.value,
                round=case.round,
                duty_no=duty_no,
                sent_at=now,
                sign_due_at=sign_due.at,
                return_until=return_until,
                due_at=due.at,
                limit=limits.result.words(),
                due_segments=[[one.starts.isoformat(), one.ends.isoformat()] for one in due.segments],
            )
        )
    case.lead_unit = lead
    if case.dispatched_at is None:
        case.dispatched_at = now
        case.clock_started_at, case.clock_due_at, case.clock_limit = now, due.at, limits.result.words()
    _warn_of_unknown_years(work, case, due, now)


def withdraw(case: CaseRecord, now: datetime) -> None:
    """Close every order that is still live; a clock that has stopped keeps its time."""
    for order in case.orders:
        if order.stage in LIVE_ORDERS:
            order.state, order.stopped_at = OrderState.DONE.value, order.stopped_at or now


def lead_of(case: CaseRecord) -> WorkOrderRecord | None:
    """Return the lead's order of the latest round, if the case has been dispatched."""
    leading = [order for order in case.orders if order.leads]
    return leading[-1] if leading else None


def returned_units(case: CaseRecord) -> frozenset[str]:
    """Return the units that have returned this case."""
    return frozenset(order.unit_code for order in case.orders if order.stage is OrderState.RETURNED)


def given(*, text: str | None = None, reason: str | None = None, suggested_unit: str | None = None) -> set[Need]:
    """Return which needs came with a request; white space is nothing."""
    found = {Need.TEXT: text, Need.REASON: reason, Need.SUGGESTED_UNIT: suggested_unit}
    return {need for need, value in found.items() if value and value.strip()}


def _warn_of_unknown_years(work: Work, case: CaseRecord, due: Due, now: datetime) -> None:
    """Say it aloud, in the log and in the story: a deadline that guesses is not a deadline."""
    if not due.unknown_years:
        return
    years = "、".join(str(year) for year in due.unknown_years)
    log.warning("calendar.unknown_year", extra={"case_id": case.id, "years": due.unknown_years})
    said = f"{years} 年的节假日安排尚未载入，期限暂按周一至周五计算"
    steps.write(work, case, Action.NOTE, actor=SYSTEM, now=now, note=said)
