"""The shapes of the packs' API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from dashboard.schemas import Shape

_REASON = Field(min_length=1, max_length=500, description="why; kept in the history")


class PackStep(Shape):
    """Something that was done with a pack; `replaced_id` is the one that was in force until then."""

    at: datetime
    action: Literal["load", "activate", "threshold"]
    pack_id: int
    replaced_id: int | None
    by: str
    reason: str


class PackRow(Shape):
    """A version of a pack; `assumed` counts the values that are ours and not the city's."""

    pack_id: int
    name: str
    version: str
    title: str
    valid_from: str
    source: str
    assumed: int
    automatic_from_share: float
    active: bool
    loaded_at: datetime
    loaded_by: str


class PackShelf(Shape):
    packs: list[PackRow]
    history: list[PackStep]


class PackWhole(PackRow):
    """A pack with its file as it was loaded."""

    body: dict[str, Any]
    history: list[PackStep]


class PackFile(Shape):
    """A pack file, as text: a wrong comma is then named by its line."""

    content: str = Field(max_length=500_000)


class PackPair(Shape):
    before: int
    after: int


class PackChange(Shape):
    """One difference; `words` is the whole of it as a line."""

    path: str
    title: str
    before: str
    after: str
    words: str


class PackChanges(Shape):
    changes: list[PackChange]


class PackSwitch(Shape):
    reason: str = _REASON


class PackThreshold(Shape):
    """How sure the classifier must be, as a share of 1, before a case is dispatched without a person."""

    share: float = Field(ge=0, le=1)
    reason: str = _REASON
