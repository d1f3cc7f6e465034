"""What desks and boards see of calls, seats and words: plain values, nothing about the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callcenter.calls import SeatState
from callcenter.records import CallRecord, SeatRecord, SegmentRecord


def call_card(call: CallRecord) -> dict[str, Any]:
    """Return the card of a call, ready for JSON; the same in every snapshot and push."""
    return {
        "call_id": call.id,
        "version": call.version,
        "state": str(call.state),
        "arrived_at": _iso(call.arrived_at),
        "queued_at": _iso(call.queued_at),
        "answered_at": _iso(call.answered_at),
        "ended_at": _iso(call.ended_at),
        "agent_id": call.agent_id,
        "agent_name": call.agent_name,
        "outcome": call.outcome and str(call.outcome),
        "case_no": call.case_no,
    }


def seat_card(seat: SeatRecord, call: CallRecord | None = None) -> dict[str, Any]:
    """Return the card of a seat with the call it is about: offered to it, or held by it."""
    card: dict[str, Any] = {
        "person_id": seat.person_id,
        "version": seat.version,
        "state": str(seat.state),
        "since": _iso(seat.since),
        "reason": seat.reason,
        "call": None,
        "offer": None,
    }
    if call is None:
        return card
    if seat.state != SeatState.OFFERED:
        return card | {"call": call_card(call)}
    if call.offered_to == seat.person_id and call.offer_expires_at is not None:
        offer = {"call": call_card(call), "claim": call.claim, "expires_at": _iso(call.offer_expires_at)}
        return card | {"offer": offer}
    return card


def empty_seat(person_id: int, *, since: datetime) -> dict[str, Any]:
    """Return the card of somebody who has never taken a seat; version 0 is older than any other."""
    return {
        "person_id": person_id,
        "version": 0,
        "state": str(SeatState.OFFLINE),
        "since": _iso(since),
        "reason": None,
        "call": None,
        "offer": None,
    }


def words_card(segment: SegmentRecord) -> dict[str, Any]:
    """Return a stored utterance in the shape in which it was pushed."""
    return words(
        segment.call_id,
        segment.utterance,
        segment.speaker,
        text=segment.text,
        final=True,
        at_ms=segment.at_ms,
    )


def words(call_id: int, utterance: str, speaker: str, *, text: str, final: bool, at_ms: int) -> dict[str, Any]:
    """Return what somebody said; `at_ms` is the start, since the call was answered."""
    return {
        "call_id": call_id,
        "utterance": utterance,
        "speaker": speaker,
        "text": text,
        "final": final,
        "at_ms": at_ms,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
