"""The list in the tables: its lines read, added, changed and ended, each change written into the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import any_, delete, literal, or_, select, text

from core.actor import Actor, Role
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput, NotFound, Refused, Stale, WrongRole
from dispatch import rules
from dispatch.duty_list import history
from dispatch.duty_list.cells import Fault, Scheme, among_lines, read_line
from dispatch.duty_list.checks import Finding, check
from dispatch.duty_list.columns import COLUMNS, as_cells
from dispatch.duty_list.records import ChangeKind
from dispatch.matching import DutyRow
from dispatch.rules import AreaRecord, CategoryRecord, DutyRecord

_PAGE = 100
_LIST_LOCK = 12_348  # one writer of the list at a time, so that what was checked is what is written


def scheme(work: Work) -> Scheme:
    """Return what a line may name, from the city's tables."""
    categories = work.session.execute(select(CategoryRecord.code, CategoryRecord.name))
    areas = work.session.execute(select(AreaRecord.code, AreaRecord.name))
    return Scheme(
        categories={code: name for code, name in categories},
        areas={code: name for code, name in areas},
        units=rules.units(work),
    )


def whole_list(work: Work) -> list[DutyRow]:
    """Return every line, by number. For checking and export; routing asks `rules.duties`."""
    return [rules.duty_row(row) for row in work.session.scalars(select(DutyRecord).order_by(DutyRecord.duty_no))]


def page(
    work: Work,
    *,
    q: str | None = None,
    category: str | None = None,
    unit: str | None = None,
    on: date | None = None,
    after: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of lines by number, and where the next begins.

    q: part of a number, basis, note or owner. category: the class and all below it. unit: its lead, helper
    or fall-back. on: only lines in force that day.
    """
    wanted = select(DutyRecord).order_by(DutyRecord.duty_no).limit(_PAGE + 1)
    if q:
        columns = (DutyRecord.duty_no, DutyRecord.legal_basis, DutyRecord.note, DutyRecord.owner)
        wanted = wanted.where(or_(*(column.contains(q, autoescape=True) for column in columns)))
    if category:
        wanted = wanted.where(DutyRecord.category.startswith(category, autoescape=True))
    if unit:
        named = (DutyRecord.lead == unit, DutyRecord.fallback == unit, literal(unit) == any_(DutyRecord.helpers))
        wanted = wanted.where(or_(*named))
    if on:
        holds = or_(DutyRecord.valid_until.is_(None), DutyRecord.valid_until >= on)
        wanted = wanted.where(DutyRecord.valid_from <= on, holds)
    if after:
        wanted = wanted.where(DutyRecord.duty_no > after)
    rows = list(work.session.scalars(wanted))
    known = scheme(work)
    shown = [_shown(row, known) for row in rows[:_PAGE]]
    return shown, rows[_PAGE - 1].duty_no if len(rows) > _PAGE else None


def find_line(work: Work, duty_no: str) -> dict[str, Any]:
    """Return one line with its names and version. Raises NotFound."""
    return _shown(_record(work, duty_no), scheme(work))


def findings(work: Work, *, now: datetime) -> list[Finding]:
    """Return what is wrong with the list as it stands."""
    return check(whole_list(work), scheme(work), _today(now))


def add_line(work: Work, cells: Mapping[str, str], *, reason: str, actor: Actor, now: datetime) -> DutyRow:
    """Add a line. Raises BadInput naming every wrong cell, Refused for a number that exists."""
    lock(work, actor)
    line = _checked(work, cells, instead_of=None)
    if work.session.get(DutyRecord, line.duty_no) is not None:
        raise Refused(f"编号 {line.duty_no} 已经有了，请换一个编号")
    return put(work, ChangeKind.ADD, None, line, actor=actor, reason=_reason(reason), now=now)


def change_line(
    work: Work,
    duty_no: str,
    cells: Mapping[str, str],
    *,
    version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> DutyRow:
    """Change the given cells of a line; what it said before stays in the history.

    version: what the person was looking at. Raises Stale naming who was quicker, BadInput for wrong cells.
    """
    lock(work, actor)
    before = _current(work, duty_no, version)
    after = _checked(work, {**as_cells(before), **cells, "duty_no": duty_no}, instead_of=duty_no)
    if after == before:
        return before
    return put(work, ChangeKind.EDIT, before, after, actor=actor, reason=_reason(reason), now=now)


def end_line(
    work: Work, duty_no: str, *, until: date, version: int, reason: str, actor: Actor, now: datetime
) -> DutyRow:
    """Let a line hold until and including `until`. Raises Refused for a day before its first."""
    lock(work, actor)
    before = _current(work, duty_no, version)
    if until < before.valid_from:
        raise Refused(f"失效日期不能早于生效日期 {before.valid_from}")
    after = replace(before, valid_until=until)
    return put(work, ChangeKind.END, before, after, actor=actor, reason=_reason(reason), now=now)


def lock(work: Work, actor: Actor) -> None:
    """Keep other writers of the list out until the transaction ends. Raises WrongRole."""
    if not actor.has(Role.ADMINISTRATOR, Role.SYSTEM):
        raise WrongRole("只有管理员可以修改职责清单")
    hold(work)


def hold(work: Work) -> None:
    """Keep other writers of the list and its proposals out until the transaction ends."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LIST_LOCK})


def put(
    work: Work,
    kind: ChangeKind,
    before: DutyRow | None,
    after: DutyRow | None,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    load_id: int | None = None,
) -> DutyRow:
    """Bring the table from `before` to `after` and write it down; returns the line that was meant."""
    history.write(work, kind, before, after, actor=actor, reason=reason, now=now, load_id=load_id)
    if after is None:
        assert before is not None
        work.session.execute(delete(DutyRecord).where(DutyRecord.duty_no == before.duty_no))
        return before
    values = {name: getattr(after, name) for name in COLUMNS} | {"helpers": list(after.helpers)}
    if before is None:
        # Not flushed one by one: a whole list goes in as one statement.
        work.session.add(DutyRecord(**values, version=1))
        return after
    record = _record(work, after.duty_no)
    for name, value in values.items():
        setattr(record, name, value)
    record.version += 1
    return after


def explain(faults: Iterable[Fault]) -> str:
    """Return faults of one line as one sentence."""
    return "；".join(f"{COLUMNS.get(fault.column, fault.column)}：{fault.reason}" for fault in faults)


def _checked(work: Work, cells: Mapping[str, str], *, instead_of: str | None) -> DutyRow:
    known = scheme(work)
    trimmed = {name: cells.get(name, "").strip() for name in COLUMNS}
    line = read_line(trimmed, known, row=0)
    if isinstance(line, list):
        raise BadInput(explain(line))
    if faults := _against_others(work, line, instead_of, known):
        raise BadInput(explain(faults))
    return line


def _against_others(work: Work, line: DutyRow, instead_of: str | None, known: Scheme) -> Sequence[Fault]:
    others = [rules.duty_row(row) for row in work.session.scalars(select(DutyRecord).where(_same_class(line)))]
    kept = [one for one in others if one.duty_no not in {instead_of, line.duty_no}]
    return among_lines([(at, one) for at, one in enumerate([line, *kept])], known)


def _same_class(line: DutyRow) -> Any:
    return DutyRecord.category == line.category


def _current(work: Work, duty_no: str, version: int) -> DutyRow:
    record = _record(work, duty_no)
    if record.version != version:
        last = history.last_changed(work, duty_no)
        who = last.actor_name if last is not None else "有人"
        raise Stale(f"{who}刚刚修改了 {duty_no}，请看最新内容后再操作")
    return rules.duty_row(record)


def _record(work: Work, duty_no: str) -> DutyRecord:
    found = select(DutyRecord).where(DutyRecord.duty_no == duty_no).execution_options(populate_existing=True)
    record = work.session.scalar(found)
    if record is None:
        raise NotFound("职责清单里没有这一条")
    return record


def _reason(given: str) -> str:
    if not given.strip():
        raise BadInput("请写明修改原因")
    return given.strip()


def _today(now: datetime) -> date:
    return now.astimezone(CITY_ZONE).date()


def _shown(row: DutyRecord, known: Scheme) -> dict[str, Any]:
    line = rules.duty_row(row)
    return {
        **as_cells(line),
        "version": row.version,
        "category_name": known.categories.get(line.category, line.category),
        "area_name": known.areas.get(line.area) if line.area else None,
        "lead_name": known.units[line.lead].name if line.lead in known.units else line.lead,
    }
