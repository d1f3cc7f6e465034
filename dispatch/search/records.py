"""The table of words by which cases are found, and the list of cases whose words have changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class CaseWordsRecord(Base):
    """What a case is found by. It stands beside the case, so that nobody who loads a case loads its words."""

    __tablename__ = "case_words"
    __table_args__ = (
        Index("ix_case_words_words", "words", postgresql_using="gin"),
        Index("ix_case_words_places", "places", postgresql_using="gin"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(TSVECTOR)  # title A, demand B, content C
    # Keyed fingerprints of the words of the place: an address is found here and cannot be read here.
    places: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list)
    indexed_at: Mapped[datetime] = mapped_column(Instant)


class WordsDueRecord(Base):
    """A case whose texts are not in the index yet; written by a trigger in the transaction of the change."""

    __tablename__ = "case_words_due"

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
