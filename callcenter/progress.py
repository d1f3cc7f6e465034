"""What the carrier's callbacks change. They come twice and in any order: each moves things forward only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from callcenter import moves, service
from callcenter.calls import (
    ATTENDED,
    CALL_OVER,
    LET_GO,
    LIVE,
    OVER,
    CallOutcome,
    CallState,
    ConferenceNews,
    LegProgress,
    Part,
    Presence,
    later,
)
from callcenter.events import AgentLegJoined, AgentLegLost, CallAnswered, RecordingReady
from callcenter.records import CallRecord, LegRecord, RecordingRecord
from core.db import Work

_NEVER_CAME_UP: Final = frozenset({"busy", "failed", "no-answer", "canceled"})
_RECORDING: Final = {"in-progress": "recording", "completed": "completed", "absent": "failed"}


def leg_moved(work: Work, news: LegProgress, *, duration_s: int | None = None, now: datetime) -> None:
    """Apply a status callback: the caller's end ends the call, an agent's dead phone frees it."""
    call = _call_of(work, call_sid=news.call_sid, conference=news.conference)
    if call is None:
        return
    part = Part.CALLER if news.call_sid == call.call_sid else Part.AGENT
    leg = _leg(work, call, news.call_sid, part, news.conference, now=now)
    if leg.duration_s is None:
        leg.duration_s = duration_s
    if news.rank > leg.rank:
        leg.status, leg.rank, leg.at = news.status, news.rank, now
    service.seen(work, call.call_sid, now=now)
    if news.rank < OVER:
        return
    if part is Part.CALLER:
        moves.end(work, call, now=now)
    elif news.status in _NEVER_CAME_UP and _awaited(call, leg):
        moves.lose_agent(work, call, now=now, reason="phone_failed")


def conference_changed(work: Work, news: ConferenceNews, *, now: datetime) -> None:
    """Apply a conference callback. One about an older conference only leads to its legs being tidied."""
    call = _call_of(work, call_sid=news.call_sid, conference=news.name)
    if call is None:
        return
    service.seen(work, call.call_sid, now=now)
    leg = _participant(work, call, news, now=now)
    if call.conference != news.name:
        if news.event == "participant-join":
            work.announce(AgentLegLost(call_id=call.id, person_id=None))
        return
    call.conference_sid = call.conference_sid or news.conference_sid
    if leg is not None:
        _joined_or_left(work, call, leg, news, now=now)
    if news.event in ("participant-hold", "participant-unhold"):
        _held(work, call, news)
    if news.event == "conference-end" and news.reason in CALL_OVER:
        moves.end(work, call, now=now)


def recording_moved(work: Work, call: CallRecord, *, facts: Mapping[str, str], now: datetime) -> None:
    """Apply a recording callback; a finished recording is announced once."""
    source, status = facts.get("RecordingSource"), facts.get("RecordingStatus", "")
    row = {
        "call_id": call.id,
        "recording_sid": facts["RecordingSid"],
        "status": "recording",
        "source": source,
        "at": now,
    }
    work.session.execute(insert(RecordingRecord).values(row).on_conflict_do_nothing())
    found = select(RecordingRecord).where(RecordingRecord.recording_sid == facts["RecordingSid"])
    locked = found.with_for_update().execution_options(populate_existing=True)
    recording = work.session.scalars(locked).one()
    recording.source = recording.source or source
    if source == "RecordVerb" and call.answered_at is None:
        moves.conclude(work, call, CallOutcome.VOICEMAIL)
    if recording.status != "recording":
        return
    recording.status = _RECORDING.get(status, recording.status)
    if status == "completed":
        recording.duration_s = _count(facts.get("RecordingDuration"))
        recording.channels = _count(facts.get("RecordingChannels"))
        work.session.flush()
        work.announce(RecordingReady(call_id=call.id, recording_id=recording.id))


def call_of_leg(work: Work, call_sid: str) -> CallRecord | None:
    """Return the call to which a leg belongs, locked, or None."""
    return _call_of(work, call_sid=call_sid, conference=None)


def call_in(work: Work, conference: str) -> CallRecord | None:
    """Return the call whose present conference has this name, locked, or None."""
    call = _call_of(work, call_sid="", conference=conference)
    return call if call is not None and call.conference == conference else None


def agent_rung(work: Work, call_id: int, *, call_sid: str, conference: str, now: datetime) -> bool:
    """Note the leg that was made to ring the agent; False when nobody waits for it any more."""
    call = moves.lock_call(work, call_id)
    leg = _leg(work, call, call_sid, Part.AGENT, conference, now=now)
    return leg.conference == call.conference and call.state in ATTENDED


def leg_over(work: Work, call_sid: str, *, now: datetime) -> None:
    """Note that we have ended a leg ourselves, so that it is not ended again if its callback is lost."""
    work.session.execute(
        update(LegRecord)
        .where(LegRecord.call_sid == call_sid, LegRecord.rank < OVER)
        .values(status="completed", rank=OVER, at=now)
    )


def _awaited(call: CallRecord, leg: LegRecord) -> bool:
    return call.state == CallState.CONNECTING and leg.conference == call.conference


def _call_of(work: Work, *, call_sid: str, conference: str | None) -> CallRecord | None:
    """Return the call, locked, by the leg's sid, else by the conference it was made for."""
    by_leg = select(LegRecord.call_id).where(LegRecord.call_sid == call_sid)
    call_id = work.session.scalar(by_leg) if call_sid else None
    if call_id is None and conference:
        by_name = select(CallRecord.id).where(CallRecord.conference == conference)
        by_old_leg = select(LegRecord.call_id).where(LegRecord.conference == conference)
        call_id = work.session.scalar(by_name) or work.session.scalar(by_old_leg)
    return None if call_id is None else moves.lock_call(work, call_id)


def _leg(
    work: Work, call: CallRecord, call_sid: str, part: Part, conference: str | None, *, now: datetime
) -> LegRecord:
    """Return the leg; a callback may be faster than the answer to our own request that made it."""
    person_id = call.agent_id if part is Part.AGENT and conference == call.conference else None
    row = {
        "call_id": call.id,
        "call_sid": call_sid,
        "part": part,
        "person_id": person_id,
        "conference": conference,
        "at": now,
    }
    work.session.execute(insert(LegRecord).values(row).on_conflict_do_nothing())
    found = select(LegRecord).where(LegRecord.call_sid == call_sid)
    return work.session.scalars(found.execution_options(populate_existing=True)).one()


def _participant(work: Work, call: CallRecord, news: ConferenceNews, *, now: datetime) -> LegRecord | None:
    if not news.call_sid or news.label not in {*Part}:
        return None
    leg = _leg(work, call, news.call_sid, Part(news.label), news.name, now=now)
    if leg.part == Part.CALLER and leg.conference != news.name and call.conference == news.name:
        # The caller may stand in several conferences, one after the other.
        leg.conference, leg.presence = news.name, Presence.AWAY
    return leg


def _joined_or_left(work: Work, call: CallRecord, leg: LegRecord, news: ConferenceNews, *, now: datetime) -> None:
    heard = {"participant-join": Presence.IN, "participant-leave": Presence.LEFT}.get(news.event)
    if heard is None or leg.conference != call.conference:
        return
    was = Presence(leg.presence)
    leg.presence = later(was, heard)
    leg.at = now
    if leg.part == Part.AGENT and was is Presence.AWAY and heard is Presence.IN:
        work.announce(AgentLegJoined(call_id=call.id, person_id=call.agent_id or 0))
    _talking_if_both(work, call, now=now)
    if heard is Presence.LEFT and news.reason in LET_GO:
        _let_go(work, call, Part(leg.part), now=now)


def _talking_if_both(work: Work, call: CallRecord, *, now: datetime) -> None:
    """The two hear each other once both have been in; the joins may be told after the end."""
    here = {
        leg.part
        for part in Part
        for leg in moves.legs(work, call, part)
        if leg.conference == call.conference and leg.presence != Presence.AWAY
    }
    if here != set(Part):
        return
    if call.state == CallState.CONNECTING:
        call.state, call.answered_at = CallState.TALKING, call.answered_at or now
        work.session.flush()
        work.announce(CallAnswered(call_id=call.id, person_id=call.agent_id or 0))
    elif call.state == CallState.ENDED and call.answered_at is None:
        call.answered_at = now
        if call.outcome == CallOutcome.ABANDONED:
            call.outcome = None
        work.session.flush()


def _let_go(work: Work, call: CallRecord, part: Part, *, now: datetime) -> None:
    if part is Part.CALLER:
        moves.end(work, call, now=now)
    elif call.state in (CallState.CONNECTING, *LIVE) and call.hang_up_asked_at is None:
        moves.lose_agent(work, call, now=now, reason="phone_lost")


def _held(work: Work, call: CallRecord, news: ConferenceNews) -> None:
    if news.label == Part.CALLER and news.sequence > call.hold_sequence:
        call.hold_sequence = news.sequence
        service.held(work, call.id, on=news.event == "participant-hold")


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
