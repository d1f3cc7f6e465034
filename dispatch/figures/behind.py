"""The rows behind a figure, page by page: exactly those that were counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import text

from core.db import Work
from core.errors import BadInput, NotFound
from dispatch.figures import settings, statements
from dispatch.figures.catalogue import BY_CODE
from dispatch.figures.report import Asked, parameters
from dispatch.figures.settings import Settings

PAGE = 50


class Part(StrEnum):
    """Which rows of a figure."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    EXCLUDED = "excluded"


@dataclass(frozen=True, kw_only=True)
class Behind:
    """One row: a case or a work order. counts is None for an excluded one, code for all others."""

    case_no: str
    order_no: str | None
    unit: str | None
    at: datetime
    due_at: datetime | None
    done_at: datetime | None
    counts: float | None
    code: str | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, and the mark of the next page; None after the last."""

    items: list[Behind]
    next: str | None


def rows_behind(
    work: Work,
    figure: str,
    part: Part,
    asked: Asked,
    *,
    cursor: str | None = None,
    how_many: int = PAGE,
    using: Settings | None = None,
) -> Page:
    """Return a page of the rows of `part`. Raises NotFound, BadInput for a broken cursor."""
    wanted = BY_CODE.get(figure)
    if wanted is None:
        raise NotFound("没有这个指标")
    case_id, item = _place(cursor)
    using = using or settings.current(work, asked.period, asked.as_of)
    page = {"part": part.value, "after_case": case_id, "after_item": item, "how_many": how_many + 1}
    statements.tune(work)
    statement = text(statements.rows(wanted, asked.filtered))
    found = work.session.execute(statement, parameters(asked, using) | page).all()
    shown = found[:how_many]
    return Page(
        items=[
            Behind(
                case_no=row.case_no,
                order_no=row.order_no,
                unit=row.unit,
                at=_utc(row.at),
                due_at=row.due_at and _utc(row.due_at),
                done_at=row.done_at and _utc(row.done_at),
                counts=None if row.counts < 0 else row.counts,
                code=row.out_code,
            )
            for row in shown
        ],
        next=f"{shown[-1].case_id}.{shown[-1].item}" if len(found) > how_many else None,
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _place(cursor: str | None) -> tuple[int, str]:
    if cursor is None:
        return 0, ""
    case_id, _, item = cursor.partition(".")
    if not case_id.isascii() or not case_id.isdigit() or len(case_id) > 18 or "\0" in item:
        raise BadInput("翻页标记无效，请从第一页开始")
    return int(case_id), item
