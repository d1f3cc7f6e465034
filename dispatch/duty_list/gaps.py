"""Matters that units keep giving back: they show where the list says nothing, or the wrong thing (监管空白)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from core.actor import Actor
from core.db import Work
from dispatch import rules
from dispatch.duty_list.proposals import propose_line
from dispatch.duty_list.records import ProposalSource
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.rules import CategoryRecord

# How often units must have given one case back before it points to a gap in the list, and how far back to look.
BOUNCED = 2
GAP_DAYS = 90


def gaps(work: Work, *, now: datetime) -> list[dict[str, Any]]:
    """Return the classes whose cases units keep giving back, most such cases first (监管空白).

    Of each: how many cases came back twice or more in the last 90 days, who gave them back, and the unit that
    most of them ended with, if that can be said.
    """
    back = (
        select(TimelineRecord.case_id, func.array_agg(TimelineRecord.unit_code).label("units"))
        .where(TimelineRecord.action == Action.RETURN.value, TimelineRecord.at >= now - timedelta(days=GAP_DAYS))
        .group_by(TimelineRecord.case_id)
        .having(func.count() >= BOUNCED)
        .subquery()
    )
    wanted = (
        select(CaseRecord.case_no, CaseRecord.category_code, CategoryRecord.name, CaseRecord.lead_unit, back.c.units)
        .join(back, back.c.case_id == CaseRecord.id)
        .join(CategoryRecord, CategoryRecord.code == CaseRecord.category_code)
        .order_by(CaseRecord.id.desc())
    )
    clusters: dict[tuple[str, str], list[Any]] = {}
    for row in work.session.execute(wanted):
        clusters.setdefault((row.category_code, row.name), []).append(row)
    units = rules.units(work)
    found = [_gap(code, name, rows, units) for (code, name), rows in clusters.items()]
    return sorted(found, key=lambda one: (-one["cases"], one["category"]["code"]))


def propose_gaps(work: Work, *, actor: Actor, now: datetime) -> int:
    """Propose a line for every gap whose cases ended with one unit; return how many stand proposed."""
    proposed = 0
    for gap in gaps(work, now=now):
        if gap["ended_with"] is None:
            continue
        propose_line(
            work,
            category=gap["category"]["code"],
            area="",
            lead=gap["ended_with"]["code"],
            basis="",
            from_case_no=gap["case_nos"][0],
            ruling=gap["sentence"],
            actor=actor,
            now=now,
            source=ProposalSource.GAP,
        )
        proposed += 1
    return proposed


def _gap(code: str, name: str, rows: Sequence[Any], units: Mapping[str, Any]) -> dict[str, Any]:
    gave_back = Counter(unit for row in rows for unit in row.units if unit)
    # Whoever has it now without having given it back: the likeliest holder of the duty.
    ended = Counter(row.lead_unit for row in rows if row.lead_unit and row.lead_unit not in row.units)
    best, times = ended.most_common(1)[0] if ended else ("", 0)
    where = f"，其中 {times} 件最后由{units[best].name}办理" if best in units else ""
    return {
        "category": {"code": code, "name": name},
        "cases": len(rows),
        "case_nos": [row.case_no for row in rows[:20]],
        "gave_back": [
            {"code": unit, "name": units[unit].name if unit in units else unit, "times": count}
            for unit, count in gave_back.most_common()
        ],
        "ended_with": {"code": best, "name": units[best].name} if best in units else None,
        "sentence": f"近 {GAP_DAYS} 天有 {len(rows)} 件“{name}”被退回两次以上{where}；请在清单中明确主办单位",
    }
