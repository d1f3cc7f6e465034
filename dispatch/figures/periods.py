"""Stretches of whole days by the city's clocks: a day, a week, a month, any range. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole days, the first and the last included. Raises ValueError when the last is before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def starts(self, zone: ZoneInfo) -> datetime:
        """Return its first instant, in UTC."""
        return midnight(self.first, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Return the instant after it, in UTC."""
        return midnight(self.last + _DAY, zone)

    def dates_around(self) -> Iterator[str]:
        """Yield its days and one on each side, as an ISO instant in any offset might write them."""
        for offset in range(-1, self.days + 1):
            yield (self.first + offset * _DAY).isoformat()

    def before(self) -> Period:
        """Return the period before: a whole month before a whole month, else as many days."""
        if self == month_of(self.first):
            return month_of(self.first - _DAY)
        return Period(first=self.first - self.days * _DAY, last=self.first - _DAY)


def day_of(on: date) -> Period:
    """Return that day."""
    return Period(first=on, last=on)


def week_of(on: date) -> Period:
    """Return the week of that day, Monday to Sunday."""
    monday = on - (on.isoweekday() - 1) * _DAY
    return Period(first=monday, last=monday + 6 * _DAY)


def month_of(on: date) -> Period:
    """Return the month of that day."""
    first = on.replace(day=1)
    return Period(first=first, last=(first + 31 * _DAY).replace(day=1) - _DAY)


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """Return when that day begins by the clocks of `zone`, in UTC."""
    return datetime.combine(on, time(), tzinfo=zone).astimezone(UTC)
