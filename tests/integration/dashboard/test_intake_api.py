"""Matters of other channels over HTTP: entered once, completed, accepted, and handed over while they talk."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from callcenter.records import CallRecord
from core.clock import now
from dispatch import service
from dispatch.records import CaseRecord
from tests.integration.dashboard.test_cases_api import AGENT, PHONE, Desk, app

__all__ = ["app"]
FORM = {"kind": "complaint", "title": "流动摊贩占道", "content": "门口有摊贩", "contact_phone": "13800001111"}


def test_a_matter_goes_from_the_window_to_the_dispatcher(app):
    agent, dispatcher = Desk(app, "agent1"), Desk(app, "dispatcher1")
    entered = agent.post("/api/cases", channel="window", form=FORM)
    assert entered.status_code == 200, entered.text
    case_no, version = entered.json["case_no"], entered.json["version"]
    assert entered.json["known"] is False
    refused = agent.act(case_no, "accept", version=version)
    assert (refused.status_code, refused.json["message"]) == (422, "请选择事项分类")
    place = {"category_code": "030301", "area_code": "990102001"}
    stale = agent.post(f"/api/cases/{case_no}/form", version=version - 1, form=place)
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    filled = agent.post(f"/api/cases/{case_no}/form", version=version, form=place)
    assert filled.json["card"]["category"]["code"] == "030301"
    accepted = agent.act(case_no, "accept", version=filled.json["card"]["version"])
    assert accepted.json["card"]["state"] == "to_dispatch", accepted.text
    waiting = dispatcher.get("/api/cases?view=to_dispatch").json["items"]
    assert case_no in [card["case_no"] for card in waiting]


def test_the_page_of_a_received_case_offers_what_may_be_done_with_it(app):
    agent = Desk(app, "agent1")
    case_no = agent.post("/api/cases", channel="web", form=FORM).json["case_no"]
    offered = {one["action"]: one for one in agent.get(f"/api/cases/{case_no}").json["actions"]}
    assert {"accept", "answer", "transfer", "ask_facts", "propose_rejection", "withdraw"} <= set(offered)
    assert "reject" not in offered  # nobody has proposed it
    assert (offered["transfer"]["needs"], offered["transfer"]["codes"]) == (["code"], "transfer")


def test_a_number_sent_by_many_at_once_is_one_case(app):
    desks = [Desk(app, "agent1") for _ in range(4)]
    found: list[tuple[int, str, bool]] = []

    def send(desk: Desk) -> None:
        answer = desk.post("/api/cases", channel="province", source_no="GD-77", form=FORM)
        found.append((answer.status_code, answer.json["case_no"], answer.json["known"]))

    threads = [threading.Thread(target=send, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _, _ in found} == {200}
    assert len({case_no for _, case_no, _ in found}) == 1
    assert sorted(known for _, _, known in found) == [False, True, True, True]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"channel": "pigeon", "form": FORM}, 422),
        ({"channel": "window", "form": {}}, 422),
        ({"channel": "window", "form": FORM | {"category_code": "9999"}}, 422),
        ({"channel": "window", "form": FORM, "more": 1}, 422),
        ({"channel": "window", "source_no": "", "form": FORM}, 422),
    ],
)
def test_what_cannot_be_taken_is_said(app, body, status):
    answer = Desk(app, "agent1").post("/api/cases", **body)
    assert answer.status_code == status
    assert answer.json["message"]


@pytest.mark.parametrize("username", ["dispatcher1", "reviewer1", "qinghu-chengguan1"])
def test_only_the_desk_enters_matters(app, username):
    assert Desk(app, username).post("/api/cases", channel="window", form=FORM).status_code == 403


def test_a_stranger_neither_reads_nor_writes_the_form(app):
    case_no = Desk(app, "agent1").post("/api/cases", channel="web", form=FORM).json["case_no"]
    stranger = Desk(app, "qinghu-chengguan1")
    assert stranger.get(f"/api/cases/{case_no}").status_code == 404
    assert stranger.post(f"/api/cases/{case_no}/form", version=1, form={"title": "改"}).status_code == 404
    assert stranger.act(case_no, "accept", version=1).status_code == 404


def test_a_rejection_over_http_takes_a_second_person(app):
    agent, dispatcher = Desk(app, "agent1"), Desk(app, "dispatcher1")
    case_no = agent.post("/api/cases", channel="mailbox", form=FORM).json["case_no"]
    version = agent.get(f"/api/cases/{case_no}").json["card"]["version"]
    given = {"code": "petition", "text": "请到信访局办理"}
    version = agent.act(case_no, "propose_rejection", version=version, **given).json["card"]["version"]
    alone = agent.act(case_no, "reject", version=version)
    assert (alone.status_code, alone.json["message"]) == (409, "不予受理须先由一人提出、再由另一人复核")
    assert dispatcher.act(case_no, "reject", version=version).json["card"]["state"] == "rejected"


def test_an_agent_hands_danger_over_while_they_still_talk(app):
    agent = Desk(app, "agent1")
    with app.extensions["database"].begin() as work:
        call = CallRecord(call_sid="CA" + "1" * 32, state="in_conversation", arrived_at=now(), seen_at=now())
        work.session.add(call)
        work.session.flush()
        own = AGENT.__class__(person_id=agent.person_id, name="话务员", roles=AGENT.roles, unit_code="hotline")
        case = service.open_draft(work, call_id=call.id, actor=own, caller=service.Caller(phone=PHONE), now=now())
        case_no, version, call_id = case.case_no, case.version, call.id
    answer = agent.act(case_no, "transfer", version=version, code="120", text="有人晕倒")
    assert answer.status_code == 200, answer.text
    assert answer.json["card"]["state"] == "transferred"
    with app.extensions["database"].begin() as work:
        call = work.session.get(CallRecord, call_id)
        assert (call.case_no, call.outcome) == (case_no, "case")
        assert work.session.scalar(select(CaseRecord.closed_at).where(CaseRecord.case_no == case_no)) is not None
