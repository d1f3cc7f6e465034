"""What the wall shows of cases: those open, what presses, counts by state and unit, today's figures, last events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.clock import CITY_ZONE
from core.db import Work
from dispatch import cards
from dispatch.lists.conditions import BY_CLOCK, IS_OPEN, RUNS, late, soon
from dispatch.lists.names import names_of, unit_names
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.stages import OPEN_STATES, CaseState

BOARD_CASES = 200
PRESSING_CASES = 50
_NOT_CASES = [CaseState.DRAFT.value, CaseState.DISCARDED.value]


def board_cases(work: Work, now: datetime, *, limit: int = BOARD_CASES) -> dict[str, Any]:
    """Return the board's part about cases: open ones, what presses, counts by state and unit, today's figures.

    cases are the newest `limit`; what presses and the counts are of all open cases.
    """
    by_state = dict(
        work.session.execute(select(CaseRecord.state, func.count()).where(IS_OPEN).group_by(CaseRecord.state)).all()
    )
    newest = select(CaseRecord).where(IS_OPEN).order_by(CaseRecord.id.desc())
    found = work.session.scalars(newest.limit(limit)).all()
    due = select(CaseRecord).where(IS_OPEN, RUNS).order_by(BY_CLOCK.ordered)
    pressing = work.session.scalars(due.order_by(CaseRecord.id).limit(PRESSING_CASES)).all()
    names = names_of(work, [*found, *pressing])
    return {
        "cases": [cards.case_card(case, names) for case in found],
        "pressing": [cards.case_card(case, names) for case in pressing],
        "open_by_unit": _open_by_unit(work, now),
        "limit": limit,
        "open_total": sum(by_state.values()),
        "open_by_state": {state.value: by_state.get(state.value, 0) for state in CaseState if state in OPEN_STATES},
        "cases_today": _today(work, now),
    }


def _open_by_unit(work: Work, now: datetime) -> list[dict[str, Any]]:
    """Return every unit that leads open cases: how many, late, about to be late (schemas.UnitLoad)."""
    loads = (
        select(CaseRecord.lead_unit, func.count(), func.count().filter(late(now)), func.count().filter(soon(now)))
        .where(IS_OPEN, CaseRecord.lead_unit.is_not(None))
        .group_by(CaseRecord.lead_unit)
        .order_by(CaseRecord.lead_unit)
    )
    found = [row for row in work.session.execute(loads) if row[0] is not None]
    names = unit_names(work)
    return [
        {"code": code, "name": names.get(code or "", code), "open": count, "late": passed, "soon": near}
        for code, count, passed, near in found
    ]


def last_events(work: Work, *, limit: int = 30) -> list[dict[str, Any]]:
    """Return the newest lines that are the board's news, newest first (schemas.BoardEvent)."""
    news = [action.value for action in cards.EVENT_KINDS]
    found = (
        select(TimelineRecord, CaseRecord)
        .join(CaseRecord, CaseRecord.id == TimelineRecord.case_id)
        .where(TimelineRecord.action.in_(news))
        .order_by(TimelineRecord.id.desc())
        .limit(limit)
    )
    pairs = work.session.execute(found).all()
    names = names_of(work, [case for _, case in pairs], units=[entry.unit_code for entry, _ in pairs])
    return [cards.board_event(entry, case, names) for entry, case in pairs]


def _today(work: Work, now: datetime) -> dict[str, int]:
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    answered = CaseRecord.state == CaseState.ANSWERED
    registered, directly = work.session.execute(
        select(func.count(), func.count().filter(answered)).where(
            CaseRecord.registered_at >= midnight, CaseRecord.state.not_in(_NOT_CASES)
        )
    ).one()
    closed = work.session.scalar(
        select(func.count()).where(CaseRecord.closed_at >= midnight, CaseRecord.state == CaseState.CLOSED)
    )
    return {"registered": registered - directly, "answered_directly": directly, "closed": closed or 0}
