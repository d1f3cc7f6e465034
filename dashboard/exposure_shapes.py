"""The shapes of the exposure list (曝光台)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from dashboard.schemas import CaseCard, Shape, UnitName

Kind = Literal["yellow", "red", "unanswered", "overdue", "redone", "on_paper"]


class ExposureQuery(Shape):
    since: date | None = None  # 30 days ago when absent


class ExposureLine(Shape):
    """Cases of one unit: cards, supervision not answered, overdue, done again and again, closed on paper."""

    unit: UnitName
    yellow: int
    red: int
    unanswered: int
    overdue: int
    redone: int
    on_paper: int


class Exposure(Shape):
    as_of: datetime
    since: datetime
    units: list[ExposureLine]


class ExposedQuery(Shape):
    kind: Kind
    unit: str | None = Field(default=None, max_length=32)
    since: date | None = None
    cursor: str | None = Field(default=None, max_length=200)


class Exposed(Shape):
    as_of: datetime
    items: list[CaseCard]
    next: str | None
