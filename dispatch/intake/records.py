"""The numbers that other systems gave to what they sent, so that the same matter never becomes two cases."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class SourceRecord(Base):
    """A channel's own number of a matter, and the case that it became."""

    __tablename__ = "case_source"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    source_no: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
