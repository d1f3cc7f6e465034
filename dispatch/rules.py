"""The city's data as tables, and as the plain values that the pure rules take."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant, Work
from core.errors import Refused
from dispatch.deadlines import Span, WorkCalendar
from dispatch.packs import Pack, read_pack
from dispatch.routing import DutyRow, UnitRow


class CityFileRecord(Base):
    """Which version of a city file stands in the tables."""

    __tablename__ = "city_file"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime] = mapped_column(Instant)


class AreaRecord(Base):
    """An area: city, district, street, community."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    parent: Mapped[str | None] = mapped_column(String(16))


class UnitRecord(Base):
    """A unit that can hold work orders, or contains such units."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    short_name: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    parent: Mapped[str | None] = mapped_column(String(32))
    area: Mapped[str] = mapped_column(String(16))


class CategoryRecord(Base):
    """A class of matter; the code's prefixes are its parents."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    parent: Mapped[str | None] = mapped_column(String(16))


class DutyRecord(Base):
    """A line of the responsibility list."""

    __tablename__ = "duty"

    duty_no: Mapped[str] = mapped_column(String(32), primary_key=True)
    category: Mapped[str] = mapped_column(String(16), index=True)
    area: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    lead: Mapped[str] = mapped_column(String(64))
    helpers: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    fallback: Mapped[str | None] = mapped_column(String(32))
    legal_basis: Mapped[str] = mapped_column(Text)
    department_only: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)


class CalendarDayRecord(Base):
    """A day that is not like its weekday."""

    __tablename__ = "calendar_day"

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    works: Mapped[bool] = mapped_column(Boolean)


class OpeningHoursRecord(Base):
    """One open span of a service on a weekday, in minutes since midnight."""

    __tablename__ = "opening_hours"

    service: Mapped[str] = mapped_column(String(32), primary_key=True)
    weekday: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 = Monday
    opens: Mapped[int] = mapped_column(Integer, primary_key=True)
    closes: Mapped[int] = mapped_column(Integer)


class PackRecord(Base):
    """A pack of limits as it was loaded; older ones stay for the cases opened under them."""

    __tablename__ = "limit_pack"
    __table_args__ = (UniqueConstraint("name", "sha256", name="uq_limit_pack_name_sha256"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(Boolean)


def units(work: Work) -> dict[str, UnitRow]:
    """Return all units by code."""
    return {
        unit.code: UnitRow(code=unit.code, name=unit.name, kind=unit.kind, parent=unit.parent, area=unit.area)
        for unit in work.session.scalars(select(UnitRecord))
    }


def parents(work: Work) -> dict[str, str | None]:
    """Return unit -> the unit above it."""
    return {code: parent for code, parent in work.session.execute(select(UnitRecord.code, UnitRecord.parent))}


def duties(work: Work, categories: list[str]) -> list[DutyRow]:
    """Return the lines that could be about any of `categories`: those of the same top class."""
    tops = {code[:2] for code in categories}
    if not tops:
        return []
    rows = select(DutyRecord).where(func.left(DutyRecord.category, 2).in_(tops))
    return [
        DutyRow(
            duty_no=row.duty_no,
            category=row.category,
            area=row.area,
            level=row.level,
            lead=row.lead,
            helpers=tuple(row.helpers),
            fallback=row.fallback,
            legal_basis=row.legal_basis,
            department_only=row.department_only,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in work.session.scalars(rows)
    ]


def calendar(work: Work, service: str) -> WorkCalendar:
    """Return when `service` is open."""
    hours: dict[int, tuple[Span, ...]] = {}
    spans = select(OpeningHoursRecord).where(OpeningHoursRecord.service == service)
    for row in work.session.scalars(spans.order_by(OpeningHoursRecord.weekday, OpeningHoursRecord.opens)):
        hours[row.weekday] = (*hours.get(row.weekday, ()), Span(opens=row.opens, closes=row.closes))
    days = {row.on: row.works for row in work.session.scalars(select(CalendarDayRecord))}
    return WorkCalendar(hours=hours, days=days)


def pack(work: Work, pack_id: int | None = None) -> tuple[int, Pack]:
    """Return the pack of that id, or the active one. Raises Refused when no pack has been loaded."""
    wanted = PackRecord.id == pack_id if pack_id is not None else PackRecord.active
    found = work.session.scalar(select(PackRecord).where(wanted).order_by(PackRecord.id.desc()).limit(1))
    if found is None:
        raise Refused("还没有载入时限规则包，请管理员先载入")
    return found.id, read_pack(found.body)
