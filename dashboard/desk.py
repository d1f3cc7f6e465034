"""The JSON API of the call desk: the seat, the queue, the call, the draft.

An edge: here, and nowhere else on the desk's side, calls and cases meet.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from callcenter import connecting, seats
from callcenter import queries as calls
from callcenter import service as call_service
from callcenter.calls import ATTENDED, CallOutcome, CallState, SeatState
from callcenter.records import CallRecord
from callcenter.telephony import line
from core import people
from core.actor import Actor, Role
from core.clock import now
from core.db import Work, database
from core.errors import NotFound, WrongRole
from core.presence import say_present
from dashboard import schemas
from dashboard.access import actor, guard
from dashboard.accounts import listening
from dashboard.line_address import line_address
from dashboard.openapi import answers, api
from dispatch import queries as cases
from dispatch import service as case_service

desk = guard(Blueprint("desk", __name__, url_prefix="/api/desk"), Role.AGENT, Role.SUPERVISOR)


@desk.get("/seat")
@api.validate(resp=answers(schemas.Seat), tags=["desk"])
def seat() -> schemas.Seat:
    """The person's own seat. Whoever asks is there."""
    person = actor()
    if person.has(Role.AGENT):
        say_present(current_app.extensions["redis"], [person.person_id or 0])
    return _own_seat(person)


@desk.post("/seat")
@api.validate(json=schemas.SeatChange, resp=answers(schemas.Seat), tags=["desk"])
def change_seat(json: schemas.SeatChange) -> schemas.Seat:
    """Become ready, take a break, go offline."""
    person = _agent()
    with database().begin() as work:
        seats.change_seat(work, actor=person, state=SeatState(json.state), reason=json.reason, now=now())
    return _own_seat(person)


@desk.get("/phone-token")
@api.validate(resp=answers(schemas.PhoneToken), tags=["desk"])
def phone_token() -> schemas.PhoneToken:
    """A token for the soft-phone of this person's seat."""
    person = _agent()
    token, identity, expires_at = line().phone_token(person.person_id or 0, now=now())
    practice_line = current_app.extensions["settings"].practice_line_url
    return schemas.PhoneToken(
        driver="practice" if practice_line else "twilio",
        token=token,
        identity=identity,
        line_url=practice_line and line_address(practice_line),
        expires_at=expires_at,
    )


@desk.get("/waiting")
@api.validate(resp=answers(schemas.Waiting), tags=["desk"])
def waiting() -> schemas.Waiting:
    """The callers in the queue, longest waiting first."""
    with database().begin() as work:
        return schemas.Waiting.model_validate({"as_of": now(), "calls": calls.waiting(work)})


@desk.post("/calls/<int:call_id>/accept")
@api.validate(json=schemas.Accept, resp=answers(schemas.Seat), tags=["desk"])
def accept(call_id: int, json: schemas.Accept) -> schemas.Seat:
    """Take the call; of two who try at once one wins and the other is told so."""
    person = _agent()
    with database().begin() as work:
        call_service.accept(work, call_id, claim=json.claim, actor=person, now=now())
    return _own_seat(person)


@desk.post("/calls/<int:call_id>/decline")
@api.validate(json=schemas.Accept, resp=answers(schemas.Seat), tags=["desk"])
def decline(call_id: int, json: schemas.Accept) -> schemas.Seat:
    """Give the offered call back to the front of the queue."""
    person = _agent()
    with database().begin() as work:
        call_service.decline(work, call_id, claim=json.claim, actor=person, now=now())
    return _own_seat(person)


@desk.post("/calls/<int:call_id>/hold")
@api.validate(json=schemas.Hold, resp=answers(schemas.CallCard), tags=["desk"])
def hold(call_id: int, json: schemas.Hold) -> schemas.CallCard:
    """Hold the caller with music, or take them back."""
    connecting.hold(call_id, on=json.on, actor=actor())
    return _card(call_id)


@desk.post("/calls/<int:call_id>/hang-up")
@api.validate(resp=answers(schemas.CallCard), tags=["desk"])
def hang_up(call_id: int) -> schemas.CallCard:
    """End the call for both sides."""
    connecting.hang_up(call_id, actor=actor())
    return _card(call_id)


@desk.get("/calls/<int:call_id>")
@api.validate(resp=answers(schemas.CallDetail), tags=["desk"])
def call_detail(call_id: int) -> schemas.CallDetail:
    """The call whole: words so far, draft, history of this number."""
    with database().begin() as work:
        found, call = calls.detail(work, call_id, actor()), calls.find(work, call_id)
        _phone, fingerprint = calls.caller(work, call_id)
        holder = calls.held(call, actor())
        draft = cases.draft_for_call(work, call_id, clear=holder)
        history = cases.history_for_caller(work, fingerprint, except_call=call_id)
        if history and fingerprint and call.agent_id == actor().person_id and call.state in ATTENDED:
            # They may open these for an hour, as after a search: who rings up rings up about them.
            people.record_caller_seen(work, actor(), fingerprint, purpose="来电接听", at=now())
    return schemas.CallDetail.model_validate(found | {"draft": draft, "history": history, "listening": listening()})


@desk.post("/calls/<int:call_id>/reveal")
@api.validate(json=schemas.Purpose, resp=answers(schemas.Revealed), tags=["desk"])
def reveal(call_id: int, json: schemas.Purpose) -> schemas.Revealed:
    """Show number, name and place once; who looked and why is recorded."""
    person = actor()
    with database().begin() as work:
        call = calls.visible(work, call_id, person)
        phone = call.phone
        _check_reveal(work, call, person)
        draft = cases.draft_for_call(work, call_id, clear=True)
        form = draft["form"] if draft else dict.fromkeys(("contact_phone", "caller_name", "place"))
        shown = {
            "phone": form["contact_phone"] or phone,
            "name": form["caller_name"],
            "address": form["place"],
        }
        people.record_disclosure(
            work,
            person,
            subject="call",
            subject_id=str(call_id),
            fields=[name for name, value in shown.items() if value],
            purpose=json.purpose,
            at=now(),
        )
    return schemas.Revealed(**shown)


@desk.put("/calls/<int:call_id>/draft")
@api.validate(json=schemas.DraftChange, resp=answers(schemas.Draft), tags=["desk"])
def change_draft(call_id: int, json: schemas.DraftChange) -> schemas.Draft:
    """Save what was typed, as it is typed."""
    person = actor()
    with database().begin() as work:
        case_no = _draft_no(work, call_id, person)
        given = json.form.model_dump(include=set(json.fields))
        case_service.change_draft(work, case_no, given, actor=person, now=now())
        return schemas.Draft.model_validate(cases.draft_for_call(work, call_id, clear=True))


@desk.post("/calls/<int:call_id>/register")
@api.validate(resp=answers(schemas.CaseCard), tags=["desk"])
def register(call_id: int) -> schemas.CaseCard:
    """Turn the draft into a case to dispatch."""
    person = actor()
    with database().begin() as work:
        case_no = _draft_no(work, call_id, person)
        case_service.register(work, case_no, actor=person, now=now())
        return _conclude(work, call_id, case_no, CallOutcome.CASE)


@desk.post("/calls/<int:call_id>/answer")
@api.validate(resp=answers(schemas.CaseCard), tags=["desk"])
def answer(call_id: int) -> schemas.CaseCard:
    """Close the matter as answered on the line."""
    person = actor()
    with database().begin() as work:
        case_no = _draft_no(work, call_id, person)
        case_service.answer_directly(work, case_no, actor=person, now=now())
        return _conclude(work, call_id, case_no, CallOutcome.ANSWERED)


@desk.post("/wrap-up")
@api.validate(resp=answers(schemas.Seat), tags=["desk"])
def end_wrap_up() -> schemas.Seat:
    """Wrap-up is over: ready for the next caller."""
    person = _agent()
    with database().begin() as work:
        seats.end_wrap_up(work, actor=person, now=now())
    return _own_seat(person)


def _agent() -> Actor:
    """Return who acts, if they may take calls: a supervisor watches, and does not sit in the queue."""
    person = actor()
    if not person.has(Role.AGENT):
        raise WrongRole("只有话务员有座席")
    return person


def _own_seat(person: Actor) -> schemas.Seat:
    with database().begin() as work:
        return schemas.Seat.model_validate(calls.seat(work, person.person_id or 0, now=now()))


def _card(call_id: int) -> schemas.CallCard:
    with database().begin() as work:
        return schemas.CallCard.model_validate(calls.card(work, call_id))


def _draft_no(work: Work, call_id: int, person: Actor) -> str:
    """Return the number of the call's draft, if this person may write it; opened if its job was lost."""
    call = calls.visible(work, call_id, person)
    if call.last_agent_id != person.person_id:
        raise WrongRole("只有接听这通电话的人可以填写")
    draft = cases.case_of_call(work, call_id)
    if draft is None:
        wrapping_up = call.state == CallState.ENDED and call.outcome is None
        if call.state not in ATTENDED and not wrapping_up:
            raise NotFound("这通电话没有工单草稿")
        caller = case_service.Caller(phone=call.phone)
        draft = case_service.open_draft(work, call_id=call_id, actor=person, caller=caller, now=now())
    return draft.case_no


def _check_reveal(work: Work, call: CallRecord, person: Actor) -> None:
    """Keep an anonymous caller anonymous: whoever talks to them has the number on the line, nobody has it after.

    Raises WrongRole.
    """
    case = cases.case_of_call(work, call.id)
    if case is None or case.secrecy != "anonymous" or person.has(Role.SUPERVISOR):
        return
    if call.agent_id != person.person_id or call.state not in ATTENDED:
        raise WrongRole("诉求人要求完全匿名，只有督办员可以查看")


def _conclude(work: Work, call_id: int, case_no: str, outcome: CallOutcome) -> schemas.CaseCard:
    call_service.attach_case(work, call_id, case_no)
    call_service.conclude(work, call_id, outcome)
    found: dict[str, Any] = cases.card(work, case_no)
    return schemas.CaseCard.model_validate(found)
