"""One case's routing told: lines, candidates, past cases like it, who overruled the machine and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from core.clock import CITY_ZONE
from core.db import Work
from dispatch import placing, rules
from dispatch.duty_list import shelf
from dispatch.explained.reasons import Considered, considered
from dispatch.lifecycle import Action
from dispatch.matching import DutyRow, UnitRow
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.routing import CategoryShare

_ALIKE = 200  # past cases that are counted
_SHOWN = 10  # of these shown one by one
_DECISIONS = (Action.DISPATCH.value, Action.RULE.value)


def explain(work: Work, case: CaseRecord, *, now: datetime) -> dict[str, Any]:
    """Return why the case went, or may go, where.

    The lines are those of the moment it was judged, whatever the list says today; `list_as_of` is that moment.
    """
    at = case.dispatched_at or case.judged_at or now
    candidates, units = placing.candidates_of(work, case), rules.units(work)
    lines = _lines(work, candidates, at)
    on = at.astimezone(CITY_ZONE).date()
    return {
        "case_no": case.case_no,
        "list_as_of": at,
        "candidates": [_candidate(one, case.area_code or "", on, lines, units) for one in candidates],
        "verdict": case.routing,
        "recused": [_named(code, units) for code in case.recused or ()],
        "alike": _alike(work, case, units),
        "decisions": _decisions(work, case, units),
    }


def _lines(work: Work, candidates: Sequence[CategoryShare], at: datetime) -> list[DutyRow]:
    codes = [one.code for one in candidates]
    # A case older than the history: what was first written down is the nearest to what it saw.
    return shelf.list_at(work, at, categories=codes) or rules.duties(work, codes)


def _candidate(
    one: CategoryShare, area: str, on: date, lines: Sequence[DutyRow], units: Mapping[str, UnitRow]
) -> dict[str, Any]:
    found = considered(one.code, area, on, lines, units)
    return {
        "category": {"code": one.code, "name": one.name},
        "share": one.share,
        "confirmed": one.share >= 1,
        "lines": [_line(order, each, units) for order, each in enumerate(found, start=1)],
    }


def _line(order: int, one: Considered, units: Mapping[str, UnitRow]) -> dict[str, Any]:
    return {
        "order": order,
        "duty_no": one.line.duty_no,
        "category": one.line.category,
        "area": one.line.area,
        "level": one.line.level,
        "written": one.line.lead,
        "lead": _named(one.lead, units) if one.lead else None,
        "legal_basis": one.line.legal_basis,
        "department_only": one.line.department_only,
        "won": one.won,
        "why": one.why,
    }


def _alike(work: Work, case: CaseRecord, units: Mapping[str, UnitRow]) -> dict[str, Any]:
    """Return where past cases of the same class in the same district went, and how often they came back."""
    if case.category_code is None:
        return {"cases": 0, "by_unit": [], "latest": []}
    back = (
        select(func.count())
        .where(TimelineRecord.case_id == CaseRecord.id, TimelineRecord.action == Action.RETURN.value)
        .correlate(CaseRecord)
        .scalar_subquery()
    )
    wanted = select(
        CaseRecord.case_no, CaseRecord.state, CaseRecord.lead_unit, CaseRecord.registered_at, back.label("back")
    )
    wanted = wanted.where(
        CaseRecord.category_code == case.category_code,
        CaseRecord.lead_unit.is_not(None),
        CaseRecord.id != case.id,
    )
    if case.area_code:
        wanted = wanted.where(CaseRecord.area_code.startswith(case.area_code[:6]))
    rows = list(work.session.execute(wanted.order_by(CaseRecord.id.desc()).limit(_ALIKE)))
    went, returned = Counter(row.lead_unit for row in rows), Counter(row.lead_unit for row in rows if row.back)
    return {
        "cases": len(rows),
        "by_unit": [
            {"unit": _named(code, units), "cases": count, "returned": returned[code]}
            for code, count in went.most_common()
        ],
        "latest": [
            {
                "case_no": row.case_no,
                "state": row.state,
                "unit": _named(row.lead_unit, units),
                "registered_at": row.registered_at,
                "returned": row.back,
            }
            for row in rows[:_SHOWN]
        ],
    }


def _decisions(work: Work, case: CaseRecord, units: Mapping[str, UnitRow]) -> list[dict[str, Any]]:
    """Return every decision who leads, in order; overruled: a person chose another unit than the machine's first."""
    proposed = (case.routing or {}).get("candidates") or []
    first = next((one["unit"]["code"] for one in proposed if one["duty_no"]), None)
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id, TimelineRecord.action.in_(_DECISIONS))
    return [
        {
            "at": entry.at,
            "action": entry.action,
            "actor_name": entry.actor_name,
            "by_machine": entry.actor_id is None,
            "unit": _named(entry.unit_code, units) if entry.unit_code else None,
            "overruled": entry.actor_id is not None and first is not None and entry.unit_code != first,
            "reason": entry.reason,
        }
        for entry in work.session.scalars(wanted.order_by(TimelineRecord.id))
    ]


def _named(code: str, units: Mapping[str, UnitRow]) -> dict[str, str]:
    return {"code": code, "name": units[code].name if code in units else code}
