"""The clocks of a case: what was promised, what each unit has, when a state should be left; counted, and anew."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.actor import SYSTEM, Actor
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput
from dispatch import rules, story
from dispatch.deadlines import Due, Limit, LimitUnit, Pause, Segment, WorkCalendar, deadline, worked_minutes
from dispatch.packs import Pack
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import PauseRecord
from dispatch.stages import LIVE_ORDERS, Action, CaseState, OrderState

log = logging.getLogger(__name__)

_FAR = 60  # days: longer than any closure of all offices
# States whose limit is counted from their beginning; a ledger's day and a callback's next try were chosen.
_COUNTED_STAGES = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.TO_DISPATCH,
        CaseState.ADJUDICATION,
        CaseState.RETURN_REVIEW,
        CaseState.TO_REVIEW,
        CaseState.TO_CALL_BACK,
    }
)


def pack_of(work: Work, case: CaseRecord) -> Pack:
    """Return the pack that the case was opened under; the active one before it was registered."""
    return rules.pack(work, case.pack_id)[1]


def due_of(
    work: Work, pack: Pack, limit: Limit, started: datetime, *, unit: str | None = None, pauses: Sequence[Pause] = ()
) -> Due:
    """Return when `limit` from `started` ends, by the hours of the pack or of the unit itself."""
    return deadline(started, limit, rules.calendar(work, pack.working_hours, unit), pauses=pauses)


def set_order_clock(
    work: Work, case: CaseRecord, order: WorkOrderRecord, limit: Limit, now: datetime, *, until: date | None = None
) -> Due:
    """Give an order its limit from `now`: due moment, explanation, warnings. until: granted by an extension."""
    order.limit_rule = _written(limit, until)
    order.limit = limit.words() if until is None else f"延期至 {until.isoformat()}"
    due = _count(work, case, order.limit_rule, order.sent_at or now, unit=order.unit_code)
    _apply(work, case, order, due)
    _warn_of_unknown_years(work, case, due)
    return due


def set_promise(work: Work, case: CaseRecord, limit: Limit, now: datetime) -> Due:
    """Promise the citizen a day, once: no later dispatch moves it."""
    case.promise_started_at, case.promise_limit = now, _written(limit, None)
    due = _count(work, case, case.promise_limit, now)
    case.promise_due_at = due.at
    show(case, started=now, due=due.at, limit=limit.words())
    return due


def extend_promise(work: Work, case: CaseRecord, until: date) -> None:
    """Move the promise to the close of `until`; only an extension that the hotline grants does this."""
    if case.promise_limit is None or case.promise_started_at is None:
        return
    limit = {name: value for name, value in case.promise_limit.items() if name != "until_at"}
    case.promise_limit = {**limit, "until": until.isoformat()}
    due = _count(work, case, case.promise_limit, case.promise_started_at)
    case.promise_due_at = max(due.at, case.promise_due_at or due.at)
    show(case, started=case.promise_started_at, due=case.promise_due_at, limit=f"延期至 {until.isoformat()}")


def show(case: CaseRecord, *, started: datetime, due: datetime, limit: str) -> None:
    """Make this the clock that people look at."""
    case.clock_started_at, case.clock_due_at, case.clock_limit = started, due, limit
    case.clock_stopped_at = None


def stop(case: CaseRecord, now: datetime) -> None:
    """Stop the shown clock; a clock that has stopped keeps its time."""
    case.clock_stopped_at = case.clock_stopped_at or now


def run_on(case: CaseRecord) -> None:
    """Let the shown clock run on to where it was due."""
    case.clock_stopped_at = None


def run_again(work: Work, case: CaseRecord, *, now: datetime) -> None:
    """Let clocks that stood in a review run on, by the calendar as it is now.

    A change of the calendar passes over what stands still; it is counted, and noted, when it runs again.
    """
    run_on(case)
    before = _moments(case)
    _recount(work, case)
    _note_moved(work, case, before, actor=SYSTEM, now=now, why="其间工作日历有变")


def desk_due(work: Work, case: CaseRecord) -> datetime:
    """Return until when the desk must have accepted a matter: its limit from the beginning, but for the pauses."""
    pack = pack_of(work, case)
    limit = pack.limits(case.kind, case.urgency, case.category_code).dispatch
    return due_of(work, pack, limit, case.clock_started_at or case.created_at, pauses=pauses(work, case)).at


def stage_due(work: Work, case: CaseRecord, state: CaseState, now: datetime) -> datetime | None:
    """Return when `state`, entered `now`, should be left again; None where another clock says so."""
    pack = pack_of(work, case)
    limit = _stage_limit(pack, case, state)
    return None if limit is None else due_of(work, pack, limit, now).at


def pause(work: Work, case: CaseRecord, *, code: str | None, reason: str | None, now: datetime) -> None:
    """Stop every clock of the case, with a reason that is kept. Only S11 and S52 do this."""
    state = case.state
    work.session.add(PauseRecord(case_id=case.id, starts=now, ends=None, state=state, code=code, reason=reason))
    for order in case.orders:
        if order.stage in LIVE_ORDERS:
            order.stopped_at = order.stopped_at or now
    stop(case, now)


def end_pause(work: Work, case: CaseRecord, now: datetime) -> None:
    """Let the clocks run on: every deadline moves by what the pause has taken."""
    running = select(PauseRecord).where(PauseRecord.case_id == case.id, PauseRecord.ends.is_(None))
    for one in work.session.scalars(running).all():
        one.ends = now
        _carry_days(work, case, Pause(starts=one.starts, ends=now))
    work.session.flush()
    for order in case.orders:
        if order.stage in LIVE_ORDERS and order.replied_at is None:
            order.stopped_at = None
    run_on(case)
    _recount(work, case)


def _carry_days(work: Work, case: CaseRecord, paused: Pause) -> None:
    """Let what was left of an extension's day run on after the pause; a day is no limit that is counted anew."""
    for order in case.orders:
        if order.stage in LIVE_ORDERS and order.replied_at is None and order.limit_rule is not None:
            order.limit_rule = _carried(work, case, order.limit_rule, order.due_at, paused, unit=order.unit_code)
    if case.promise_limit is not None and case.promise_due_at is not None:
        case.promise_limit = _carried(work, case, case.promise_limit, case.promise_due_at, paused)


def _carried(
    work: Work, case: CaseRecord, rule: dict[str, Any], due: datetime, paused: Pause, *, unit: str | None = None
) -> dict[str, Any]:
    ends = paused.ends
    if rule.get("until") is None or due <= paused.starts or ends is None:
        return rule
    calendar = rules.calendar(work, pack_of(work, case).working_hours, unit)
    left = worked_minutes(paused.starts, due, calendar)
    at = max(due, ends)
    if rule["unit"] == LimitUnit.NATURAL_MINUTES:
        at = due + (ends - paused.starts)
    elif left:
        at = deadline(ends, Limit(quantity=left, unit=LimitUnit.WORKING_MINUTES), calendar).at
    return {**rule, "until_at": at.isoformat()}


def live_orders(case: CaseRecord) -> list[dict[str, Any]]:
    """Return the live orders as facts, to be told anew when their deadlines have moved (docs/figures.md).

    Without those of a redo, which the figures count with the case.
    """
    return [
        {
            "order_no": order.order_no,
            "unit": order.unit_code,
            "part": order.part,
            "due_at": order.due_at.isoformat(),
            "sign_due_at": order.sign_due_at.isoformat(),
        }
        for order in case.orders
        if order.stage in LIVE_ORDERS and not order.redo
    ]


def recompute(work: Work, case: CaseRecord, *, actor: Actor, now: datetime, why: str = "工作日历有变") -> bool:
    """Count the open deadlines of a case anew, note it in its story, and say whether anything moved."""
    before = _moments(case)
    _recount(work, case)
    _recount_stages(work, case)
    return _note_moved(work, case, before, actor=actor, now=now, why=why)


def _note_moved(
    work: Work, case: CaseRecord, before: Mapping[str, datetime], *, actor: Actor, now: datetime, why: str
) -> bool:
    moved = [f"{name} {_said(old)} → {_said(new)}" for name, old, new in _changes(before, _moments(case))]
    if not moved:
        return False
    case.changed_at = now
    said = f"{why}，期限重新计算：{'；'.join(moved)}"
    facts = {"promise_due_at": case.promise_due_at, "orders": live_orders(case)}
    story.write(work, case, Action.NOTE, actor=actor, now=now, note=said, facts=facts)
    return True


def closing_of(work: Work, pack: Pack, day: date) -> datetime:
    """Return the close of the offices on `day`. Raises BadInput when they are shut that day."""
    return _closing(rules.calendar(work, pack.working_hours), day)


def _recount(work: Work, case: CaseRecord) -> None:
    for order in case.orders:
        if order.stage in LIVE_ORDERS and order.stopped_at is None and order.limit_rule is not None:
            _apply(work, case, order, _count(work, case, order.limit_rule, order.sent_at, unit=order.unit_code))
    if case.promise_limit is None or case.promise_started_at is None or case.clock_stopped_at is not None:
        return
    shown = case.clock_due_at == case.promise_due_at
    case.promise_due_at = _count(work, case, case.promise_limit, case.promise_started_at).at
    lead = next((order for order in reversed(case.orders) if order.leads), None)
    if shown:
        case.clock_due_at = case.promise_due_at
    elif lead is not None and lead.redo:
        case.clock_due_at = lead.due_at


def _recount_stages(work: Work, case: CaseRecord) -> None:
    """Count anew what the centre and the unit have for the next step: sign, return, review, call back."""
    pack = pack_of(work, case)
    if case.stage is CaseState.RECEIVED and any(one.ends == case.state_since for one in pauses(work, case)):
        case.stage_due_at = case.clock_due_at = desk_due(work, case)  # it runs on since the citizen has answered
    elif case.stage in _COUNTED_STAGES:
        case.stage_due_at = stage_due(work, case, case.stage, case.state_since)
    if case.stage is CaseState.TO_DISPATCH and case.dispatched_at is None:
        case.clock_due_at = case.stage_due_at
    sign = pack.limits(case.kind, case.urgency, case.category_code).sign
    for order in case.orders:
        # A refused return leaves the unit what it had left, which no calendar gives back.
        if order.stage is OrderState.TO_SIGN and not case.no_return:
            order.sign_due_at = due_of(work, pack, sign, order.sent_at, unit=order.unit_code).at
            window = pack.return_limit(case.urgency)
            order.return_until = due_of(work, pack, window, order.sent_at, unit=order.unit_code).at


def _count(
    work: Work, case: CaseRecord, rule: Mapping[str, Any], started: datetime, *, unit: str | None = None
) -> Due:
    """Return the due moment of a stored limit; an extension's day, where it is later, decides."""
    pack = pack_of(work, case)
    limit = Limit(quantity=rule["quantity"], unit=LimitUnit(rule["unit"]))
    due = due_of(work, pack, limit, started, unit=unit, pauses=pauses(work, case))
    if rule.get("until") is None:
        return due
    closes = _closing_or_next(rules.calendar(work, pack.working_hours, unit), date.fromisoformat(rule["until"]))
    if "until_at" in rule:
        closes = datetime.fromisoformat(rule["until_at"])
    if closes <= due.at:
        return due
    more = Segment(starts=due.at, ends=closes)
    return Due(at=closes, limit=limit, segments=(*due.segments, more), unknown_years=due.unknown_years)


def _closing(calendar: WorkCalendar, day: date) -> datetime:
    spans = calendar.spans(day)
    if not spans:
        raise BadInput(f"{day.isoformat()} 不是工作日，请另选一天")
    return calendar.at(day, spans[-1].closes)


def _closing_or_next(calendar: WorkCalendar, day: date) -> datetime:
    """Return the close of `day`, or of the next day that is worked when a new calendar has closed it."""
    for later in range(_FAR):
        if spans := calendar.spans(day + timedelta(days=later)):
            return calendar.at(day + timedelta(days=later), spans[-1].closes)
    raise BadInput("工作日历里找不到后面的工作日")


def pauses(work: Work, case: CaseRecord) -> tuple[Pause, ...]:
    """Return the ended pauses of a case."""
    found = select(PauseRecord.starts, PauseRecord.ends)
    found = found.where(PauseRecord.case_id == case.id, PauseRecord.ends.is_not(None)).order_by(PauseRecord.id)
    with work.session.no_autoflush:  # a pause that ends is written by end_pause; the rest can wait for the end
        rows = work.session.execute(found).all()
    return tuple(Pause(starts=starts, ends=ends) for starts, ends in rows if ends is not None)


def _apply(work: Work, case: CaseRecord, order: WorkOrderRecord, due: Due) -> None:
    pack = pack_of(work, case)
    order.due_at = due.at.astimezone(UTC)
    order.due_segments = [[one.starts.isoformat(), one.ends.isoformat()] for one in due.segments]
    order.marks = {
        **{f"warn_{share * 100:.0f}": due.share_at(share).astimezone(UTC).isoformat() for share in _before_due(pack)},
        "red": due_of(work, pack, pack.red_after, due.at, unit=order.unit_code).at.astimezone(UTC).isoformat(),
    }


def _before_due(pack: Pack) -> list[float]:
    return [share for share in pack.warn_at_shares if 0 < share < 1]


def _stage_limit(pack: Pack, case: CaseRecord, state: CaseState) -> Limit | None:
    limits = pack.limits(case.kind, case.urgency, case.category_code)
    return {
        CaseState.RECEIVED: limits.dispatch,
        CaseState.TO_COMPLETE: pack.facts_within,
        CaseState.TO_DISPATCH: limits.dispatch,
        CaseState.ADJUDICATION: pack.adjudicate_within,
        CaseState.RETURN_REVIEW: pack.rule_return_within,
        CaseState.LEDGER: pack.ledger_review,
        CaseState.TO_REVIEW: pack.review_within,
        CaseState.TO_CALL_BACK: pack.call_back_within,
        CaseState.CALL_BACK_AGAIN: pack.call_back_apart,
        CaseState.CLOSED: pack.file_after,
        CaseState.ANSWERED: pack.file_after,
    }.get(state)


def _warn_of_unknown_years(work: Work, case: CaseRecord, due: Due) -> None:
    """Say it aloud, in the log and in the story: a deadline that guesses is not a deadline."""
    if not due.unknown_years:
        return
    years = "、".join(str(year) for year in due.unknown_years)
    log.warning("calendar.unknown_year", extra={"case_id": case.id, "years": due.unknown_years})
    said = f"{years} 年的节假日安排尚未载入，期限暂按周一至周五计算"
    story.write(work, case, Action.NOTE, actor=SYSTEM, now=case.changed_at, note=said)


def _written(limit: Limit, until: date | None) -> dict[str, Any]:
    found: dict[str, Any] = {"quantity": limit.quantity, "unit": limit.unit.value}
    return found if until is None else {**found, "until": until.isoformat()}


def _moments(case: CaseRecord) -> dict[str, datetime]:
    live = [order for order in case.orders if order.stage in LIVE_ORDERS]
    found = {f"工单 {order.order_no}": order.due_at for order in live}
    found |= {f"签收 {order.order_no}": order.sign_due_at for order in live if order.stage is OrderState.TO_SIGN}
    named = {"承诺": case.promise_due_at, "本环节": case.stage_due_at}
    return {name: at for name, at in named.items() if at is not None} | found


def _changes(before: Mapping[str, datetime], after: Mapping[str, datetime]) -> list[tuple[str, datetime, datetime]]:
    return [(name, before[name], at) for name, at in after.items() if name in before and before[name] != at]


def _said(at: datetime) -> str:
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
