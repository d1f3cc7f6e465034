"""The shapes of the JSON API of the figures; docs/figures.md says what each figure is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from dashboard.schemas import Kind, Shape, Urgency

Dimension = Literal["unit", "district", "class", "kind", "channel", "urgency"]
FigureKind = Literal["share", "mean", "count"]
Basis = Literal["due", "opened", "sent", "sign", "order", "card"]
Part = Literal["numerator", "denominator", "excluded"]
Span = Literal["day", "week", "month", "range"]
Load = Literal["high", "normal", "low"]
_Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
# Everything between: ten years are more than any table of figures is read for.
_LONGEST_DAYS = 3660


class FiguresQuery(Shape):
    """The period (`on` lies in the day, week or month; today if not given), the instant, and which rows."""

    span: Span = "month"
    on: date | None = None
    first: date | None = None
    last: date | None = None
    as_of: AwareDatetime | None = Field(None, description="use only what had happened by then; now if not given")
    by: Dimension | None = None
    unit: _Code | None = Field(None, description="this unit and those below it")
    district: _Code | None = None
    category: _Code | None = Field(None, description="the top level: the first two characters")
    kind: Kind | None = None
    channel: _Code | None = None
    urgency: Urgency | None = None

    @model_validator(mode="after")
    def _range_is_whole(self) -> Self:
        if self.span == "range":
            if self.first is None or self.last is None or self.last < self.first:
                raise ValueError("a range needs first and last, in that order")
            if (self.last - self.first).days >= _LONGEST_DAYS:
                raise ValueError("a range has at most ten years")
        return self


class TrendQuery(FiguresQuery):
    periods: int = Field(6, ge=1, le=24)


class BehindQuery(FiguresQuery):
    part: Part = "numerator"
    cursor: str | None = Field(None, max_length=80)


class ExportQuery(FiguresQuery):
    format: Literal["csv", "xlsx"] = "xlsx"


class DaysQuery(Shape):
    first: date
    last: date


class FigureName(Shape):
    """A figure of the list. left_out: the codes of rows that it cannot ask, besides the official exclusions."""

    code: str
    zh: str
    en: str
    kind: FigureKind
    basis: Basis
    without_excluded: bool
    less_is_better: bool
    left_out: list[str]


class FigureNames(Shape):
    items: list[FigureName]


class FigureValue(Shape):
    """One figure. value is null when there is nothing to divide by; the bounds are those of a share only."""

    code: str
    value: float | None
    numerator: float
    denominator: int
    counted: int
    excluded: int
    lower: float | None
    upper: float | None


class FigureGroup(Shape):
    """All figures of one key of a dimension; key "" where it is not known."""

    key: str
    name: str
    figures: list[FigureValue]
    score: float | None


class ExclusionCount(Shape):
    code: str
    name: str
    count: int


class FigureWeights(Shape):
    responded: float
    solved: float
    satisfied: float


class Figures(Shape):
    """A report. due is V, kept is V′; exclusions say what lies between them."""

    first: date
    last: date
    as_of: datetime
    due: int
    kept: int
    exclusions: list[ExclusionCount]
    weights: FigureWeights
    rank_from: int
    whole: FigureGroup
    by: Dimension | None
    groups: list[FigureGroup]


class FigureTrend(Shape):
    """The period asked for and those before it, newest first."""

    items: list[Figures]


class FigureStanding(Shape):
    """A unit among its like; rank null where there are too few cases."""

    unit: str
    name: str
    type: str
    load: Load
    rank: int | None
    figure: FigureValue


class FigureTiers(Shape):
    code: str
    first: date
    last: date
    as_of: datetime
    rank_from: int
    items: list[FigureStanding]


class FigureCase(Shape):
    """A row behind a figure. counts is null for an excluded one, code for all others."""

    case_no: str
    order_no: str | None
    unit: str | None
    unit_name: str | None
    at: datetime
    due_at: datetime | None
    done_at: datetime | None
    counts: float | None
    code: str | None
    code_name: str | None


class FigureCases(Shape):
    items: list[FigureCase]
    next: str | None


class StoredDays(Shape):
    days: list[date]


class StoredDay(Shape):
    """A stored day beside what the timeline gives now; figures as [denominator, numerator, counted, excluded]."""

    on: date
    as_of: datetime
    closed_at: datetime
    equal: bool
    intact: bool
    chained: bool
    differences: list[str]
    stored: dict[str, object]
    recomputed: dict[str, object]
