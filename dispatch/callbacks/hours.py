"""When to call again: in another part of the day than before, while the callback desk is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from dispatch.working_time import WorkCalendar

_LOOK_AHEAD_DAYS = 21  # longer than any run of closed days


class PartOfDay(StrEnum):
    """People who are out in one part of the day are often in during another."""

    MORNING = "morning"  # 上午, until 12:00
    AFTERNOON = "afternoon"  # 下午, until 17:00
    EVENING = "evening"  # 晚间, from 17:00


_ENDS = {PartOfDay.MORNING: 12 * 60, PartOfDay.AFTERNOON: 17 * 60, PartOfDay.EVENING: 24 * 60}  # minutes of the day


def part_of(at: datetime, calendar: WorkCalendar) -> PartOfDay:
    """Return the part of the day of `at` on the city's clock."""
    local = at.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    return next(part for part, ends in _ENDS.items() if minute < ends)


def is_open(at: datetime, calendar: WorkCalendar) -> bool:
    """Say whether people may be called at `at`: nobody is rung up at night."""
    day = at.astimezone(calendar.zone).date()
    return any(opens <= at < closes for opens, closes in calendar.opened(day))


def next_try(earliest: datetime, calendar: WorkCalendar, tried: Sequence[PartOfDay]) -> datetime:
    """Return the first moment from `earliest` on when the desk is open, in a part of the day not tried yet.

    tried: the parts of the tries so far, in their order. When all have been tried, any but the last will do.
    A desk that never opens is called from `earliest`.
    """
    starts = list(_starts(earliest, calendar))
    wanted = [set(PartOfDay) - set(tried), set(PartOfDay) - set(tried[-1:]), set(PartOfDay)]
    for parts in wanted:
        for at in starts:
            if part_of(at, calendar) in parts:
                return at
    return earliest


def _starts(earliest: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    """Yield, in order, when each part of each open day begins; the first one not before `earliest`."""
    first = earliest.astimezone(calendar.zone).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        yield from _of_day(first + timedelta(days=ahead), earliest, calendar)


def _of_day(day: date, earliest: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    for opens, closes in calendar.opened(day):
        begins = opens
        for end in _ENDS.values():
            ends = min(calendar.at(day, end), closes)
            start = max(begins, earliest)
            if start < ends:
                yield start
            begins = max(begins, ends)
