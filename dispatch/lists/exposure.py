"""The exposure list (曝光台): what each unit has let slip, and the cases behind each number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Subquery, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from core.actor import Actor, Role
from core.db import Work
from core.errors import BadInput, WrongRole
from dispatch import cards, rules, scope
from dispatch.audience import with_units_above
from dispatch.lists import paging
from dispatch.lists.conditions import is_fact
from dispatch.lists.names import names_of, unit_names
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import PenaltyRecord, SupervisionRecord

PAGE = 50
# How often a case is done again before it is held up.
REDONE_FROM = 2
LONGEST = timedelta(days=366)
_SEE_ALL = (Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)

Rows = Select[*tuple[Any, ...]]
# Each gives (unit, case_id) of what has happened since, or stands now.
_Rows = Callable[[datetime, datetime], Rows]


def _cards(colour: str) -> _Rows:
    def rows(since: datetime, _now: datetime) -> Rows:
        given = select(PenaltyRecord.unit_code.label("unit"), PenaltyRecord.case_id)
        return given.where(PenaltyRecord.colour == colour, PenaltyRecord.at >= since)

    return rows


def _unanswered(_since: datetime, _now: datetime) -> Rows:
    waiting = select(SupervisionRecord.unit_code.label("unit"), SupervisionRecord.case_id)
    return waiting.where(SupervisionRecord.answered_at.is_(None))


def _overdue(_since: datetime, now: datetime) -> Rows:
    running = is_fact("work_order.state IN ('to_sign', 'handling')") & WorkOrderRecord.stopped_at.is_(None)
    rows = select(WorkOrderRecord.unit_code.label("unit"), WorkOrderRecord.case_id)
    return rows.where(running, WorkOrderRecord.due_at < now)


def _redone(since: datetime, _now: datetime) -> Rows:
    rows = select(CaseRecord.lead_unit.label("unit"), CaseRecord.id.label("case_id"))
    return rows.where(is_fact(f"hotline_case.redos >= {REDONE_FROM}"), CaseRecord.changed_at >= since)


def _on_paper(since: datetime, _now: datetime) -> Rows:
    """The earlier case is held up: the same matter came back soon after that one was closed."""
    again, before = aliased(CaseRecord), aliased(CaseRecord)
    rows = select(before.lead_unit.label("unit"), before.id.label("case_id"))
    return rows.join(again, again.relapse_of == before.id).where(again.registered_at >= since)


KINDS: dict[str, _Rows] = {
    "yellow": _cards("yellow"),
    "red": _cards("red"),
    "unanswered": _unanswered,
    "overdue": _overdue,
    "redone": _redone,
    "on_paper": _on_paper,
}


def exposure(work: Work, actor: Actor, *, since: datetime, now: datetime) -> dict[str, Any]:
    """Return what every unit in this person's sight has let slip (exposure_shapes.Exposure), in one statement.

    Cards, redos and paper closings count since then, what is unanswered or overdue as it stands now.
    Raises WrongRole for others than supervisors, leaders, administrators and units, BadInput for a longer time.
    """
    parents = rules.parents(work)
    own = _units(actor, parents)
    if since < now - LONGEST:
        raise BadInput("曝光台最多看一年")
    seen = scope.visible(actor, parents)
    counted = []
    for kind, rows in KINDS.items():
        one = rows(since, now).subquery()
        count = func.count(one.c.case_id.distinct())
        found = select(literal_column(f"'{kind}'").label("kind"), one.c.unit, count.label("cases"))
        found = found.join(CaseRecord, CaseRecord.id == one.c.case_id).where(seen, one.c.unit.is_not(None))
        counted.append(_within(found, one, own).group_by(one.c.unit))
    units: dict[str, dict[str, int]] = {}
    for kind, unit, cases in work.session.execute(union_all(*counted)):
        units.setdefault(unit, dict.fromkeys(KINDS, 0))[kind] = cases
    names = unit_names(work)
    lines: list[dict[str, Any]] = [
        {"unit": {"code": unit, "name": names.get(unit, unit)}, **found} for unit, found in units.items()
    ]
    lines.sort(key=lambda line: (-line["red"], -line["yellow"], -line["overdue"], line["unit"]["code"]))
    return {"as_of": now.isoformat(), "since": since.isoformat(), "units": lines}


def exposed(
    work: Work,
    actor: Actor,
    *,
    kind: str,
    unit: str | None,
    since: datetime,
    cursor: str | None,
    now: datetime,
    limit: int = PAGE,
) -> dict[str, Any]:
    """Return a page of the cases behind one number of the exposure list, newest first (schemas.CaseCard).

    unit: that one and those below; None: all in sight. Raises as `exposure`, BadInput for an unknown kind.
    """
    parents = rules.parents(work)
    own = _units(actor, parents)
    if kind not in KINDS:
        raise BadInput("曝光台没有这一项")
    one = KINDS[kind](since, now).subquery()
    behind = _within(select(one.c.case_id), one, own)
    if unit is not None:
        behind = behind.where(one.c.unit.in_([code for code in parents if unit in with_units_above(code, parents)]))
    page = paging.newest([scope.visible(actor, parents), CaseRecord.id.in_(behind)], cursor)
    found = work.session.execute(page.limit(limit + 1)).all()
    shown = [row[0] for row in found[:limit]]
    names = names_of(work, shown)
    return {
        "as_of": now.isoformat(),
        "items": [cards.case_card(case, names) for case in shown],
        "next": paging.cursor(found[limit - 1]) if len(found) > limit else None,
    }


def _units(actor: Actor, parents: dict[str, str | None]) -> frozenset[str] | None:
    """Return the units whose failings this person may see; None for all."""
    if actor.has(*_SEE_ALL):
        return None
    if not actor.has(Role.HANDLER):
        raise WrongRole("只有督办员、领导、管理员和承办单位可以查看曝光台")
    return scope.units_of(actor, parents)


def _within(rows: Rows, one: Subquery, own: frozenset[str] | None) -> Rows:
    return rows if own is None else rows.where(one.c.unit.in_(own))
