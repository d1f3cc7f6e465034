"""When offices work: weekdays, holidays, make-up days (调休), half days, lunch breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar

_CHINA = ZoneInfo("Asia/Shanghai")
_MONDAY = 1
_DAY_MINUTES = 1440


@dataclass(frozen=True, kw_only=True)
class Span:
    """Part of a day when the offices are open, in minutes since midnight; `closes` may be 1440.

    Raises ValueError when it is empty or leaves its day.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= _DAY_MINUTES:
            raise ValueError(f"no span of a day: {self.opens} to {self.closes}")


_WHOLE_DAY = Span(opens=0, closes=_DAY_MINUTES)
# What a calendar says of one date: closed, open as on its weekday, or its own spans (a half day).
DayRule = bool | tuple[Span, ...]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """When a service is open. Keep one and ask it often: it remembers the days it has been asked about.

    hours: spans of each weekday (1 = Monday); two spans make a lunch break, none a closed day.
    days: what the city's own calendar says of single dates; it goes before everything else.
    years: years of which the city has loaded the whole calendar; there the library is not asked.
    A service open day and night on all seven weekdays never closes: no calendar touches it.
    """

    hours: Mapping[int, tuple[Span, ...]]
    days: Mapping[date, DayRule] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    zone: ZoneInfo = _CHINA
    _opened: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def never_closes(self) -> bool:
        """Say whether the service is open at every minute of every weekday."""
        return all(_merged(self.hours.get(day, ())) == (_WHOLE_DAY,) for day in range(1, 8))

    def knows(self, year: int) -> bool:
        """Say whether the holidays of `year` are known, from the city's calendar or the library.

        Single dates make no year known: of the other days nobody has said anything.
        """
        return year in self.years or library_knows(year) or self.never_closes

    def works_on(self, day: date) -> bool:
        """Say whether offices work on `day`; by the weekday alone when the year is unknown."""
        return bool(self.spans(day))

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the open spans of `day`; a make-up day (调休) on a closed weekday has the hours of a Monday."""
        usual = self.hours.get(day.isoweekday(), ())
        rule = None if self.never_closes else self._rule(day)
        if rule is None:
            return _merged(usual)
        if isinstance(rule, tuple):
            return _merged(rule)
        return _merged(usual or self.hours.get(_MONDAY, ())) if rule else ()

    def opened(self, day: date) -> tuple[Stretch, ...]:
        """Return the open spans of `day` as instants; worked out once for each day."""
        found = self._opened.get(day)
        if found is None:
            found = tuple((self.at(day, one.opens), self.at(day, one.closes)) for one in self.spans(day))
            self._opened[day] = found
        return found

    def at(self, day: date, minute: int) -> datetime:
        """Return the instant `minute` minutes after the city's midnight of `day`."""
        # Chinese time has no summer time, so wall minutes are real minutes.
        return datetime.combine(day, time(), tzinfo=self.zone) + timedelta(minutes=minute)

    def _rule(self, day: date) -> DayRule | None:
        """Return what is said of `day`; None where its weekday decides."""
        if day in self.days:
            return self.days[day]
        if day.year in self.years or not library_knows(day.year):
            return None
        # The library keeps one five-day week for the country; a city that also opens on Saturdays has hours
        # for Saturday, and they count unless the Saturday is a public holiday.
        holiday, name = chinese_calendar.get_holiday_detail(day)
        return None if name is None else not holiday


@cache
def library_knows(year: int) -> bool:
    """Say whether the library has the holidays of `year`, by asking it for one that every year has.

    Each year is announced by the State Council the autumn before; the library raises for later ones. Asked
    for the National Day, it cannot pass off the first days of January, from the year before's notice, as a year.
    """
    try:
        holiday, name = chinese_calendar.get_holiday_detail(date(year, 10, 1))
    except NotImplementedError:
        return False
    return holiday and name is not None


def _merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return `spans` in order, those that touch or overlap as one: no minute counts twice."""
    if len(spans) < 2 or all(a.closes < b.opens for a, b in pairwise(spans)):
        return spans
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.opens):
        if found and span.opens <= found[-1].closes:
            span = Span(opens=found[-1].opens, closes=max(found.pop().closes, span.closes))
        found.append(span)
    return tuple(found)
