"""The city's data as tables, and as the plain values that the pure rules take."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant, Work
from core.errors import Refused
from dispatch.deadlines import DayRule, Span, WorkCalendar
from dispatch.kept import WATCHED, kept
from dispatch.packs import Pack, read_pack
from dispatch.routing import DutyRow, UnitRow

CITY, ADMINISTRATOR = "city", "administrator"  # who says it: the city's files, or an administrator


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
    owner: Mapped[str] = mapped_column(String(64), default="", server_default="")  # who keeps the line
    note: Mapped[str] = mapped_column(Text)
    # Grows with every change of the line; dispatch/duty_list/ writes it together with the line's history.
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class CalendarDayRecord(Base):
    """A day that is not like its weekday; what an administrator says of it goes before the city's files."""

    __tablename__ = "calendar_day"

    source: Mapped[str] = mapped_column(String(16), primary_key=True, default=CITY)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    works: Mapped[bool] = mapped_column(Boolean)
    # Its own hours, [opens, closes] in minutes since midnight; empty: those of its weekday.
    spans: Mapped[list[list[int]]] = mapped_column(JSONB, default=list)


class CalendarYearRecord(Base):
    """A year of which an administrator has loaded the whole calendar; nothing else is asked about it."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    loaded_at: Mapped[datetime] = mapped_column(Instant)
    loaded_by: Mapped[str] = mapped_column(String(64))


class OpeningHoursRecord(Base):
    """One open span of a service on a weekday, in minutes since midnight; `unit` is empty for everybody's."""

    __tablename__ = "opening_hours"

    source: Mapped[str] = mapped_column(String(16), primary_key=True, default=CITY)
    service: Mapped[str] = mapped_column(String(32), primary_key=True)
    unit: Mapped[str] = mapped_column(String(32), primary_key=True, default="")
    weekday: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1 = Monday
    opens: Mapped[int] = mapped_column(Integer, primary_key=True)
    closes: Mapped[int] = mapped_column(Integer)


class CalendarStampRecord(Base):
    """Renewed by the database itself at every change of a calendar, of hours, of the units or the trees."""

    __tablename__ = "calendar_stamp"

    only: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    stamp: Mapped[UUID] = mapped_column(Uuid)


class CodeRecord(Base):
    """A row of a coded list (codes.csv): reasons, grounds, causes; `basis` is the rule behind it."""

    __tablename__ = "code"

    list_name: Mapped[str] = mapped_column(String(24), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(Integer)


class PackRecord(Base):
    """A pack of limits as it was loaded; older ones stay for the cases opened under them.

    Only `active` ever changes, and one row at most has it: the database refuses the rest.
    """

    __tablename__ = "limit_pack"
    __table_args__ = (
        UniqueConstraint("name", "version", name="uq_limit_pack_name_version"),
        Index("uq_limit_pack_active", "active", unique=True, postgresql_where=text("active")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(Boolean)
    loaded_at: Mapped[datetime] = mapped_column(Instant)


WATCHED.update({AreaRecord, UnitRecord, CategoryRecord, CalendarDayRecord, CalendarYearRecord, OpeningHoursRecord})
# (database, pack id) -> the pack as read. A loaded pack never changes, so every action after the first asks
# the database for the active id at most.
_READ: dict[tuple[str, int], Pack] = {}


def units(work: Work) -> dict[str, UnitRow]:
    """Return all units by code."""
    return kept(work, "units", lambda: _read_units(work))


def _read_units(work: Work) -> dict[str, UnitRow]:
    wanted = select(UnitRecord.code, UnitRecord.name, UnitRecord.kind, UnitRecord.parent, UnitRecord.area)
    return {
        code: UnitRow(code=code, name=name, kind=kind, parent=parent, area=area)
        for code, name, kind, parent, area in work.session.execute(wanted)
    }


def parents(work: Work) -> dict[str, str | None]:
    """Return unit -> the unit above it."""
    return kept(work, "parents", lambda: {code: unit.parent for code, unit in units(work).items()})


def category_names(work: Work) -> dict[str, str]:
    """Return the names of all classes by code."""
    wanted = select(CategoryRecord.code, CategoryRecord.name)
    return kept(work, "categories", lambda: {code: name for code, name in work.session.execute(wanted)})


def area_names(work: Work) -> dict[str, str]:
    """Return the names of all areas by code."""
    wanted = select(AreaRecord.code, AreaRecord.name)
    return kept(work, "areas", lambda: {code: name for code, name in work.session.execute(wanted)})


def duties(work: Work, categories: list[str]) -> list[DutyRow]:
    """Return the lines that could be about any of `categories`: those of the class itself or of one above it.

    Asked for every case, so it reads a handful of lines by the index, never the whole list.
    """
    prefixes = {code[:length] for code in categories for length in range(1, len(code) + 1)}
    if not prefixes:
        return []
    rows = select(DutyRecord).where(DutyRecord.category.in_(prefixes)).order_by(DutyRecord.duty_no)
    return [duty_row(row) for row in work.session.scalars(rows)]


def duty_row(row: DutyRecord) -> DutyRow:
    """Return a line as the pure rules take it."""
    return DutyRow(
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
        owner=row.owner,
        note=row.note,
    )


def calendar(work: Work, service: str, unit: str | None = None) -> WorkCalendar:
    """Return when `service` is open; at `unit`, where it keeps hours of its own; kept with the days worked out."""
    return kept(work, ("calendar", service, unit), lambda: _read_calendar(work, service, unit))


def _read_calendar(work: Work, service: str, unit: str | None) -> WorkCalendar:
    hours = _hours(work, service, unit or "")
    if unit is not None and not hours:
        return calendar(work, service)
    years = frozenset(work.session.scalars(select(CalendarYearRecord.year)))
    # A loaded year is whole: what the city's files once said of its days no longer counts.
    rows = sorted(work.session.scalars(select(CalendarDayRecord)), key=lambda row: row.source == ADMINISTRATOR)
    rows = [row for row in rows if row.source == ADMINISTRATOR or row.on.year not in years]
    return WorkCalendar(hours=hours, days={row.on: day_rule(row) for row in rows}, years=years)


def _hours(work: Work, service: str, unit: str) -> dict[int, tuple[Span, ...]]:
    """Return the spans of each weekday: the administrator's where there are any, else the city files'."""
    of_unit = (OpeningHoursRecord.service == service, OpeningHoursRecord.unit == unit)
    rows = list(work.session.scalars(select(OpeningHoursRecord).where(*of_unit).order_by(OpeningHoursRecord.opens)))
    own = [row for row in rows if row.source == ADMINISTRATOR] or rows
    hours: dict[int, tuple[Span, ...]] = {}
    for row in own:
        hours[row.weekday] = (*hours.get(row.weekday, ()), Span(opens=row.opens, closes=row.closes))
    return hours


def day_rule(row: CalendarDayRecord) -> DayRule:
    """Return what the row says of its day: closed, open as on its weekday, or spans of its own."""
    spans = tuple(Span(opens=opens, closes=closes) for opens, closes in row.spans)
    return spans if row.works and spans else row.works


def pack(work: Work, pack_id: int | None = None) -> tuple[int, Pack]:
    """Return the pack of that id, or the active one. Raises Refused when no pack has been loaded."""
    if pack_id is None:
        pack_id = work.session.scalar(select(PackRecord.id).where(PackRecord.active))
    if pack_id is None:
        raise Refused("还没有载入时限规则包，请管理员先载入")
    key = str(work.session.get_bind().engine.url), pack_id
    if key not in _READ:
        body = work.session.scalar(select(PackRecord.body).where(PackRecord.id == pack_id))
        if body is None:
            raise Refused("还没有载入时限规则包，请管理员先载入")
        _READ[key] = read_pack(body)
    return pack_id, _READ[key]


def codes(work: Work, list_name: str) -> dict[str, CodeRecord]:
    """Return a coded list of the city (原因代码), code -> row, in the order of the file."""
    wanted = select(CodeRecord).where(CodeRecord.list_name == list_name).order_by(CodeRecord.place)
    return {row.code: row for row in work.session.scalars(wanted)}
