"""The JSON API of the callback desk. The answers themselves are actions of the case (dashboard/cases.py)."""

from __future__ import annotations

from flask import Blueprint

from core.actor import Role
from core.clock import now
from core.db import database
from core.queues import QueueName, queues
from dashboard import callbacks_shapes as shapes
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dispatch import queries
from dispatch.callbacks import desk

callbacks = guard(
    Blueprint("callbacks", __name__, url_prefix="/api/callbacks"), Role.CALLBACK, Role.REVIEWER, Role.SUPERVISOR
)


@callbacks.get("")
@api.validate(query=shapes.CallBackQuery, resp=answers(shapes.CallBackPage), tags=["callbacks"])
def waiting(query: shapes.CallBackQuery) -> shapes.CallBackPage:
    """The cases whose citizen is to be asked, the most pressing first."""
    with database().begin() as work:
        return shapes.CallBackPage.model_validate(desk.waiting(work, actor(), cursor=query.cursor, now=now()))


@callbacks.get("/look-backs")
@api.validate(query=shapes.LookBackQuery, resp=answers(shapes.LookBackPage), tags=["callbacks"])
def look_backs(query: shapes.LookBackQuery) -> shapes.LookBackPage:
    """The promises that nobody has looked back on, due or of the coming fortnight."""
    with database().begin() as work:
        return shapes.LookBackPage.model_validate(desk.look_backs(work, actor(), after=query.after, now=now()))


@callbacks.get("/<case_no>")
@api.validate(resp=answers(shapes.CallBackSheet), tags=["callbacks"])
def sheet(case_no: str) -> shapes.CallBackSheet:
    """All that is needed to ask about one case."""
    with database().begin() as work:
        return shapes.CallBackSheet.model_validate(desk.one(work, case_no, actor(), now=now()))


@callbacks.put("/<case_no>/wish")
@api.validate(json=shapes.ContactWish, resp=answers(shapes.CallBackSheet), tags=["callbacks"])
def wish(case_no: str, json: shapes.ContactWish) -> shapes.CallBackSheet:
    """Note how the citizen wants to be asked."""
    with database().begin() as work:
        desk.set_wish(work, case_no, json.ask_by, actor=actor(), now=now())
        return shapes.CallBackSheet.model_validate(desk.one(work, case_no, actor(), now=now()))


@callbacks.post("/<case_no>/message")
@api.validate(resp=answers(shapes.Asked), tags=["callbacks"])
def message(case_no: str) -> shapes.Asked:
    """Send the citizen a fresh link to rate by, at most one a minute."""
    at = now()
    with database().begin() as work:
        case_id = queries.visible(work, case_no, actor()).id
    minute = str(int(at.timestamp()) // 60)
    queues().put(QueueName.DEFAULT, "workers.ask_citizens.ask_again", case_id=case_id, at=minute)
    return shapes.Asked(asked=True)
