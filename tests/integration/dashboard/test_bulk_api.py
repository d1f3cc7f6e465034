"""One action on many cases over HTTP: each answers for itself, and a repeat is the same request."""

from __future__ import annotations

import threading

import pytest

from core.actor import Actor, Role
from core.clock import now
from dashboard import bulk_shapes as shapes
from dashboard import exposure_shapes
from dispatch import service
from dispatch.lifecycle import Action

from .doors import STRANGER, UNIT, Browser, web

__all__ = ["web"]

AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
FIELDS = {
    "kind": "complaint",
    "title": "流动摊贩占道",
    "content": "门口有摊贩",
    "category_code": "030301",
    "area_code": "990102001",
}


@pytest.fixture
def waiting(web):
    """Five registered cases that wait for dispatch: case number -> version."""
    found = {}
    with web.extensions["database"].begin() as work:
        for call_id in range(1, 6):
            case = service.open_draft(
                work, call_id=call_id, actor=AGENT, caller=service.Caller(phone="+8613800001111"), now=now()
            )
            service.change_draft(work, case.id, FIELDS, actor=AGENT, now=now())
            service.register(work, case.id, actor=AGENT, now=now())
            found[case.case_no] = case.version
    return found


def act(browser, action, versions, *, key=None, **given):
    items = [{"case_no": case_no, "version": version} for case_no, version in versions.items()]
    return browser.post("/api/cases/bulk", key=key, action=action, items=items, given=given)


def outcomes(answer):
    shapes.BulkAnswer.model_validate(answer.json)
    return [one["outcome"] for one in answer.json["results"]]


def timeline(browser, case_no):
    return [one["action"] for one in browser.get(f"/api/cases/{case_no}").json["timeline"]]


def test_many_are_dispatched_at_once_then_signed_at_once(web, waiting):
    sent = act(Browser(web, "dispatcher1"), "dispatch", waiting, unit_code="qinghu-chengguan")
    assert sent.json["done"] == 5
    versions = {one["case_no"]: one["version"] for one in sent.json["results"]}
    signed = act(Browser(web, UNIT), "sign", versions)
    assert {one["state"] for one in signed.json["results"]} == {"handling"}


def test_one_refusal_stops_no_other_and_each_says_why(web, waiting):
    dispatcher = Browser(web, "dispatcher1")
    first, second, third, *_ = waiting
    moved = act(dispatcher, "dispatch", {second: waiting[second]}, unit_code="linjiang-chengguan")
    versions = {first: waiting[first], second: waiting[second], third: waiting[third], "20200101-000001-0": 1}
    answer = act(dispatcher, "dispatch", versions, unit_code="qinghu-chengguan")
    assert outcomes(answer) == ["done", "stale", "done", "refused"]
    assert [bool(one["message"]) for one in answer.json["results"]] == [False, True, False, True]
    again = act(dispatcher, "dispatch", {second: moved.json["results"][0]["version"]}, unit_code="qinghu-chengguan")
    assert outcomes(again) == ["refused"]
    assert timeline(dispatcher, second).count("dispatch") == 1


def test_the_same_key_is_the_same_request(web, waiting):
    dispatcher = Browser(web, "dispatcher1")
    first = act(dispatcher, "note", waiting, key="k-1", text="已电话核实")
    again = act(dispatcher, "note", waiting, key="k-1", text="已电话核实")
    assert first.json == again.json
    assert again.headers["Idempotent-Replay"] == "true"
    assert [timeline(dispatcher, case_no).count("note") for case_no in waiting] == [1] * 5


def test_two_who_send_the_same_cases_at_once_move_each_of_them_once(web, waiting):
    desks = [Browser(web, "dispatcher1") for _ in range(4)]
    barrier, answers = threading.Barrier(len(desks)), []

    def send(desk):
        barrier.wait()
        answers.append(act(desk, "dispatch", waiting, unit_code="qinghu-chengguan"))

    threads = [threading.Thread(target=send, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json["done"] for answer in answers) == 5
    assert {one for answer in answers for one in outcomes(answer)} == {"done", "stale"}
    assert [timeline(desks[0], case_no).count("dispatch") for case_no in waiting] == [1] * 5


@pytest.mark.parametrize(
    ("action", "items"),
    [
        ("reply", [{"case_no": "x", "version": 1}]),
        ("burn", [{"case_no": "x", "version": 1}]),
        ("note", []),
        ("note", [{"case_no": "x", "version": 1}] * 2),
        ("note", [{"case_no": str(n), "version": 1} for n in range(101)]),
    ],
    ids=["not in bulk", "unknown", "none", "twice", "too many"],
)
def test_what_is_no_bulk_is_refused_whole(web, action, items):
    answer = Browser(web, "dispatcher1").post("/api/cases/bulk", action=action, items=items, given={"text": "x"})
    assert answer.status_code == 422
    assert answer.json["message"]


def test_a_person_is_offered_what_their_roles_may_do(web):
    offered = {
        name: {one["action"] for one in Browser(web, name).get("/api/cases/bulk").json["actions"]}
        for name in ("dispatcher1", UNIT)
    }
    assert {"dispatch", "note", "urge"} <= offered["dispatcher1"]
    assert "sign" in offered[UNIT]
    assert "dispatch" not in offered[UNIT]


def test_lists_over_http_are_narrowed_and_a_phone_number_is_no_search(web, waiting):
    dispatcher = Browser(web, "dispatcher1")
    act(dispatcher, "dispatch", dict(list(waiting.items())[:2]), unit_code="qinghu-chengguan")

    def numbers(query):
        answer = dispatcher.get(f"/api/cases?view=open&{query}")
        assert answer.status_code == 200, answer.text
        return {card["case_no"] for card in answer.json["items"]}

    assert numbers("unit=qinghu&state=to_sign,handling") == set(list(waiting)[:2])
    assert numbers("state=to_dispatch") == set(list(waiting)[2:])
    assert numbers("category=0303&area=990102&kind=complaint&clock=late") == set()
    for query in ("q=13800001111", "q=138 0000 1111", "clock=x", "flags=x", "state=x", "q=。。", "registered_from=x"):
        assert dispatcher.get(f"/api/cases?{query}").status_code == 422, query


def test_a_person_is_found_over_http_by_a_number_written_in_any_way(web, waiting):
    dispatcher = Browser(web, "dispatcher1")
    for typed in ("13800001111", "+86 138-0000-1111", "138 0000 1111", "8613800001111"):
        answer = dispatcher.post("/api/cases/by-phone", phone=typed, purpose="核实重复来电")
        assert {ref["case_no"] for ref in answer.json["items"]} == set(waiting), typed
        assert "13800001111" not in answer.text
    assert dispatcher.post("/api/cases/by-phone", phone="1380000", purpose="核实").status_code == 422
    assert dispatcher.post("/api/cases/by-phone", phone="13800001111").status_code == 422


def test_the_exposure_list_shows_a_unit_its_own_failings_and_leads_to_the_cases(web, waiting):
    dispatcher, admin = Browser(web, "dispatcher1"), Browser(web, "admin1")
    case_no = next(iter(waiting))
    act(dispatcher, "dispatch", {case_no: waiting[case_no]}, unit_code="qinghu-chengguan")
    supervisor = Actor(person_id=9, name="督办员", roles=frozenset({Role.SUPERVISOR}), unit_code="hotline")
    given = service.Given(level=1, code="overdue", text="请说明")
    with web.extensions["database"].begin() as work:
        service.act(work, case_no, Action.SUPERVISE, actor=supervisor, given=given, now=now())
    shown = exposure_shapes.Exposure.model_validate(admin.get("/api/exposure").json)
    assert [(line.unit.code, line.unanswered, line.red) for line in shown.units] == [("qinghu-chengguan", 1, 0)]
    cases = admin.get("/api/exposure/cases?kind=unanswered&unit=qinghu").json
    assert [card["case_no"] for card in exposure_shapes.Exposed.model_validate(cases).model_dump()["items"]] == [
        case_no
    ]
    assert Browser(web, UNIT).get("/api/exposure").json["units"] == admin.get("/api/exposure").json["units"]
    stranger = Browser(web, STRANGER)
    assert stranger.get("/api/exposure").json["units"] == []
    assert stranger.get("/api/exposure/cases?kind=unanswered&unit=qinghu-chengguan").json["items"] == []
    assert dispatcher.get("/api/exposure").status_code == 403
    assert admin.get("/api/exposure?since=2020-01-01").status_code == 422
