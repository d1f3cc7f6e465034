"""The record of tries at what is somebody else's: who, where, at which case, when. Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Actor
from core.db import Base, Instant, Work


class DeniedRecord(Base):
    """One request that was turned away."""

    __tablename__ = "denied"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[int] = mapped_column(BigInteger)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    route: Mapped[str] = mapped_column(String(128))  # the rule with its placeholders, never the address itself
    asked: Mapped[str] = mapped_column(String(64))  # name=value of the id that was tried
    case_no: Mapped[str | None] = mapped_column(String(32))  # the case it belongs to; None: there is none


def record_denied(
    work: Work, actor: Actor, *, route: str, asked: dict[str, str], case_no: str | None, at: datetime
) -> None:
    """Write down that `actor` was turned away; in a transaction of its own, the request's is rolled back."""
    if actor.person_id is None:
        return
    said = " ".join(f"{name}={value}" for name, value in asked.items())
    row = DeniedRecord(
        at=at,
        person_id=actor.person_id,
        unit_code=actor.unit_code,
        route=route[:128],
        asked=said[:64],
        case_no=case_no,
    )
    work.session.add(row)
