"""What became of a practice call, for the practice line's command; absent with a real carrier."""

from __future__ import annotations

from flask import Blueprint

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

# Dispatched, or waiting for a person to do so: more does not happen by itself.
_AT_REST = frozenset({"to_dispatch", "to_sign", "handling", "to_review", "closed", "answered"})


@practice.get("/calls/<call_sid>")
@api.validate(resp=answers(schemas.PracticeCall), tags=["practice"])
def call(call_sid: str) -> schemas.PracticeCall:
    """What was said, decided and routed so far."""
    with database().begin() as work:
        found = calls.practice_call(work, call_sid)
        if found is None:
            raise NotFound("没有这通电话")
        call_id = found.pop("call_id")
        case = cases.practice_outcome(work, call_id) or dict.fromkeys(_CASE_FIELDS)
    together = found | case | {"case_no": found["case_no"] or case["case_no"]}
    return schemas.PracticeCall.model_validate(together | {"finished": is_finished(together)})


@practice.get("/staffing")
@api.validate(resp=answers(schemas.Staffing), tags=["practice"])
def staffing() -> schemas.Staffing:
    """How many people, robots not counted, have a seat that is not offline."""
    with database().begin() as work:
        seated = calls.people_at_desks(work)
        robots = people.ids_named(work, ROBOTS)
    return schemas.Staffing(people_at_desks=len(seated - robots))


def is_finished(call: dict[str, object]) -> bool:
    """Say whether the call is over and nothing more will become of it by itself. Pure."""
    if call["state"] != CallState.ENDED or call["outcome"] is None:
        return False
    return call["outcome"] not in (CallOutcome.CASE, CallOutcome.ANSWERED) or call["case_state"] in _AT_REST


_CASE_FIELDS = ("case_no", "case_state", "unit", "registered_at", "routed_at", "on_board_at")
