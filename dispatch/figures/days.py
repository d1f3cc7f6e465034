"""Closing a day: its figures are written once, and can be computed again and compared at any time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from core.clock import CITY_ZONE
from core.db import Work
from core.errors import NotFound
from dispatch.figures import settings
from dispatch.figures.catalogue import DIMENSIONS
from dispatch.figures.periods import Period, day_of, midnight, month_of
from dispatch.figures.records import FigureDayRecord
from dispatch.figures.report import Asked, Group, Report, figures
from dispatch.figures.settings import Settings
from dispatch.records import TimelineRecord

# What was done just before midnight may be committed just after it.
_SETTLED_AFTER = timedelta(minutes=10)
_DAY = timedelta(days=1)
# Only one may close days at a time: each is sealed to the one before. The clock's own lock is 12_346.
_LOCK = 12_347

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A stored day beside what the timeline gives now. differences: where the two are not the same.

    intact: the row's own seal fits. chained: it is sealed to the stored day before.
    """

    on: date
    as_of: datetime
    closed_at: datetime
    stored: Body
    recomputed: Body
    differences: list[str]
    intact: bool
    chained: bool

    @property
    def equal(self) -> bool:
        """Say whether the timeline gives what was stored."""
        return not self.differences


def close_next(work: Work, *, now: datetime) -> date | None:
    """Store the earliest day that is over and not stored; return it, or None when there is none.

    Safe to run twice and by two at once: the second waits and finds the next day.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    on = _next_day(work)
    if on is None or midnight(on + _DAY, CITY_ZONE) + _SETTLED_AFTER > now:
        return None
    as_of = midnight(on + _DAY, CITY_ZONE)
    using = settings.current(work, month_of(on), as_of)
    row = FigureDayRecord(
        on=on,
        as_of=as_of,
        closed_at=now,
        settings=using.as_json(),
        body=_body(work, on, as_of, using),
        before=_seal_before(work, on),
    )
    row.sha256 = seal(row)
    work.session.add(row)
    work.session.flush()
    return on


def recompute(work: Work, on: date) -> Compared:
    """Return what was stored of that day and what the timeline gives for it now. Raises NotFound."""
    row = work.session.get(FigureDayRecord, on)
    if row is None:
        raise NotFound("这一天的指标还没有存档")
    recomputed = _body(work, on, row.as_of, settings.from_json(row.settings))
    return Compared(
        on=on,
        as_of=row.as_of,
        closed_at=row.closed_at,
        stored=row.body,
        recomputed=recomputed,
        differences=differences(row.body, recomputed),
        intact=row.sha256 == seal(row),
        chained=row.before == _seal_before(work, on),
    )


def stored_days(work: Work, period: Period) -> list[date]:
    """Return the days of `period` that are stored, in order."""
    wanted = select(FigureDayRecord.on).where(FigureDayRecord.on.between(period.first, period.last))
    return list(work.session.scalars(wanted.order_by(FigureDayRecord.on)))


def seal(row: FigureDayRecord) -> str:
    """Return the SHA-256 over everything the row says and the seal before it."""
    said = {
        "on": row.on.isoformat(),
        "as_of": row.as_of.astimezone(UTC).isoformat(),
        "settings": row.settings,
        "body": row.body,
        "before": row.before,
    }
    plain = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def differences(stored: Any, now: Any, path: str = "") -> list[str]:
    """Return the places, as paths, where two bodies are not the same."""
    if isinstance(stored, dict) and isinstance(now, dict):
        keys = sorted(stored.keys() | now.keys())
        return [found for key in keys for found in differences(stored.get(key), now.get(key), f"{path}/{key}")]
    return [] if stored == now else [path]


def _body(work: Work, on: date, as_of: datetime, using: Settings) -> Body:
    """Return the day by every dimension, and its month so far by unit, as plain numbers."""
    day = figures(work, Asked(period=day_of(on), as_of=as_of), by=DIMENSIONS, using=using)
    so_far = Period(first=month_of(on).first, last=on)
    month = figures(work, Asked(period=so_far, as_of=as_of), by=("unit",), using=using)
    return {"day": _plain(day), "month": _plain(month)}


def _plain(report: Report) -> Body:
    return {
        "whole": _numbers(report.whole),
        "groups": {
            name: {key: _numbers(group) for key, group in groups.items()} for name, groups in report.groups.items()
        },
        "codes": report.codes,
        "score": report.whole.score(report.settings.weights),
    }


def _numbers(group: Group) -> dict[str, list[float]]:
    """Return figure -> denominator, numerator, rows counted, rows excluded."""
    return {
        code: [float(one.denominator), one.numerator, float(one.counted), float(one.excluded)]
        for code, one in sorted(group.counts.items())
    }


def _next_day(work: Work) -> date | None:
    last = work.session.scalar(select(func.max(FigureDayRecord.on)))
    if last is not None:
        return last + _DAY
    first = work.session.scalar(select(func.min(TimelineRecord.at)))
    return first.astimezone(CITY_ZONE).date() if first else None


def _seal_before(work: Work, on: date) -> str:
    earlier = select(FigureDayRecord.sha256).where(FigureDayRecord.on < on)
    return work.session.scalar(earlier.order_by(FigureDayRecord.on.desc()).limit(1)) or ""
