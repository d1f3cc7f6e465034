"""An administrator changes days and hours; each change is written down and deadlines follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select

from core.actor import SYSTEM, Actor, Role
from core.db import Work
from core.errors import BadInput, Refused, WrongRole
from dispatch.calendars.reading import DayRow, read_year, write_spans
from dispatch.calendars.records import CalendarChangeRecord, CalendarRecomputeRecord
from dispatch.deadlines import Span
from dispatch.events import CalendarChanged
from dispatch.rules import ADMINISTRATOR, CalendarDayRecord, CalendarYearRecord, OpeningHoursRecord, UnitRecord

FIRST_YEAR, LAST_YEAR = 2000, 2199
_EVER = (date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
_CHANGING_LOCK = 12_348  # two administrators at once: the second sees what the first has done
_WEEKDAYS = range(1, 8)


class Kind(StrEnum):
    """What was changed."""

    LOAD_YEAR = "load_year"  # 载入全年
    DROP_YEAR = "drop_year"  # 撤下全年
    SET_DAY = "set_day"  # 设置一天
    UNSET_DAY = "unset_day"  # 取消一天
    SET_HOURS = "set_hours"  # 设置单位作息
    CLEAR_HOURS = "clear_hours"  # 取消单位作息
    FILES = "files"  # 城市数据文件


def load_year(work: Work, year: int, content: str, *, actor: Actor, now: datetime) -> int:
    """Make the file the whole calendar of `year`; return how many days it names.

    What an administrator had set in that year before is replaced. Raises BadYear: then nothing is loaded.
    """
    _admit(work, actor)
    rows = read_year(content, sensible(year))
    before = [_plain(row) for row in _days_of(work, year)]
    work.session.execute(delete(CalendarDayRecord).where(*_in_year(year)))
    work.session.add_all(_record(row) for row in rows)
    work.session.merge(CalendarYearRecord(year=year, loaded_at=now, loaded_by=actor.name))
    work.session.flush()
    after = [_plain(row) for row in _days_of(work, year)]
    write = _Change(kind=Kind.LOAD_YEAR, subject=str(year), before=before, after=after, reach=_whole(year))
    _write(work, write, actor=actor, now=now)
    return len(rows)


def drop_year(work: Work, year: int, *, actor: Actor, now: datetime) -> None:
    """Take back a loaded year with all its days. Raises Refused when it was not loaded."""
    _admit(work, actor)
    loaded = work.session.get(CalendarYearRecord, sensible(year))
    if loaded is None:
        raise Refused("这一年的日历不是载入的")
    before = [_plain(row) for row in _days_of(work, year)]
    work.session.execute(delete(CalendarDayRecord).where(*_in_year(year)))
    work.session.delete(loaded)
    write = _Change(kind=Kind.DROP_YEAR, subject=str(year), before=before, after=[], reach=_whole(year))
    _write(work, write, actor=actor, now=now)


def set_day(work: Work, day: DayRow, *, actor: Actor, now: datetime) -> None:
    """Say of one day whether it works, and in which hours. It does not make its year known."""
    _admit(work, actor)
    sensible(day.on.year)
    if day.spans and not day.works:
        raise BadInput("休息日不能有时段")
    known = work.session.get(CalendarDayRecord, (ADMINISTRATOR, day.on))
    before = [_plain(known)] if known else []
    after = _plain(work.session.merge(_record(day)))
    if before == [after]:
        return
    reach = (day.on, day.on)
    write = _Change(kind=Kind.SET_DAY, subject=day.on.isoformat(), before=before, after=[after], reach=reach)
    _write(work, write, actor=actor, now=now)


def unset_day(work: Work, on: date, *, actor: Actor, now: datetime) -> None:
    """Take back what an administrator has said of one day. Raises Refused when nobody has."""
    _admit(work, actor)
    known = work.session.get(CalendarDayRecord, (ADMINISTRATOR, on))
    if known is None:
        raise Refused("管理员没有设置过这一天")
    work.session.delete(known)
    write = _Change(kind=Kind.UNSET_DAY, subject=on.isoformat(), before=[_plain(known)], after=[], reach=(on, on))
    _write(work, write, actor=actor, now=now)


def set_unit_hours(
    work: Work, service: str, unit: str, week: Mapping[int, Sequence[Span]], *, actor: Actor, now: datetime
) -> None:
    """Give a unit its own week for a service; a weekday that is not named is closed.

    Raises BadInput for an unknown unit or service, or a week that is closed altogether.
    """
    _admit(work, actor)
    if work.session.get(UnitRecord, unit) is None:
        raise BadInput("没有这个单位")
    if not work.session.scalar(select(func.count()).where(OpeningHoursRecord.service == service)):
        raise BadInput("没有这项服务")
    if not set(week) <= set(_WEEKDAYS) or not any(week.values()):
        raise BadInput("请至少写明一天的时段")
    _replace_hours(work, service, unit, week, actor=actor, now=now)


def clear_unit_hours(work: Work, service: str, unit: str, *, actor: Actor, now: datetime) -> None:
    """Take back the hours that an administrator has given a unit. Raises Refused when nobody has."""
    _admit(work, actor)
    if not _hours_of(work, service, unit):
        raise Refused("管理员没有设置过这个单位的作息")
    _replace_hours(work, service, unit, {}, actor=actor, now=now)


def files_changed(work: Work, names: Collection[str], *, now: datetime) -> None:
    """Let open deadlines follow a new version of the city's own calendar or hours."""
    change = _Change(kind=Kind.FILES, subject="、".join(sorted(names)), before=[], after=[], reach=_EVER)
    _write(work, change, actor=SYSTEM, now=now)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A change as it is written down; `reach`: the first and the last day that it touches."""

    kind: Kind
    subject: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    reach: tuple[date, date]
    unit: str = ""


def _admit(work: Work, actor: Actor) -> None:
    if not actor.has(Role.ADMINISTRATOR):
        raise WrongRole("只有管理员可以修改日历")
    work.session.execute(select(func.pg_advisory_xact_lock(_CHANGING_LOCK)))


def sensible(year: int) -> int:
    """Return `year`. Raises BadInput when it is too far away to have a calendar."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInput("年份应在 2000 到 2199 之间")
    return year


def _write(work: Work, change: _Change, *, actor: Actor, now: datetime) -> None:
    """Write the change down, leave its recomputing due, and announce it."""
    record = CalendarChangeRecord(
        at=now,
        actor_id=actor.person_id,
        actor_name=actor.name,
        kind=change.kind.value,
        subject=change.subject,
        before=change.before,
        after=change.after,
        from_on=change.reach[0],
        until_on=change.reach[1],
        unit=change.unit,
    )
    work.session.add(record)
    work.session.flush()
    work.session.add(CalendarRecomputeRecord(change_id=record.id, due_since=now))
    work.session.flush()
    work.announce(CalendarChanged(change_id=record.id))


def _replace_hours(
    work: Work, service: str, unit: str, week: Mapping[int, Sequence[Span]], *, actor: Actor, now: datetime
) -> None:
    before = _hours_of(work, service, unit)
    ours = (OpeningHoursRecord.source == ADMINISTRATOR, OpeningHoursRecord.service == service)
    work.session.execute(delete(OpeningHoursRecord).where(*ours, OpeningHoursRecord.unit == unit))
    work.session.add_all(
        OpeningHoursRecord(
            source=ADMINISTRATOR, service=service, unit=unit, weekday=weekday, opens=one.opens, closes=one.closes
        )
        for weekday, spans in week.items()
        for one in spans
    )
    work.session.flush()
    after = _hours_of(work, service, unit)
    if before == after:
        return
    kind = Kind.SET_HOURS if after else Kind.CLEAR_HOURS
    change = _Change(kind=kind, subject=f"{service} {unit}", before=before, after=after, reach=_EVER, unit=unit)
    _write(work, change, actor=actor, now=now)


def _hours_of(work: Work, service: str, unit: str) -> list[dict[str, Any]]:
    hours = OpeningHoursRecord
    ours = (hours.source == ADMINISTRATOR, hours.service == service, hours.unit == unit)
    columns = select(hours.weekday, hours.opens, hours.closes).where(*ours)
    rows = work.session.execute(columns.order_by(hours.weekday, hours.opens))
    return [{"weekday": weekday, "span": write_spans([[opens, closes]])} for weekday, opens, closes in rows]


def _days_of(work: Work, year: int) -> list[CalendarDayRecord]:
    return list(work.session.scalars(select(CalendarDayRecord).where(*_in_year(year)).order_by(CalendarDayRecord.on)))


def _in_year(year: int) -> tuple[Any, ...]:
    first, last = _whole(year)
    return CalendarDayRecord.source == ADMINISTRATOR, CalendarDayRecord.on.between(first, last)


def _whole(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _record(day: DayRow) -> CalendarDayRecord:
    spans = [[one.opens, one.closes] for one in day.spans]
    return CalendarDayRecord(source=ADMINISTRATOR, on=day.on, name=day.name, works=day.works, spans=spans)


def _plain(row: CalendarDayRecord) -> dict[str, Any]:
    return {"on": row.on.isoformat(), "name": row.name, "works": row.works, "spans": write_spans(row.spans)}
