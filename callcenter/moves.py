"""Moving a call and a seat from one state to the next; what service, progress and sweeps share.

Locks are always taken in one order, the call before the seat, so that two movers never wait for each other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from callcenter.calls import LIVE, OVER, WAITING, CallOutcome, CallState, Part, SeatState
from callcenter.events import AgentLegLost, CallConcluded, CallEnded, CallQueued, SeatChanged
from callcenter.records import CallRecord, LegRecord, SeatRecord
from callcenter.seating import FRONT
from core.actor import Actor
from core.db import Work
from core.errors import NotFound, WrongRole


def person_of(actor: Actor) -> int:
    """Return who acts. Raises WrongRole for the centre itself, which has no seat."""
    if actor.person_id is None:
        raise WrongRole("只有话务员可以接听电话")
    return actor.person_id


def lock_call(work: Work, call_id: int) -> CallRecord:
    """Return the call, fresh and locked until the end of the transaction. Raises NotFound."""
    call = work.session.get(CallRecord, call_id, with_for_update=True, populate_existing=True)
    if call is None:
        raise NotFound("没有这通电话")
    return call


def lock_seat(work: Work, person_id: int, *, name: str = "", now: datetime) -> SeatRecord:
    """Return the person's seat, locked; a first-comer gets one that is offline."""
    first = {"person_id": person_id, "name": name, "version": 1, "state": SeatState.OFFLINE, "since": now}
    work.session.execute(insert(SeatRecord).values(first).on_conflict_do_nothing())
    seat = work.session.get_one(SeatRecord, person_id, with_for_update=True, populate_existing=True)
    if name and seat.name != name:
        seat.name = name
    return seat


def set_seat(
    work: Work,
    seat: SeatRecord,
    state: SeatState,
    *,
    now: datetime,
    call_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Put the seat into `state`; nothing is announced when nothing changes."""
    if (seat.state, seat.call_id, seat.reason) == (state, call_id, reason):
        return
    about = call_id or seat.call_id
    seat.state, seat.since, seat.call_id, seat.reason = state, now, call_id, reason
    work.session.flush()
    work.announce(SeatChanged(person_id=seat.person_id, call_id=about))


def free_seat(
    work: Work,
    person_id: int | None,
    call: CallRecord,
    state: SeatState,
    *,
    now: datetime,
    reason: str | None,
) -> None:
    """Put the seat that holds `call` into `state`; a seat that has moved on is left alone."""
    if person_id is None:
        return
    seat = lock_seat(work, person_id, now=now)
    if seat.call_id == call.id and seat.state in (SeatState.OFFERED, SeatState.TALKING):
        about = call.id if state is SeatState.WRAP_UP else None
        set_seat(work, seat, state, now=now, call_id=about, reason=reason)


def to_front(work: Work, call: CallRecord) -> None:
    """Put the call back, before all who never had an agent; its old claim fits no more."""
    call.state, call.priority = CallState.QUEUED, FRONT
    call.offered_to = call.offer_expires_at = None
    call.agent_id = call.agent_name = call.accepted_at = None
    call.conference = call.conference_sid = None
    call.hold_sequence = -1
    call.claim += 1
    work.session.flush()
    work.announce(CallQueued(call_id=call.id))


def lose_agent(
    work: Work, call: CallRecord, *, now: datetime, state: SeatState = SeatState.OFFLINE, reason: str | None
) -> None:
    """Take the call from an agent whose leg is not there, and put the caller at the front."""
    person_id = call.agent_id
    free_seat(work, person_id, call, state, now=now, reason=reason)
    to_front(work, call)
    work.announce(AgentLegLost(call_id=call.id, person_id=person_id))


def end(work: Work, call: CallRecord, *, now: datetime) -> None:
    """The call is over. May run twice; the first one counts."""
    if call.state == CallState.ENDED:
        return
    was_live, was_waiting = call.state in LIVE, call.state in WAITING
    _release(work, call, now=now)
    call.state, call.ended_at = CallState.ENDED, now
    call.offered_to = call.offer_expires_at = None
    if call.outcome is None and not was_live:
        never_talked = call.answered_at is None
        if never_talked or was_waiting:
            conclude(work, call, CallOutcome.ABANDONED if never_talked else CallOutcome.FAILED)
    work.session.flush()
    work.announce(CallEnded(call_id=call.id, person_id=call.agent_id))


def conclude(work: Work, call: CallRecord, outcome: CallOutcome) -> None:
    """Write down what the call came to."""
    if call.outcome != outcome:
        call.outcome = outcome
        work.session.flush()
        work.announce(CallConcluded(call_id=call.id))


def legs(work: Work, call: CallRecord, part: Part) -> list[LegRecord]:
    """Return the call's legs of one part, newest last."""
    found = select(LegRecord).where(LegRecord.call_id == call.id, LegRecord.part == part)
    return list(work.session.scalars(found.order_by(LegRecord.id)))


def up(leg: LegRecord) -> bool:
    """Say whether the leg is not over yet, as far as the carrier has told."""
    return leg.rank < OVER


def _release(work: Work, call: CallRecord, *, now: datetime) -> None:
    """Free the agent: after an accepted call there is something to wrap up, after an offer there is not."""
    if call.state == CallState.OFFERED:
        free_seat(work, call.offered_to, call, SeatState.READY, now=now, reason=None)
    else:
        free_seat(work, call.agent_id, call, SeatState.WRAP_UP, now=now, reason=None)
