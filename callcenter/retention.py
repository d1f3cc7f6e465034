"""What the carrier told us is kept for a while and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, select

from callcenter.records import CallEventRecord, MediaTokenRecord
from core.db import Work

# A dispute about a call (did it ring, what did we answer) comes up within the weeks that its case takes.
# Webhooks carry numbers, so they are kept no longer than such a dispute needs; the call itself stays.
KEPT: Final = timedelta(days=30)
_AT_ONCE: Final = 5000


def forget_old(work: Work, now: datetime, *, most: int = _AT_ONCE) -> int:
    """Remove at most `most` webhooks and `most` passes older than KEPT; return how many rows went."""
    until = now - KEPT
    events = select(CallEventRecord.id).where(CallEventRecord.at < until).limit(most)
    tokens = select(MediaTokenRecord.id).where(MediaTokenRecord.expires_at < until).limit(most)
    gone = [
        work.session.execute(delete(CallEventRecord).where(CallEventRecord.id.in_(events))),
        work.session.execute(delete(MediaTokenRecord).where(MediaTokenRecord.id.in_(tokens))),
    ]
    return sum(cast(CursorResult[Any], one).rowcount for one in gone)
