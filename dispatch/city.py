"""Loading the city's files into the tables: rules are data, and each file is loaded once per version."""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete, select, text

from core.actor import SYSTEM
from core.clock import now
from core.db import Base, Work
from core.errors import BadInput, Refused
from dispatch import calendars, pack_shelf
from dispatch.deadlines import Span
from dispatch.duty_list import loads
from dispatch.matching import DutyRow
from dispatch.rules import (
    CITY,
    AreaRecord,
    CalendarDayRecord,
    CategoryRecord,
    CityFileRecord,
    CodeRecord,
    OpeningHoursRecord,
    UnitRecord,
)

log = logging.getLogger(__name__)

Row = dict[str, str]
T = TypeVar("T")
_FIRST_PACK = "default"  # in force from the first release until an administrator switches
_CALENDAR_FILES = {"calendar.csv", "hours.csv"}
_DUTIES = "duties.csv"
_places = count(1)  # a list keeps the order of its file
_LOADING_LOCK = 12_347  # two release steps at once: the second waits and finds everything loaded


class CityFileError(ValueError):
    """A file cannot be used; the message names the file, the line and what is wrong with it."""


def load_city(work: Work, folder: Path) -> list[str]:
    """Bring the tables in line with the files in `folder` and ../packs; return the files that changed.

    A file whose bytes are known is not read again, so loading twice changes nothing. A changed file
    replaces its table whole, or nothing: one bad line raises CityFileError. A changed pack is a new version
    beside the old one; which of them is in force stays the administrator's choice.
    """
    work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOADING_LOCK})
    known = set(work.session.scalars(select(CityFileRecord.name)))
    changed = [name for name in (*_FILES, _DUTIES) if _load_file(work, folder / name)]
    if hours := known.intersection(changed, _CALENDAR_FILES):
        calendars.files_changed(work, hours, now=now())
    changed += [path.name for path in sorted((folder.parent / "packs").glob("*.json")) if _load_pack(work, path)]
    pack_shelf.activate_first(work, _FIRST_PACK, now=now())
    log.info("city.loaded", extra={"changed": changed})
    return changed


def _load_file(work: Work, path: Path) -> bool:
    content = path.read_bytes()
    if not _is_new(work, path.name, content):
        return False
    if path.name == _DUTIES:
        return _load_duties(work, content)
    table, build = _FILES[path.name]
    rows = [_built(path.name, line, row, build) for line, row in _lines(content)]
    # Days and hours that an administrator has set stay: they are not the file's.
    of_the_file = [table.source == CITY] if table in (CalendarDayRecord, OpeningHoursRecord) else []
    work.session.execute(delete(table).where(*of_the_file))
    work.session.add_all(rows)
    work.session.flush()
    return True


def _load_duties(work: Work, content: bytes) -> bool:
    """Take the list over line by line, so that its history says what changed; left alone once people keep it."""
    lines = [_built(_DUTIES, line, row, _duty) for line, row in _lines(content)]
    return loads.load_city_file(work, lines, now=now())


def _load_pack(work: Work, path: Path) -> bool:
    content = path.read_bytes()
    if not _is_new(work, path.name, content):
        return False
    try:
        pack_shelf.load(work, content.decode("utf-8"), actor=SYSTEM, now=now())
    except (UnicodeDecodeError, Refused, BadInput) as error:
        raise CityFileError(f"{path.name}: {error}") from error
    return True


def _is_new(work: Work, name: str, content: bytes) -> bool:
    """Write down the version of a file; say whether the tables hold another one."""
    digest = hashlib.sha256(content).hexdigest()
    known = work.session.get(CityFileRecord, name)
    if known is not None and known.sha256 == digest:
        return False
    work.session.merge(CityFileRecord(name=name, sha256=digest, loaded_at=now()))
    return True


def _lines(content: bytes) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(content.decode("utf-8-sig").splitlines())
    for row in reader:
        yield reader.line_num, {key: (value or "").strip() for key, value in row.items()}


def _built(name: str, line: int, row: Row, build: Callable[[Row], T]) -> T:
    try:
        return build(row)
    except (KeyError, ValueError) as error:
        raise CityFileError(f"{name}, line {line}: {error!r}") from error


def _area(row: Row) -> AreaRecord:
    return AreaRecord(code=row["code"], name=row["name"], level=row["level"], parent=row["parent"] or None)


def _unit(row: Row) -> UnitRecord:
    return UnitRecord(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        parent=row["parent"] or None,
        area=row["area"],
    )


def _category(row: Row) -> CategoryRecord:
    return CategoryRecord(code=row["code"], name=row["name"], parent=row["parent"] or None)


def _duty(row: Row) -> DutyRow:
    return DutyRow(
        duty_no=row["duty_no"],
        category=row["category"],
        area=row["area"],
        level=row["level"],
        lead=row["lead"],
        helpers=tuple(helper for helper in row["helpers"].split("|") if helper),
        fallback=row["fallback"] or None,
        legal_basis=row["legal_basis"],
        department_only=_flag(row["department_only"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        owner=row.get("owner", ""),
        note=row["note"],
    )


def _calendar_day(row: Row) -> CalendarDayRecord:
    works, spans = _flag(row["works"]), [_span(cell) for cell in row.get("spans", "").split("|") if cell]
    if spans and not works:
        raise ValueError("a day off has no hours")
    return CalendarDayRecord(
        source=CITY,
        on=date.fromisoformat(row["date"]),
        name=row["name"],
        works=works,
        spans=[[span.opens, span.closes] for span in spans],
    )


def _code(row: Row) -> CodeRecord:
    if not row["code"] or not row["zh"]:
        raise ValueError("a code without itself or its name")
    names = {name: row[name] for name in ("code", "zh", "en", "basis")}
    return CodeRecord(list_name=row["list"], place=next(_places), **names)


def _opening(row: Row) -> OpeningHoursRecord:
    span, weekday = _span(f"{row['opens']}-{row['closes']}"), int(row["weekday"])
    if not 1 <= weekday <= 7:
        raise ValueError(f"{weekday} is no weekday")
    return OpeningHoursRecord(
        source=CITY,
        service=row["service"],
        unit=row.get("unit", ""),
        weekday=weekday,
        opens=span.opens,
        closes=span.closes,
    )


def _span(cell: str) -> Span:
    opens, closes = cell.split("-")
    return Span(opens=_minutes(opens), closes=_minutes(closes))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _flag(cell: str) -> bool:
    if cell not in {"0", "1"}:
        raise ValueError(f"{cell!r} is neither 0 nor 1")
    return cell == "1"


_FILES: dict[str, tuple[type[Base], Callable[[Row], Base]]] = {
    "areas.csv": (AreaRecord, _area),
    "units.csv": (UnitRecord, _unit),
    "categories.csv": (CategoryRecord, _category),
    "calendar.csv": (CalendarDayRecord, _calendar_day),
    "hours.csv": (OpeningHoursRecord, _opening),
    "codes.csv": (CodeRecord, _code),
}
