"""Keys that keep a request from counting twice: claimed before the action, answered after it.

A claim is an insert that only one request wins. Marking the action as done is part of the action's own
transaction (`mark_acted`), so that even a process that dies before it answers leaves the truth behind: acted, or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import BigInteger, Boolean, CursorResult, Integer, String, Text, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, Instant, Work
from core.errors import BadInput, Refused, Stale
from core.sealed import Sealed

KEPT: Final = timedelta(hours=24)
# A request that has not answered for so long has died with its process.
LEASE: Final = timedelta(seconds=60)


class StillRunning(Refused):
    """The first request with this key has not been answered yet."""

    code = "in_progress"


class AlreadyDone(Refused):
    """The first request acted, and its answer was lost with its process."""

    code = "already_done"


class RequestKeyRecord(Base):
    """One key of one person for one address, and what was answered."""

    __tablename__ = "idempotency_key"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    route: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(200))
    body_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime] = mapped_column(Instant)
    claim: Mapped[int] = mapped_column(Integer)  # the fencing token: only the newest claim may act
    acted: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[int | None] = mapped_column(Integer)
    content_type: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Sealed)  # an answer may hold what was revealed of a person


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as far as it makes it the same request."""

    person_id: int
    route: str
    key: str
    body_sha256: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """A claim: the holder may act."""

    key_id: int
    claim: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered the first time."""

    status: int
    content_type: str
    body: bytes


def claim(work: Work, asked: Asked, now: datetime) -> Held | Answer:
    """Return the right to act, or the answer that was given before.

    Raises BadInput for another body under the same key, StillRunning, AlreadyDone.
    """
    fresh = {"at": now, "claimed_until": now + LEASE, "claim": 1, "acted": False, "body_sha256": asked.body_sha256}
    row = {"person_id": asked.person_id, "route": asked.route, "key": asked.key} | fresh
    made = insert(RequestKeyRecord).values(row).on_conflict_do_nothing().returning(RequestKeyRecord.id)
    key_id = work.session.scalar(made)
    if key_id is not None:
        return Held(key_id=key_id, claim=1)
    return _known(work, asked, now)


def mark_acted(session: Session, held: Held) -> None:
    """Note, in the transaction that is about to commit, that it acts under `held`; nothing if it changed nothing.

    Raises Stale when another try has taken over: then this one must not act.
    """
    session.flush()
    # A transaction that has only read has no number yet.
    if not session.scalar(select(func.pg_current_xact_id_if_assigned().is_not(None))):
        return
    own = update(RequestKeyRecord).where(RequestKeyRecord.id == held.key_id, RequestKeyRecord.claim == held.claim)
    marked = session.execute(own.values(acted=True).execution_options(synchronize_session=False))
    if cast(CursorResult[Any], marked).rowcount != 1:
        raise Stale("同一个请求的另一次重试已经接手")


def answered(work: Work, held: Held, answer: Answer, now: datetime) -> None:
    """Keep the answer. A failure of ours (5xx) that changed nothing frees the key instead."""
    own = (RequestKeyRecord.id == held.key_id, RequestKeyRecord.claim == held.claim)
    if answer.status < 500:
        kept = {"status": answer.status, "content_type": answer.content_type, "answer": answer.body.decode("latin-1")}
        work.session.execute(update(RequestKeyRecord).where(*own).values(kept))
        return
    work.session.execute(delete(RequestKeyRecord).where(*own, RequestKeyRecord.acted.is_(False)))
    work.session.execute(update(RequestKeyRecord).where(*own).values(claimed_until=now))


def forget_old(work: Work, now: datetime, *, most: int = 5000) -> int:
    """Remove at most `most` keys that are older than KEPT; return how many rows went."""
    old = select(RequestKeyRecord.id).where(RequestKeyRecord.at < now - KEPT).limit(most)
    gone = work.session.execute(delete(RequestKeyRecord).where(RequestKeyRecord.id.in_(old)))
    return cast(CursorResult[Any], gone).rowcount


def _known(work: Work, asked: Asked, now: datetime) -> Held | Answer:
    """Return what a key that exists already stands for."""
    row = work.session.scalar(
        select(RequestKeyRecord)
        .where(
            RequestKeyRecord.person_id == asked.person_id,
            RequestKeyRecord.route == asked.route,
            RequestKeyRecord.key == asked.key,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:  # freed this very moment
        raise StillRunning("这个请求正在办理，请稍后再试")
    if row.body_sha256 != asked.body_sha256:
        raise BadInput("这个 Idempotency-Key 已用于内容不同的请求")
    if row.status is not None:
        body = (row.answer or "").encode("latin-1")
        return Answer(status=row.status, content_type=row.content_type or "application/json", body=body)
    if row.claimed_until > now:
        raise StillRunning("这个请求正在办理，请稍后再试")
    if row.acted:
        raise AlreadyDone("这个请求已经办理，但答复没有留下，请查看最新内容")
    row.claim, row.claimed_until = row.claim + 1, now + LEASE
    return Held(key_id=row.id, claim=row.claim)
