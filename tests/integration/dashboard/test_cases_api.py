"""The JSON API of cases and the board over HTTP: doors, scopes, refusals, and people who act at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core import people
from core.actor import Actor, Role
from core.clock import now
from core.db import Database
from core.people import DisclosureRecord
from dashboard import cases as cases_api
from dashboard import schemas
from dispatch import service

from .doors import PASSWORD, settings_of, staffed

PHONE = "+8613800001111"
STAFF = {
    "agent1": (["agent"], "hotline"),
    "dispatcher1": (["dispatcher"], "hotline"),
    "reviewer1": (["reviewer"], "hotline"),
    "callback1": (["callback"], "hotline"),
    "qinghu-chengguan1": (["handler"], "qinghu-chengguan"),
    "qinghu1": (["handler"], "qinghu"),
    "linjiang-chengguan1": (["handler"], "linjiang-chengguan"),
}
AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")


@pytest.fixture
def app(database_url: str, redis_url: str) -> Flask:
    app = staffed(settings_of(database_url, redis_url), STAFF)
    yield app
    app.extensions["database"].dispose()


class Desk:
    """A signed-in person's browser."""

    def __init__(self, app: Flask, username: str) -> None:
        self.client: FlaskClient = app.test_client()
        answer = self.client.post("/api/sign-in", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.token, self.person_id = answer.json["csrf_token"], answer.json["person_id"]

    def get(self, path: str):
        return self.client.get(path)

    def post(self, path: str, **body):
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.token})

    def act(self, case_no: str, action: str, **body):
        return self.post(f"/api/cases/{case_no}/actions/{action}", **body)


@pytest.fixture
def case_no(app: Flask) -> str:
    """A registered case about street stalls that waits for dispatch."""
    database: Database = app.extensions["database"]
    fields = {
        "kind": "complaint",
        "title": "流动摊贩占道",
        "content": "门口有摊贩",
        "category_code": "030301",
        "area_code": "990102001",
        "place": "湖滨菜市场门口",
    }
    with database.begin() as work:
        caller = service.Caller(phone=PHONE)
        case = service.open_draft(work, call_id=1, actor=AGENT, caller=caller, now=now())
        service.change_draft(work, case.id, fields, actor=AGENT, now=now())
        service.register(work, case.id, actor=AGENT, now=now())
        return case.case_no


def test_a_case_goes_from_desk_to_desk_over_http(app, case_no):
    dispatcher, unit, reviewer = (Desk(app, name) for name in ("dispatcher1", "qinghu-chengguan1", "reviewer1"))
    page = dispatcher.get("/api/cases?view=to_dispatch").json
    assert [card["case_no"] for card in page["items"]] == [case_no]
    version = page["items"][0]["version"]
    sent = dispatcher.act(case_no, "dispatch", version=version, unit_code="qinghu-chengguan")
    assert sent.status_code == 200, sent.text
    inbox = unit.get("/api/cases?view=to_sign").json["items"]
    assert [card["case_no"] for card in inbox] == [case_no]
    signed = unit.act(case_no, "sign", version=inbox[0]["version"])
    assert signed.json["card"]["state"] == "handling"
    replied = unit.act(case_no, "reply", version=signed.json["card"]["version"], text="已劝离")
    asked = reviewer.act(case_no, "close", version=replied.json["card"]["version"])
    assert (asked.status_code, asked.json["code"]) == (409, "refused")  # the citizen is asked first
    passed = reviewer.act(case_no, "pass", version=replied.json["card"]["version"])
    said = {"grade": 5, "solved": "solved", "contacted": True}
    closed = Desk(app, "callback1").act(case_no, "rate", version=passed.json["card"]["version"], **said)
    assert closed.json["card"]["state"] == "closed"
    assert [entry["action"] for entry in closed.json["timeline"]] == [
        "open",
        "register",
        "dispatch",
        "sign",
        "reply",
        "pass",
        "rate",
    ]
    counts = {view["view"]: view["count"] for view in reviewer.get("/api/cases/views").json["views"]}
    assert counts["closed"] == 1


def test_a_refusal_is_a_sentence_with_the_right_status(app, case_no):
    dispatcher, agent = Desk(app, "dispatcher1"), Desk(app, "agent1")
    version = dispatcher.get(f"/api/cases/{case_no}").json["card"]["version"]
    tried = {
        "stale": dispatcher.act(case_no, "dispatch", version=version - 1, unit_code="qinghu-chengguan"),
        "no unit": dispatcher.act(case_no, "dispatch", version=version),
        "a street": dispatcher.act(case_no, "dispatch", version=version, unit_code="qinghu-hubin"),
        "not now": dispatcher.act(case_no, "close", version=version),
        "not you": agent.act(case_no, "dispatch", version=version, unit_code="qinghu-chengguan"),
        "no such": dispatcher.act(case_no, "burn", version=version),
        "inner": dispatcher.act(case_no, "route", version=version),
        "bad cursor": dispatcher.get("/api/cases?cursor=x"),
        "bad view": dispatcher.get("/api/cases?view=x"),
        "missing": dispatcher.get("/api/cases/20261123-000099-9"),
    }
    assert {name: answer.status_code for name, answer in tried.items()} == {
        "stale": 409,
        "no unit": 422,
        "a street": 409,
        "not now": 409,
        "not you": 403,
        "no such": 422,
        "inner": 422,
        "bad cursor": 422,
        "bad view": 422,
        "missing": 404,
    }
    assert tried["stale"].json["code"] == "stale"
    assert all(answer.json["message"] for answer in tried.values())


def test_another_units_handler_finds_no_door(app, case_no):
    dispatcher, stranger = Desk(app, "dispatcher1"), Desk(app, "linjiang-chengguan1")
    version = dispatcher.get(f"/api/cases/{case_no}").json["card"]["version"]
    dispatcher.act(case_no, "dispatch", version=version, unit_code="qinghu-chengguan")
    tried = [
        stranger.get(f"/api/cases/{case_no}"),
        stranger.post(f"/api/cases/{case_no}/reveal", purpose="看看是谁"),
        *(
            stranger.act(case_no, action, version=wrong, text="x", reason="x", unit_code="linjiang-chengguan")
            for action in get_args(schemas.ActionName)
            for wrong in (version, version + 1)
        ),
    ]
    assert {answer.status_code for answer in tried} == {404}
    assert len({answer.text for answer in tried}) == 1
    assert stranger.get(f"/api/cases?q={case_no}").json["items"] == []
    assert stranger.get("/api/board").status_code == 403
    with app.extensions["database"].begin() as work:
        lookers = set(work.session.scalars(select(DisclosureRecord.person_id)))
    assert stranger.person_id not in lookers


def test_a_look_at_the_caller_is_recorded_with_its_purpose(app, case_no):
    dispatcher = Desk(app, "dispatcher1")
    assert PHONE not in dispatcher.get(f"/api/cases/{case_no}").text
    shown = dispatcher.post(f"/api/cases/{case_no}/reveal", purpose="回电核实")
    assert shown.json == {"phone": PHONE, "name": None, "address": "湖滨菜市场门口"}
    with app.extensions["database"].begin() as work:
        revealed = select(DisclosureRecord).where(DisclosureRecord.purpose != "办理")
        seen = work.session.scalars(revealed).one()
    assert (seen.subject_id, seen.purpose) == (case_no, "回电核实")


def test_opening_a_case_page_is_written_down_once_an_hour_for_each_person(app, case_no):
    dispatcher, reviewer = Desk(app, "dispatcher1"), Desk(app, "reviewer1")
    for _ in range(3):
        assert dispatcher.get(f"/api/cases/{case_no}").status_code == 200
    reviewer.get(f"/api/cases/{case_no}")
    database: Database = app.extensions["database"]
    with database.begin() as work:
        rows = work.session.scalars(select(DisclosureRecord).order_by(DisclosureRecord.id)).all()
        assert [(row.person_id, row.subject_id, row.fields, row.purpose) for row in rows] == [
            (person.person_id, case_no, ["place", "content"], "办理") for person in (dispatcher, reviewer)
        ]
        looker = people.find(work, dispatcher.person_id).actor()
        seen = {"subject": "case", "subject_id": case_no, "purpose": "办理"}
        people.record_view(work, looker, **seen, fields=["words"], at=now())  # not seen before
        people.record_view(work, looker, **seen, fields=["place"], at=now() + timedelta(hours=1))
        assert len(work.session.scalars(select(DisclosureRecord)).all()) == 4


def test_the_board_is_whole_and_holds_nobodys_details(app, case_no):
    answer = Desk(app, "dispatcher1").get("/api/board")
    assert answer.status_code == 200, answer.text
    board = schemas.BoardSnapshot.model_validate(answer.json)
    assert [card.case_no for card in board.cases] == [case_no]
    assert board.cases_today.registered == 1
    for told in (PHONE, PHONE[3:], "湖滨菜市场门口"):
        assert told not in answer.text


def test_the_trees_of_the_city_are_there_to_choose_from(app):
    city = schemas.City.model_validate(Desk(app, "agent1").get("/api/city").json)
    assert city.name == "澜州市"
    assert {"030301"} <= {one.code for one in city.categories}


def test_people_who_act_at_once_get_an_answer_each_and_one_wins(app, case_no):
    desks = [Desk(app, name) for name in ("dispatcher1",) * 6]
    version = desks[0].get(f"/api/cases/{case_no}").json["card"]["version"]
    statuses: list[int] = []
    barrier = threading.Barrier(len(desks))

    def send(desk: Desk) -> None:
        barrier.wait()
        answer = desk.act(case_no, "dispatch", version=version, unit_code="qinghu-chengguan")
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {200: 1, 409: 5}
    assert len(desks[0].get(f"/api/cases/{case_no}").json["orders"]) == 1


def test_every_action_of_the_api_is_served():
    assert set(cases_api._ACTIONS) == set(get_args(schemas.ActionName))
