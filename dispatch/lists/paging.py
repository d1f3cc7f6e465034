"""Pages by key, never by OFFSET: a page begins after the last line of the one before, however deep it lies."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Row, Select, desc, literal, literal_column, null, select, tuple_

from core.db import Instant
from core.errors import BadInput
from dispatch.lists.conditions import Key
from dispatch.records import CaseRecord

_NEVER = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
Page = Select[*tuple[Any, ...]]


def newest(conditions: Sequence[ColumnElement[bool]], after: str | None) -> Page:
    """Return the cases, the newest first."""
    wanted = select(CaseRecord, null().label("key")).where(*conditions)
    if after:
        wanted = wanted.where(CaseRecord.id < _read(after, type(None))[1])
    return wanted.order_by(CaseRecord.id.desc())


def by_clock(conditions: Sequence[ColumnElement[bool]], key: Key, after: str | None) -> Page:
    """Return the cases, the most pressing first; those without a moment last."""
    wanted = select(CaseRecord, key.moment.label("key")).where(*conditions)
    if after:
        at, case_id = _read(after, str, type(None))
        moment = _NEVER if at is None else literal(_instant(at), Instant)
        wanted = wanted.where(tuple_(key.ordered, CaseRecord.id) > tuple_(moment, literal(case_id)))
    return wanted.order_by(key.ordered, CaseRecord.id)


def ranked(
    conditions: Sequence[ColumnElement[bool]], rank: ColumnElement[int], after: str | None, *, newest: int
) -> Page:
    """Return the newest so many of the cases, what fits best first."""
    few = select(CaseRecord.id, rank.label("fits")).where(*conditions).order_by(CaseRecord.id.desc()).limit(newest)
    some = few.subquery()
    wanted = select(CaseRecord, some.c.fits.label("key")).join(some, some.c.id == CaseRecord.id)
    if after:
        fits, case_id = _read(after, int)
        wanted = wanted.where(tuple_(some.c.fits, CaseRecord.id) < tuple_(literal(fits), literal(case_id)))
    return wanted.order_by(desc(some.c.fits), CaseRecord.id.desc())


def cursor(last: Row[*tuple[Any, ...]]) -> str:
    """Return the mark of the page after this row."""
    case, key = last[0], last[1]
    at = key.isoformat() if isinstance(key, datetime) else key
    return base64.urlsafe_b64encode(json.dumps([at, case.id]).encode()).decode()


def _read(mark: str, *kinds: type) -> tuple[Any, int]:
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(mark.encode()))
        if type(at) not in kinds or type(case_id) is not int or not 0 <= case_id < 2**63:
            raise ValueError("not a mark of this list")
        if isinstance(at, str) and (_instant(at).tzinfo is None or not _instant(at).astimezone(UTC)):
            raise ValueError("naive")
        if isinstance(at, int) and abs(at) >= 2**31:
            raise ValueError("not a rank")
        return at, case_id
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadInput("翻页标记无效，请从第一页开始") from error


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at)
