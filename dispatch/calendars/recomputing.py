"""After a change of the calendar: every open deadline that it may touch is worked out again, in batches."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from core.actor import SYSTEM, Actor, Role
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import HotlineError
from dispatch import clocks, steps
from dispatch.calendars.records import CalendarChangeRecord, CalendarRecomputeRecord
from dispatch.events import CaseMoved
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import WakingRecord
from dispatch.stages import LIVE_ORDERS, OPEN_STATES, Action

log = logging.getLogger(__name__)

_OPEN = [state.value for state in OPEN_STATES]
_LIVE = [state.value for state in LIVE_ORDERS]
# A case that was being sent while the calendar changed was counted by the old one, and may be seen only after
# the first round. No transaction of ours lasts nearly as long as this.
_SETTLED = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a recomputing has come."""

    visited: int
    moved: int
    done: bool


def recompute_batch(work: Work, change_id: int, *, now: datetime, at_most: int = 25) -> Progress:
    """Go on with what follows from a change, for `at_most` cases; safe to run twice, and at once.

    Every case is visited twice: at once, and after a while (`_SETTLED`). Of two runs the second finds the row
    taken and leaves it: `done` says that there is nothing more to do now.
    """
    due = select(CalendarRecomputeRecord).where(
        CalendarRecomputeRecord.change_id == change_id, CalendarRecomputeRecord.done_at.is_(None)
    )
    row = work.session.scalar(due.with_for_update(skip_locked=True))
    if row is None or row.due_since > now:
        return Progress(visited=0, moved=0, done=True)
    change = work.session.get_one(CalendarChangeRecord, change_id)
    cases = touched(work, change, after=row.after_case_id, at_most=at_most)
    moved = sum(recompute(work, case_id, actor=_who(change), now=now) for case_id in cases)
    row.visited, row.moved = row.visited + len(cases), row.moved + moved
    if len(cases) == at_most:
        row.after_case_id = cases[-1]
        return Progress(visited=len(cases), moved=moved, done=False)
    _end_of_round(row, change, now)
    return Progress(visited=len(cases), moved=moved, done=True)


def still_due(work: Work, before: datetime) -> list[int]:
    """Return the changes from before `before` whose deadlines have not all been gone through."""
    rows = select(CalendarRecomputeRecord.change_id).where(CalendarRecomputeRecord.done_at.is_(None))
    return list(work.session.scalars(rows.where(CalendarRecomputeRecord.due_since < before)))


def touched(work: Work, change: CalendarChangeRecord, *, after: int, at_most: int) -> list[int]:
    """Return the open cases, by id from `after` on, with a clock that runs through the changed days."""
    since = datetime.combine(change.from_on, datetime.min.time(), tzinfo=CITY_ZONE)
    until = datetime.combine(change.until_on, datetime.min.time(), tzinfo=CITY_ZONE) + timedelta(days=1)
    wanted = select(CaseRecord.id).where(CaseRecord.state.in_(_OPEN), CaseRecord.id > after)
    wanted = wanted.where(_runs_through(since, until))
    if change.unit:
        wanted = wanted.where(or_(CaseRecord.lead_unit == change.unit, _has_order_of(change.unit)))
    return list(work.session.scalars(wanted.order_by(CaseRecord.id).limit(at_most)))


def recompute(work: Work, case_id: int, *, actor: Actor, now: datetime) -> bool:
    """Work the clocks of a case out again and say whether it moved; if not, nothing is written.

    A case that cannot be worked out is logged and passed over, so that it does not hold up the others.
    """
    with work.session.begin_nested() as part:
        moved = _moves(work, case_id, actor=actor, now=now)
        if moved:
            # What waits for the old moments waits for the new ones, and the pages show them.
            steps.announce(work, steps.locked(work, case_id), partial(CaseMoved, action=Action.NOTE.value))
        else:
            part.rollback()
    return moved


def would_move(work: Work, case_id: int, *, actor: Actor, now: datetime) -> bool:
    """Say whether a case would move, and take everything back, the lock on it too."""
    part = work.session.begin_nested()
    try:
        return _moves(work, case_id, actor=actor, now=now)
    finally:
        part.rollback()


def _moves(work: Work, case_id: int, *, actor: Actor, now: datetime) -> bool:
    try:
        return clocks.recompute(work, steps.locked(work, case_id), actor=actor, now=now)
    except (HotlineError, ValueError):
        log.exception("calendar.case_not_recomputed", extra={"case_id": case_id})
        return False


def _end_of_round(row: CalendarRecomputeRecord, change: CalendarChangeRecord, now: datetime) -> None:
    again = change.at + _SETTLED
    if row.due_since < again:
        row.due_since, row.after_case_id = again, 0
        return
    row.done_at = now
    log.info("calendar.recomputed", extra={"change_id": change.id, "visited": row.visited, "moved": row.moved})


def _runs_through(since: datetime, until: datetime) -> ColumnElement[bool]:
    clock = and_(
        CaseRecord.clock_stopped_at.is_(None), CaseRecord.clock_started_at < until, CaseRecord.clock_due_at >= since
    )
    order = exists().where(
        WorkOrderRecord.case_id == CaseRecord.id,
        WorkOrderRecord.state.in_(_LIVE),
        WorkOrderRecord.sent_at < until,
        func.greatest(WorkOrderRecord.due_at, WorkOrderRecord.sign_due_at, WorkOrderRecord.return_until) >= since,
    )
    # Everything else that a case waits for: reviews, callbacks, supervision.
    waking = exists().where(
        WakingRecord.case_id == CaseRecord.id, WakingRecord.fired_at.is_(None), WakingRecord.due_at >= since
    )
    return or_(clock, order, and_(waking, CaseRecord.state_since < until))


def _has_order_of(unit: str) -> ColumnElement[bool]:
    return exists().where(WorkOrderRecord.case_id == CaseRecord.id, WorkOrderRecord.unit_code == unit)


def _who(change: CalendarChangeRecord) -> Actor:
    """Return who stands in the story for the move: the one who changed the calendar."""
    if change.actor_id is None:
        return SYSTEM
    return Actor(person_id=change.actor_id, name=change.actor_name, roles=frozenset({Role.ADMINISTRATOR}))
