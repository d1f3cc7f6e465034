"""The shapes of what people keep at their desks: reply templates and saved filters."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from dashboard.schemas import Shape


class TemplateBody(Shape):
    title: str = Field(min_length=1, max_length=64)
    text: str = Field(min_length=1, max_length=5000)
    category_code: str | None = Field(default=None, max_length=16)


class TemplateChange(TemplateBody):
    version: int


class ReplyTemplate(Shape):
    """A beginning of a reply. mine: of one's own unit, so that one may change it; else of a unit above."""

    template_id: int
    version: int
    title: str
    text: str
    category_code: str | None
    unit_code: str
    mine: bool
    changed_at: datetime
    changed_by: str


class ReplyTemplates(Shape):
    templates: list[ReplyTemplate]


class FilterBody(Shape):
    """What the search form held: field -> what was chosen. No personal details belong in a filter's name."""

    terms: dict[str, str | int | bool | list[str] | None] = Field(max_length=40)


class SavedFilter(Shape):
    name: str
    terms: dict[str, str | int | bool | list[str] | None]
    saved_at: datetime


class SavedFilters(Shape):
    filters: list[SavedFilter]
