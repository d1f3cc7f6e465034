"""The responsibility list, replays and routing explained over HTTP: doors, sheets, refusals."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask

from core.actor import Actor, Role
from core.clock import now
from core.db import Database
from core.people import PersonRecord
from dispatch import service, what_if
from dispatch.records import CaseRecord
from tests.integration.dashboard.doors import STRANGER, UNIT, Browser, web  # noqa: F401 a fixture
from workers import what_if as job

AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
CELLS = {
    "duty_no": "XX1",
    "category": "030301",
    "area": "990102001",
    "level": "district",
    "lead": "qinghu",
    "legal_basis": "区政府专题会议纪要",
    "department_only": "0",
    "valid_from": "2026-01-01",
}


@pytest.fixture
def app(web: Flask) -> Flask:  # noqa: F811
    return web


@pytest.fixture
def admin(app) -> Browser:
    return Browser(app, "admin1")


def added(admin: Browser, **cells: str) -> dict:
    answer = admin.post("/api/duties", cells=CELLS | cells, reason="会议纪要")
    assert answer.status_code == 200, answer.text
    return answer.json["line"]


def test_a_line_is_added_read_edited_and_ended_over_http(app, admin):
    line = added(admin)
    assert (line["lead_name"], line["version"]) == ("青湖区人民政府", 1)
    edited = admin.post(
        "/api/duties/lines/XX1/edit", cells={"lead": "qinghu-chengguan"}, version=line["version"], reason="职责调整"
    )
    assert edited.json["line"]["lead"] == "qinghu-chengguan"
    stale = admin.post("/api/duties/lines/XX1/edit", cells={"note": "晚了"}, version=line["version"], reason="改")
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    ended = admin.post(
        "/api/duties/lines/XX1/end", until="2026-12-31", version=edited.json["line"]["version"], reason="到期"
    )
    assert ended.json["line"]["valid_until"] == "2026-12-31"
    assert [one["action"] for one in ended.json["history"]] == ["end", "edit", "add"]
    listed = Browser(app, UNIT).get("/api/duties?category=030301").json["lines"]
    assert "XX1" in {one["duty_no"] for one in listed}
    assert admin.get("/api/duties/changes?duty_no=XX1").json["changes"][0]["actor_name"] == "admin1"


def test_every_wrong_cell_of_a_line_is_told_at_once(admin):
    answer = admin.post("/api/duties", cells=CELLS | {"lead": "gone", "category": "9"}, reason="试")
    assert answer.status_code == 422
    assert "主办单位" in answer.json["message"]
    assert "事项代码" in answer.json["message"]


@pytest.mark.parametrize("who", ["agent1", "dispatcher1", "reviewer1", UNIT])
def test_nobody_but_an_administrator_changes_the_list(app, who):
    person = Browser(app, who)
    for path, body in (
        ("/api/duties", {"cells": CELLS, "reason": "试"}),
        ("/api/duties/lines/ZZ0001/edit", {"cells": {"note": "x"}, "version": 1, "reason": "试"}),
        ("/api/duties/lines/ZZ0001/end", {"until": "2030-01-01", "version": 1, "reason": "试"}),
        ("/api/duties/loads/1/apply", {"reason": "试"}),
        ("/api/duties/proposals/1/accept", {"version": 1, "reason": "试"}),
        ("/api/what-if", {"threshold": 0.5}),
    ):
        assert person.post(path, **body).status_code == 403, path
    assert person.send("/api/duties/loads", file=(io.BytesIO(b"x"), "a.csv")).status_code == 403


@pytest.mark.parametrize("path", ["loads", "proposals", "gaps"])
def test_a_units_own_people_do_not_see_what_concerns_other_units(app, path):
    assert Browser(app, UNIT).get(f"/api/duties/{path}").status_code == 403
    assert Browser(app, "dispatcher1").get(f"/api/duties/{path}").status_code == 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_is_exported_changed_tried_and_applied(admin, kind):
    content = admin.get(f"/api/duties/export?format={kind}").data
    if kind == "csv":
        content = content.replace("本类兜底".encode(), "本类兜底单位".encode(), 1)
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        book.worksheets[0]["M2"] = "本类兜底单位"
        out = io.BytesIO()
        book.save(out)
        content = out.getvalue()
    tried = admin.send("/api/duties/loads", file=(io.BytesIO(content), f"a.{kind}"), whole="1").json
    assert (tried["state"], tried["faults"], tried["added"], tried["removed"]) == ("tried", [], [], [])
    assert [one["duty_no"] for one in tried["changed"]] == ["ZZ0001"]
    assert tried["counts"] == {"added": 0, "changed": 1, "removed": 0}
    assert admin.get("/api/duties/lines/ZZ0001").json["line"]["note"] == "本类兜底"
    applied = admin.post(f"/api/duties/loads/{tried['load_id']}/apply", reason="年度更新")
    assert applied.json["state"] == "applied"
    assert admin.get("/api/duties/lines/ZZ0001").json["line"]["note"] == "本类兜底单位"
    again = admin.post(f"/api/duties/loads/{tried['load_id']}/apply", reason="年度更新")
    assert again.status_code == 409
    assert admin.get("/api/duties/loads").json["loads"][0]["state"] == "applied"


def test_a_faulty_sheet_names_rows_and_columns_and_cannot_be_applied(admin):
    content = admin.get("/api/duties/export").data.replace(b"ZZ0003,010103", b"ZZ0003,010199", 1)
    tried = admin.send("/api/duties/loads", file=(io.BytesIO(content), "a.csv"), whole="1").json
    assert [(one["row"], one["column"]) for one in tried["faults"]] == [(4, "category")]
    assert admin.post(f"/api/duties/loads/{tried['load_id']}/apply", reason="试").status_code == 409
    seen = admin.get(f"/api/duties/loads/{tried['load_id']}").json
    assert (seen["state"], seen["faults"]) == ("faulty", tried["faults"])


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [(b"x" * 1_600_000, "a.csv", 422), (b"x" * 3_000_000, "a.csv", 413), (b"%PDF", "a.pdf", 422)],
)
def test_what_is_too_large_or_no_sheet_is_refused(admin, content, name, status):
    answer = admin.send("/api/duties/loads", file=(io.BytesIO(content), name))
    assert answer.status_code == status
    assert answer.json["message"]
    assert admin.send("/api/duties/loads", whole="1").status_code == 422


def test_findings_are_sentences(admin):
    added(admin, duty_no="XX1", legal_basis="")
    found = admin.get("/api/duties/findings").json["findings"]
    assert any(one["kind"] == "no_basis" and "XX1" in one["sentence"] for one in found)


def test_the_list_of_a_past_moment_can_be_exported(admin):
    before = now().isoformat().replace("+", "%2B")
    added(admin)
    assert b"XX1" in admin.get("/api/duties/export").data
    assert b"XX1" not in admin.get(f"/api/duties/export?as_of={before}").data


@pytest.fixture
def case_no(app) -> str:
    database: Database = app.extensions["database"]
    fields = {
        "kind": "complaint",
        "title": "流动摊贩占道",
        "content": "门口有摊贩",
        "category_code": "030301",
        "area_code": "990102001",
    }
    with database.begin() as work:
        caller = service.Caller(phone="+8613800001111")
        case = service.open_draft(work, call_id=1, actor=AGENT, caller=caller, now=now())
        service.change_draft(work, case.id, fields, actor=AGENT, now=now())
        service.register(work, case.id, actor=AGENT, now=now())
        return service.route(work, case.id, now=now()).case_no


def test_a_replay_is_asked_run_by_the_worker_and_read(app, admin, case_no):
    asked = admin.post("/api/what-if", edits=[CELLS])
    assert (asked.status_code, asked.json["state"], asked.json["to_replay"]) == (200, "waiting", 1), asked.text
    number = asked.json["what_if_id"]
    with app.app_context():
        job.run_what_if(number)
        job.run_what_if(number)  # the second claims nothing
    done = admin.get(f"/api/what-if/{number}").json
    assert (done["state"], done["replayed"], done["result"]["moved"]) == ("done", 1, 1)
    (move,) = admin.get(f"/api/what-if/{number}/moves").json["moves"]
    assert (move["case_no"], move["to_unit"]["code"]) == (case_no, "qinghu")
    assert Browser(app, UNIT).get(f"/api/what-if/{number}/moves").status_code == 403
    assert admin.get("/api/what-if/99").status_code == 404


def test_a_replay_that_became_impossible_says_why(app, admin, case_no):
    added(admin, duty_no="XX2", area="")
    number = admin.post("/api/what-if", removed=["XX2"]).json["what_if_id"]
    with app.extensions["database"].begin() as work:
        record = work.session.get_one(what_if.runs.WhatIfRecord, number)
        record.change = record.change | {"removed": ["GONE"]}
    with app.app_context():
        job.run_what_if(number)
    shown = admin.get(f"/api/what-if/{number}").json
    assert shown["state"] == "failed"
    assert "GONE" in shown["fault"]


def test_what_cannot_be_replayed_is_refused(admin):
    assert admin.post("/api/what-if").status_code == 422
    later = (now() + timedelta(days=400)).date().isoformat()
    assert admin.post("/api/what-if", threshold=0.5, since=later).status_code == 422


def test_routing_is_explained_to_those_who_may_see_the_case(app, admin, case_no):
    told = admin.get(f"/api/cases/{case_no}/routing")
    assert told.status_code == 200, told.text
    (candidate,) = told.json["candidates"]
    assert candidate["confirmed"]
    assert next(line["won"] for line in candidate["lines"])
    assert Browser(app, STRANGER).get(f"/api/cases/{case_no}/routing").status_code == 404


def test_a_unit_is_told_how_many_went_where_but_not_which_cases_of_others(app, admin, case_no):
    with app.extensions["database"].begin() as work:
        first = work.session.query(CaseRecord).filter_by(case_no=case_no).one()
        lead = first.lead_unit
        caller = service.Caller(phone=None)
        other = service.open_draft(work, call_id=2, actor=AGENT, caller=caller, now=now())
        fields = {"kind": "complaint", "title": "又一件", "category_code": "030301", "area_code": "990102001"}
        service.change_draft(work, other.id, fields, actor=AGENT, now=now())
        service.register(work, other.id, actor=AGENT, now=now())
        service.route(work, other.id, now=now())
        unit_person = work.session.query(PersonRecord).filter_by(username=UNIT).one()
        unit_person.unit_code = lead
    seen = Browser(app, UNIT).get(f"/api/cases/{case_no}/routing").json["alike"]
    assert (seen["cases"], seen["latest"]) == (1, [])
    assert len(admin.get(f"/api/cases/{case_no}/routing").json["alike"]["latest"]) == 1


def test_precision_says_when_there_are_too_few_cases(app, admin, case_no):
    told = admin.get("/api/routing/precision?threshold=0.8").json
    assert (told["asked"]["cases"], told["asked"]["enough"]) == (0, False)
    assert "样本太少" in told["asked"]["sentence"]
    assert told["in_force"]["threshold"] > 0
    assert admin.get("/api/routing/precision").json["asked"] is None
    assert Browser(app, UNIT).get("/api/routing/precision").status_code == 403
