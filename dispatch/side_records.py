"""The tables of what runs beside a case: wakings, pauses, requests, orders from above, callbacks, cards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class WakingRecord(Base):
    """A moment at which a case must be looked at; it is fired once, in the transaction of what it does."""

    __tablename__ = "waking"
    __table_args__ = (
        Index("ix_waking_due", "due_at", "id", postgresql_where="fired_at IS NULL"),
        # Of all, fired ones too: every step of a case asks what has fired already.
        Index("ix_waking_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"))
    order_no: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(24))
    due_at: Mapped[datetime] = mapped_column(Instant)
    fired_at: Mapped[datetime | None] = mapped_column(Instant)
    # One that could not be fired stands back behind the others for a while.
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    retry_at: Mapped[datetime | None] = mapped_column(Instant)


class PauseRecord(Base):
    """A stretch in which the clocks of a case stood still, and why; only some states may (S11, S52)."""

    __tablename__ = "case_pause"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    starts: Mapped[datetime] = mapped_column(Instant)
    ends: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(Text)


class AdjudicationRecord(Base):
    """A conference (会商) on whose duty a case is, and its ruling."""

    __tablename__ = "adjudication"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    parties: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    reason: Mapped[str] = mapped_column(Text)
    ruled_at: Mapped[datetime | None] = mapped_column(Instant)
    ruled_by: Mapped[int | None] = mapped_column(BigInteger)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    ruling: Mapped[str | None] = mapped_column(Text)
    basis: Mapped[str | None] = mapped_column(Text)


class OpinionRecord(Base):
    """What one party said in a conference."""

    __tablename__ = "adjudication_opinion"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    adjudication_id: Mapped[int] = mapped_column(ForeignKey("adjudication.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(String(64))
    unit_code: Mapped[str | None] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)


class ExtensionRecord(Base):
    """A unit's request for more time (延期申请); silence is a refusal."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    order_no: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    decide_by: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    granted: Mapped[bool | None] = mapped_column(Boolean)
    due_before: Mapped[datetime] = mapped_column(Instant)
    due_after: Mapped[datetime | None] = mapped_column(Instant)


class SupervisionRecord(Base):
    """A supervision order (督办单), answered by the chief: 1 hotline, 2 listed, 3 interview, 4 accountability."""

    __tablename__ = "supervision"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    no: Mapped[str] = mapped_column(String(48), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    unit_code: Mapped[str] = mapped_column(String(32), index=True)
    level: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_by: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[str | None] = mapped_column(Text)


class PenaltyRecord(Base):
    """A yellow or red card (黄红牌): one for each order, colour and cause, however often the clock is looked at."""

    __tablename__ = "penalty"
    __table_args__ = (UniqueConstraint("order_no", "colour", "cause", name="uq_penalty_once"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    order_no: Mapped[str] = mapped_column(String(40))
    unit_code: Mapped[str] = mapped_column(String(32), index=True)
    colour: Mapped[str] = mapped_column(String(8))
    cause: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class CallBackRecord(Base):
    """One try to ask the citizen how it went (回访), or their own rating."""

    __tablename__ = "call_back"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[int | None] = mapped_column(BigInteger)
    via: Mapped[str] = mapped_column(String(16))
    connected: Mapped[bool] = mapped_column(Boolean)
    contacted: Mapped[bool | None] = mapped_column(Boolean)
    truth: Mapped[str | None] = mapped_column(String(8))
    solved: Mapped[str | None] = mapped_column(String(8))
    grade: Mapped[int | None] = mapped_column(Integer)
    reasonable: Mapped[bool | None] = mapped_column(Boolean)
    duty_done: Mapped[bool | None] = mapped_column(Boolean)
    note: Mapped[str | None] = mapped_column(Text)


class LookBackRecord(Base):
    """A promise with a date (回头看): on that day somebody looks whether it was kept."""

    __tablename__ = "look_back"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    order_no: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date] = mapped_column(Date, index=True)
    promise: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)  # when its day came and the desks were told
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[int | None] = mapped_column(BigInteger)
    kept: Mapped[bool | None] = mapped_column(Boolean)
    note: Mapped[str | None] = mapped_column(Text)


class FindingRecord(Base):
    """A unit's request to find a demand unreasonable (不合理诉求认定); the panel's votes stand in the story."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    evidence_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reasonable: Mapped[bool | None] = mapped_column(Boolean)
    duty_done: Mapped[bool | None] = mapped_column(Boolean)


class AppealRecord(Base):
    """A unit's objection to how a case counts (考核申诉)."""

    __tablename__ = "appeal"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    accepted: Mapped[bool | None] = mapped_column(Boolean)
    answer: Mapped[str | None] = mapped_column(Text)
