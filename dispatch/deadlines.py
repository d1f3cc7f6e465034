"""Working time: when a limit ends, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import chinese_calendar

_CHINA = ZoneInfo("Asia/Shanghai")
_MONDAY = 1
# The library raises for other years: each year is announced by the State Council the autumn before.
_LIBRARY_YEARS = frozenset(range(2004, 2027))
_LONGEST_SEARCH = timedelta(days=4000)


class LimitUnit(StrEnum):
    """In what a limit is measured."""

    NATURAL_MINUTES = "natural_minutes"
    WORKING_MINUTES = "working_minutes"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A time limit as the pack gives it."""

    quantity: int
    unit: LimitUnit

    def words(self) -> str:
        """Return the limit as people write it: 5 个工作日, 24 小时, 4 个工作小时."""
        if self.unit is LimitUnit.WORKING_DAYS:
            return f"{self.quantity} 个工作日"
        working = self.unit is LimitUnit.WORKING_MINUTES
        if self.quantity and self.quantity % 60 == 0:
            hours = self.quantity // 60
            return f"{hours} 个工作小时" if working else f"{hours} 小时"
        return f"{self.quantity} 个工作分钟" if working else f"{self.quantity} 分钟"


@dataclass(frozen=True, kw_only=True)
class Span:
    """Part of a day when the offices are open, in minutes since midnight; `closes` may be 1440."""

    opens: int
    closes: int


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """When the city's offices work.

    hours: spans of each weekday (1 = Monday), in order; two spans make a lunch break, none a closed day.
    days: what the city's own calendar says of single dates; it overrides the library.
    """

    hours: Mapping[int, tuple[Span, ...]]
    days: Mapping[date, bool] = field(default_factory=dict)
    zone: ZoneInfo = _CHINA

    def knows(self, year: int) -> bool:
        """Say whether the holidays of `year` are known, from the library or the city's calendar."""
        return year in _LIBRARY_YEARS or any(day.year == year for day in self.days)

    def works_on(self, day: date) -> bool:
        """Say whether offices work on `day`; by the weekday alone when the year is unknown."""
        if day in self.days:
            return self.days[day]
        # The library keeps one five-day week for the country; a city that also opens on Saturdays has hours
        # for Saturday, and they count unless the Saturday is a public holiday.
        if day.year in _LIBRARY_YEARS:
            holiday, name = chinese_calendar.get_holiday_detail(day)
            if name is not None:
                return not holiday
        return bool(self.hours.get(day.isoweekday()))

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the open spans of `day`; a make-up day (调休) has the hours of a Monday."""
        if not self.works_on(day):
            return ()
        return self.hours.get(day.isoweekday()) or self.hours.get(_MONDAY, ())

    def at(self, day: date, minute: int) -> datetime:
        """Return the instant `minute` minutes after the city's midnight of `day`."""
        # Chinese time has no summer time, so wall minutes are real minutes.
        return datetime.combine(day, time(), tzinfo=self.zone) + timedelta(minutes=minute)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of time that counted towards a deadline."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline that explains itself.

    segments: the counted time, in order. For working days they are the whole days counted.
    unknown_years: years on the way whose holidays nobody has loaded; there only weekdays were
    counted, and whoever shows the deadline must say so.
    """

    at: datetime
    limit: Limit
    segments: tuple[Segment, ...]
    unknown_years: tuple[int, ...] = ()


def deadline(started: datetime, limit: Limit, calendar: WorkCalendar) -> Due:
    """Return when `limit`, running from `started`, ends.

    Working days: the day of receipt, as the city's clocks showed it, is not counted; due at the close of
    the last day. Working minutes: counted only while the offices are open; a zero limit is due at once.
    started: aware, any zone. Raises ValueError for a naive time or a calendar without any working time.
    Source: city/README.md, "Time limits".
    """
    if started.tzinfo is None:
        raise ValueError("started must carry a time zone")
    if limit.unit is LimitUnit.NATURAL_MINUTES or limit.quantity == 0:
        ends = started + timedelta(minutes=limit.quantity)
        return Due(at=ends, limit=limit, segments=(Segment(starts=started, ends=ends),))
    if limit.unit is LimitUnit.WORKING_DAYS:
        segments = _days(started, limit.quantity, calendar)
    else:
        segments = _minutes(started, limit.quantity, calendar)
    last = segments[-1].ends
    first_day, last_day = started.astimezone(calendar.zone).date(), last.astimezone(calendar.zone).date()
    unknown = [year for year in range(first_day.year, last_day.year + 1) if not calendar.knows(year)]
    return Due(at=last, limit=limit, segments=segments, unknown_years=tuple(unknown))


def _days(started: datetime, count: int, calendar: WorkCalendar) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    received_on = started.astimezone(calendar.zone).date()
    for day in _days_from(received_on + timedelta(days=1)):
        spans = calendar.spans(day)
        if spans:
            opens, closes = calendar.at(day, spans[0].opens), calendar.at(day, spans[-1].closes)
            segments.append(Segment(starts=opens, ends=closes))
        if len(segments) == count:
            break
    return tuple(segments)


def _minutes(started: datetime, count: int, calendar: WorkCalendar) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    left = timedelta(minutes=count)
    for day in _days_from(started.astimezone(calendar.zone).date()):
        for span in calendar.spans(day):
            opens, closes = max(started, calendar.at(day, span.opens)), calendar.at(day, span.closes)
            if opens >= closes:
                continue
            ends = min(closes, opens + left)
            segments.append(Segment(starts=opens, ends=ends))
            left -= ends - opens
            if not left:
                return tuple(segments)
    raise AssertionError("unreachable: _days_from raises first")


def _days_from(first: date) -> Iterator[date]:
    for offset in range(_LONGEST_SEARCH.days):
        yield first + timedelta(days=offset)
    raise ValueError("the calendar has no working time in ten years")
