"""Plays on a fresh database of its own, and holds the product's figures against those computed by hand."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import func, select

from core import sealed
from core.clock import CITY_ZONE
from core.db import Database, Work
from core.embedded import start_postgres
from core.events import Bus
from dispatch import rules
from dispatch.city import load_city
from dispatch.figures import days
from dispatch.figures.behind import Part, rows_behind
from dispatch.figures.catalogue import FIGURES
from dispatch.figures.periods import Period
from dispatch.figures.records import FigureDayRecord
from dispatch.figures.report import Asked, Group, Report
from dispatch.figures.report import figures as product_figures
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.simulate import slow_figures
from dispatch.simulate.by_hand import Entry
from dispatch.simulate.fates import Dice, Staff
from dispatch.simulate.play import Play
from dispatch.simulate.slow_figures import Slow

_BUSIEST = 3  # units that are compared by themselves


def played(folder: Path, *, cases: int, seed: int, year: int, city: Path, months: int = 12) -> dict[str, Any]:
    """Play `cases` cases in a database that lives in `folder`, and return both computations and what differs.

    months: how much of the year is played. differences: where the product's figures and those by hand are not the
    same, to the last row; days_differ: stored days that come out otherwise now. Both are empty when all is well.
    """
    sealed.unlock([Fernet.generate_key().decode()])
    server = start_postgres(folder, database="simulation")
    try:
        _migrate(server.url)
        database = Database(server.url, Bus(), application="hotline-simulate")
        with database.begin() as work:
            load_city(work, city)
        first, last = date(year, 1, 1), _month(year, months).last
        play = Play(database=database, dice=Dice(seed), staff=Staff.invented(), first=first, last=last)
        play.run(cases)
        with database.begin() as work:
            result = {"cases": cases, "seed": seed, **_compared(work, play, seed)}
        database.dispose()
        return result
    finally:
        server.stop()


def _migrate(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    from core.config import ROOT

    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


def _compared(work: Work, play: Play, seed: int) -> dict[str, Any]:
    stories, whole = _stories(work), Period(first=play.first, last=play.last)
    ends = whole.ends(CITY_ZONE)
    product = product_figures(work, Asked(period=whole, as_of=ends))
    by_hand = slow_figures.figures(stories, whole.first, whole.last, ends, unit=None, spans=_spans(work))
    states = select(CaseRecord.state, func.count()).group_by(CaseRecord.state)
    return {
        "days": f"{play.first}…{play.last}",
        "timeline_entries": sum(len(story) for story in stories.values()),
        "steps": dict(play.done.most_common()),
        "refused": dict(play.refused.most_common()),
        "states": {state: count for state, count in work.session.execute(states)},
        "days_closed": play.days_closed,
        "days_differ": _days_that_differ(work),
        "differences": [
            *_of_period(work, stories, whole, ends, units=_busiest(work)),
            *_of_months(work, stories, whole, ends, seed),
        ],
        "product": _numbers(product.whole),
        "by_hand": {name: one.numbers for name, one in by_hand.items()},
    }


def _of_months(
    work: Work, stories: dict[str, list[Entry]], whole: Period, ends: datetime, seed: int
) -> Iterator[str]:
    """Yield what differs for each month, as it was at its end and twenty days later; for one to the last row."""
    year, months = whole.first.year, whole.last.month
    for month in range(1, months + 1):
        for more in (0, 20):
            as_of = min(_after(year, month, more), ends)
            rows = month == seed % months + 1
            yield from _of_period(work, stories, _month(year, month), as_of, units=[], rows=rows)


def _of_period(
    work: Work,
    stories: dict[str, list[Entry]],
    period: Period,
    as_of: datetime,
    *,
    units: list[str],
    rows: bool = True,
) -> list[str]:
    """Return what differs for a period: the numbers of the city and of `units`, and the rows of the city."""
    report = product_figures(work, Asked(period=period, as_of=as_of), by=("unit",))
    spans = _spans(work)
    found: list[str] = []
    for unit in (None, *units):
        slow = slow_figures.figures(stories, period.first, period.last, as_of, unit=unit, spans=spans)
        group = report.whole if unit is None else report.groups["unit"].get(unit, Group())
        found += _numbers_that_differ(f"{period.first}…{period.last} as of {as_of:%m-%d} {unit or ''}", group, slow)
        if unit is None and rows:
            found += _rows_that_differ(work, report, slow)
    return found


def _numbers_that_differ(where: str, group: Group, slow: dict[str, Slow]) -> list[str]:
    fast = _numbers(group)
    return [
        f"{where} {name}: {fast.get(name, [0.0] * 3)} | {one.numbers}"
        for name, one in slow.items()
        if fast.get(name, [0.0] * 3) != one.numbers
    ]


def _rows_that_differ(work: Work, report: Report, slow: dict[str, Slow]) -> list[str]:
    """Compare to the last case: the rows behind each figure, and what each counts."""
    found = []
    for figure in FIGURES:
        if figure.code in {"yellow_cards", "red_cards"} or figure.code not in slow:
            continue
        fast: dict[str, float] = {}
        cursor = None
        while True:
            page = rows_behind(work, figure.code, Part.DENOMINATOR, report.asked, cursor=cursor, how_many=500)
            fast |= {one.order_no or one.case_no: round(one.counts or 0.0, 6) for one in page.items}
            cursor = page.next
            if cursor is None:
                break
        wrong = {
            key
            for key in fast.keys() | slow[figure.code].counted.keys()
            if fast.get(key) != slow[figure.code].counted.get(key)
        }
        found += [
            f"{figure.code} {key}: {fast.get(key)} | {slow[figure.code].counted.get(key)}" for key in sorted(wrong)
        ]
    return found


def _numbers(group: Group) -> dict[str, list[float]]:
    return {
        code: [float(one.denominator), round(float(one.numerator), 6), float(one.excluded)]
        for code, one in sorted(group.counts.items())
    }


def _stories(work: Work) -> dict[str, list[Entry]]:
    numbers = {row.id: row.case_no for row in work.session.execute(select(CaseRecord.id, CaseRecord.case_no))}
    stories: dict[str, list[Entry]] = defaultdict(list)
    for row in work.session.scalars(select(TimelineRecord).order_by(TimelineRecord.id)):
        stories[numbers[row.case_id]].append(
            Entry(
                id=row.id,
                at=row.at,
                action=row.action,
                order_no=row.order_no,
                unit=row.unit_code,
                to_state=row.to_state,
                facts=row.facts or {},
            )
        )
    return dict(stories)


def _days_that_differ(work: Work) -> list[str]:
    """Compute every stored day again, now that much has happened since."""
    stored = list(work.session.scalars(select(FigureDayRecord.on).order_by(FigureDayRecord.on)))
    again = [days.recompute(work, on) for on in stored]
    return [one.on.isoformat() for one in again if not (one.equal and one.intact and one.chained)]


def _busiest(work: Work) -> list[str]:
    loads = select(CaseRecord.lead_unit).where(CaseRecord.lead_unit.is_not(None)).group_by(CaseRecord.lead_unit)
    found = work.session.scalars(loads.order_by(func.count().desc(), CaseRecord.lead_unit).limit(_BUSIEST))
    return [code for code in found if code]


def _spans(work: Work) -> slow_figures.Spans:
    _, pack = rules.pack(work)
    hours = rules.calendar(work, pack.working_hours)
    return lambda day: [(one.opens, one.closes) for one in hours.spans(day)]


def _month(year: int, month: int) -> Period:
    return Period(first=date(year, month, 1), last=date(year, month, calendar.monthrange(year, month)[1]))


def _after(year: int, month: int, more: int) -> datetime:
    last = _month(year, month).last + timedelta(days=1 + more)
    return datetime(last.year, last.month, last.day, tzinfo=CITY_ZONE)
