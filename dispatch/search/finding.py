"""The conditions of a search: by words, by the words of a place, by a person's exact number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, literal, select
from sqlalchemy.dialects.postgresql import TSQUERY

from core.sealed import fingerprint
from dispatch.records import CaseRecord
from dispatch.search.lexemes import query
from dispatch.search.records import CaseWordsRecord
from dispatch.search.words import place_marks


def by_words(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a case has every one of `words` in its title, demand or content."""
    return CaseRecord.id.in_(select(CaseWordsRecord.case_id).where(CaseWordsRecord.words.op("@@")(_asked(words))))


def by_place(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that the place of a case has every one of `words`."""
    marks = place_marks(words)
    return CaseRecord.id.in_(select(CaseWordsRecord.case_id).where(CaseWordsRecord.places.contains(marks)))


def rank(words: Sequence[str]) -> ColumnElement[int]:
    """Return how well a case fits: whole numbers, so that a page can begin where another ended.

    A word of the title counts most; of two that fit alike the newer goes first, which the order by id says.
    """
    fits = func.ts_rank(CaseWordsRecord.words, _asked(words))
    found = select(cast(func.floor(fits * 1000), Integer)).where(CaseWordsRecord.case_id == CaseRecord.id)
    return found.correlate(CaseRecord).scalar_subquery()


def by_phone(phone: str) -> ColumnElement[bool]:
    """Return the condition that the matter was brought in from this very number."""
    return CaseRecord.caller_fingerprint == fingerprint(phone)


def _asked(words: Sequence[str]) -> Any:
    return cast(literal(query(words)), TSQUERY)
