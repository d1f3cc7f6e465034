"""The JSON API of what comes in by other ways than a call: entered at the window, from the web, from 110."""

from __future__ import annotations

from flask import Blueprint

from core.clock import now
from core.db import database
from dashboard import intake_shapes as shapes
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dashboard.schemas import CaseCard
from dispatch import intake as matters
from dispatch import queries

intake = guard(Blueprint("intake", __name__, url_prefix="/api"), *STAFF)


@intake.post("/cases")
@api.validate(json=shapes.Matter, resp=answers(shapes.Received), tags=["intake"])
def receive(json: shapes.Matter) -> shapes.Received:
    """Enter a matter; it waits to be accepted."""
    fields = json.form.model_dump(exclude_unset=True)
    with database().begin() as work:
        found = matters.receive(
            work, actor=actor(), channel=json.channel, fields=fields, source_no=json.source_no, now=now()
        )
        return shapes.Received(case_no=found.case.case_no, version=found.case.version, known=found.known)


@intake.post("/cases/<case_no>/form")
@api.validate(json=shapes.FormChange, resp=answers(shapes.Filled), tags=["intake"])
def fill(case_no: str, json: shapes.FormChange) -> shapes.Filled:
    """Write the class, the place and what else is missing into a case before it is accepted."""
    fields = json.form.model_dump(exclude_unset=True)
    with database().begin() as work:
        matters.fill(work, case_no, fields, actor=actor(), version=json.version, now=now())
        return shapes.Filled(card=CaseCard.model_validate(queries.card(work, case_no)))
