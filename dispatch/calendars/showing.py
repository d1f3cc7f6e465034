"""What is known of each year, its odd days, a unit's hours, who changed what, and one deadline explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
from sqlalchemy import func, select

from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput
from dispatch import rules
from dispatch.calendars.changing import sensible
from dispatch.calendars.reading import write_spans
from dispatch.calendars.records import CalendarChangeRecord, CalendarRecomputeRecord
from dispatch.deadlines import Due, Limit, deadline, library_knows
from dispatch.records import CaseRecord
from dispatch.rules import ADMINISTRATOR, CalendarDayRecord, CalendarYearRecord, OpeningHoursRecord, UnitRecord
from dispatch.side_records import WakingRecord
from dispatch.stages import OPEN_STATES

# The State Council gives notice of the next year's holidays in October or November.
_NOTICE_MONTH = 11


def years(work: Work, *, now: datetime) -> list[dict[str, Any]]:
    """Return last year to the year after next, loaded years and those that open deadlines reach."""
    this = now.astimezone(CITY_ZONE).year
    loaded = {row.year: row for row in work.session.scalars(select(CalendarYearRecord))}
    shown = {*range(this - 1, this + 3), *range(this, _horizon(work, now) + 1), *loaded}
    return [_year(work, year, loaded.get(year)) for year in sorted(shown)]


def unknown_ahead(work: Work, *, now: datetime) -> list[int]:
    """Return the years without a calendar that open deadlines reach, or that begin soon."""
    local = now.astimezone(CITY_ZONE)
    last = max(_horizon(work, now), local.year + (local.month >= _NOTICE_MONTH))
    loaded = set(work.session.scalars(select(CalendarYearRecord.year)))
    return [year for year in range(local.year, last + 1) if year not in loaded and not library_knows(year)]


def days(work: Work, year: int) -> list[dict[str, Any]]:
    """Return the days of `year` that are not like their weekday, in order, each with who says so."""
    first, last = date(sensible(year), 1, 1), date(year, 12, 31)
    loaded = work.session.get(CalendarYearRecord, year) is not None
    found = {} if loaded else {on: day for on in _each(first, last) if (day := _of_library(on))}
    rows = work.session.scalars(select(CalendarDayRecord).where(CalendarDayRecord.on.between(first, last)))
    for row in sorted(rows, key=lambda one: one.source == ADMINISTRATOR):
        if row.source == ADMINISTRATOR or not loaded:
            found[row.on] = _day(row.on, row.name, row.works, source=row.source, spans=write_spans(row.spans))
    return [found[on] for on in sorted(found)]


def hours(work: Work, service: str, unit: str | None) -> dict[str, Any]:
    """Return the week of a service, at a unit where it has its own. Raises BadInput for an unknown one."""
    if not work.session.scalar(select(func.count()).where(OpeningHoursRecord.service == service)):
        raise BadInput("没有这项服务")
    _check_unit(work, unit)
    week = rules.calendar(work, service, unit).hours
    own = select(func.count()).where(OpeningHoursRecord.service == service, OpeningHoursRecord.unit == (unit or ""))
    return {
        "service": service,
        "unit_code": unit,
        "own": bool(unit and work.session.scalar(own)),
        "week": [
            {"weekday": day, "spans": write_spans([[one.opens, one.closes] for one in week.get(day, ())])}
            for day in range(1, 8)
        ],
    }


def changes(work: Work, *, before: int | None = None, at_most: int = 50) -> list[dict[str, Any]]:
    """Return who changed what, newest first, and how far the deadlines have followed; `before`: an earlier page."""
    rows = select(CalendarChangeRecord, CalendarRecomputeRecord).join(CalendarRecomputeRecord)
    if before is not None:
        rows = rows.where(CalendarChangeRecord.id < before)
    found = work.session.execute(rows.order_by(CalendarChangeRecord.id.desc()).limit(at_most))
    return [
        {
            "change_id": change.id,
            "at": change.at,
            "actor_name": change.actor_name,
            "kind": change.kind,
            "subject": change.subject,
            "before": _lines(change.before),
            "after": _lines(change.after),
            "visited": due.visited,
            "moved": due.moved,
            "done": due.done_at is not None,
        }
        for change, due in found
    ]


def explain(work: Work, started: datetime, limit: Limit, *, unit: str | None, service: str | None = None) -> Due:
    """Return the deadline of `limit` from `started`, in the working hours of the active pack or of `service`."""
    sensible(started.year)
    _check_unit(work, unit)
    calendar = rules.calendar(work, service or rules.pack(work)[1].working_hours, unit)
    if not any(calendar.hours.values()):
        raise BadInput("没有这项服务")
    return deadline(started, limit, calendar)


def _check_unit(work: Work, unit: str | None) -> None:
    if unit is not None and work.session.get(UnitRecord, unit) is None:
        raise BadInput("没有这个单位")


def _year(work: Work, year: int, loaded: CalendarYearRecord | None) -> dict[str, Any]:
    known = "loaded" if loaded else "library" if library_knows(year) else "unknown"
    own = select(func.count()).where(
        CalendarDayRecord.source == ADMINISTRATOR, func.extract("year", CalendarDayRecord.on) == year
    )
    return {
        "year": year,
        "source": known,
        "own_days": work.session.scalar(own),
        "loaded_at": loaded and loaded.loaded_at,
        "loaded_by": loaded and loaded.loaded_by,
    }


def _horizon(work: Work, now: datetime) -> int:
    """Return the last year that an open deadline reaches; this year when there is none."""
    still_open = CaseRecord.state.in_([state.value for state in OPEN_STATES])
    latest = [
        select(func.max(CaseRecord.clock_due_at)).where(still_open, CaseRecord.clock_stopped_at.is_(None)),
        select(func.max(WakingRecord.due_at)).where(WakingRecord.fired_at.is_(None)),
    ]
    reached = [at for one in latest if (at := work.session.scalar(one)) is not None]
    return max([now, *reached]).astimezone(CITY_ZONE).year


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _of_library(on: date) -> dict[str, Any] | None:
    if not library_knows(on.year):
        return None
    holiday, name = chinese_calendar.get_holiday_detail(on)
    if name is None:
        return None
    chinese = chinese_calendar.Holiday(name).chinese
    return _day(on, chinese if holiday else f"{chinese}调休上班", not holiday, source="library")


def _day(on: date, name: str, works: bool, *, source: str, spans: str = "") -> dict[str, Any]:
    return {"on": on, "name": name, "works": works, "spans": spans, "source": source}


def _lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what stood in the calendar as lines of the files: date,name,works,spans or weekday,span."""
    return [
        f"{row['on']},{row['name']},{int(row['works'])},{row['spans']}"
        if "on" in row
        else f"{row['weekday']},{row['span']}"
        for row in rows
    ]
