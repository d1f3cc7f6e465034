"""The tables of what was changed in the calendars, and of what has still to follow from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class CalendarChangeRecord(Base):
    """Who changed which days or hours, and how they were before. A trigger forbids changing or deleting it."""

    __tablename__ = "calendar_change"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(80))  # the year, the day, or service and unit
    before: Mapped[list[Any]] = mapped_column(JSONB)
    after: Mapped[list[Any]] = mapped_column(JSONB)
    # Deadlines that run through these days, of this unit (empty: of all), may have moved.
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    unit: Mapped[str] = mapped_column(String(32), default="")


class CalendarRecomputeRecord(Base):
    """A change whose open deadlines have still to be gone through, and how far that has come."""

    __tablename__ = "calendar_recompute"

    change_id: Mapped[int] = mapped_column(ForeignKey("calendar_change.id"), primary_key=True)
    due_since: Mapped[datetime] = mapped_column(Instant)
    after_case_id: Mapped[int] = mapped_column(BigInteger, default=0)
    visited: Mapped[int] = mapped_column(Integer, default=0)
    moved: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
