"""Reading conferences: what is open and until when, who said what, how it was ruled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from core.actor import Actor, Role
from core.db import Work
from core.errors import NotFound
from dispatch import cards, rules, scope
from dispatch.audience import with_units_above
from dispatch.lists import names_of
from dispatch.masking import mask_people
from dispatch.records import CaseRecord
from dispatch.side_records import AdjudicationRecord, OpinionRecord
from dispatch.stages import CaseState

PAGE = 50


def conferences_of(work: Work, actor: Actor, *, state: str, before: int | None, now: datetime) -> dict[str, Any]:
    """Return one page of conferences (adjudications_shapes.Conferences) within what the actor may see.

    state: "open", soonest due first and whole; "over", newest first, PAGE at a time before the id `before`.
    """
    wanted = _visible(work, actor).where(_is_open() if state == "open" else ~_is_open())
    if state == "open":
        wanted = wanted.order_by(AdjudicationRecord.due_at, AdjudicationRecord.id)
    else:
        if before is not None:
            wanted = wanted.where(AdjudicationRecord.id < before)
        wanted = wanted.order_by(AdjudicationRecord.id.desc()).limit(PAGE + 1)
    rows = [(record, case) for record, case in work.session.execute(wanted)]
    more = state != "open" and len(rows) > PAGE
    rows = rows[:PAGE] if more else rows
    return {"items": _items(work, rows, now), "before": rows[-1][0].id if more else None}


def conference(work: Work, adjudication_id: int, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return one conference with its returns and opinions. Raises NotFound outside the actor's scope."""
    found = work.session.execute(_visible(work, actor).where(AdjudicationRecord.id == adjudication_id)).first()
    if found is None:
        raise NotFound("没有这次会商")
    record, case = found
    said = work.session.scalars(
        select(OpinionRecord).where(OpinionRecord.adjudication_id == record.id).order_by(OpinionRecord.id)
    ).all()
    names = _unit_names(work, [record], case, said)
    return {
        **_items(work, [(record, case)], now)[0],
        "opinions": [
            {
                "at": one.at,
                "person_name": one.person_name,
                "unit": cards.named(one.unit_code, names),
                "text": mask_people(one.text),
            }
            for one in said
        ],
        "returns": [
            {
                "order_no": order.order_no,
                "unit": cards.named(order.unit_code, names),
                "at": order.stopped_at,
                "code": order.return_code,
                "basis": order.return_basis,
                "reason": order.return_reason and mask_people(order.return_reason),
                "suggested_unit": cards.named(order.suggested_unit, names),
            }
            for order in case.orders
            if order.leads and order.return_code is not None
        ],
    }


def _visible(work: Work, actor: Actor) -> Select[AdjudicationRecord, CaseRecord]:
    """Return the conferences of cases the actor sees, and those in which their unit had a part.

    A party loses sight of the case with the ruling, but not of what was ruled.
    """
    parents = rules.parents(work)
    own = scope.units_of(actor, parents)
    part: ColumnElement[bool] = false()
    if own:
        above = with_units_above(actor.unit_code or "", parents)
        part = and_(AdjudicationRecord.parties.overlap(sorted(own)), ~CaseRecord.recused.overlap(list(above)))
    whole = true() if actor.has(Role.SYSTEM) else scope.visible(actor, parents)
    return (
        select(AdjudicationRecord, CaseRecord)
        .join(CaseRecord, CaseRecord.id == AdjudicationRecord.case_id)
        .where(or_(whole, part))
    )


def _is_open() -> ColumnElement[bool]:
    """A conference ends with its ruling, or with the case (withdrawn, merged); what opens later is another one."""
    later = aliased(AdjudicationRecord)
    overtaken = exists().where(later.case_id == AdjudicationRecord.case_id, later.id > AdjudicationRecord.id)
    waits = CaseRecord.state == CaseState.ADJUDICATION.value
    return and_(waits, AdjudicationRecord.ruled_at.is_(None), ~overtaken)


def _items(work: Work, rows: Sequence[tuple[AdjudicationRecord, CaseRecord]], now: datetime) -> list[dict[str, Any]]:
    if not rows:
        return []
    names = names_of(work, [case for _, case in rows], units=_codes(record for record, _ in rows))
    ids = [record.id for record, _ in rows]
    counts, still_open = _opinion_counts(work, ids), _still_open(work, ids)
    return [
        {
            "adjudication_id": record.id,
            "case": cards.case_ref(case, names),
            "urgency": case.urgency,
            "disputes": case.disputes,
            "opened_at": record.opened_at,
            "due_at": record.due_at,
            "late": (record.ruled_at or now) > record.due_at,
            "open": record.id in still_open,
            "parties": [cards.named(code, names.units) for code in record.parties],
            "reason": mask_people(record.reason),
            "opinion_count": counts.get(record.id, 0),
            "ruled_at": record.ruled_at,
            "unit": cards.named(record.unit_code, names.units),
            "ruling": record.ruling and mask_people(record.ruling),
            "basis": record.basis,
        }
        for record, case in rows
    ]


def _opinion_counts(work: Work, ids: list[int]) -> dict[int, int]:
    counted = select(OpinionRecord.adjudication_id, func.count()).where(OpinionRecord.adjudication_id.in_(ids))
    found = work.session.execute(counted.group_by(OpinionRecord.adjudication_id))
    return {adjudication_id: number for adjudication_id, number in found}


def _still_open(work: Work, ids: list[int]) -> set[int]:
    found = select(AdjudicationRecord.id).join(CaseRecord, CaseRecord.id == AdjudicationRecord.case_id)
    return set(work.session.scalars(found.where(AdjudicationRecord.id.in_(ids), _is_open())))


def _codes(records: Iterable[AdjudicationRecord]) -> list[str | None]:
    return [code for record in records for code in (*record.parties, record.unit_code)]


def _unit_names(
    work: Work, records: list[AdjudicationRecord], case: CaseRecord, said: Sequence[OpinionRecord]
) -> dict[str, str]:
    codes = [*_codes(records), *(one.unit_code for one in said)]
    for order in case.orders:
        codes += [order.unit_code, order.suggested_unit]
    return dict(names_of(work, [case], units=codes).units)
