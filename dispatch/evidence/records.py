"""The table of evidence files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant
from core.sealed import Sealed


class EvidenceRecord(Base):
    """One file of a work order, or of the case itself when the desk attached it."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_case", "case_id", "id"),
        Index("ix_evidence_look_parts", "look_parts", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"))
    order_no: Mapped[str | None] = mapped_column(String(40), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    person_name: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Sealed)  # files are often named after people and doors
    kind: Mapped[str] = mapped_column(String(8))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # of what is kept: its name in the store
    original_sha256: Mapped[str] = mapped_column(String(64), index=True)  # of what was sent
    look: Mapped[int | None] = mapped_column(BigInteger)  # pictures.look_of
    look_parts: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    reused_in: Mapped[list[str]] = mapped_column(ARRAY(String(32)))  # other cases with the same picture
    had_place: Mapped[bool] = mapped_column(Boolean)
    # Where and when it was taken, as JSON; only when the unit kept it on purpose.
    place: Mapped[str | None] = mapped_column(Sealed)
    place_reason: Mapped[str | None] = mapped_column(Sealed)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger)
    withdraw_reason: Mapped[str | None] = mapped_column(Sealed)
