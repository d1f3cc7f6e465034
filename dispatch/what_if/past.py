"""Past cases read for a replay: only what routing and the clock need, nothing of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from core.clock import CITY_ZONE
from core.db import Work
from dispatch.lifecycle import CaseState
from dispatch.records import CaseRecord
from dispatch.routing import CategoryShare
from dispatch.rules import CategoryRecord
from dispatch.what_if.replay import PastCase

_NO_MATTER = (CaseState.DRAFT.value, CaseState.DISCARDED.value)
_COLUMNS = (
    CaseRecord.case_no,
    CaseRecord.kind,
    CaseRecord.urgency,
    CaseRecord.category_code,
    CaseRecord.area_code,
    CaseRecord.touched,
    CaseRecord.suggestion,
    CaseRecord.unit_code,
    CaseRecord.lead_unit,
    CaseRecord.recused,
    CaseRecord.dispatched_at,
    CaseRecord.clock_stopped_at,
    CaseRecord.closed_at,
    CaseRecord.pack_id,
)


def count(work: Work, since: date, until: date) -> int:
    """Return how many cases of the city's days `since` to `until`, both included, went to dispatch."""
    return work.session.scalar(select(func.count()).select_from(CaseRecord).where(*_within(since, until))) or 0


def sample(work: Work, since: date, until: date, *, at_most: int) -> list[int]:
    """Return the ids of these cases; of too many a sample that is the same each time and favours no day or class."""
    wanted = select(CaseRecord.id).where(*_within(since, until))
    return list(work.session.scalars(wanted.order_by(func.md5(CaseRecord.case_no)).limit(at_most)))


def read(work: Work, ids: Sequence[int], *, with_words: bool) -> list[tuple[PastCase, int | None]]:
    """Return these cases with their pack's id. with_words: what they say too, for a text model."""
    columns = (*_COLUMNS, CaseRecord.title, CaseRecord.content) if with_words else _COLUMNS
    rows = list(work.session.execute(select(*columns).where(CaseRecord.id.in_(ids)).order_by(CaseRecord.id)))
    names = _names(work, {row.category_code for row in rows if row.category_code})
    return [(_past(row, names, with_words=with_words), row.pack_id) for row in rows]


def candidates(row: Any, names: Mapping[str, str]) -> tuple[CategoryShare, ...]:
    """Return the classes that routing considered for a case, as `placing.candidates_of` reads them."""
    suggestion = row.suggestion or {}
    guessed = suggestion.get("considered") or suggestion.get("categories") or []
    if row.category_code and (_chosen(row) or not guessed):
        name = names.get(row.category_code, row.category_code)
        return (CategoryShare(code=row.category_code, name=name, share=1.0),)
    return tuple(CategoryShare(code=one["code"], name=one["name"], share=one["share"]) for one in guessed)


def _past(row: Any, names: Mapping[str, str], *, with_words: bool) -> PastCase:
    return PastCase(
        case_no=row.case_no,
        kind=row.kind,
        urgency=row.urgency,
        category=row.category_code,
        area=row.area_code or "",
        words=" ".join(filter(None, (row.title, row.content))) if with_words else "",
        candidates=candidates(row, names),
        chosen_by_person=_chosen(row),
        chosen_unit=row.unit_code if "unit_code" in row.touched else None,
        recused=frozenset(row.recused or ()),
        decided_unit=row.lead_unit,
        dispatched_at=row.dispatched_at,
        finished_at=row.clock_stopped_at or row.closed_at,
    )


def _chosen(row: Any) -> bool:
    return bool(row.category_code) and "category_code" in row.touched


def _names(work: Work, codes: Iterable[str]) -> dict[str, str]:
    found = work.session.execute(
        select(CategoryRecord.code, CategoryRecord.name).where(CategoryRecord.code.in_(list(codes)))
    )
    return {code: name for code, name in found}


def _within(since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    starts = datetime.combine(since, time(), tzinfo=CITY_ZONE)
    ends = datetime.combine(until + timedelta(days=1), time(), tzinfo=CITY_ZONE)
    # Judged or sent: a matter answered on the line never asked the list.
    asked_the_list = CaseRecord.judged_at.is_not(None) | CaseRecord.dispatched_at.is_not(None)
    return (
        CaseRecord.registered_at >= starts,
        CaseRecord.registered_at < ends,
        CaseRecord.state.not_in(_NO_MATTER),
        asked_the_list,
    )
