"""Where what a unit claims and what the citizen says do not fit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core.db import Work
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import CallBackRecord

NOT_CONTACTED = "not_contacted"  # contact claimed, "nobody has contacted me"
NOT_SOLVED = "not_solved"  # solved claimed, "it is not solved"
RELAPSE = "relapse"  # the same matter at the same place was closed shortly before


def contradictions(work: Work, case: CaseRecord) -> list[str]:
    """Return what does not fit in one case."""
    return of_cases(work, [case])[case.id]


def of_cases(work: Work, cases: Sequence[CaseRecord]) -> dict[int, list[str]]:
    """Return case id -> what does not fit, in one statement for all of them."""
    asked = select(CallBackRecord).where(
        CallBackRecord.case_id.in_([case.id for case in cases]), CallBackRecord.connected
    )
    answers: dict[int, list[CallBackRecord]] = {}
    for one in work.session.scalars(asked.order_by(CallBackRecord.id)):
        answers.setdefault(one.case_id, []).append(one)
    return {case.id: _of(case, answers.get(case.id, [])) for case in cases}


def _of(case: CaseRecord, answers: Sequence[CallBackRecord]) -> list[str]:
    found = {name for answer in answers for name in _denied(_spoken_of(case, answer), answer)}
    if case.relapse_of is not None:
        found.add(RELAPSE)
    return [name for name in (NOT_CONTACTED, NOT_SOLVED, RELAPSE) if name in found]


def _spoken_of(case: CaseRecord, answer: CallBackRecord) -> WorkOrderRecord | None:
    """Return the lead's order that the citizen was asked about: the last one replied to before."""
    replied = [one for one in case.orders if one.leads and one.replied_at is not None and one.replied_at <= answer.at]
    return replied[-1] if replied else None


def _denied(order: WorkOrderRecord | None, answer: CallBackRecord) -> list[str]:
    if order is None:
        return []
    denied = []
    if order.contacted_at is not None and answer.contacted is False:
        denied.append(NOT_CONTACTED)
    if order.solved == "solved" and answer.solved == "unsolved":
        denied.append(NOT_SOLVED)
    return denied
