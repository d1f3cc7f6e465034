"""The tables of the call centre."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant
from core.sealed import Sealed


class CallRecord(Base):
    """One caller's call, from the first ring to what it came to."""

    __tablename__ = "call"
    __table_args__ = (Index("ix_call_open", "state", "priority", "queued_at", postgresql_where="state <> 'ended'"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    case_no: Mapped[str | None] = mapped_column(String(32), index=True)

    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)

    arrived_at: Mapped[datetime] = mapped_column(Instant, index=True)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # The carrier's last word about the caller's leg; a call that falls silent is looked up.
    seen_at: Mapped[datetime] = mapped_column(Instant)

    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    # The fencing token: grows with every offer and every pick-up, so that an old claim fits no more.
    claim: Mapped[int] = mapped_column(Integer, default=0)
    offered_to: Mapped[int | None] = mapped_column(BigInteger)
    offer_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    agent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    agent_name: Mapped[str | None] = mapped_column(String(64))
    # Who last talked to the caller; stays when a lost call goes back to the queue.
    last_agent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    hang_up_asked_at: Mapped[datetime | None] = mapped_column(Instant)

    # A new name for each acceptance: a callback for an older conference names itself.
    conference: Mapped[str | None] = mapped_column(String(64), index=True)
    conference_sid: Mapped[str | None] = mapped_column(String(64))
    # The conference for which the agent's phone has been rung: a repeated job must not ring twice.
    rung_for: Mapped[str | None] = mapped_column(String(64))
    hold_sequence: Mapped[int] = mapped_column(Integer, default=-1)

    __mapper_args__ = {"version_id_col": version}


class LegRecord(Base):
    """One leg of a call: the caller's, or a phone we rang for it."""

    __tablename__ = "call_leg"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    part: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str | None] = mapped_column(String(16))
    rank: Mapped[int] = mapped_column(SmallInteger, default=-1)
    duration_s: Mapped[int | None] = mapped_column(Integer)
    conference: Mapped[str | None] = mapped_column(String(64))
    presence: Mapped[str] = mapped_column(String(8), default="away")
    at: Mapped[datetime] = mapped_column(Instant)  # of the last change


class CallEventRecord(Base):
    """Every webhook, once. Insert-then-act: who inserts the row acts on it."""

    __tablename__ = "call_event"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    call_sid: Mapped[str | None] = mapped_column(String(64), index=True)
    payload: Mapped[str] = mapped_column(Sealed)  # JSON as received; it carries numbers
    answer: Mapped[str | None] = mapped_column(Sealed)  # the document, for a repeat; it carries tokens
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class SeatRecord(Base):
    """An agent's seat."""

    __tablename__ = "seat"

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16), index=True)
    since: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(64))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))

    __mapper_args__ = {"version_id_col": version}


class SegmentRecord(Base):
    """One finished utterance. Partials are pushed only and never come here."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("call_id", "utterance"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    utterance: Mapped[str] = mapped_column(String(80))
    speaker: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    certainty: Mapped[float | None] = mapped_column(Float)  # 0..1; None when the engine gives none
    at_ms: Mapped[int] = mapped_column(Integer)  # start, since the call was answered
    words: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    heard_at: Mapped[datetime] = mapped_column(Instant)


class RecordingRecord(Base):
    """A sound recording of a call and where it stands on its way into our own store."""

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    recording_sid: Mapped[str] = mapped_column(String(64), unique=True)
    # recording, completed (at the carrier), stored, awaiting_transcript, failed
    status: Mapped[str] = mapped_column(String(24))
    source: Mapped[str | None] = mapped_column(String(40))
    duration_s: Mapped[int | None] = mapped_column(Integer)
    channels: Mapped[int | None] = mapped_column(SmallInteger)
    path: Mapped[str | None] = mapped_column(String(200))  # below the recordings folder
    sha256: Mapped[str | None] = mapped_column(String(64))
    remote_deleted: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[datetime] = mapped_column(Instant)


class MediaTokenRecord(Base):
    """A one-time pass for one media stream; only its hash is kept."""

    __tablename__ = "media_token"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    call_sid: Mapped[str] = mapped_column(String(64))
    speaker: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class MessageRecord(Base):
    """A text message to a citizen and how far it got."""

    __tablename__ = "message"
    # What a case is told once is told once, whoever asks for it and however often.
    __table_args__ = (UniqueConstraint("about", "subject"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone: Mapped[str] = mapped_column(Sealed)
    phone_fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Sealed)
    about: Mapped[str | None] = mapped_column(String(32), index=True)  # a case number, as plain value
    subject: Mapped[str | None] = mapped_column(String(16))  # which news of the case it is
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(24))
    rank: Mapped[int] = mapped_column(SmallInteger, default=0)
    error_code: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
