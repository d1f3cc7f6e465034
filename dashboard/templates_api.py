"""The JSON API of what people keep at their desks: their unit's reply templates, their own filters."""

from __future__ import annotations

import json as plain

from flask import Blueprint

from core.clock import now
from core.db import Work, database
from core.errors import BadInput
from dashboard import templates_shapes as shapes
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dispatch import templates as keeping

templates = guard(Blueprint("templates", __name__, url_prefix="/api"), *STAFF)

_LONGEST_NAME = 64
_LARGEST_FILTER = 4000  # characters of JSON


@templates.get("/templates")
@api.validate(resp=answers(shapes.ReplyTemplates), tags=["templates"])
def listing() -> shapes.ReplyTemplates:
    """The templates of one's own unit and of those above it."""
    with database().begin() as work:
        return _templates(work)


@templates.post("/templates")
@api.validate(json=shapes.TemplateBody, resp=answers(shapes.ReplyTemplates), tags=["templates"])
def add(json: shapes.TemplateBody) -> shapes.ReplyTemplates:
    """Add one to one's own unit."""
    with database().begin() as work:
        keeping.add_template(work, **json.model_dump(), actor=actor(), now=now())
        return _templates(work)


@templates.put("/templates/<int:template_id>")
@api.validate(json=shapes.TemplateChange, resp=answers(shapes.ReplyTemplates), tags=["templates"])
def change(template_id: int, json: shapes.TemplateChange) -> shapes.ReplyTemplates:
    """Change one of one's own unit; 409 when somebody changed it meanwhile."""
    with database().begin() as work:
        keeping.change_template(work, template_id, **json.model_dump(), actor=actor(), now=now())
        return _templates(work)


@templates.delete("/templates/<int:template_id>")
@api.validate(resp=answers(shapes.ReplyTemplates), tags=["templates"])
def remove(template_id: int) -> shapes.ReplyTemplates:
    """Remove one of one's own unit."""
    with database().begin() as work:
        keeping.remove_template(work, template_id, actor=actor())
        return _templates(work)


@templates.get("/filters")
@api.validate(resp=answers(shapes.SavedFilters), tags=["templates"])
def filters() -> shapes.SavedFilters:
    """One's own saved filters."""
    with database().begin() as work:
        return _filters(work)


@templates.put("/filters/<name>")
@api.validate(json=shapes.FilterBody, resp=answers(shapes.SavedFilters), tags=["templates"])
def save(name: str, json: shapes.FilterBody) -> shapes.SavedFilters:
    """Save a filter under a name; the one of that name before is replaced."""
    if len(name) > _LONGEST_NAME:
        raise BadInput("筛选的名字不能超过 64 字")
    if len(plain.dumps(json.terms, ensure_ascii=False)) > _LARGEST_FILTER:
        raise BadInput("筛选条件太多，请精简后再保存")
    with database().begin() as work:
        keeping.save_filter(work, name, json.terms, actor=actor(), now=now())
        return _filters(work)


@templates.delete("/filters/<name>")
@api.validate(resp=answers(shapes.SavedFilters), tags=["templates"])
def forget(name: str) -> shapes.SavedFilters:
    """Remove a filter of one's own."""
    with database().begin() as work:
        keeping.remove_filter(work, name, actor=actor())
        return _filters(work)


def _templates(work: Work) -> shapes.ReplyTemplates:
    own = actor().unit_code
    return shapes.ReplyTemplates(
        templates=[
            shapes.ReplyTemplate(
                template_id=one.id,
                version=one.version,
                title=one.title,
                text=one.text,
                category_code=one.category_code,
                unit_code=one.unit_code,
                mine=one.unit_code == own,
                changed_at=one.changed_at,
                changed_by=one.changed_name,
            )
            for one in keeping.templates(work, actor())
        ]
    )


def _filters(work: Work) -> shapes.SavedFilters:
    found = [
        shapes.SavedFilter(name=one.name, terms=one.terms, saved_at=one.saved_at)
        for one in keeping.filters(work, actor())
    ]
    return shapes.SavedFilters(filters=found)
