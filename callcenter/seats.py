"""What agents do with their seats: ready, break, offline, end of wrap-up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from callcenter import moves
from callcenter.calls import CallState, SeatState
from callcenter.events import WrapUpEnded
from callcenter.records import CallRecord, SeatRecord
from core.actor import Actor
from core.db import Work
from core.errors import Refused


def change_seat(work: Work, *, actor: Actor, state: SeatState, reason: str | None, now: datetime) -> SeatRecord:
    """Become ready, take a break, go offline. Raises Refused while a call is being handled.

    A call that rings meanwhile goes back to the front of the queue.
    """
    person_id = moves.person_of(actor)
    ringing = work.session.scalar(select(CallRecord.id).where(CallRecord.offered_to == person_id))
    if ringing is not None:
        call = moves.lock_call(work, ringing)
        if call.offered_to == person_id:
            moves.free_seat(work, person_id, call, SeatState.BREAK, now=now, reason="declined")
            moves.to_front(work, call)
    seat = moves.lock_seat(work, person_id, name=actor.name, now=now)
    if seat.state in (SeatState.TALKING, SeatState.OFFERED):
        raise Refused("通话中不能更改状态")
    if seat.state == SeatState.WRAP_UP:
        wrap_up(work, seat, now=now)
    moves.set_seat(work, seat, state, now=now, reason=reason)
    return seat


def end_wrap_up(work: Work, *, actor: Actor, now: datetime) -> SeatRecord:
    """Wrap-up is over: ready for the next caller. Repeating it changes nothing."""
    seat = moves.lock_seat(work, moves.person_of(actor), name=actor.name, now=now)
    if seat.state == SeatState.WRAP_UP:
        wrap_up(work, seat, now=now)
        moves.set_seat(work, seat, SeatState.READY, now=now)
    return seat


def wrap_up(work: Work, seat: SeatRecord, *, now: datetime) -> None:
    """Let go of the wrapped-up call. What it came to is not ours to say: its draft may hold a matter."""
    call = seat.call_id and work.session.get(CallRecord, seat.call_id)
    if call and call.state == CallState.ENDED and call.outcome is None:
        work.announce(WrapUpEnded(call_id=call.id))
