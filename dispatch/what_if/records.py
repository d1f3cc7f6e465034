"""The tables of replays: what was asked, how far it is, what would move. Nothing else is written by a replay."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class RunState(StrEnum):
    """How far a replay is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class WhatIfRecord(Base):
    """One replay."""

    __tablename__ = "what_if"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    change: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    asked_by_name: Mapped[str] = mapped_column(String(64))
    moved_at: Mapped[datetime] = mapped_column(Instant)  # when it last got further
    cases_in_period: Mapped[int] = mapped_column(Integer)
    replayed: Mapped[int] = mapped_column(Integer)
    to_replay: Mapped[int] = mapped_column(Integer)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    fault: Mapped[str | None] = mapped_column(Text)


class WhatIfMoveRecord(Base):
    """One thing of one case that the change would make different."""

    __tablename__ = "what_if_move"

    what_if_id: Mapped[int] = mapped_column(ForeignKey("what_if.id"), primary_key=True)
    case_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    from_unit: Mapped[str | None] = mapped_column(String(32))
    to_unit: Mapped[str | None] = mapped_column(String(32))
    why: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
