"""What becomes of calls: received, queued, offered, taken, declined, held, hung up, concluded.

Every function works inside the caller's transaction and announces what it did; none talks to the carrier.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from callcenter import moves
from callcenter.calls import ATTENDED, LIVE, CallOutcome, CallState, IncomingCall, Part, SeatState
from callcenter.events import CallAccepted, CallArrived, CallHeld, CallOffered, CallQueued
from callcenter.records import CallRecord, LegRecord, SeatRecord
from callcenter.seating import ReadySeat, WaitingCall, choose
from core.actor import Actor
from core.db import Work
from core.errors import NotFound, Refused, WrongRole
from core.sealed import fingerprint

OFFER_LASTS: Final = timedelta(seconds=20)
TAKEN: Final = "这通电话已由他人接听"
_AT_ONCE: Final = 64  # candidates looked at; more than can be claimed by others at one moment


def receive(work: Work, incoming: IncomingCall, *, now: datetime) -> CallRecord:
    """Return the call of this leg, locked; made when it is the first we hear of it. May run twice."""
    made = work.session.scalar(
        insert(CallRecord)
        .values(
            call_sid=incoming.call_sid,
            version=1,
            state=CallState.ARRIVED,
            arrived_at=now,
            seen_at=now,
            phone=incoming.phone,
            phone_fingerprint=fingerprint(incoming.phone) if incoming.phone else None,
        )
        .on_conflict_do_nothing()
        .returning(CallRecord.id)
    )
    if made is not None:
        caller = LegRecord(call_id=made, call_sid=incoming.call_sid, part=Part.CALLER, at=now)
        work.session.add(caller)
        work.announce(CallArrived(call_id=made))
    call = moves.lock_call(work, made or _id_of(work, incoming.call_sid))
    if call.phone is None and incoming.phone:  # a callback without the number came first
        call.phone, call.phone_fingerprint = incoming.phone, fingerprint(incoming.phone)
    return call


def queue(work: Work, incoming: IncomingCall, *, now: datetime) -> CallRecord:
    """Note that the caller stands in the queue and hears music. Runs at every round of it."""
    call = receive(work, incoming, now=now)
    call.queued_at = call.queued_at or now
    if call.state == CallState.ARRIVED:
        call.state = CallState.QUEUED
        work.session.flush()
        work.announce(CallQueued(call_id=call.id))
    seen(work, call.call_sid, now=now)
    return call


def seen(work: Work, call_sid: str, *, now: datetime) -> None:
    """Note a sign of life; it changes nothing that a card shows, so the version stays."""
    work.session.execute(
        update(CallRecord)
        .where(CallRecord.call_sid == call_sid)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def offer_next(work: Work, now: datetime) -> int | None:
    """Offer the first call in line to the agent free longest; return its id, or None when nobody fits.

    Whom another transaction is just claiming is passed over, so any number of these may run at once.
    """
    waiting, ready = _waiting(work), _ready(work)
    while pair := choose(waiting, ready):
        call = _claim_call(work, pair.call_id)
        if call is None:
            waiting = [other for other in waiting if other.call_id != pair.call_id]
            continue
        seat = _claim_seat(work, pair.person_id)
        if seat is None:
            ready = [other for other in ready if other.person_id != pair.person_id]
            continue
        _offer(work, call, seat, now=now)
        return call.id
    return None


def accept(work: Work, call_id: int, *, claim: int | None, actor: Actor, now: datetime) -> CallRecord:
    """Give the call to the actor; of several who try at once exactly one gets it.

    claim: the token of the offer; None picks up a call that is offered to nobody. The holder may repeat it.
    Raises Refused when somebody else has it, when the offer has run out, or when the actor is busy.
    """
    call = moves.lock_call(work, call_id)
    person_id = moves.person_of(actor)
    if call.state in ATTENDED and call.agent_id == person_id and claim in (None, call.claim):
        return call
    _check_claim(call, claim, person_id=person_id, now=now)
    seat = moves.lock_seat(work, person_id, name=actor.name, now=now)
    if seat.state == SeatState.TALKING or (seat.state == SeatState.OFFERED and seat.call_id != call.id):
        raise Refused("请先处理您手上的电话")
    call.state, call.accepted_at = CallState.CONNECTING, now
    call.agent_id, call.agent_name, call.last_agent_id = person_id, actor.name, person_id
    call.offered_to = call.offer_expires_at = call.hang_up_asked_at = None
    if claim is None:
        call.claim += 1
    # Opaque and new each time: the carrier shows the name around, and an old one must fit no more.
    call.conference, call.conference_sid = f"call-{secrets.token_hex(12)}", None
    call.hold_sequence = -1
    moves.set_seat(work, seat, SeatState.TALKING, now=now, call_id=call.id)
    work.session.flush()
    work.announce(CallAccepted(call_id=call.id, person_id=person_id))
    return call


def decline(work: Work, call_id: int, *, claim: int | None, actor: Actor, now: datetime) -> CallRecord:
    """Give an offered call back to the front of the queue; the seat goes on break, or it would ring again."""
    call = moves.lock_call(work, call_id)
    if (
        call.state != CallState.OFFERED
        or call.offered_to != moves.person_of(actor)
        or claim not in (None, call.claim)
    ):
        raise Refused("这通电话已不在您这里振铃")
    moves.free_seat(work, call.offered_to, call, SeatState.BREAK, now=now, reason="declined")
    moves.to_front(work, call)
    return call


def ask_hang_up(work: Work, call_id: int, *, actor: Actor, now: datetime) -> CallRecord:
    """Note that the agent wants to end the call, so that their leg's end is no accident."""
    call = held_by(work, call_id, actor)
    if call.state != CallState.ENDED:
        call.hang_up_asked_at = call.hang_up_asked_at or now
        work.session.flush()
    return call


def hung_up(work: Work, call_id: int, *, now: datetime) -> CallRecord:
    """Note that the carrier has ended the call because we asked."""
    call = moves.lock_call(work, call_id)
    moves.end(work, call, now=now)
    return call


def held(work: Work, call_id: int, *, on: bool) -> CallRecord:
    """Note that the carrier has put the caller on hold, or has taken them back."""
    call = moves.lock_call(work, call_id)
    state = CallState.HELD if on else CallState.TALKING
    if call.state in LIVE and call.state != state:
        call.state = state
        work.session.flush()
        work.announce(CallHeld(call_id=call.id, person_id=call.agent_id or 0))
    return call


def held_by(work: Work, call_id: int, actor: Actor) -> CallRecord:
    """Return the call, locked, if the actor holds it now. Raises NotFound or WrongRole."""
    call = moves.lock_call(work, call_id)
    if call.agent_id != actor.person_id:
        raise WrongRole("只有接听这通电话的人可以这样做")
    return call


def attach_case(work: Work, call_id: int, case_no: str) -> CallRecord:
    """Note the number of the case that is being drafted from this call."""
    call = moves.lock_call(work, call_id)
    if call.case_no != case_no:
        call.case_no = case_no
        work.session.flush()
    return call


def conclude(work: Work, call_id: int, outcome: CallOutcome) -> CallRecord:
    """Write down what the call came to, while it lasts or after it."""
    call = moves.lock_call(work, call_id)
    moves.conclude(work, call, outcome)
    return call


def _waiting(work: Work) -> list[WaitingCall]:
    rows = work.session.execute(
        select(CallRecord.id, CallRecord.priority, CallRecord.queued_at)
        .where(CallRecord.state == CallState.QUEUED, CallRecord.queued_at.is_not(None))
        .order_by(CallRecord.priority.desc(), CallRecord.queued_at)
        .limit(_AT_ONCE)
    )
    return [WaitingCall(call_id=id_, priority=priority, queued_at=at) for id_, priority, at in rows if at]


def _ready(work: Work) -> list[ReadySeat]:
    rows = work.session.execute(
        select(SeatRecord.person_id, SeatRecord.since)
        .where(SeatRecord.state == SeatState.READY)
        .order_by(SeatRecord.since)
        .limit(_AT_ONCE)
    )
    return [ReadySeat(person_id=person_id, since=since) for person_id, since in rows]


def _claim_call(work: Work, call_id: int) -> CallRecord | None:
    return work.session.scalar(
        select(CallRecord)
        .where(CallRecord.id == call_id, CallRecord.state == CallState.QUEUED)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _claim_seat(work: Work, person_id: int) -> SeatRecord | None:
    return work.session.scalar(
        select(SeatRecord)
        .where(SeatRecord.person_id == person_id, SeatRecord.state == SeatState.READY)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _offer(work: Work, call: CallRecord, seat: SeatRecord, *, now: datetime) -> None:
    call.state, call.offered_to, call.offer_expires_at = CallState.OFFERED, seat.person_id, now + OFFER_LASTS
    call.claim += 1
    moves.set_seat(work, seat, SeatState.OFFERED, now=now, call_id=call.id)
    work.session.flush()
    work.announce(CallOffered(call_id=call.id, person_id=seat.person_id))


def _check_claim(call: CallRecord, claim: int | None, *, person_id: int, now: datetime) -> None:
    if claim is None:
        if call.state != CallState.QUEUED:
            raise Refused("来电者已挂断" if call.state == CallState.ENDED else TAKEN)
        return
    if call.state == CallState.ENDED and call.claim == claim:
        raise Refused("来电者已挂断")
    if call.state != CallState.OFFERED or call.offered_to != person_id or call.claim != claim:
        raise Refused(TAKEN)
    if call.offer_expires_at is not None and call.offer_expires_at <= now:
        raise Refused("接听超时，这通电话已回到队列")


def _id_of(work: Work, call_sid: str) -> int:
    found = work.session.scalar(select(CallRecord.id).where(CallRecord.call_sid == call_sid))
    if found is None:
        raise NotFound("没有这通电话")
    return found
