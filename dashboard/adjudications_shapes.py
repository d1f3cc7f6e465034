"""The shapes of the conferences' API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dashboard.schemas import CaseCardRef, Shape, UnitName


class ConferencesQuery(Shape):
    """`open`: soonest due first. `over`: ruled or overtaken, newest first, a page before `before`."""

    state: Literal["open", "over"] = "open"
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)


class Conference(Shape):
    """A conference (会商) on whose duty a case is; `late` when it is, or was, not ruled in time."""

    adjudication_id: int
    case: CaseCardRef
    urgency: str
    disputes: int
    opened_at: datetime
    due_at: datetime
    late: bool
    open: bool
    parties: list[UnitName]
    reason: str
    opinion_count: int
    ruled_at: datetime | None
    unit: UnitName | None
    ruling: str | None
    basis: str | None


class Conferences(Shape):
    items: list[Conference]
    before: int | None  # where the next page begins


class Opinion(Shape):
    at: datetime
    person_name: str
    unit: UnitName | None
    text: str


class DisputedReturn(Shape):
    """A lead's return: who gave it back, by which reason and law, and whom they named."""

    order_no: str
    unit: UnitName
    at: datetime | None
    code: str
    basis: str | None
    reason: str | None
    suggested_unit: UnitName | None


class WholeConference(Conference):
    opinions: list[Opinion]
    returns: list[DisputedReturn]
