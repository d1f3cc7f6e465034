"""The database: one engine, one way to open a transaction, the only commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import DateTime, Dialect, MetaData, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator

from core.errors import Stale, Unavailable
from core.events import Bus, Event

_CHANGED = "刚刚有人修改了它，请看最新内容后再操作"


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """A timestamptz column that refuses naive times and gives back aware UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant must carry a time zone")
        return value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class Work:
    """One open transaction: its session, and what will be announced once it is committed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.announced: list[Event] = []

    def announce(self, event: Event) -> None:
        """Publish `event` after the commit; never, if the transaction fails."""
        self.announced.append(event)


class Database:
    """The city's PostgreSQL."""

    def __init__(self, url: str, bus: Bus, *, pool_size: int = 8, application: str = "hotline") -> None:
        # pre_ping: a connection that died with its server is replaced, not handed out.
        self.engine = create_engine(
            _psycopg_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # a logged error must not carry what somebody said
            pool_recycle=1800,
            connect_args={"application_name": application, "connect_timeout": 5},
        )
        self._bus = bus

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Open a transaction; commit at the end, then announce; roll back on any error.

        Raises Stale when another transaction changed the same row meanwhile, or when two waited for each other;
        Unavailable when the connection is lost.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            work = Work(session)
            try:
                yield work
                session.commit()
            except StaleDataError as error:
                session.rollback()
                raise Stale(_CHANGED) from error
            except DBAPIError as error:
                session.rollback()
                if isinstance(error.orig, DeadlockDetected | SerializationFailure):
                    raise Stale(_CHANGED) from error
                if error.connection_invalidated:
                    raise Unavailable("数据库") from error
                raise
        self._bus.publish(work.announced)

    def dispose(self) -> None:
        """Close every connection; call before a fork and at the end of a process."""
        self.engine.dispose()


def database() -> Database:
    """Return the database of the running application."""
    found: Database = current_app.extensions["database"]
    return found


def _psycopg_url(url: str) -> str:
    """Accept the plain `postgresql://` form that people know; the driver is always psycopg 3."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url
