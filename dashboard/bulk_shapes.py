"""The shapes of work on many cases at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dashboard.schemas import CaseState, Shape

MOST = 100


class BulkItem(Shape):
    """A case as the person saw it."""

    case_no: str = Field(max_length=32)
    version: int
    order_no: str | None = Field(default=None, max_length=40)


class BulkGiven(Shape):
    """What comes with the action, for every case alike."""

    unit_code: str | None = Field(default=None, max_length=32)
    helper_codes: list[str] = Field(default_factory=list, max_length=50)
    reason: str | None = Field(default=None, max_length=1000)
    text: str | None = Field(default=None, max_length=5000)
    code: str | None = Field(default=None, max_length=32)


class BulkBody(Shape):
    action: str = Field(max_length=24)
    items: list[BulkItem] = Field(min_length=1, max_length=MOST)
    given: BulkGiven = Field(default_factory=BulkGiven)


class BulkResult(Shape):
    """What became of one case. done: it moved; stale: somebody was quicker; refused: `message` says why."""

    case_no: str
    outcome: Literal["done", "refused", "stale"]
    message: str | None
    version: int | None
    state: CaseState | None


class BulkAnswer(Shape):
    done: int
    results: list[BulkResult]


class BulkAction(Shape):
    """An action that may be taken on many at once, and what must and may be given with it."""

    action: str
    zh: str
    needs: list[str]
    may: list[str]
    codes: str | None


class BulkActions(Shape):
    most: int
    actions: list[BulkAction]
