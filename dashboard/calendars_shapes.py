"""The shapes of the calendar API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from dashboard.schemas import Shape

# A month of files would fit; a year's calendar is some forty lines.
_FILE_LENGTH = 100_000
_SPANS = "08:30-12:00|13:30-17:30; empty: the usual hours"
LimitUnitName = Literal["natural_minutes", "working_minutes", "working_days"]


class CalendarYear(Shape):
    """Whether the holidays of a year are known: loaded by an administrator, from the library, or not at all."""

    year: int
    source: Literal["loaded", "library", "unknown"]
    own_days: int  # days that an administrator has set
    loaded_at: datetime | None
    loaded_by: str | None


class CalendarWarning(Shape):
    """A year that open deadlines reach, or that begins soon, and whose calendar nobody has loaded."""

    year: int
    message: str


class CalendarYears(Shape):
    years: list[CalendarYear]
    warnings: list[CalendarWarning]
    recomputing: int  # changes whose open deadlines are still being counted anew


class CalendarDay(Shape):
    on: date
    name: str
    works: bool
    spans: str = Field(description=_SPANS)
    source: Literal["administrator", "city", "library"]


class CalendarDays(Shape):
    year: int
    days: list[CalendarDay]


class CalendarFile(Shape):
    """A year's calendar as CSV: date,name,works and, if wanted, spans."""

    content: str = Field(max_length=_FILE_LENGTH)


class FileFault(Shape):
    """row: the line of the file, 1 the header; 0 the file as a whole."""

    row: int
    column: str
    reason: str


class CalendarPreview(Shape):
    """What loading the file would do; nothing was done. more: beyond `looked_at` there are other open cases."""

    faults: list[FileFault]
    days: int
    looked_at: int
    would_move: int
    more: bool


class DayBody(Shape):
    name: str = Field(min_length=1, max_length=64)
    works: bool
    spans: str = Field(default="", max_length=200, description=_SPANS)


class HoursQuery(Shape):
    service: str = Field(max_length=32)
    unit_code: str | None = Field(default=None, max_length=32)


class DayHours(Shape):
    weekday: int = Field(ge=1, le=7)
    spans: str = Field(max_length=200, description="08:30-12:00|13:30-17:30; empty: closed")


class ServiceHours(Shape):
    """own: the unit has hours of its own and does not follow the service's."""

    service: str
    unit_code: str | None
    own: bool
    week: list[DayHours]


class HoursBody(Shape):
    """A unit's own week; weekdays that are not named are closed."""

    service: str = Field(max_length=32)
    unit_code: str = Field(max_length=32)
    week: list[DayHours] = Field(max_length=7)


class ChangesQuery(Shape):
    before: int | None = Field(default=None, ge=1)


class CalendarChange(Shape):
    """visited, moved: open cases gone through since, and those of which a deadline moved."""

    change_id: int
    at: datetime
    actor_name: str
    kind: str
    subject: str
    before: list[str]
    after: list[str]
    visited: int
    moved: int
    done: bool


class CalendarChanges(Shape):
    items: list[CalendarChange]


class DeadlineQuery(Shape):
    """from: the instant from which the limit runs, with its zone; service: by default that of the active pack."""

    starts: AwareDatetime = Field(alias="from")
    quantity: int = Field(ge=0, le=100_000)
    unit: LimitUnitName
    unit_code: str | None = Field(default=None, max_length=32)
    service: str | None = Field(default=None, max_length=32)


class CountedTime(Shape):
    starts: datetime
    ends: datetime


class ExplainedDeadline(Shape):
    """A deadline with the time that counted towards it; warnings: what it had to guess."""

    at: datetime
    limit: str
    segments: list[CountedTime]
    warnings: list[CalendarWarning]
