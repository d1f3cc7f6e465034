"""Staff accounts and the record of who looked at whose personal details."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import BigInteger, Boolean, String, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Actor, Role
from core.db import Base, Instant, Work

_hasher = PasswordHasher()
_SEARCH, _SEARCHED = "person_search", 32  # how a search for a person is written down, and how much of the mark


@cache
def _nobody() -> str:
    """A hash to verify when the name is unknown, so that a wrong name costs as long as a wrong password."""
    return _hasher.hash("nobody")


class PersonRecord(Base):
    """A member of staff who can sign in."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    unit_code: Mapped[str | None] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    def actor(self) -> Actor:
        """Return this person as somebody who acts."""
        roles = frozenset(Role(role) for role in self.roles)
        return Actor(person_id=self.id, name=self.name, roles=roles, unit_code=self.unit_code)


class DisclosureRecord(Base):
    """One view of a person's details: who looked, at what, for which purpose. Append-only."""

    __tablename__ = "disclosure"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    subject: Mapped[str] = mapped_column(String(16))  # "case" or "call"
    subject_id: Mapped[str] = mapped_column(String(64), index=True)
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    purpose: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`."""
    return _hasher.hash(password)


def opens(password_hash: str, password: str) -> bool:
    """Say whether `password` fits the hash."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def sign_in(work: Work, username: str, password: str) -> PersonRecord | None:
    """Return the active person of that name and password, or None; both failures cost the same."""
    person = work.session.scalar(select(PersonRecord).where(PersonRecord.username == username))
    known = person is not None and person.active
    fits = opens(person.password_hash if known and person else _nobody(), password)
    return person if known and fits else None


def find(work: Work, person_id: int) -> PersonRecord | None:
    """Return the active person with this id, or None."""
    person = work.session.get(PersonRecord, person_id)
    return person if person is not None and person.active else None


def ids_named(work: Work, prefix: str) -> set[int]:
    """Return the people whose user name begins with `prefix`."""
    named = PersonRecord.username.startswith(prefix, autoescape=True)
    return set(work.session.scalars(select(PersonRecord.id).where(named)))


def record_view(
    work: Work, actor: Actor, *, subject: str, subject_id: str, fields: list[str], purpose: str, at: datetime
) -> None:
    """Write down that `actor` opened a page that shows `fields`; of its repeats within an hour only the first.

    A page is fetched again and again while it is open. A field not seen before is written down at once.
    """
    key = f"{actor.person_id} {subject} {subject_id}"
    # Two keys: the first is this record's own, so that no other lock is ever waited for.
    work.session.execute(select(func.pg_advisory_xact_lock(12_347, func.hashtext(key))))
    seen = select(DisclosureRecord.id).where(
        DisclosureRecord.person_id == actor.person_id,
        DisclosureRecord.subject == subject,
        DisclosureRecord.subject_id == subject_id,
        DisclosureRecord.purpose == purpose,
        DisclosureRecord.fields.contains(fields),
        DisclosureRecord.at > at - timedelta(hours=1),
    )
    if work.session.scalar(seen.limit(1)) is None:
        record_disclosure(work, actor, subject=subject, subject_id=subject_id, fields=fields, purpose=purpose, at=at)


def record_search(work: Work, actor: Actor, phone_fingerprint: str, *, purpose: str, at: datetime) -> None:
    """Write down that `actor` looked for the person with this number."""
    subject_id = phone_fingerprint[:_SEARCHED]
    record_disclosure(work, actor, subject=_SEARCH, subject_id=subject_id, fields=["phone"], purpose=purpose, at=at)


def record_caller_seen(work: Work, actor: Actor, phone_fingerprint: str, *, purpose: str, at: datetime) -> None:
    """Write down that `actor`, on the line with them, was shown the person's earlier cases; once an hour."""
    subject_id = phone_fingerprint[:_SEARCHED]
    record_view(work, actor, subject=_SEARCH, subject_id=subject_id, fields=["phone"], purpose=purpose, at=at)


def has_searched(work: Work, actor: Actor, phone_fingerprint: str, *, within: timedelta) -> bool:
    """Say whether `actor` has looked for the person with this number lately, by the database's clock."""
    made = select(DisclosureRecord.id).where(
        DisclosureRecord.person_id == actor.person_id,
        DisclosureRecord.subject == _SEARCH,
        DisclosureRecord.subject_id == phone_fingerprint[:_SEARCHED],
        DisclosureRecord.at > func.now() - within,
    )
    return work.session.scalar(made.limit(1)) is not None


def record_disclosure(
    work: Work, actor: Actor, *, subject: str, subject_id: str, fields: list[str], purpose: str, at: datetime
) -> None:
    """Write down that `actor` saw `fields` of a person; commit it with the view itself."""
    work.session.add(
        DisclosureRecord(
            person_id=actor.person_id,
            subject=subject,
            subject_id=subject_id,
            fields=fields,
            purpose=purpose,
            at=at,
        )
    )
