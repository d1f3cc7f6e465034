"""The packs over HTTP: for administrators only, from the file to the switch and back in the history."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from core import people
from core.config import ROOT
from core.people import PersonRecord
from tests.integration.dashboard.test_cases_api import PASSWORD, Desk, app

__all__ = ["app"]
DEFAULT = json.loads((ROOT / "city" / "packs" / "default.json").read_text(encoding="utf-8"))
NEXT_YEAR = json.dumps(
    DEFAULT | {"version": "2027.1", "redo": {"within": {"quantity": 2, "unit": "working_days"}}}, ensure_ascii=False
)


@pytest.fixture
def admin(app: Flask) -> Desk:
    hashed = people.hash_password(PASSWORD)
    with app.extensions["database"].begin() as work:
        work.session.add(
            PersonRecord(
                username="admin1",
                name="管理员甲",
                roles=["administrator"],
                unit_code="hotline",
                password_hash=hashed,
                active=True,
            )
        )
    return Desk(app, "admin1")


def ids(admin: Desk) -> dict[str, int]:
    return {row["name"]: row["pack_id"] for row in admin.get("/api/packs").json["packs"]}


def test_a_file_is_loaded_compared_switched_on_and_back(admin):
    default = ids(admin)["default"]
    loaded = admin.post("/api/packs", content=NEXT_YEAR)
    assert loaded.status_code == 200, loaded.text
    assert (loaded.json["version"], loaded.json["active"], loaded.json["loaded_by"]) == ("2027.1", False, "管理员甲")
    new = loaded.json["pack_id"]
    found = admin.get(f"/api/packs/compare?before={default}&after={new}").json["changes"]
    assert [one["words"] for one in found] == [
        f"版本 {DEFAULT['version']} → 2027.1",
        "重办时限 3 个工作日 → 2 个工作日",
    ]
    assert found[1]["path"] == "redo.within"
    switched = admin.post(f"/api/packs/{new}/activate", reason="新年度")
    assert switched.status_code == 200, switched.text
    assert switched.json["active"]
    assert switched.json["body"]["redo"]["within"]["quantity"] == 2
    assert admin.post(f"/api/packs/{default}/activate", reason="改回").json["active"]
    shelf = admin.get("/api/packs").json
    assert [row["pack_id"] for row in shelf["packs"] if row["active"]] == [default]
    assert [(step["action"], step["by"], step["reason"]) for step in shelf["history"][:3]] == [
        ("activate", "管理员甲", "改回"),
        ("activate", "管理员甲", "新年度"),
        ("load", "管理员甲", ""),
    ]


def test_the_threshold_is_set_without_a_file(admin):
    answer = admin.post("/api/packs/threshold", share=0.9, reason="试运行")
    assert answer.status_code == 200, answer.text
    assert (answer.json["version"], answer.json["automatic_from_share"]) == (f"{DEFAULT['version']}+1", 0.9)
    assert [row["version"] for row in admin.get("/api/packs").json["packs"] if row["active"]] == [
        f"{DEFAULT['version']}+1"
    ]


def test_what_is_refused_is_said_in_a_sentence(admin):
    default, jinan = ids(admin)["default"], ids(admin)["jinan"]
    admin.post("/api/packs", content=NEXT_YEAR)
    answers = {
        "not JSON": admin.post("/api/packs", content="{"),
        "a slip": admin.post("/api/packs", content=NEXT_YEAR.replace('"quantity": 2,', '"quantity": -2,')),
        "a gap": admin.post("/api/packs", content=NEXT_YEAR.replace('"sign"', '"sing"', 1)),
        "half a name": admin.post("/api/packs", content=NEXT_YEAR.replace('"redo"', '"\\udfff"')),
        "half a character": admin.post("/api/packs", content=NEXT_YEAR.replace("推荐默认时限", "\\ud800")),
        "other content": admin.post("/api/packs", content=NEXT_YEAR.replace("推荐默认时限", "另一个")),
        "in force": admin.post(f"/api/packs/{default}/activate", reason="再启用"),
        "no reason": admin.post(f"/api/packs/{jinan}/activate", reason=" "),
        "unchanged": admin.post("/api/packs/threshold", share=0.6, reason="试运行"),
        "too sure": admin.post("/api/packs/threshold", share=1.5, reason="试运行"),
        "not there": admin.get("/api/packs/999"),
        "far away": admin.get(f"/api/packs/{10**30}"),
        "nothing to compare": admin.get(f"/api/packs/compare?before={default}&after={10**30}"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "not JSON": 422,
        "a slip": 422,
        "a gap": 422,
        "half a name": 422,
        "half a character": 422,
        "other content": 409,
        "in force": 409,
        "no reason": 422,
        "unchanged": 409,
        "too sure": 422,
        "not there": 404,
        "far away": 404,
        "nothing to compare": 422,
    }
    said = {name: answer.json["message"] for name, answer in answers.items()}
    assert said["a gap"] == "rules[0].sing：没有这一项设置，请检查写法"
    assert said["other content"] == "default 2027.1 已载入过，内容不同；请换一个版本号再载入"


@pytest.mark.parametrize("username", ["agent1", "dispatcher1", "reviewer1", "qinghu1"])
def test_packs_are_the_administrators(app, admin, username):
    default = ids(admin)["default"]
    desk = Desk(app, username)
    tried = [
        desk.get("/api/packs"),
        desk.get(f"/api/packs/{default}"),
        desk.get(f"/api/packs/compare?before={default}&after={default}"),
        desk.post("/api/packs", content=NEXT_YEAR),
        desk.post(f"/api/packs/{default}/activate", reason="试试"),
        desk.post("/api/packs/threshold", share=0.1, reason="试试"),
    ]
    assert [answer.status_code for answer in tried] == [403] * 6


def test_nobody_comes_in_unknown(app):
    assert app.test_client().get("/api/packs").status_code == 401


def test_a_slip_in_a_file_is_told_in_english_too(admin):
    admin.get("/language/en")
    said = [
        admin.post("/api/packs", content=NEXT_YEAR.replace(old, new, 1)).json["message"]
        for old, new in (('"sign"', '"sing"'), ('"statutes": [', '"statutes": 3, "special": ['))
    ]
    assert said[0] == "rules[0].sing: there is no such setting; check how it is written"
    assert said[1].startswith("This cannot be taken as it is (special：")
    answer = admin.post("/api/packs", content=json.dumps(DEFAULT | {"version": "2027.1", "statutes": 3}))
    assert answer.json["message"] == "statutes: this should be a list; it is 3"
