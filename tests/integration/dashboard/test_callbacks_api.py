"""The callback desk over HTTP: who may look, what they see, what they may call now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from core.clock import CITY_ZONE, now
from dispatch.lifecycle import Action

from .asking import (
    CALLBACK,
    NAME,
    PHONE,
    PLACE,
    UNIT,
    a_replied_case,
    act,
    ask,
    hire,
    messages,
    when_the_desk_is_open,
)
from .doors import Browser, web

__all__ = ["web"]


@pytest.fixture
def desk(web) -> Browser:
    hire(web, "callback1", "callback")
    return Browser(web, "callback1")


def test_the_desk_lists_whom_to_ask(web, desk):
    number = a_replied_case(web)
    (item,) = desk.get("/api/callbacks").json["items"]
    assert (item["card"]["case_no"], item["tries"], item["tries_needed"]) == (number, 0, 3)
    assert (item["ask_by"], item["called_today"]) == ("phone", False)
    act(web, number, Action.MISSED, CALLBACK, at=when_the_desk_is_open())
    (item,) = desk.get("/api/callbacks").json["items"]
    assert (item["tries"], item["may_call"]) == (1, False)
    assert item["next_try_at"] is not None


def test_the_list_shows_nothing_of_the_person(web, desk):
    number = a_replied_case(web)
    for path in ("/api/callbacks", f"/api/callbacks/{number}"):
        shown = desk.get(path).text
        for told in (NAME, PHONE, "13800001111", PLACE):
            assert told not in shown


def test_the_number_comes_by_a_reveal_that_is_recorded(web, desk):
    number = a_replied_case(web)
    shown = desk.post(f"/api/cases/{number}/reveal", purpose="回访")
    assert shown.json["phone"] == PHONE
    with web.extensions["database"].begin() as work:
        from core.people import DisclosureRecord

        (seen,) = work.session.query(DisclosureRecord).filter_by(subject_id=number, purpose="回访")
        assert seen.person_id == desk.person_id


def test_the_sheet_shows_what_is_claimed_and_what_was_denied(web, desk):
    number = a_replied_case(web)
    act(web, number, Action.REDO, CALLBACK, grade=1, contacted=False, solved="unsolved", reason="没有人联系")
    sheet = desk.get(f"/api/callbacks/{number}").json
    assert sheet["contradictions"] == ["not_contacted", "not_solved"]
    assert [call["grade"] for call in sheet["calls"]] == [1]


def test_units_have_no_way_into_the_desk(web):
    number = a_replied_case(web)
    unit = Browser(web, "qinghu-chengguan1")
    for path in ("/api/callbacks", "/api/callbacks/look-backs", f"/api/callbacks/{number}"):
        assert unit.get(path).status_code == 403


def test_who_wants_a_message_is_asked_by_message(web, desk):
    number = a_replied_case(web)
    put = desk.client.put(
        f"/api/callbacks/{number}/wish", json={"ask_by": "message"}, headers={"X-CSRFToken": desk.token}
    )
    assert put.json["ask_by"] == "message"
    assert desk.get("/api/callbacks").json["items"][0]["ask_by"] == "message"


def test_the_desk_sees_when_the_link_went_out(web, desk):
    number = a_replied_case(web)
    assert desk.get(f"/api/callbacks/{number}").json["link"] is None
    ask(web, number)
    assert len(messages(web, number)) == 1
    sheet = desk.get(f"/api/callbacks/{number}").json
    assert sheet["link"]["used_at"] is None
    assert sheet["message_at"] is not None
    assert desk.post(f"/api/callbacks/{number}/message").json == {"asked": True}


def test_pages_follow_each_other_and_cost_the_same_however_many_there_are(web, desk):
    from dispatch.callbacks import desk as reading

    numbers = {a_replied_case(web) for _ in range(5)}
    database, seen, statements = web.extensions["database"], [], []
    with database.begin() as work:
        event.listen(work.session.get_bind(), "before_cursor_execute", lambda *a: statements.append(a[2]))
        first = reading.waiting(work, CALLBACK, now=now(), limit=2)
        of_two = len(statements)
        statements.clear()
        seen += [one["card"]["case_no"] for one in first["items"]]
        rest = reading.waiting(work, CALLBACK, cursor=first["next"], now=now(), limit=50)
        seen += [one["card"]["case_no"] for one in rest["items"]]
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 3, None)
    assert set(seen) == numbers
    assert len(statements) <= of_two
    assert desk.get("/api/callbacks?cursor=nonsense").status_code == 422


def test_promises_are_listed_with_whether_their_day_has_come(web, desk):
    on = (now() + timedelta(days=3)).astimezone(CITY_ZONE).date()
    number = a_replied_case(web, promise_on=on)
    act(web, number, Action.RATE, CALLBACK, grade=5)
    (item,) = desk.get("/api/callbacks/look-backs").json["items"]
    assert (item["card"]["case_no"], item["due_on"], item["is_due"]) == (number, on.isoformat(), False)
    assert item["unit"]["code"] == UNIT.unit_code


def test_a_rating_through_the_case_api_cannot_pass_for_the_citizens(web, desk):
    number = a_replied_case(web)
    version = desk.get(f"/api/cases/{number}").json["card"]["version"]
    sent = desk.post(f"/api/cases/{number}/actions/rate", version=version, grade=5, via="web")
    assert sent.status_code == 422
    rated = desk.post(f"/api/cases/{number}/actions/rate", version=version, grade=5)
    assert rated.json["card"]["state"] == "closed", rated.text
