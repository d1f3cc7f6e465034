"""The shapes of the intake's API."""

from __future__ import annotations

from pydantic import Field

from dashboard.schemas import CaseCard, DraftForm, Shape


class Matter(Shape):
    """A matter that did not come by a call. `form`: the fields of a draft; only those given are written."""

    channel: str = Field(max_length=16, description="a code of the list `channel`")
    source_no: str | None = Field(
        default=None, min_length=1, max_length=64, description="the channel's own number; sent twice, it is one case"
    )
    form: DraftForm


class Received(Shape):
    """What it became. `known`: it had come before under the same number, and nothing new was opened."""

    case_no: str
    version: int
    known: bool


class FormChange(Shape):
    """What a person writes into the form of a case that waits to be accepted."""

    version: int
    form: DraftForm


class Filled(Shape):
    card: CaseCard
