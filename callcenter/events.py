"""What has happened at the desk; ids only, so that nothing of a person travels with the news."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, kw_only=True)
class CallArrived(Event):
    """A caller reached the hotline."""

    call_id: int


@dataclass(frozen=True, kw_only=True)
class CallQueued(Event):
    """A call waits and is offered to nobody: it has just come, or has come back."""

    call_id: int


@dataclass(frozen=True, kw_only=True)
class CallOffered(Event):
    """A call rings at one agent's desk until the claim expires."""

    call_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CallAccepted(Event):
    """An agent has taken the call; the legs must now be joined."""

    call_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class AgentLegJoined(Event):
    """The agent's phone is in the conference; the caller may be brought in."""

    call_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class AgentLegLost(Event):
    """The agent's leg failed, fell away or belongs to an older claim; the legs must be tidied."""

    call_id: int
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    """Caller and agent hear each other."""

    call_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CallHeld(Event):
    """The caller is on hold, or has been taken back."""

    call_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """The call is over; `person_id` is the agent who held it, if any."""

    call_id: int
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class CallConcluded(Event):
    """What the call came to is known: a case, an answer, a voicemail, nothing."""

    call_id: int


@dataclass(frozen=True, kw_only=True)
class WrapUpEnded(Event):
    """The agent has let go of a call that has come to nothing yet; its draft decides what it came to."""

    call_id: int


@dataclass(frozen=True, kw_only=True)
class SeatChanged(Event):
    """An agent's seat changed; `call_id` is the call it is about, if any."""

    person_id: int
    call_id: int | None


@dataclass(frozen=True, kw_only=True)
class SegmentHeard(Event):
    """A finished utterance has been stored."""

    call_id: int
    segment_id: int
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordingReady(Event):
    """The carrier has finished a recording; it must be fetched."""

    call_id: int
    recording_id: int


@dataclass(frozen=True, kw_only=True)
class MessageQueued(Event):
    """A text message is to be sent."""

    message_id: int
