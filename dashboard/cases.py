"""The JSON API of cases: lists, one case, what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from callcenter import queries as calls
from callcenter import service as call_service
from callcenter.calls import CallOutcome
from core import people
from core.actor import Actor
from core.clock import now
from core.db import Work, database
from core.errors import BadInput
from dashboard import schemas
from dashboard.access import STAFF, WALL, actor, guard
from dashboard.openapi import answers, api
from dashboard.searching import phone_of, terms_of
from dispatch import queries, service
from dispatch.lifecycle import PUBLIC_ACTIONS, Action

cases = guard(Blueprint("cases", __name__, url_prefix="/api"), *STAFF)

# What a case page shows that may tell who and where; opening one is written down as done to handle the case.
_PERSONAL = ("place", "content", "words")
_HANDLING = "办理"

_Act = Callable[[Work, str, Actor, schemas.ActionBody], Any]


@cases.get("/city")
@api.validate(resp=answers(schemas.City), tags=["city"])
def city() -> schemas.City:
    """The trees of units, categories and areas."""
    with database().begin() as work:
        return schemas.City(**queries.city(work))


@cases.get("/codes")
@api.validate(resp=answers(schemas.Codes), tags=["city"])
def codes() -> schemas.Codes:
    """The coded lists that forms choose from: reasons, grounds, causes."""
    with database().begin() as work:
        return schemas.Codes(**queries.codes(work))


@cases.get("/cases")
@api.validate(query=schemas.CaseQuery, resp=answers(schemas.CasePage), tags=["cases"])
def listing(query: schemas.CaseQuery) -> schemas.CasePage:
    """One page of a view, within what the person may see."""
    terms = terms_of(query)
    with database().begin() as work:
        page = queries.listing(work, actor(), view=query.view, terms=terms, cursor=query.cursor, now=now())
    return schemas.CasePage(**page)


@cases.post("/cases/by-phone")
@api.validate(json=schemas.PersonQuery, resp=answers(schemas.PersonCases), tags=["cases"])
def by_phone(json: schemas.PersonQuery) -> schemas.PersonCases:
    """Earlier cases of a person by the exact number; who searched and why is recorded."""
    phone = phone_of(json.phone)
    with database().begin() as work:
        found = queries.cases_of_phone(work, phone, actor=actor(), purpose=json.purpose, now=now())
    return schemas.PersonCases.model_validate(found)


@cases.get("/cases/views")
@api.validate(resp=answers(schemas.Views), tags=["cases"])
def views() -> schemas.Views:
    """The saved views of this person's roles, with counts."""
    with database().begin() as work:
        return schemas.Views(**queries.view_counts(work, actor(), now=now()))


@cases.get("/cases/<case_no>")
@api.validate(resp=answers(schemas.CaseDetail), tags=["cases"])
def detail(case_no: str) -> schemas.CaseDetail:
    """One case whole, with the actions this person may take."""
    with database().begin() as work:
        return _detail(work, case_no)


@cases.post("/cases/<case_no>/actions/<action>")
@api.validate(json=schemas.ActionBody, resp=answers(schemas.CaseDetail), tags=["cases"])
def act(case_no: str, action: str, json: schemas.ActionBody) -> schemas.CaseDetail:
    """Take one action; 409 when the rules refuse it or somebody changed the case meanwhile."""
    take = _ACTIONS.get(action)
    if take is None:
        raise BadInput(f"没有“{action}”这个操作")
    with database().begin() as work:
        # First of all the scope: a stranger is told that there is no such case, not what state it is in.
        found = queries.visible(work, case_no, actor())
        if found.state == "draft" and Action(action) in _FINISHED:
            take = _finish(Action(action), _FINISHED[Action(action)])
        elif found.state == "draft" and action == Action.TRANSFER:
            take = _hand_over
        take(work, case_no, actor(), json)
        return _detail(work, case_no)


@cases.post("/cases/<case_no>/reveal")
@api.validate(json=schemas.Purpose, resp=answers(schemas.Revealed), tags=["cases"])
def reveal(case_no: str, json: schemas.Purpose) -> schemas.Revealed:
    """Show the person's details once; who looked and why is recorded."""
    with database().begin() as work:
        shown = service.reveal(work, case_no, actor=actor(), purpose=json.purpose, now=now())
    return schemas.Revealed(**shown)


def _detail(work: Work, case_no: str) -> schemas.CaseDetail:
    person = actor()
    found = queries.detail(work, case_no, person, now=now())
    # A unit reads what the desk wrote down, not what the caller said word for word.
    heard = found["call_id"] is not None and person.has(*WALL)
    shown = found | {"words": calls.words(work, found["call_id"]) if heard else []}
    if seen := [name for name in _PERSONAL if shown[name]]:
        people.record_view(work, person, subject="case", subject_id=case_no, fields=seen, purpose=_HANDLING, at=now())
    return schemas.CaseDetail.model_validate(shown)


def _act(action: Action) -> _Act:
    """Return the act that goes through the one door of dispatch/."""

    def act(work: Work, case_no: str, person: Actor, body: schemas.ActionBody) -> None:
        service.act(work, case_no, action, actor=person, given=_given(body), version=body.version, now=now())

    return act


def _given(body: schemas.ActionBody) -> service.Given:
    came = body.model_dump(exclude={"version", "form", "unit_code", "helper_codes"})
    lists = {name: tuple(value) for name, value in came.items() if isinstance(value, list)}
    return service.Given(unit=body.unit_code, helpers=tuple(body.helper_codes), **came | lists)


def _finish(action: Action, outcome: CallOutcome) -> _Act:
    """Return the act that finishes a draft which its call has left behind, and says what the call came to."""

    def act(work: Work, case_no: str, person: Actor, body: schemas.ActionBody) -> None:
        fields = body.form.model_dump(exclude_unset=True) if body.form else {}
        if action is Action.ANSWER and body.text:
            fields["answer"] = body.text
        case = service.finish_draft(
            work,
            case_no,
            action,
            actor=person,
            fields=fields,
            reason=body.reason,
            version=body.version,
            now=now(),
        )
        if case.call_id is not None:
            _conclude(work, case.call_id, case.case_no, outcome)

    return act


def _hand_over(work: Work, case_no: str, person: Actor, body: schemas.ActionBody) -> None:
    """Hand a draft to the emergency services, while they still talk or after it; the call came to this case."""
    case = service.act(
        work, case_no, Action.TRANSFER, actor=person, given=_given(body), version=body.version, now=now()
    )
    if case.call_id is not None:
        _conclude(work, case.call_id, case.case_no, CallOutcome.CASE)


def _conclude(work: Work, call_id: int, case_no: str, outcome: CallOutcome) -> None:
    came_to = calls.find(work, call_id).outcome
    if outcome is not CallOutcome.NO_MATTER:
        call_service.attach_case(work, call_id, case_no)
    elif came_to is not None:
        return  # a message that was no matter stays a message
    call_service.conclude(work, call_id, outcome)


_FINISHED = {
    Action.REGISTER: CallOutcome.CASE,
    Action.ANSWER: CallOutcome.ANSWERED,
    Action.DISCARD: CallOutcome.NO_MATTER,
}
_ACTIONS: dict[str, _Act] = {action.value: _act(action) for action in sorted(PUBLIC_ACTIONS)}
