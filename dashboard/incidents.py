"""The JSON API of incidents (并单): who belongs together, who may, and what a merge would do."""

from __future__ import annotations

from flask import Blueprint

from core import people
from core.clock import now
from core.db import Work, database
from dashboard import incidents_shapes as shapes
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dispatch import incidents as matters

incidents = guard(Blueprint("incidents", __name__, url_prefix="/api/cases"), *STAFF)

# What the two sides of a merge show that may tell who and where.
_PERSONAL = ["content"]
_DECIDING = "并单比对"


@incidents.get("/<case_no>/incident")
@api.validate(resp=answers(shapes.Incident), tags=["incidents"])
def incident(case_no: str) -> shapes.Incident:
    """The incident that a case heads or belongs to."""
    with database().begin() as work:
        return shapes.Incident.model_validate(matters.incident(work, case_no, actor()))


@incidents.get("/<case_no>/duplicates")
@api.validate(resp=answers(shapes.Duplicates), tags=["incidents"])
def duplicates(case_no: str) -> shapes.Duplicates:
    """Cases that may be about the same, within what the person may see, each with its reasons."""
    with database().begin() as work:
        found = matters.duplicates(work, case_no, actor(), now=now())
    return shapes.Duplicates.model_validate({"items": found})


@incidents.get("/<case_no>/duplicates/<into>")
@api.validate(resp=answers(shapes.MergePreview), tags=["incidents"])
def preview(case_no: str, into: str) -> shapes.MergePreview:
    """Both sides of a merge and what it would do: the step before anybody confirms it."""
    with database().begin() as work:
        shown = matters.preview(work, case_no, into, actor(), now=now())
        for number in (case_no, into):
            _record(work, number)
    return shapes.MergePreview.model_validate(shown)


def _record(work: Work, case_no: str) -> None:
    people.record_view(
        work, actor(), subject="case", subject_id=case_no, fields=_PERSONAL, purpose=_DECIDING, at=now()
    )
