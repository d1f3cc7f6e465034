"""Conferences over HTTP: who reads them, what they show, and that a stranger learns nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from core import people
from core.people import PersonRecord
from tests.integration.dashboard.test_cases_api import PASSWORD, Desk, app, case_no

__all__ = ["app", "case_no"]
RETURN = {"code": "not_our_duty", "basis": "三定方案", "reason": "不属本单位"}


@pytest.fixture
def supervisor(app: Flask) -> Desk:
    hashed = people.hash_password(PASSWORD)
    with app.extensions["database"].begin() as work:
        work.session.add_all(
            PersonRecord(username=name, name=name, roles=[role], unit_code=unit, password_hash=hashed, active=True)
            for name, role, unit in [
                ("supervisor1", "supervisor", "hotline"),
                ("qinghu-shijian1", "handler", "qinghu-shijian"),
            ]
        )
    return Desk(app, "supervisor1")


@pytest.fixture
def disputed(app: Flask, case_no: str, supervisor: Desk) -> str:
    """A case returned by 城管 and then by 市监."""
    dispatcher = Desk(app, "dispatcher1")
    chengguan, shijian = Desk(app, "qinghu-chengguan1"), Desk(app, "qinghu-shijian1")
    steps = [
        (dispatcher, "dispatch", {"unit_code": "qinghu-chengguan"}),
        (chengguan, "return", RETURN | {"suggested_unit": "qinghu-shijian"}),
        (dispatcher, "grant_return", {}),
        (dispatcher, "dispatch", {"unit_code": "qinghu-shijian"}),
        (shijian, "return", RETURN | {"suggested_unit": "qinghu-chengguan"}),
    ]
    for desk, action, given in steps:
        version = desk.get(f"/api/cases/{case_no}").json["card"]["version"]
        answer = desk.act(case_no, action, version=version, **given)
        assert answer.status_code == 200, (action, answer.text)
    return case_no


def test_the_conference_stands_open_until_it_is_ruled(app, disputed, supervisor):
    (one,) = supervisor.get("/api/adjudications").json["items"]
    assert (one["case"]["case_no"], one["open"], one["late"], one["disputes"]) == (disputed, True, False, 2)
    version = supervisor.get(f"/api/cases/{disputed}").json["card"]["version"]
    shijian = Desk(app, "qinghu-shijian1")
    said = shijian.act(disputed, "opine", version=version, text="属占道经营，应由城管办理")
    assert said.status_code == 200, said.text
    whole = supervisor.get(f"/api/adjudications/{one['adjudication_id']}").json
    assert [given["unit"]["name"] for given in whole["returns"]] != []
    assert whole["opinions"][0]["unit"]["code"] == "qinghu-shijian"
    ruled = supervisor.act(
        disputed,
        "rule",
        version=said.json["card"]["version"],
        unit_code="qinghu-chengguan",
        text="占道经营由城管办理",
        basis="城市管理条例第三十条",
    )
    assert ruled.json["card"]["state"] == "to_sign", ruled.text
    assert "no_return" in ruled.json["card"]["flags"]
    assert supervisor.get("/api/adjudications").json["items"] == []
    (over,) = shijian.get("/api/adjudications?state=over").json["items"]
    assert (over["ruling"], over["unit"]["code"]) == ("占道经营由城管办理", "qinghu-chengguan")
    offered = [one["action"] for one in Desk(app, "qinghu-chengguan1").get(f"/api/cases/{disputed}").json["actions"]]
    assert "sign" in offered
    assert "return" not in offered


def test_a_unit_that_takes_no_part_learns_nothing(app, disputed, supervisor):
    number = supervisor.get("/api/adjudications").json["items"][0]["adjudication_id"]
    stranger = Desk(app, "linjiang-chengguan1")
    for state in ("open", "over"):
        assert stranger.get(f"/api/adjudications?state={state}").json["items"] == []
    hidden, missing = stranger.get(f"/api/adjudications/{number}"), stranger.get("/api/adjudications/999999")
    assert (hidden.status_code, hidden.json) == (missing.status_code, missing.json)
    assert hidden.status_code == 404


def test_senseless_questions_are_answered_with_a_sentence(supervisor):
    assert supervisor.get("/api/adjudications?state=maybe").status_code == 422
    assert supervisor.get("/api/adjudications?before=0").status_code == 422
    assert supervisor.get(f"/api/adjudications/{10**30}").status_code == 404


def test_nobody_reads_conferences_without_signing_in(app):
    assert app.test_client().get("/api/adjudications").status_code == 401
