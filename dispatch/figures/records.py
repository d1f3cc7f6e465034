"""The table of closed days. A trigger forbids changing or deleting a row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class FigureDayRecord(Base):
    """The figures of a day as they were shown when the day was closed, sealed to the day before."""

    __tablename__ = "figure_day"

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    as_of: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[str] = mapped_column(String(64))  # the seal of the stored day before; "" for the first
    sha256: Mapped[str] = mapped_column(String(64))
