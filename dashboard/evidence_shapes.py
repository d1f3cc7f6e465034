"""The shapes of the evidence API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from dashboard.schemas import Shape, UnitName


class EvidenceForm(Shape):
    """A file that is uploaded. Without an order it is an attachment of the case, for the desk only."""

    file: BaseFile
    order_no: str | None = Field(default=None, max_length=40)
    keep_place: bool = False  # write down where the picture was taken; the file itself never carries it
    reason: str | None = Field(default=None, max_length=200)


class Evidence(Shape):
    evidence_id: int
    order_no: str | None
    unit: UnitName | None
    at: datetime
    by: str
    name: str
    kind: Literal["jpg", "png", "webp", "heic", "pdf", "docx", "xlsx", "mp3", "wav", "m4a", "mp4"]
    size_bytes: int
    sha256: str
    had_place: bool  # the picture said where it was taken; that was taken out
    place_kept: bool
    reused: bool  # the same file or picture stands in another case
    reused_in: list[str]  # which; only for those who see every case
    withdrawn_at: datetime | None
    withdraw_reason: str | None


class EvidenceList(Shape):
    items: list[Evidence]
    most: int  # files an order may have
    most_mb: int


class Withdrawal(Shape):
    reason: str = Field(min_length=1, max_length=200)


class KeptPlace(Shape):
    """Where a picture was taken, as its unit wanted it kept."""

    lat: float
    lon: float
    taken_at: str | None  # as the camera wrote it, in the camera's own time
    reason: str
