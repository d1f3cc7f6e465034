"""Loading the city's files into the tables: rules are data, and each file is loaded once per version."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import delete, select, text, update

from core.clock import now
from core.db import Base, Work
from dispatch.packs import read_pack
from dispatch.rules import (
    AreaRecord,
    CalendarDayRecord,
    CategoryRecord,
    CityFileRecord,
    DutyRecord,
    OpeningHoursRecord,
    PackRecord,
    UnitRecord,
)

log = logging.getLogger(__name__)

Row = dict[str, str]
_LOADING_LOCK = 12_347  # two release steps at once: the second waits and finds everything loaded


class CityFileError(ValueError):
    """A file cannot be used; the message names the file, the line and what is wrong with it."""


def load_city(work: Work, folder: Path) -> list[str]:
    """Bring the tables in line with the files in `folder` and ../packs; return the files that changed.

    A file whose bytes are known is not read again, so loading twice changes nothing. A changed file
    replaces its table whole, or nothing: one bad line raises CityFileError.
    """
    work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOADING_LOCK})
    changed = [name for name in _FILES if _load_file(work, folder / name)]
    pack = folder.parent / "packs" / "default.json"
    if _load_pack(work, pack):
        changed.append(pack.name)
    log.info("city.loaded", extra={"changed": changed})
    return changed


def _load_file(work: Work, path: Path) -> bool:
    content = path.read_bytes()
    if not _is_new(work, path.name, content):
        return False
    table, build = _FILES[path.name]
    rows = [_built(path.name, line, row, build) for line, row in _lines(content)]
    work.session.execute(delete(table))
    work.session.add_all(rows)
    work.session.flush()
    return True


def _load_pack(work: Work, path: Path) -> bool:
    content = path.read_bytes()
    if not _is_new(work, path.name, content):
        return False
    body = json.loads(content)
    pack = read_pack(body)
    digest = hashlib.sha256(content).hexdigest()
    work.session.execute(update(PackRecord).values(active=False))
    known = select(PackRecord).where(PackRecord.name == pack.name, PackRecord.sha256 == digest)
    record = work.session.scalar(known)
    if record is None:
        work.session.add(PackRecord(name=pack.name, sha256=digest, body=body, active=True))
    else:
        record.active = True
    work.session.flush()
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


def _built(name: str, line: int, row: Row, build: Callable[[Row], Base]) -> Base:
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


def _duty(row: Row) -> DutyRecord:
    return DutyRecord(
        duty_no=row["duty_no"],
        category=row["category"],
        area=row["area"],
        level=row["level"],
        lead=row["lead"],
        helpers=[helper for helper in row["helpers"].split("|") if helper],
        fallback=row["fallback"] or None,
        legal_basis=row["legal_basis"],
        department_only=_flag(row["department_only"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        note=row["note"],
    )


def _calendar_day(row: Row) -> CalendarDayRecord:
    return CalendarDayRecord(on=date.fromisoformat(row["date"]), name=row["name"], works=_flag(row["works"]))


def _opening(row: Row) -> OpeningHoursRecord:
    opens, closes = _minutes(row["opens"]), _minutes(row["closes"])
    if opens >= closes:
        raise ValueError(f"closes at {row['closes']} before it opens")
    return OpeningHoursRecord(service=row["service"], weekday=int(row["weekday"]), opens=opens, closes=closes)


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
    "duties.csv": (DutyRecord, _duty),
    "calendar.csv": (CalendarDayRecord, _calendar_day),
    "hours.csv": (OpeningHoursRecord, _opening),
}
