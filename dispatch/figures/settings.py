"""With what the figures are computed besides the timeline: weights, limits, working hours. Kept with each day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import CITY_ZONE
from core.db import Work
from dispatch import rules
from dispatch.figures.formulas import Weights
from dispatch.figures.periods import Period, midnight
from dispatch.working_time import WorkCalendar

# The national habit: the unit speaks with the citizen within a day (docs/figures.md, `responded`).
CONTACT_MINUTES = 24 * 60
# A case that was sent longer before its period counts its working time from here on.
_LOOK_BACK = timedelta(days=400)
_DAY = timedelta(days=1)
_Spans = list[list[int]]


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When the offices work: by weekday ("1" = Monday), and the days that are not like theirs.

    Spans are [opens, closes] in minutes since the city's midnight.
    """

    weekdays: dict[str, _Spans]
    odd_days: dict[str, _Spans]

    def spans(self, on: date) -> _Spans:
        """Return the open spans of a day."""
        return self.odd_days.get(on.isoformat(), self.weekdays.get(str(on.isoweekday()), []))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The numbers of the pack that the figures need, and the working hours."""

    weights: Weights
    rank_from: int
    contact_minutes: int
    hours: Hours

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)


def from_json(body: dict[str, Any]) -> Settings:
    """Return the settings that were kept with a day."""
    return Settings(
        weights=Weights(**body["weights"]),
        rank_from=body["rank_from"],
        contact_minutes=body["contact_minutes"],
        hours=Hours(**body["hours"]),
    )


def current(work: Work, period: Period, as_of: datetime) -> Settings:
    """Return the settings of the active pack and calendar for `period`. Raises Refused without a pack."""
    _, pack = rules.pack(work)
    weights = pack.rate_weights
    return Settings(
        weights=Weights(responded=weights.responded, solved=weights.solved, satisfied=weights.satisfied),
        rank_from=pack.rank_from,
        contact_minutes=CONTACT_MINUTES,
        hours=hours_of(rules.calendar(work, pack.working_hours), *_reach(period, as_of)),
    )


def hours_of(calendar: WorkCalendar, first: date, last: date) -> Hours:
    """Return the working hours of the days from `first` to `last`."""
    weekdays = {
        str(day): [[one.opens, one.closes] for one in spans] for day, spans in sorted(calendar.hours.items()) if spans
    }
    usual = Hours(weekdays=weekdays, odd_days={})
    odd: dict[str, _Spans] = {}
    for offset in range((last - first).days + 1):
        on = first + offset * _DAY
        spans = [[one.opens, one.closes] for one in calendar.spans(on)]
        if spans != usual.spans(on):
            odd[on.isoformat()] = spans
    return Hours(weekdays=weekdays, odd_days=odd)


def stretches(hours: Hours, period: Period, as_of: datetime) -> dict[str, list[Any]]:
    """Return the open stretches as the statements take them: opens, closes, seconds worked before each."""
    first, last = _reach(period, as_of)
    opens: list[datetime] = []
    closes: list[datetime] = []
    before: list[int] = []
    worked = 0
    for offset in range((last - first).days + 1):
        on = first + offset * _DAY
        starts = midnight(on, CITY_ZONE)
        for opening, closing in hours.spans(on):
            opens.append(starts + timedelta(minutes=opening))
            closes.append(starts + timedelta(minutes=closing))
            before.append(worked)
            worked += (closing - opening) * 60
    return {"opens": opens, "closes": closes, "before": before}


def _reach(period: Period, as_of: datetime) -> tuple[date, date]:
    last = as_of.astimezone(CITY_ZONE).date()
    return period.first - _LOOK_BACK, max(last, period.first)
