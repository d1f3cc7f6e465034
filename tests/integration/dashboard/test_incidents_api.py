"""Incidents over HTTP: candidates, both sides, the merge as the second step, and what strangers do not see."""

from __future__ import annotations

import threading
from collections import Counter

from flask import Flask
from sqlalchemy import select

from core.clock import now
from core.people import DisclosureRecord
from dashboard import incidents_shapes as shapes
from dispatch import queries, service
from tests.integration.dashboard.test_cases_api import AGENT, Desk, app

__all__ = ["app"]


def a_case(app: Flask, call_id: int, *, phone: str = "+8613800001111", kind: str = "complaint") -> str:
    with app.extensions["database"].begin() as work:
        caller = service.Caller(phone=phone)
        draft = service.open_draft(work, call_id=call_id, actor=AGENT, caller=caller, now=now())
        fields = {
            "kind": kind,
            "title": "湖滨菜市场门口流动摊贩占道",
            "content": "我叫张三，电话13800001111，门口摆摊",
            "category_code": "030301",
            "area_code": "990102001",
        }
        service.change_draft(work, draft.id, fields, actor=AGENT, now=now())
        return service.register(work, draft.id, actor=AGENT, now=now()).case_no


def version_of(desk: Desk, case_no: str) -> int:
    return desk.get(f"/api/cases/{case_no}").json["card"]["version"]


def test_a_dispatcher_sees_candidates_compares_both_sides_and_merges(app):
    first, second = a_case(app, 1), a_case(app, 2, phone="+8613800002222")
    desk = Desk(app, "dispatcher1")
    found = shapes.Duplicates.model_validate(desk.get(f"/api/cases/{second}/duplicates").json)
    assert [one.case.case_no for one in found.items] == [first]
    assert (found.items[0].refusal, found.items[0].open) == (None, True)
    seen = desk.get(f"/api/cases/{second}/duplicates/{first}")
    assert seen.status_code == 200, seen.text
    assert "13800001111" not in seen.text
    preview = shapes.MergePreview.model_validate(seen.json)
    assert (preview.child.case.case_no, preview.head.case.case_no, preview.refusal) == (second, first, None)
    done = desk.act(second, "merge", version=preview.child.version, into=first)
    assert done.status_code == 200, done.text
    assert done.json["card"]["state"] == "merged"
    whole = shapes.Incident.model_validate(desk.get(f"/api/cases/{first}/incident").json)
    assert (whole.part, whole.size, [one.case_no for one in whole.children]) == ("head", 1, [second])
    assert desk.get(f"/api/cases/{second}/incident").json["part"] == "child"
    assert "已是并单主件" in desk.get(f"/api/cases/{first}/duplicates").text
    third = a_case(app, 3, phone="+8613800003333")
    refusals = {
        one["case"]["case_no"]: one["refusal"] for one in desk.get(f"/api/cases/{third}/duplicates").json["items"]
    }
    assert refusals == {first: None, second: f"{second} 已并入 {first}，请并入主件 {first}"}
    with app.extensions["database"].begin() as work:
        looked = work.session.scalars(select(DisclosureRecord).where(DisclosureRecord.purpose == "并单比对")).all()
        assert {one.subject_id for one in looked} == {first, second}


def test_a_second_click_on_an_old_page_is_told_what_changed(app):
    first, second = a_case(app, 1), a_case(app, 2)
    desk = Desk(app, "dispatcher1")
    version = version_of(desk, second)
    assert desk.act(second, "merge", version=version, into=first).status_code == 200
    again = desk.act(second, "merge", version=version, into=first)
    assert (again.status_code, again.json["code"]) == (409, "stale")


def test_a_unit_sees_how_many_complain_but_not_who(app):
    first, second = a_case(app, 1), a_case(app, 2)
    desk, unit = Desk(app, "dispatcher1"), Desk(app, "qinghu-chengguan1")
    desk.act(first, "dispatch", version=version_of(desk, first), unit_code="qinghu-chengguan")
    desk.act(second, "merge", version=version_of(desk, second), into=first)
    seen = unit.get(f"/api/cases/{first}/incident").json
    assert (seen["size"], seen["children"]) == (1, [])
    assert unit.get(f"/api/cases/{second}/incident").status_code == 404
    stranger = Desk(app, "linjiang-chengguan1")
    for path in ("incident", "duplicates", f"duplicates/{second}"):
        assert stranger.get(f"/api/cases/{first}/{path}").status_code == 404
    assert unit.act(first, "merge", version=1, into=second).status_code in {403, 409}


def test_an_agent_who_took_the_second_call_does_not_see_the_first_one(app):
    first = a_case(app, 1)
    second = a_case(app, 2)
    dispatcher, agent = Desk(app, "dispatcher1"), Desk(app, "agent1")
    with app.extensions["database"].begin() as work:
        of_another = queries.find(work, first)
        of_another.created_by = of_another.registered_by = agent.person_id + 1000
        queries.find(work, second).created_by = agent.person_id
    dispatcher.act(second, "merge", version=version_of(dispatcher, second), into=first)
    seen = agent.get(f"/api/cases/{second}/incident").json
    assert (seen["part"], seen["size"], seen["head"], [one["case_no"] for one in seen["children"]]) == (
        "child",
        1,
        None,
        [second],
    )


def test_a_report_of_wrongdoing_is_never_offered_as_a_head(app):
    case, report = a_case(app, 1), a_case(app, 2, kind="report")
    desk = Desk(app, "dispatcher1")
    (found,) = desk.get(f"/api/cases/{case}/duplicates").json["items"]
    assert "举报" in found["refusal"]
    refused = desk.act(case, "merge", version=version_of(desk, case), into=report)
    assert refused.status_code == 409


def test_people_who_merge_crosswise_over_http_get_an_answer_each(app):
    numbers = [a_case(app, place) for place in range(1, 5)]
    desks = [Desk(app, "dispatcher1") for _ in range(8)]
    pairs = [(numbers[place % 4], numbers[(place + 1) % 4]) for place in range(8)]
    versions = {number: version_of(desks[0], number) for number in numbers}
    codes: list[int] = []

    def merge(desk: Desk, child: str, head: str) -> None:
        codes.append(desk.act(child, "merge", version=versions[child], into=head).status_code)

    threads = [threading.Thread(target=merge, args=(desk, *pair)) for desk, pair in zip(desks, pairs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 409}
    assert Counter(codes)[200] >= 1
