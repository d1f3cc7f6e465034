"""One action on many cases (批量): each in a transaction of its own, so that one refusal stops no other."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint

from core.actor import Actor
from core.clock import now
from core.db import database
from core.errors import BadInput, HotlineError, Stale
from dashboard import bulk_shapes as shapes
from dashboard import denied
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dashboard.refusals import sentence_of
from dispatch import service
from dispatch.lifecycle import ACTION_NAMES, Action, step_of

bulk = guard(Blueprint("bulk", __name__, url_prefix="/api/cases"), *STAFF)

# What makes sense said once for many; what needs a look at each case (a reply, a return, a ruling) is not here.
ALLOWED = (
    Action.ACCEPT,
    Action.DISPATCH,
    Action.SIGN,
    Action.PASS,
    Action.CLOSE,
    Action.NOTE,
    Action.URGE,
    Action.EXCLUDE,
    Action.INCLUDE,
    Action.REFUSE_EXTENSION,
)


@bulk.get("/bulk")
@api.validate(resp=answers(shapes.BulkActions), tags=["cases"])
def actions() -> shapes.BulkActions:
    """The actions of this person's roles that may be taken on many cases at once."""
    steps = {action: step_of(action) for action in ALLOWED}
    return shapes.BulkActions(
        most=shapes.MOST,
        actions=[
            shapes.BulkAction(
                action=action.value,
                zh=ACTION_NAMES[action],
                needs=[need.value for need in step.needs],
                may=[need.value for need in step.may],
                codes=step.codes,
            )
            for action, step in steps.items()
            if not step.by.isdisjoint(actor().roles)
        ],
    )


@bulk.post("/bulk")
@api.validate(json=shapes.BulkBody, resp=answers(shapes.BulkAnswer), tags=["cases"])
def act(json: shapes.BulkBody) -> shapes.BulkAnswer:
    """Take one action on up to 100 cases; each answer says what became of that case."""
    action = next((one for one in ALLOWED if one.value == json.action), None)
    if action is None:
        raise BadInput("这个操作不能批量进行")
    if len({item.case_no for item in json.items}) < len(json.items):
        raise BadInput("同一个办件选了两次")
    came = json.given
    given = service.Given(
        unit=came.unit_code, helpers=tuple(came.helper_codes), reason=came.reason, text=came.text, code=came.code
    )
    results = [_one(item, action, actor(), given) for item in json.items]
    return shapes.BulkAnswer(done=sum(one.outcome == "done" for one in results), results=results)


def _one(item: shapes.BulkItem, action: Action, person: Actor, given: service.Given) -> shapes.BulkResult:
    try:
        with database().begin() as work:
            case = service.act(
                work,
                item.case_no,
                action,
                actor=person,
                given=replace(given, order_no=item.order_no),
                version=item.version,
                now=now(),
            )
        return _result(item, "done", version=case.version, state=case.state)
    except Stale as error:
        return _result(item, "stale", message=sentence_of(error))
    except HotlineError as error:
        if denied.turns_away(error):
            denied.note(case_no=item.case_no)
        return _result(item, "refused", message=sentence_of(error))


def _result(item: shapes.BulkItem, outcome: str, **more: object) -> shapes.BulkResult:
    blank = {"message": None, "version": None, "state": None}
    return shapes.BulkResult.model_validate({"case_no": item.case_no, "outcome": outcome, **blank, **more})
