"""The conditions and orders that lists are made of, written so that the indexes of migration 0014 serve them.

A partial index is used only where its own condition stands in the statement as constants: with parameters the
planner may keep a plan that cannot know them. So closed sets stand here as text, made from the state list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, DateTime, ScalarSelect, and_, func, literal, literal_column, select

from core.actor import Actor
from core.clock import CITY_ZONE
from core.db import Instant
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import LookBackRecord, PenaltyRecord, SupervisionRecord
from dispatch.stages import OPEN_STATES, CaseState, OrderState

# From this share of its time on, a case is about to be late; the wall draws it so.
SOON_FROM = 0.8
_INSTANT = DateTime(timezone=True)


@dataclass(frozen=True, kw_only=True)
class Look:
    """Who looks at a list, and when. units: the person's own and those below, None for the whole city."""

    actor: Actor
    units: frozenset[str] | None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Key:
    """The moment that a list is ordered by: as a row has it, and with those that have none put last."""

    moment: ColumnElement[Any]
    ordered: ColumnElement[Any]


def is_fact(condition: str) -> ColumnElement[bool]:
    """Return a condition as constant text, as a partial index has it."""
    return literal_column(condition, Boolean)


def states(*wanted: CaseState) -> ColumnElement[bool]:
    """Return the condition that a case is in one of these states."""
    known = frozenset(wanted)
    return is_fact(f"hotline_case.state IN ({', '.join(repr(one.value) for one in CaseState if one in known)})")


def _column(name: str) -> Key:
    text = f"coalesce(hotline_case.{name}, 'infinity'::timestamptz)"
    return Key(moment=getattr(CaseRecord, name), ordered=literal_column(text, _INSTANT))


BY_CLOCK, BY_STAGE = _column("clock_due_at"), _column("stage_due_at")
IS_OPEN = states(*OPEN_STATES)
RUNS = and_(CaseRecord.clock_due_at.is_not(None), CaseRecord.clock_stopped_at.is_(None))
IS_CASE = ~states(CaseState.DRAFT, CaseState.DISCARDED)


def late(now: datetime) -> ColumnElement[bool]:
    """Return the condition that the shown clock runs and has passed."""
    return IS_OPEN & CaseRecord.clock_stopped_at.is_(None) & (BY_CLOCK.ordered < literal(now, Instant))


def soon(now: datetime) -> ColumnElement[bool]:
    """Return the condition that the shown clock runs and most of its time is used."""
    at = literal(now, Instant)
    used = func.extract("epoch", at - CaseRecord.clock_started_at)
    given = func.extract("epoch", CaseRecord.clock_due_at - CaseRecord.clock_started_at)
    return IS_OPEN & RUNS & (BY_CLOCK.ordered > at) & (used >= SOON_FROM * given)


def due_today(now: datetime) -> ColumnElement[bool]:
    """Return the condition that the shown clock runs and ends on this day of the city."""
    first = datetime.combine(now.astimezone(CITY_ZONE).date(), time(), tzinfo=CITY_ZONE)
    begins, ends = literal(first, Instant), literal(first + timedelta(days=1), Instant)
    return IS_OPEN & RUNS & (BY_CLOCK.ordered >= begins) & (BY_CLOCK.ordered < ends)


def has_order(look: Look, *in_states: OrderState, part: str | None = None) -> ColumnElement[bool]:
    """Return the condition that a unit of the person has an order in one of these states."""
    found = select(WorkOrderRecord.case_id).where(_own(look), WorkOrderRecord.state.in_(in_states))
    if part is not None:
        found = found.where(WorkOrderRecord.part == part)
    return CaseRecord.id.in_(found)


def wants_time(_look: Look) -> ColumnElement[bool]:
    """Return the condition that a request for more time waits for an answer."""
    found = select(WorkOrderRecord.case_id).where(is_fact("work_order.extension_open"))
    return IS_OPEN & CaseRecord.id.in_(found)


def unanswered(look: Look) -> ColumnElement[bool]:
    """Return the condition that a supervision order, of a unit's own people one to their unit, is not answered."""
    found = select(SupervisionRecord.case_id).where(SupervisionRecord.answered_at.is_(None))
    if look.units is not None:
        found = found.where(SupervisionRecord.unit_code.in_(look.units))
    return CaseRecord.id.in_(found)


def promise_day_came(look: Look) -> ColumnElement[bool]:
    """Return the condition that the day of a promise has come and nobody has looked yet."""
    today = look.now.astimezone(CITY_ZONE).date()
    waiting = LookBackRecord.done_at.is_(None) & (LookBackRecord.due_on <= today)
    return CaseRecord.id.in_(select(LookBackRecord.case_id).where(waiting))


def has_card(look: Look, colour: str) -> ColumnElement[bool]:
    """Return the condition that an open case has got a card of this colour."""
    given = select(PenaltyRecord.case_id).where(PenaltyRecord.colour == colour)
    if look.units is not None:
        given = given.where(PenaltyRecord.unit_code.in_(look.units))
    return IS_OPEN & CaseRecord.id.in_(given)


def of_order(look: Look, column: Any, *in_states: OrderState) -> Key:
    """Return the earliest such moment of the unit's own orders in these states."""
    own = (WorkOrderRecord.case_id == CaseRecord.id) & _own(look) & WorkOrderRecord.state.in_(in_states)
    return _least(select(func.min(column)).where(own).correlate(CaseRecord).scalar_subquery())


def of_supervision(_look: Look) -> Key:
    """Return when the earliest unanswered supervision order should be answered."""
    own = (SupervisionRecord.case_id == CaseRecord.id) & SupervisionRecord.answered_at.is_(None)
    return _least(select(func.min(SupervisionRecord.due_at)).where(own).correlate(CaseRecord).scalar_subquery())


def _own(look: Look) -> ColumnElement[bool]:
    return WorkOrderRecord.unit_code.in_(look.units or ())


def _least(found: ScalarSelect[Any]) -> Key:
    return Key(moment=found, ordered=func.coalesce(found, literal_column("'infinity'::timestamptz", _INSTANT)))
