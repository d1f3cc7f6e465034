"""The JSON API for reading conferences; what is done in them are actions of the case (dashboard/cases.py)."""

from __future__ import annotations

from flask import Blueprint

from core.clock import now
from core.db import database
from core.errors import NotFound
from dashboard import adjudications_shapes as shapes
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dispatch import disputes

adjudications = guard(Blueprint("adjudications", __name__, url_prefix="/api/adjudications"), *STAFF)

_LARGEST = 2**63 - 1


@adjudications.get("")
@api.validate(query=shapes.ConferencesQuery, resp=answers(shapes.Conferences), tags=["adjudications"])
def listing(query: shapes.ConferencesQuery) -> shapes.Conferences:
    """The conferences that this person may see."""
    with database().begin() as work:
        found = disputes.conferences_of(work, actor(), state=query.state, before=query.before, now=now())
    return shapes.Conferences.model_validate(found)


@adjudications.get("/<int:adjudication_id>")
@api.validate(resp=answers(shapes.WholeConference), tags=["adjudications"])
def one(adjudication_id: int) -> shapes.WholeConference:
    """One conference: the returns that led to it, what was said, how it was ruled."""
    if adjudication_id > _LARGEST:
        raise NotFound("没有这次会商")
    with database().begin() as work:
        found = disputes.conference(work, adjudication_id, actor(), now=now())
    return shapes.WholeConference.model_validate(found)
