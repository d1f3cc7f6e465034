"""One-time passes for media streams: only who was handed one in a signed document may speak for a leg."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update

from callcenter.calls import Part
from callcenter.records import MediaTokenRecord
from core.db import Work

VALID_FOR: Final = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a used token stands for: whose voice in which call."""

    call_id: int
    call_sid: str
    speaker: Part


def issue(work: Work, *, call_id: int, call_sid: str, speaker: Part, now: datetime) -> str:
    """Return a new token for this leg's stream; its hash alone is stored."""
    token = secrets.token_urlsafe(24)
    work.session.add(
        MediaTokenRecord(
            token_hash=_hash(token),
            call_id=call_id,
            call_sid=call_sid,
            speaker=speaker,
            expires_at=now + VALID_FOR,
        )
    )
    return token


def use(work: Work, *, token: str, call_sid: str, now: datetime) -> Pass | None:
    """Use up the token and return what it stands for; None when wrong, used, too old or another leg's."""
    row = work.session.execute(
        update(MediaTokenRecord)
        .where(
            MediaTokenRecord.token_hash == _hash(token),
            MediaTokenRecord.call_sid == call_sid,
            MediaTokenRecord.used_at.is_(None),
            MediaTokenRecord.expires_at > now,
        )
        .values(used_at=now)
        .returning(MediaTokenRecord.call_id, MediaTokenRecord.speaker)
    ).one_or_none()
    return row and Pass(call_id=row.call_id, call_sid=call_sid, speaker=Part(row.speaker))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
