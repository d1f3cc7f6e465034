"""What a process keeps of the city's rules between actions, under the stamp that the database renews itself.

The stamp is read once a transaction: an action goes by the rules of the moment at which it first asked for
them. Whatever the transaction itself changes, or takes back, makes it ask anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import ORMExecuteState, Session

from core.db import Work

T = TypeVar("T")

_STAMP = "stamp of the rules"
_MOST = 2048
_kept: dict[tuple[UUID, object], Any] = {}
# Rows of these tables renew the stamp (migrations 0007 and 0014); rules.py names their classes.
WATCHED: set[type] = set()


def kept(work: Work, name: object, read: Callable[[], T]) -> T:
    """Return what `read` returned when the rules were last changed. Treat it as frozen: others hold it too."""
    _write_first(work.session)
    key = (_stamp(work.session), name)
    value: T | None = _kept.get(key)  # asked once: another thread may clear it all in between
    if value is None:
        with work.session.no_autoflush:  # what an action has done so far is written once, at its end
            value = read()
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[key] = value
    return value


def _write_first(session: Session) -> None:
    """Write changed rules that still wait, as any other question of the session would."""
    if any(type(one) in WATCHED for one in (*session.new, *session.dirty, *session.deleted)):
        session.flush()


def _stamp(session: Session) -> UUID:
    if _STAMP not in session.info:
        # Not by the session itself, which would first write whatever waits.
        found = session.connection().execute(text("SELECT stamp FROM calendar_stamp")).scalar_one()
        session.info[_STAMP] = found
    stamp: UUID = session.info[_STAMP]
    return stamp


@event.listens_for(Session, "do_orm_execute")
def _written(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info.pop(_STAMP, None)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: object) -> None:
    if _STAMP in session.info and any(
        type(one) in WATCHED for one in (*session.new, *session.dirty, *session.deleted)
    ):
        session.info.pop(_STAMP)


@event.listens_for(Session, "after_soft_rollback")
def _taken_back(session: Session, _transaction: object) -> None:
    session.info.pop(_STAMP, None)
