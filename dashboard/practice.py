"""What became of a practice call, for the practice line's command; absent with a real carrier."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from callcenter import queries as calls
from callcenter.calls import CallOutcome, CallState
from core import people
from core.db import database
from core.errors import NotFound
from dashboard import schemas
from dashboard.access import guard_basic
from dashboard.openapi import answers, api
from dispatch import queries as cases

practice = guard_basic(Blueprint("practice", __name__, url_prefix="/api/practice"))

# The accounts of the practice agent begin with this.
ROBOTS = "robot"

_NO_CASE: dict[str, Any] = dict.fromkeys(
    ("case_no", "case_state", "unit", "registered_at", "routed_at", "on_board_at", "left")
)


@practice.get("/calls/<call_sid>")
@api.validate(resp=answers(schemas.PracticeCall), tags=["practice"])
def call(call_sid: str) -> schemas.PracticeCall:
    """What was said, decided and routed so far."""
    with database().begin() as work:
        found = calls.practice_call(work, call_sid)
        if found is None:
            raise NotFound("没有这通电话")
        call_id = found.pop("call_id")
        case = cases.practice_outcome(work, call_id) or dict(_NO_CASE)
    left = case.pop("left")
    together = found | case | {"case_no": found["case_no"] or case["case_no"]}
    ends = {"finished": is_finished(together, left=left), "on_board_at": _shown_at(case)}
    return schemas.PracticeCall.model_validate(together | ends)


@practice.get("/staffing")
@api.validate(resp=answers(schemas.Staffing), tags=["practice"])
def staffing() -> schemas.Staffing:
    """How many people, robots not counted, have a seat that is not offline."""
    with database().begin() as work:
        seated = calls.people_at_desks(work)
        robots = people.ids_named(work, ROBOTS)
    return schemas.Staffing(people_at_desks=len(seated - robots))


def is_finished(call: dict[str, Any], *, left: bool | None) -> bool:
    """Say whether the call is over and nothing more will become of it by itself. Pure.

    A registered case is at rest once it has been judged: sent to its unit, or left to a dispatcher.
    left: whether its draft waits in the list of what people must finish.
    """
    if call["state"] != CallState.ENDED or call["outcome"] is None:
        return call["state"] == CallState.ENDED and bool(left)
    return call["outcome"] != CallOutcome.CASE or call["routed_at"] is not None


def _shown_at(case: dict[str, Any]) -> str | None:
    """Return when the card of the routed case was first handed to the boards' feed."""
    if case["routed_at"] is None:
        return None
    said = current_app.extensions["redis"].get(f"pushed:{case['case_no']}:to_sign")
    return said and said.decode()
