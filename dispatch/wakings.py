"""Which moments a case must be looked at: worked out from its rows, and kept as rows that fire once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import Work
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import ExtensionRecord, SupervisionRecord, WakingRecord
from dispatch.stages import OPEN_STATES, UNIT_STATES, CaseState, OrderState

# What a state's own limit wakes (timers.py says what then happens).
STAGE_KINDS = {
    CaseState.RECEIVED: "accept_late",
    CaseState.TO_COMPLETE: "facts_missing",
    CaseState.TO_DISPATCH: "dispatch_late",
    CaseState.ADJUDICATION: "ruling_late",
    CaseState.RETURN_REVIEW: "return_late",
    CaseState.LEDGER: "ledger_due",
    CaseState.TO_REVIEW: "review_late",
    CaseState.TO_CALL_BACK: "call_back_late",
    CaseState.CALL_BACK_AGAIN: "call_back_due",
    CaseState.CLOSED: "file",
    CaseState.ANSWERED: "file",
}
_CLOCKED = UNIT_STATES | {CaseState.TO_SIGN, CaseState.RETURN_REVIEW, CaseState.ADJUDICATION}

Key = tuple[str, str | None]


def wanted(case: CaseRecord) -> dict[Key, datetime]:
    """Return (kind, order number) -> when, for all that the rows of the case itself ask for.

    Every open case has at least one until the last of its warnings has fired; from then on it stands in the lists of
    what is late. Moments already past are wanted too: they fire at once, and not again (see `settle`).
    """
    found: dict[Key, datetime] = {}
    state = case.stage
    if state in STAGE_KINDS and case.stage_due_at is not None:
        found[STAGE_KINDS[state], None] = case.stage_due_at
    if state in OPEN_STATES and case.promise_due_at is not None and case.clock_stopped_at is None:
        found["promise_late", None] = case.promise_due_at
    for order in case.orders:
        found |= _of_order(order, state)
    return found


def settle(work: Work, case: CaseRecord) -> None:
    """Bring the wakings of a case in line with its rows; what has fired stays fired.

    The kinds that side objects ask for (extension, supervision) are read from their rows.
    """
    if case.stage is CaseState.DRAFT:
        return
    want = wanted(case) | _of_side_objects(work, case)
    known = work.session.scalars(select(WakingRecord).where(WakingRecord.case_id == case.id)).all()
    fired = {(one.kind, one.order_no, one.due_at) for one in known if one.fired_at is not None}
    waiting = {(one.kind, one.order_no): one for one in known if one.fired_at is None}
    for key, waking in waiting.items():
        if key not in want:
            work.session.delete(waking)
        elif waking.due_at != want[key]:
            waking.due_at = want[key]
    for (kind, order_no), due_at in want.items():
        if (kind, order_no) not in waiting and (kind, order_no, due_at) not in fired:
            work.session.add(WakingRecord(case_id=case.id, order_no=order_no, kind=kind, due_at=due_at))


def _of_order(order: WorkOrderRecord, state: CaseState) -> dict[Key, datetime]:
    found: dict[Key, datetime] = {}
    # A helper that still owes its part owes it while the lead's reply is being reviewed, too.
    clocked = state in _CLOCKED or (state is CaseState.TO_REVIEW and not order.leads)
    if order.stopped_at is not None or not clocked:
        return found
    if order.stage is OrderState.TO_SIGN and state in UNIT_STATES | {CaseState.TO_SIGN}:
        found["sign_late", order.order_no] = order.sign_due_at
    if order.stage in {OrderState.TO_SIGN, OrderState.HANDLING}:
        for kind, at in order.marks.items():
            found[kind, order.order_no] = datetime.fromisoformat(at)
        found["due", order.order_no] = order.due_at
    return found


def _of_side_objects(work: Work, case: CaseRecord) -> dict[Key, datetime]:
    found: dict[Key, datetime] = {}
    asking = [order.order_no for order in case.orders if order.extension_open]
    # Silence refuses only where it may be answered; on the ledger or in review the question waits.
    if asking and case.stage in UNIT_STATES:
        asked = select(ExtensionRecord).where(
            ExtensionRecord.case_id == case.id,
            ExtensionRecord.decided_at.is_(None),
            ExtensionRecord.order_no.in_(asking),
        )
        requests = work.session.scalars(asked.order_by(ExtensionRecord.id))  # the newest of an order counts
        found |= {("extension_due", one.order_no): one.decide_by for one in requests}
    if case.supervised:
        open_ones = select(SupervisionRecord).where(
            SupervisionRecord.case_id == case.id, SupervisionRecord.answered_at.is_(None)
        )
        found |= {("supervision_late", one.no): one.due_at for one in work.session.scalars(open_ones)}
    return found
