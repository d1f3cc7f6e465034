"""What the clock puts right: claims that ran out, phones that never joined, callers nobody heard of again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select

from callcenter import moves, seats
from callcenter.calls import ATTENDED, LIVE, OVER, WAITING, CallState, Part, Presence, SeatState
from callcenter.records import CallRecord, LegRecord, RecordingRecord, SeatRecord, SegmentRecord
from core.db import Work

JOINS_WITHIN: Final = timedelta(seconds=10)
WRAP_UP_LASTS: Final = timedelta(seconds=120)
LOST_AFTER: Final = timedelta(seconds=3)
SETTLED_AFTER: Final = timedelta(seconds=3)
SILENT_AFTER: Final = timedelta(seconds=120)
# Later than this, the job that should have done it was lost.
DRAFTED_WITHIN: Final = timedelta(seconds=15)
RECORDED_WITHIN: Final = timedelta(seconds=20)
LATELY: Final = timedelta(minutes=10)  # after the end, while its agent may still be writing


def expire_offers(work: Work, now: datetime) -> int:
    """Give calls that nobody took in time back to the front; return how many."""
    late = select(CallRecord.id).where(CallRecord.state == CallState.OFFERED, CallRecord.offer_expires_at <= now)
    return sum(_expire(work, call_id, now) for call_id in work.session.scalars(late).all())


def release_unjoined(work: Work, now: datetime) -> int:
    """End claims whose agent accepted but whose legs were not joined in time; return how many."""
    late = select(CallRecord.id).where(
        CallRecord.state == CallState.CONNECTING, CallRecord.accepted_at <= now - JOINS_WITHIN
    )
    return sum(_release(work, call_id, now) for call_id in work.session.scalars(late).all())


def release_lost(work: Work, now: datetime) -> int:
    """Find talks whose agent's leg is over without the conference having said so; return how many."""
    lost = (
        select(CallRecord.id)
        .join(LegRecord, (LegRecord.call_id == CallRecord.id) & (LegRecord.conference == CallRecord.conference))
        .where(
            CallRecord.state.in_(LIVE),
            CallRecord.hang_up_asked_at.is_(None),
            LegRecord.part == Part.AGENT,
            LegRecord.rank >= OVER,
            LegRecord.at <= now - LOST_AFTER,
        )
    )
    return sum(_lose(work, call_id, now) for call_id in work.session.scalars(lost).all())


def end_wrap_ups(work: Work, now: datetime) -> int:
    """End wrap-ups that took longer than WRAP_UP_LASTS; return how many."""
    long = select(SeatRecord.person_id).where(
        SeatRecord.state == SeatState.WRAP_UP, SeatRecord.since <= now - WRAP_UP_LASTS
    )
    return sum(_end_wrap_up(work, person_id, now) for person_id in work.session.scalars(long).all())


def seated(work: Work, now: datetime) -> list[int]:
    """Return the people who have been ready, on break or wrapping up for a while; are they still there?"""
    here = select(SeatRecord.person_id).where(
        SeatRecord.state.in_((SeatState.READY, SeatState.BREAK, SeatState.WRAP_UP)),
        SeatRecord.since <= now - SETTLED_AFTER,
    )
    return list(work.session.scalars(here))


def vacate(work: Work, person_id: int, now: datetime) -> bool:
    """Take a seat whose page is gone out of service. One that rings or talks is another sweep's."""
    seat = moves.lock_seat(work, person_id, now=now)
    if seat.state not in (SeatState.READY, SeatState.BREAK, SeatState.WRAP_UP):
        return False
    if seat.state == SeatState.WRAP_UP:
        seats.wrap_up(work, seat, now=now)
    moves.set_seat(work, seat, SeatState.OFFLINE, now=now, reason="page_closed")
    return True


def silent_calls(work: Work, now: datetime) -> list[int]:
    """Return open calls of which the carrier has said nothing for long; a job asks it about each."""
    silent = select(CallRecord.id).where(
        CallRecord.state != CallState.ENDED, CallRecord.seen_at <= now - SILENT_AFTER
    )
    return list(work.session.scalars(silent.limit(200)))


def untidy_calls(work: Work, now: datetime) -> list[int]:
    """Return calls that wait, or are over, while a leg still stands in a conference: a job was lost."""
    stray = (
        select(CallRecord.id)
        .join(LegRecord, LegRecord.call_id == CallRecord.id)
        .where(
            CallRecord.seen_at > now - timedelta(hours=1),
            CallRecord.state.in_((*WAITING, CallState.ENDED)),
            (LegRecord.presence == Presence.IN) | (LegRecord.part == Part.CALLER),
            LegRecord.conference.is_not(None),
            LegRecord.rank < OVER,
            LegRecord.at <= now - LOST_AFTER,
        )
    )
    return list(work.session.scalars(stray.distinct().limit(200)))


def attended_calls(work: Work, now: datetime) -> list[int]:
    """Return the calls that an agent holds, or has held and not concluded: each must have its draft."""
    wrapping_up = (CallRecord.state == CallState.ENDED) & (CallRecord.ended_at > now - LATELY)
    held = (CallRecord.accepted_at <= now - DRAFTED_WITHIN) & CallRecord.outcome.is_(None)
    attended = select(CallRecord.id).where(_of_today(now), held, CallRecord.state.in_(ATTENDED) | wrapping_up)
    return list(work.session.scalars(attended.order_by(CallRecord.id)))


def unrecorded_calls(work: Work, now: datetime) -> list[int]:
    """Return the calls in which two have been talking for a while and nothing is being recorded."""
    recorded = exists().where(RecordingRecord.call_id == CallRecord.id)
    talking = select(CallRecord.id).where(
        CallRecord.state.in_(LIVE), CallRecord.answered_at <= now - RECORDED_WITHIN, ~recorded
    )
    return list(work.session.scalars(talking.order_by(CallRecord.id)))


def said_lately(work: Work, now: datetime) -> dict[int, int]:
    """Return call -> how many utterances, of calls on the line or just over whose last words have settled."""
    said = (
        select(SegmentRecord.call_id, func.count())
        .join(CallRecord, CallRecord.id == SegmentRecord.call_id)
        .where(_of_today(now), (CallRecord.state != CallState.ENDED) | (CallRecord.ended_at > now - LATELY))
        .group_by(SegmentRecord.call_id)
        .having(func.max(SegmentRecord.heard_at) <= now - DRAFTED_WITHIN)
    )
    return {call_id: count for call_id, count in work.session.execute(said)}


def _of_today(now: datetime) -> ColumnElement[bool]:
    """No call is longer than a day; the arrival has an index, the end has none."""
    return CallRecord.arrived_at > now - timedelta(days=1)


def _expire(work: Work, call_id: int, now: datetime) -> bool:
    call = moves.lock_call(work, call_id)
    if call.state != CallState.OFFERED or call.offer_expires_at is None or call.offer_expires_at > now:
        return False
    moves.free_seat(work, call.offered_to, call, SeatState.BREAK, now=now, reason="no_answer")
    moves.to_front(work, call)
    return True


def _release(work: Work, call_id: int, now: datetime) -> bool:
    call = moves.lock_call(work, call_id)
    if call.state != CallState.CONNECTING or call.accepted_at is None or call.accepted_at > now - JOINS_WITHIN:
        return False
    mine = [leg for leg in moves.legs(work, call, Part.AGENT) if leg.conference == call.conference]
    if any(leg.presence == Presence.IN for leg in mine):
        # The agent was there; it is the caller whom the carrier did not bring.
        moves.lose_agent(work, call, now=now, state=SeatState.READY, reason=None)
    else:
        moves.lose_agent(work, call, now=now, reason="phone_failed")
    return True


def _lose(work: Work, call_id: int, now: datetime) -> bool:
    call = moves.lock_call(work, call_id)
    if call.state not in LIVE:
        return False
    moves.lose_agent(work, call, now=now, reason="phone_lost")
    return True


def _end_wrap_up(work: Work, person_id: int, now: datetime) -> bool:
    seat = moves.lock_seat(work, person_id, now=now)
    if seat.state != SeatState.WRAP_UP:
        return False
    seats.wrap_up(work, seat, now=now)
    moves.set_seat(work, seat, SeatState.READY, now=now)
    return True
