"""Every webhook once: the row is inserted first, and only who inserted it acts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from callcenter.records import CallEventRecord
from core.db import Work


def enter(work: Work, key: str, form: Mapping[str, str], *, at: datetime) -> bool:
    """Return True for the first of its key; a repeat, even a simultaneous one, gets False.

    A second transaction with the same key waits here for the first, so acting after True happens once.
    """
    row = {
        "key": key,
        "call_sid": form.get("CallSid"),
        "payload": json.dumps(dict(form), ensure_ascii=False),
        "at": at,
    }
    inserted = insert(CallEventRecord).values(row).on_conflict_do_nothing()
    return work.session.scalar(inserted.returning(CallEventRecord.id)) is not None


def keep_answer(work: Work, key: str, document: str) -> None:
    """Keep the document that was answered, for a repeat."""
    work.session.execute(update(CallEventRecord).where(CallEventRecord.key == key).values(answer=document))


def answer_of(work: Work, key: str) -> str | None:
    """Return the document answered to the first request of this key."""
    return work.session.scalar(select(CallEventRecord.answer).where(CallEventRecord.key == key))
