"""The call desk over HTTP: signed in, with a token, on real servers."""

from __future__ import annotations

import dataclasses

import pytest

from app import create_app
from callcenter import cards
from callcenter import queries as calls
from core import people
from core.clock import now
from core.config import ROOT
from core.people import DisclosureRecord, PersonRecord
from dashboard import schemas
from dispatch import service as case_service
from dispatch.city import load_city
from tests.integration.callcenter.conftest import CALLER, CALLER_SID, Desk, a_call, conference_form


class Person:
    """Somebody signed in, with their cookie and their token."""

    def __init__(self, app, username: str) -> None:
        self.client = app.test_client()
        answer = self.client.post("/api/sign-in", json={"username": username, "password": "practice"})
        assert answer.status_code == 200, answer.text
        self.me = answer.json

    def get(self, path: str):
        return self.client.get(path)

    def send(self, path: str, body=None, *, method: str = "post"):
        act = getattr(self.client, method)
        return act(path, json=body, headers={"X-CSRFToken": self.me["csrf_token"]})


@pytest.fixture
def web(settings, redis_url, database, carrier):
    app = create_app(dataclasses.replace(settings, redis_url=redis_url), socket_mode="threading")
    # The same rows must be readable by the fixtures: one vault for the whole test run.
    from core import sealed

    sealed.unlock(list(settings.personal_keys))
    password = people.hash_password("practice")
    with database.begin() as work:
        for username, roles in {
            "li": ["agent"],
            "wang": ["agent"],
            "boss": ["supervisor"],
            "unit": ["handler"],
        }.items():
            work.session.add(PersonRecord(username=username, name=username, roles=roles, password_hash=password))
    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def phone(web, database, carrier) -> Desk:
    return Desk(web, database, carrier)


def open_draft(database, call_id: int, person: Person) -> None:
    with database.begin() as work:
        number, _fingerprint = calls.caller(work, call_id)
        actor = people.find(work, person.me["person_id"]).actor()
        caller = case_service.Caller(phone=number)
        case_service.open_draft(work, call_id=call_id, actor=actor, caller=caller, now=now())


def test_an_agent_takes_a_call_by_hand_and_another_is_told_so(web, phone):
    li, wang = Person(web, "li"), Person(web, "wang")
    call_id = phone.arrive()
    assert [call["call_id"] for call in li.get("/api/desk/waiting").json["calls"]] == [call_id]
    seat = li.send(f"/api/desk/calls/{call_id}/accept", {})
    assert seat.status_code == 200
    assert (seat.json["state"], seat.json["call"]["call_id"]) == ("talking", call_id)
    late = wang.send(f"/api/desk/calls/{call_id}/accept", {})
    assert (late.status_code, late.json["message"]) == (409, "这通电话已由他人接听")
    assert wang.get("/api/desk/seat").json["state"] == "offline"


def test_an_offer_shows_on_the_seat_with_its_claim_and_can_be_declined(web, phone):
    li = Person(web, "li")
    call_id = phone.arrive()
    assert li.send("/api/desk/seat", {"state": "ready"}).json["state"] == "ready"
    phone.offer()
    offer = li.get("/api/desk/seat").json["offer"]
    assert offer["call"]["call_id"] == call_id
    declined = li.send(f"/api/desk/calls/{call_id}/decline", {"claim": offer["claim"]})
    assert (declined.json["state"], declined.json["reason"]) == ("break", "declined")
    stale = li.send(f"/api/desk/calls/{call_id}/accept", {"claim": offer["claim"]})
    assert stale.status_code == 409


def test_the_phone_token_is_for_the_person_who_asks(web):
    li = Person(web, "li")
    token = li.get("/api/desk/phone-token").json
    assert token["identity"] == f"agent_{li.me['person_id']}"
    assert token["driver"] == "practice"
    assert token["line_url"].startswith("ws://localhost:")  # as the browser called the centre
    assert token["line_url"].endswith("/phone")


def test_nobody_else_sees_a_call_but_a_supervisor(web, phone, database):
    li, wang, boss = Person(web, "li"), Person(web, "wang"), Person(web, "boss")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    open_draft(database, call_id, li)
    seen = li.get(f"/api/desk/calls/{call_id}")
    assert seen.status_code == 200
    assert seen.json["caller_masked"] == "138****1111"
    assert CALLER not in seen.text
    assert wang.get(f"/api/desk/calls/{call_id}").status_code == 404
    assert boss.get(f"/api/desk/calls/{call_id}").status_code == 200
    assert Person(web, "unit").get(f"/api/desk/calls/{call_id}").status_code == 403
    assert web.test_client().get(f"/api/desk/calls/{call_id}").status_code == 401


def test_a_supervisor_sees_the_person_masked_and_asks_for_more_with_a_purpose(web, phone, database):
    li, boss = Person(web, "li"), Person(web, "boss")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    open_draft(database, call_id, li)
    said = {"caller_name": "王小明", "contact_phone": "13800002222", "place": "阳光小区3号楼"}
    li.send(f"/api/desk/calls/{call_id}/draft", {"form": said, "fields": list(said)}, method="put")
    own = li.get(f"/api/desk/calls/{call_id}").json["draft"]["form"]
    assert {name: own[name] for name in said} == said
    watched = boss.get(f"/api/desk/calls/{call_id}")
    assert watched.status_code == 200
    assert not [secret for secret in said.values() if secret in watched.text]
    shown = boss.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "督办核实"}).json
    assert shown == {"phone": "13800002222", "name": "王小明", "address": "阳光小区3号楼"}


def test_whoever_holds_the_call_may_open_the_earlier_cases_of_the_caller(web, phone, database):
    li, wang = Person(web, "li"), Person(web, "wang")
    fields = {"kind": "complaint", "title": "摊贩占道", "content": "摊贩", "area_code": "990102001", "place": "门口"}
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
        taker = people.find(work, wang.me["person_id"]).actor()
        caller = case_service.Caller(phone=CALLER)
        case = case_service.open_draft(work, call_id=999, actor=taker, caller=caller, now=now())
        case_service.change_draft(work, case.id, fields | {"category_code": "030301"}, actor=taker, now=now())
        case_no = case_service.register(work, case.id, actor=taker, now=now()).case_no
    call_id = phone.arrive()
    assert li.get(f"/api/cases/{case_no}").status_code == 404
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    phone.connect(call_id)
    assert [one["case_no"] for one in li.get(f"/api/desk/calls/{call_id}").json["history"]] == [case_no]
    assert li.get(f"/api/cases/{case_no}").status_code == 200
    with database.begin() as work:
        seen = work.session.query(DisclosureRecord).filter_by(subject="person_search").one()
    assert (seen.person_id, seen.purpose) == (li.me["person_id"], "来电接听")


def test_the_number_of_an_anonymous_caller_is_nobodys_after_the_call_but_a_supervisors(web, phone, database):
    li, boss = Person(web, "li"), Person(web, "boss")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    leg = phone.connect(call_id)
    phone.news(call_id, "participant-join", sid=leg, label="agent", sequence=1)
    phone.news(call_id, "participant-join", sid=CALLER_SID, label="caller", sequence=2)
    open_draft(database, call_id, li)
    said = {"caller_name": "王小明", "secrecy": "anonymous"}
    li.send(f"/api/desk/calls/{call_id}/draft", {"form": said, "fields": list(said)}, method="put")
    on_the_line = li.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "断线回拨"})
    assert (on_the_line.status_code, on_the_line.json["phone"]) == (200, CALLER)
    assert li.send(f"/api/desk/calls/{call_id}/hang-up").json["state"] == "ended"
    after = li.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "断线回拨"})
    assert (after.status_code, CALLER in after.text) == (403, False)
    assert boss.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "督办核实"}).json["phone"] == CALLER


def test_the_number_is_shown_for_a_purpose_that_is_written_down(web, phone, database):
    li, wang = Person(web, "li"), Person(web, "wang")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    assert wang.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "好奇一下"}).status_code == 404
    shown = li.send(f"/api/desk/calls/{call_id}/reveal", {"purpose": "断线回拨"})
    assert shown.json["phone"] == CALLER
    with database.begin() as work:
        (row,) = work.session.query(DisclosureRecord).all()
    assert (row.person_id, row.subject, row.subject_id, row.purpose) == (
        li.me["person_id"],
        "call",
        str(call_id),
        "断线回拨",
    )


def test_a_consultation_is_answered_on_the_line_and_wrapped_up(web, phone, database):
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    li = Person(web, "li")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    open_draft(database, call_id, li)
    change = {
        "form": {"kind": "consult", "title": "公交月票", "answer": "在网点办理"},
        "fields": ["kind", "title", "answer"],
    }
    draft = li.send(f"/api/desk/calls/{call_id}/draft", change, method="put")
    assert draft.status_code == 200, draft.text
    assert set(draft.json["touched"]) == {"kind", "title", "answer"}
    card = li.send(f"/api/desk/calls/{call_id}/answer")
    assert (card.status_code, card.json["state"]) == (200, "answered")
    assert li.send(f"/api/desk/calls/{call_id}/hang-up").json["state"] == "ended"
    call = li.get(f"/api/desk/calls/{call_id}").json["card"]
    assert (call["outcome"], call["case_no"]) == ("answered", card.json["case_no"])
    assert li.get("/api/desk/seat").json["state"] == "wrap_up"
    assert li.send("/api/desk/wrap-up").json["state"] == "ready"


def test_a_draft_whose_job_was_lost_is_opened_by_the_first_word_typed(web, phone, database):
    li = Person(web, "li")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    assert li.get(f"/api/desk/calls/{call_id}").json["draft"] is None
    change = {"form": {"title": "公交月票"}, "fields": ["title"]}
    draft = li.send(f"/api/desk/calls/{call_id}/draft", change, method="put")
    assert draft.status_code == 200, draft.text
    assert draft.json["form"]["title"] == "公交月票"
    open_draft(database, call_id, li)  # the job comes late, and finds it
    assert li.get(f"/api/desk/calls/{call_id}").json["draft"]["case_no"] == draft.json["case_no"]


def test_the_lost_draft_of_a_call_that_is_over_is_opened_while_its_agent_wraps_up(web, phone):
    li, wang = Person(web, "li"), Person(web, "wang")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    leg = phone.connect(call_id)
    phone.news(call_id, "participant-join", sid=leg, label="agent", sequence=1)
    phone.news(call_id, "participant-join", sid=CALLER_SID, label="caller", sequence=2)
    assert li.send(f"/api/desk/calls/{call_id}/hang-up").json["state"] == "ended"
    change = {"form": {"title": "公交月票"}, "fields": ["title"]}
    assert wang.send(f"/api/desk/calls/{call_id}/draft", change, method="put").status_code == 404
    assert li.send(f"/api/desk/calls/{call_id}/draft", change, method="put").status_code == 200


def test_holding_needs_a_call_that_is_through(web, phone):
    li = Person(web, "li")
    call_id = phone.arrive()
    li.send(f"/api/desk/calls/{call_id}/accept", {})
    assert li.send(f"/api/desk/calls/{call_id}/hold", {"on": True}).status_code == 409


def test_without_the_token_nothing_changes(web, phone):
    li = Person(web, "li")
    call_id = phone.arrive()
    assert li.client.post(f"/api/desk/calls/{call_id}/accept", json={}).status_code == 400
    assert phone.call(call_id).agent_id is None


def test_the_practice_report_is_for_the_carriers_account_alone(web, phone, settings):
    phone.arrive()
    path = f"/api/practice/calls/{CALLER_SID}"
    account = (settings.twilio_account_sid, settings.twilio_auth_token)
    assert web.test_client().get(path).status_code == 401
    report = web.test_client().get(path, auth=account)
    assert report.status_code == 200, report.text
    assert (report.json["state"], report.json["finished"]) == ("queued", False)
    phone.post("/twilio/voice/status", a_call(CALLER_SID, CALLER, "completed"))
    report = web.test_client().get(path, auth=account).json
    assert (report["outcome"], report["finished"]) == ("abandoned", True)
    assert web.test_client().get("/api/practice/calls/CA-none", auth=account).status_code == 404


def test_cards_have_exactly_the_shapes_of_the_api(web, phone, database):
    li = Person(web, "li")
    call_id = phone.arrive()
    li.send("/api/desk/seat", {"state": "ready"})
    phone.offer()
    with database.begin() as work:
        seat = calls.seat(work, li.me["person_id"], now=now())
        card = calls.card(work, call_id)
        open_calls, seats, figures = calls.board_calls(work, now())
    for shape, made in [
        (schemas.CallCard, card),
        (schemas.Seat, seat),
        (schemas.Seat, cards.empty_seat(9, since=now())),
        (schemas.CallFigures, figures),
        (schemas.Words, cards.words(1, "u", "caller", text="喂", final=True, at_ms=0)),
        *((schemas.CallCard, one) for one in open_calls),
    ]:
        assert set(made) == set(shape.model_fields)
        shape.model_validate(made)
    assert seats == {"offered": 1}
    assert (figures["offered"], sum(figures["by_quarter"]), len(figures["by_quarter"])) == (1, 1, 96)


def test_the_board_counts_what_was_answered_and_what_was_given_up(web, phone, database):
    first = phone.arrive()
    phone.arrive("CA" + "2" * 32)
    li = Person(web, "li")
    li.send(f"/api/desk/calls/{first}/accept", {})
    name = phone.call(first).conference
    for number, (sid, label) in enumerate([("CA" + "8" * 32, "agent"), (CALLER_SID, "caller")]):
        phone.post("/twilio/voice/conference", conference_form(name, "participant-join", sid, label, number))
    phone.post("/twilio/voice/status", a_call("CA" + "2" * 32, CALLER, "completed"))
    with database.begin() as work:
        figures = calls.figures(work, now())
    assert {name: figures[name] for name in ("offered", "answered", "answered_in_15s", "abandoned")} == {
        "offered": 2,
        "answered": 1,
        "answered_in_15s": 1,
        "abandoned": 1,
    }
