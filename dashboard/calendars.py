"""The JSON API of calendars: years and days, a unit's own hours, and one deadline explained."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint

from core.actor import Role
from core.clock import now
from core.db import Work, database
from core.errors import BadInput
from dashboard import calendars_shapes as shapes
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dashboard.refusals import sentence_of
from dashboard.words import Language, language
from dispatch import calendars as keeping
from dispatch.deadlines import Limit, LimitUnit

calendars = guard(Blueprint("calendars", __name__, url_prefix="/api/calendars"), Role.ADMINISTRATOR)

# A limit of years would be answered with a list of thousands of days.
_LONGEST_WORKING_DAYS = 1000


@calendars.get("")
@api.validate(resp=answers(shapes.CalendarYears), tags=["calendars"])
def years() -> shapes.CalendarYears:
    """The years around this one, with where each one's holidays come from; and which are missing."""
    with database().begin() as work:
        return _years(work)


@calendars.get("/years/<int:year>")
@api.validate(resp=answers(shapes.CalendarDays), tags=["calendars"])
def days(year: int) -> shapes.CalendarDays:
    """The days of a year that are not like their weekday."""
    with database().begin() as work:
        return _days(work, year)


@calendars.post("/years/<int:year>/preview")
@api.validate(json=shapes.CalendarFile, resp=answers(shapes.CalendarPreview), tags=["calendars"])
def preview(year: int, json: shapes.CalendarFile) -> shapes.CalendarPreview:
    """Say what is wrong with a file, or how many open deadlines would move; nothing is changed."""
    with database().begin() as work:
        tried = keeping.preview_year(work, year, json.content, actor=actor(), now=now())
    faults = [
        shapes.FileFault(row=one.row, column=one.column, reason=sentence_of(BadInput(one.reason)))
        for one in tried.faults
    ]
    return shapes.CalendarPreview(
        faults=faults, days=tried.days, looked_at=tried.looked_at, would_move=tried.would_move, more=tried.more
    )


@calendars.put("/years/<int:year>")
@api.validate(json=shapes.CalendarFile, resp=answers(shapes.CalendarDays), tags=["calendars"])
def load(year: int, json: shapes.CalendarFile) -> shapes.CalendarDays:
    """Make a file the whole calendar of a year; 422 with every bad row when it cannot be."""
    with database().begin() as work:
        keeping.load_year(work, year, json.content, actor=actor(), now=now())
        return _days(work, year)


@calendars.delete("/years/<int:year>")
@api.validate(resp=answers(shapes.CalendarYears), tags=["calendars"])
def drop(year: int) -> shapes.CalendarYears:
    """Take back a loaded year."""
    with database().begin() as work:
        keeping.drop_year(work, year, actor=actor(), now=now())
        return _years(work)


@calendars.put("/days/<on>")
@api.validate(json=shapes.DayBody, resp=answers(shapes.CalendarDays), tags=["calendars"])
def set_day(on: str, json: shapes.DayBody) -> shapes.CalendarDays:
    """Say of one day whether it works, and in which hours."""
    day = keeping.DayRow(on=_date(on), name=json.name, works=json.works, spans=keeping.read_spans(json.spans))
    with database().begin() as work:
        keeping.set_day(work, day, actor=actor(), now=now())
        return _days(work, day.on.year)


@calendars.delete("/days/<on>")
@api.validate(resp=answers(shapes.CalendarDays), tags=["calendars"])
def unset_day(on: str) -> shapes.CalendarDays:
    """Take back what an administrator has said of one day."""
    with database().begin() as work:
        keeping.unset_day(work, _date(on), actor=actor(), now=now())
        return _days(work, _date(on).year)


@calendars.get("/hours")
@api.validate(query=shapes.HoursQuery, resp=answers(shapes.ServiceHours), tags=["calendars"])
def hours(query: shapes.HoursQuery) -> shapes.ServiceHours:
    """The week of a service, at a unit where it has its own."""
    with database().begin() as work:
        return shapes.ServiceHours.model_validate(keeping.hours(work, query.service, query.unit_code))


@calendars.put("/hours")
@api.validate(json=shapes.HoursBody, resp=answers(shapes.ServiceHours), tags=["calendars"])
def set_hours(json: shapes.HoursBody) -> shapes.ServiceHours:
    """Give a unit its own week; it replaces the one that it had."""
    week = {one.weekday: keeping.read_spans(one.spans) for one in json.week}
    if len(week) < len(json.week):
        raise BadInput("同一个星期几写了两次")
    with database().begin() as work:
        keeping.set_unit_hours(work, json.service, json.unit_code, week, actor=actor(), now=now())
        return shapes.ServiceHours.model_validate(keeping.hours(work, json.service, json.unit_code))


@calendars.delete("/hours")
@api.validate(query=shapes.HoursQuery, resp=answers(shapes.ServiceHours), tags=["calendars"])
def clear_hours(query: shapes.HoursQuery) -> shapes.ServiceHours:
    """Let a unit follow the service's hours again."""
    with database().begin() as work:
        keeping.clear_unit_hours(work, query.service, query.unit_code or "", actor=actor(), now=now())
        return shapes.ServiceHours.model_validate(keeping.hours(work, query.service, query.unit_code))


@calendars.get("/changes")
@api.validate(query=shapes.ChangesQuery, resp=answers(shapes.CalendarChanges), tags=["calendars"])
def changes(query: shapes.ChangesQuery) -> shapes.CalendarChanges:
    """Who changed what, newest first, and how far open deadlines have followed."""
    with database().begin() as work:
        found = keeping.changes(work, before=query.before)
    return shapes.CalendarChanges.model_validate({"items": found})


@calendars.get("/deadline")
@api.validate(query=shapes.DeadlineQuery, resp=answers(shapes.ExplainedDeadline), tags=["calendars"])
def deadline(query: shapes.DeadlineQuery) -> shapes.ExplainedDeadline:
    """When a limit would end, and by which hours."""
    limit = Limit(quantity=query.quantity, unit=LimitUnit(query.unit))
    if limit.unit is LimitUnit.WORKING_DAYS and limit.quantity > _LONGEST_WORKING_DAYS:
        raise BadInput("最长可算 1000 个工作日")
    with database().begin() as work:
        due = keeping.explain(work, query.starts, limit, unit=query.unit_code, service=query.service)
    return shapes.ExplainedDeadline(
        at=due.at,
        limit=limit.words(),
        segments=[shapes.CountedTime(starts=one.starts, ends=one.ends) for one in due.segments],
        warnings=[_warning(year) for year in due.unknown_years],
    )


def _years(work: Work) -> shapes.CalendarYears:
    at = now()
    return shapes.CalendarYears.model_validate(
        {
            "years": keeping.years(work, now=at),
            "warnings": [_warning(year).model_dump() for year in keeping.unknown_ahead(work, now=at)],
            "recomputing": len(keeping.still_due(work, at + timedelta(seconds=1))),
        }
    )


def _days(work: Work, year: int) -> shapes.CalendarDays:
    return shapes.CalendarDays.model_validate({"year": year, "days": keeping.days(work, year)})


def _warning(year: int) -> shapes.CalendarWarning:
    chinese = f"{year} 年的节假日安排尚未载入，期限暂按周一至周五计算"
    english = f"The holidays of {year} are not loaded; deadlines count Monday to Friday for now"
    return shapes.CalendarWarning(year=year, message=chinese if language() is Language.ZH else english)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("日期应写作 2027-01-01，且是有的日子") from error
