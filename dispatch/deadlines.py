"""Working time: when a limit ends, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dispatch.working_time import DayRule, Span, Stretch, WorkCalendar, library_knows

__all__ = [
    "ClockStopped",
    "DayRule",
    "Due",
    "Limit",
    "LimitUnit",
    "Pause",
    "Segment",
    "Span",
    "WorkCalendar",
    "deadline",
    "library_knows",
    "worked_minutes",
]

_LONGEST_SEARCH_DAYS = 4000
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


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
        """Return the limit as people write it: 5 个工作日, 24 小时, 7 天, 4 个工作小时."""
        days, rest = divmod(self.quantity, 1440)
        if self.unit is LimitUnit.NATURAL_MINUTES and days > 1 and not rest:
            return f"{days} 天"
        if self.unit is LimitUnit.WORKING_DAYS:
            return f"{self.quantity} 个工作日"
        working = self.unit is LimitUnit.WORKING_MINUTES
        if self.quantity and self.quantity % 60 == 0:
            hours = self.quantity // 60
            return f"{hours} 个工作小时" if working else f"{hours} 小时"
        return f"{self.quantity} 个工作分钟" if working else f"{self.quantity} 分钟"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Time in which the clock stands; `ends` None while it still does. Raises ValueError for naive times."""

    starts: datetime
    ends: datetime | None

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None or (self.ends is not None and self.ends.tzinfo is None):
            raise ValueError("a pause must carry a time zone")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError("a pause ends before it starts")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of time that counted towards a deadline."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline that explains itself.

    segments: the counted time, in order; for working days the open time of the days counted, so a lunch
    break lies between two segments. The last one ends at `at`.
    unknown_years: years on the way whose holidays nobody has loaded; there only weekdays were
    counted, and whoever shows the deadline must say so.
    """

    at: datetime
    limit: Limit
    segments: tuple[Segment, ...]
    unknown_years: tuple[int, ...] = ()

    def share_at(self, share: float) -> datetime:
        """Return the instant at which `share` (0 to 1) of the counted time has passed."""
        if not 0 <= share <= 1:
            raise ValueError("a share lies between 0 and 1")
        if share == 1:
            return self.at
        left = sum((one.ends - one.starts for one in self.segments), timedelta()) * share
        for one in self.segments:
            if left <= one.ends - one.starts:
                return one.starts + left
            left -= one.ends - one.starts
        return self.at


class ClockStopped(ValueError):
    """There is no deadline yet: the pause that is still open came before the limit was used up.

    counted: the segments that had passed when the clock stopped.
    """

    def __init__(self, counted: tuple[Segment, ...]) -> None:
        super().__init__("the clock is paused; it has no deadline until it runs again")
        self.counted = counted


def deadline(started: datetime, limit: Limit, calendar: WorkCalendar, *, pauses: Sequence[Pause] = ()) -> Due:
    """Return when `limit`, running from `started`, ends.

    Working days: the day of receipt, as the city's clocks showed it, is not counted; a later day counts when
    the clock runs in the moment before its close (a half day is a day); due at the close of the last one.
    Working minutes: counted while the offices are open and the clock runs. Natural minutes: while it runs.
    A zero limit is due at once, pause or not.

    started: aware, any zone. Raises ValueError for a naive time, a negative limit or a calendar without any
    working time; ClockStopped when an open pause leaves the end open. Source: city/README.md, "Time limits".
    """
    if started.tzinfo is None:
        raise ValueError("started must carry a time zone")
    if limit.quantity < 0:
        raise ValueError("a limit cannot be negative")
    started = started.astimezone(calendar.zone)
    if limit.quantity == 0:
        return Due(at=started, limit=limit, segments=(Segment(starts=started, ends=started),))
    stops = _stops(pauses, calendar.zone)
    if limit.unit is LimitUnit.NATURAL_MINUTES:
        segments = _used_up(_free(started, None, stops), limit.quantity)
        return Due(at=segments[-1].ends, limit=limit, segments=segments)
    first = started.date()
    if limit.unit is LimitUnit.WORKING_DAYS:
        first += _DAY
        segments = _days(first, limit.quantity, calendar, stops)
    else:
        segments = _used_up(_running(started, calendar, stops), limit.quantity)
    last = segments[-1].ends
    # A close at 24:00 is the midnight of the next day, which may be of the next year.
    years = range(first.year, max(first, (last - _MINUTE).date()).year + 1)
    unknown = tuple(year for year in years if not calendar.knows(year))
    return Due(at=last, limit=limit, segments=segments, unknown_years=unknown)


def worked_minutes(starts: datetime, ends: datetime, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> int:
    """Return how many whole minutes from `starts` to `ends` were working time with the clock running.

    Raises ValueError for naive times; 0 when `ends` is not after `starts`.
    """
    if starts.tzinfo is None or ends.tzinfo is None:
        raise ValueError("both ends must carry a time zone")
    starts, ends = starts.astimezone(calendar.zone), ends.astimezone(calendar.zone)
    stops, total, day = _stops(pauses, calendar.zone), timedelta(), starts.date()
    while day <= ends.date():
        for opens, closes in calendar.opened(day):
            pieces = _free(max(opens, starts), min(closes, ends), stops)
            total += sum((until - since for since, until in pieces if until is not None), timedelta())
        day += _DAY
    return total // _MINUTE


# Stops and free stretches: (from, until), until None for "and it has not ended".
_Open = tuple[datetime, datetime | None]


def _stops(pauses: Sequence[Pause], zone: ZoneInfo) -> tuple[_Open, ...]:
    """Return when the clock stood, in order and merged; only the last may be open."""
    found: list[_Open] = []
    for pause in sorted(pauses, key=lambda one: one.starts):
        since = pause.starts.astimezone(zone)
        until = None if pause.ends is None else pause.ends.astimezone(zone)
        if until == since:
            continue
        if found and (found[-1][1] is None or since <= found[-1][1]):
            earlier, ended = found.pop()
            since, until = earlier, None if ended is None or until is None else max(ended, until)
        found.append((since, until))
    return tuple(found)


def _free(starts: datetime, ends: datetime | None, stops: tuple[_Open, ...]) -> Iterator[_Open]:
    """Yield the parts of `starts` to `ends` (None: for ever) outside the stops."""
    for since, until in stops:
        if ends is not None and (since >= ends or starts >= ends):
            break
        if since > starts:
            yield starts, since
        if until is None:
            return
        starts = max(starts, until)
    if ends is None or starts < ends:
        yield starts, ends


def _used_up(stretches: Iterable[_Open], minutes: int) -> tuple[Segment, ...]:
    """Return the first `minutes` of the stretches. Raises ClockStopped when they end before."""
    counted: list[Segment] = []
    left = minutes * _MINUTE
    for starts, until in stretches:
        ends = starts + left if until is None else min(until, starts + left)
        counted.append(Segment(starts=starts, ends=ends))
        left -= ends - starts
        if not left:
            return tuple(counted)
    raise ClockStopped(tuple(counted))


def _running(started: datetime, calendar: WorkCalendar, stops: tuple[_Open, ...]) -> Iterator[_Open]:
    """Yield the working time with the clock running; ends only at a stop that has no end."""
    for opens, closes in _open_days(started.date(), calendar, stops):
        for stretch in opens if closes > started else ():
            yield from _free(max(started, stretch[0]), stretch[1], stops)


def _days(first: date, count: int, calendar: WorkCalendar, stops: tuple[_Open, ...]) -> tuple[Segment, ...]:
    counted: list[Segment] = []
    for opened, closes in _open_days(first, calendar, stops):
        if any(since < closes and (until is None or closes <= until) for since, until in stops):
            continue
        for opens, ends in opened:
            counted += (Segment(starts=a, ends=b) for a, b in _free(opens, ends, stops) if b is not None)
        count -= 1
        if not count:
            return tuple(counted)
    raise ClockStopped(tuple(counted))


def _open_days(
    first: date, calendar: WorkCalendar, stops: tuple[_Open, ...]
) -> Iterator[tuple[tuple[Stretch, ...], datetime]]:
    """Yield each working day's stretches and its close, until the clock stops for good."""
    day, closed = first, 0
    for_good = next((since.date() for since, until in stops if until is None), date.max)
    while day <= for_good:
        opened = calendar.opened(day)
        if opened:
            closed = 0
            yield opened, opened[-1][1]
        elif closed == _LONGEST_SEARCH_DAYS:
            raise ValueError("the calendar has no working time in ten years")
        closed += 1
        day += _DAY
