"""Reading calls and seats; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from callcenter import cards
from callcenter.calls import WAITING, CallOutcome, CallState, SeatState, masked
from callcenter.records import CallRecord, RecordingRecord, SeatRecord, SegmentRecord
from core.actor import Actor, Role
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import NotFound

ANSWER_TARGET = timedelta(seconds=15)  # GB/T 33358: the share answered within 15 s is measured
_QUARTERS = 96


def find(work: Work, call_id: int) -> CallRecord:
    """Return the call as it stands. Raises NotFound."""
    call = work.session.get(CallRecord, call_id, populate_existing=True)
    if call is None:
        raise NotFound("没有这通电话")
    return call


def card(work: Work, call_id: int) -> dict[str, Any]:
    """Return the card of one call. Raises NotFound."""
    return cards.call_card(find(work, call_id))


def seat(work: Work, person_id: int, *, now: datetime) -> dict[str, Any]:
    """Return the card of a person's seat with its call or offer."""
    found = work.session.get(SeatRecord, person_id, populate_existing=True)
    if found is None:
        return cards.empty_seat(person_id, since=now)
    call = work.session.get(CallRecord, found.call_id, populate_existing=True) if found.call_id else None
    return cards.seat_card(found, call)


def people_at_desks(work: Work) -> set[int]:
    """Return the people whose seat is not offline."""
    seated = select(SeatRecord.person_id).where(SeatRecord.state != SeatState.OFFLINE)
    return set(work.session.scalars(seated))


def waiting(work: Work) -> list[dict[str, Any]]:
    """Return the cards of the queue in the order in which callers will be served."""
    line = (
        select(CallRecord)
        .where(CallRecord.state.in_(WAITING))
        .order_by(CallRecord.priority.desc(), CallRecord.queued_at, CallRecord.id)
    )
    return [cards.call_card(call) for call in work.session.scalars(line)]


def position(work: Work, call: CallRecord) -> int:
    """Return the caller's place in the queue, 1 for the first: by our own order, not the carrier's."""
    before = (CallRecord.priority > call.priority) | (
        (CallRecord.priority == call.priority) & (CallRecord.queued_at < call.queued_at)
    )
    ahead = select(func.count()).where(CallRecord.state.in_(WAITING), CallRecord.id != call.id, before)
    return 1 + (work.session.scalar(ahead) or 0)


def in_hand(work: Work, call_id: int) -> bool:
    """Say whether the call lasts, or an agent still wraps it up."""
    holder = select(SeatRecord.person_id).where(SeatRecord.call_id == call_id)
    return find(work, call_id).state != CallState.ENDED or work.session.scalar(holder) is not None


def voicemails_without_case(work: Work, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the calls that left a message before `before` and have no draft yet; for the sweep."""
    waiting = select(CallRecord.id).where(
        CallRecord.outcome == CallOutcome.VOICEMAIL,
        CallRecord.case_no.is_(None),
        CallRecord.seen_at < before,
    )
    return list(work.session.scalars(waiting.order_by(CallRecord.id.desc()).limit(limit)))


def words(work: Work, call_id: int) -> list[dict[str, Any]]:
    """Return what has been said in the call, in the order of speaking."""
    return [cards.words_card(segment) for segment in segments(work, call_id)]


def segments(work: Work, call_id: int) -> Sequence[SegmentRecord]:
    """Return the stored utterances of a call, in the order of speaking."""
    said = select(SegmentRecord).where(SegmentRecord.call_id == call_id)
    return work.session.scalars(said.order_by(SegmentRecord.at_ms, SegmentRecord.id)).all()


def may_see(call: CallRecord, actor: Actor) -> bool:
    """Say whether the actor may read the call: who holds or held it, and supervisors."""
    return held(call, actor) or actor.has(Role.SUPERVISOR)


def held(call: CallRecord, actor: Actor) -> bool:
    """Say whether the actor holds the call or was the last who did."""
    return actor.person_id is not None and actor.person_id in (call.agent_id, call.last_agent_id)


def may_follow(work: Work, call_id: int, actor: Actor) -> bool:
    """Say whether the actor may hear the words of this call live."""
    call = work.session.get(CallRecord, call_id)
    if call is None:
        return False
    return (actor.person_id is not None and call.agent_id == actor.person_id) or actor.has(Role.SUPERVISOR)


def visible(work: Work, call_id: int, actor: Actor) -> CallRecord:
    """Return the call if the actor may read it. Raises NotFound, which tells the two apart for nobody."""
    call = find(work, call_id)
    if not may_see(call, actor):
        raise NotFound("没有这通电话")
    return call


def detail(work: Work, call_id: int, actor: Actor) -> dict[str, Any]:
    """Return what the desk shows of a call, but for draft, history and model, which others know."""
    call = visible(work, call_id, actor)
    return {
        "card": cards.call_card(call),
        "caller_masked": masked(call.phone),
        "words": words(work, call_id),
        "recording": recording_state(work, call_id),
    }


def recording_state(work: Work, call_id: int) -> str:
    """Return where the newest recording of the call stands, in the words of the API."""
    newest = (
        select(RecordingRecord.status).where(RecordingRecord.call_id == call_id).order_by(RecordingRecord.id.desc())
    )
    status = work.session.scalar(newest.limit(1))
    return {None: "none", "completed": "recording"}.get(status, status or "none")


def caller(work: Work, call_id: int) -> tuple[str | None, str | None]:
    """Return the caller's number and its fingerprint; for the draft of the case, never for a push."""
    call = find(work, call_id)
    return call.phone, call.phone_fingerprint


def board_calls(work: Work, now: datetime) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, Any]]:
    """Return the open calls, the agents by state, and today's figures."""
    open_ = select(CallRecord).where(CallRecord.state != CallState.ENDED).order_by(CallRecord.arrived_at)
    calls = [cards.call_card(call) for call in work.session.scalars(open_)]
    by_state = select(SeatRecord.state, func.count()).group_by(SeatRecord.state)
    seats = {state: count for state, count in work.session.execute(by_state)}
    return calls, seats, figures(work, now)


def figures(work: Work, now: datetime) -> dict[str, Any]:
    """Return the figures of the day in the city: offered, answered, in time, abandoned, by quarter hour."""
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    today = CallRecord.arrived_at >= midnight
    in_time = CallRecord.answered_at - func.coalesce(CallRecord.queued_at, CallRecord.arrived_at)
    offered, answered, prompt, abandoned = work.session.execute(
        select(
            func.count(),
            func.count(CallRecord.answered_at),
            func.count().filter(in_time <= ANSWER_TARGET),
            func.count().filter(CallRecord.outcome == CallOutcome.ABANDONED),
        ).where(today)
    ).one()
    return {
        "offered": offered,
        "answered": answered,
        "answered_in_15s": prompt,
        "abandoned": abandoned,
        "by_quarter": _by_quarter(work, midnight),
    }


def practice_call(work: Work, call_sid: str) -> dict[str, Any] | None:
    """Return what became of a call so far, for the practice line; None when it has not arrived."""
    call = work.session.scalar(select(CallRecord).where(CallRecord.call_sid == call_sid))
    if call is None:
        return None
    said = segments(work, call.id)
    return {
        "call_id": call.id,
        "state": str(call.state),
        "outcome": call.outcome,
        "segments": [
            {"speaker": one.speaker, "text": one.text, "final_at": one.heard_at.isoformat()} for one in said
        ],
        "case_no": call.case_no,
        "arrived_at": call.arrived_at.isoformat(),
        "answered_at": call.answered_at and call.answered_at.isoformat(),
        "first_words_at": min((one.heard_at for one in said), default=None),
    }


def _by_quarter(work: Work, midnight: datetime) -> list[int]:
    seconds = func.extract("epoch", CallRecord.arrived_at - midnight)
    quarter = func.floor(seconds / 900).label("quarter")
    counted = work.session.execute(
        select(quarter, func.count()).where(CallRecord.arrived_at >= midnight).group_by(quarter)
    )
    found = {int(number): count for number, count in counted}
    return [found.get(number, 0) for number in range(_QUARTERS)]
