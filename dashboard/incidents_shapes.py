"""The shapes of the incident API: a head and its children, likely duplicates, both sides before a merge."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from dashboard.schemas import CaseCardRef, Shape


class Incident(Shape):
    """One matter with several complainants: the cases that the reader may see; `size` counts all children."""

    part: Literal["head", "child", "alone"]
    size: int
    head: CaseCardRef | None
    children: list[CaseCardRef]


class DuplicateReason(Shape):
    """Why two cases may be the same; share 0 to 1."""

    code: Literal["same_person", "same_place", "same_class", "same_area", "place", "title"]
    words: str
    share: float


class Duplicate(Shape):
    """A case that may be about the same. `refusal` says why it cannot be the head, null when it can."""

    case: CaseCardRef
    version: int
    incident_size: int
    promise_due_at: datetime | None
    share: float
    reasons: list[DuplicateReason]
    open: bool
    same_person: bool
    refusal: str | None


class Duplicates(Shape):
    """The likeliest duplicates, the likeliest first; closed ones of the last thirty days among them."""

    items: list[Duplicate]


class MergeSide(Shape):
    """One side of a merge, with enough to decide by; people are masked."""

    case: CaseCardRef
    version: int
    incident_size: int
    promise_due_at: datetime | None
    content: str
    demand: str | None
    happened: str | None
    people_affected: int | None


class MergePreview(Shape):
    """What a merge would do, before anybody does it; the merge itself is the action `merge` with `into`."""

    child: MergeSide
    head: MergeSide
    same_person: bool
    refusal: str | None
    follows: list[str]
