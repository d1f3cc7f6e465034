"""Reply templates belong to a unit, filters to a person."""

from __future__ import annotations

from .asking import hire
from .doors import STRANGER, UNIT, Browser, web

__all__ = ["web"]

TEXT = {"title": "占道经营", "text": "经现场核查，……", "category_code": "030301"}


def put(browser: Browser, path: str, **body):
    return browser.client.put(path, json=body, headers={"X-CSRFToken": browser.token})


def delete(browser: Browser, path: str):
    return browser.client.delete(path, headers={"X-CSRFToken": browser.token})


def test_a_unit_keeps_its_own_templates(web):
    unit, stranger = Browser(web, UNIT), Browser(web, STRANGER)
    (made,) = unit.post("/api/templates", **TEXT).json["templates"]
    assert (made["title"], made["mine"], made["changed_by"]) == ("占道经营", True, UNIT)
    assert stranger.get("/api/templates").json["templates"] == []
    path = f"/api/templates/{made['template_id']}"
    assert put(stranger, path, version=made["version"], **TEXT).status_code == 404
    assert delete(stranger, path).status_code == 404
    (changed,) = put(unit, path, version=made["version"], **TEXT | {"text": "已清理。"}).json["templates"]
    assert changed["text"] == "已清理。"
    assert delete(unit, path).json["templates"] == []


def test_of_two_who_change_a_template_one_is_told(web):
    unit = Browser(web, UNIT)
    (made,) = unit.post("/api/templates", **TEXT).json["templates"]
    path = f"/api/templates/{made['template_id']}"
    assert put(unit, path, version=made["version"], **TEXT | {"text": "甲"}).status_code == 200
    late = put(unit, path, version=made["version"], **TEXT | {"text": "乙"})
    assert (late.status_code, late.json["code"]) == (409, "stale")


def test_a_title_stands_once_in_a_unit_and_a_class_must_exist(web):
    unit = Browser(web, UNIT)
    unit.post("/api/templates", **TEXT)
    assert unit.post("/api/templates", **TEXT).status_code == 409
    assert unit.post("/api/templates", **TEXT | {"title": "别的", "category_code": "999999"}).status_code == 422
    assert unit.post("/api/templates", **TEXT | {"title": " "}).status_code == 422


def test_templates_of_the_unit_above_are_shown_but_not_changed(web):
    hire(web, "qinghu1", "handler", unit="qinghu")
    above, below = Browser(web, "qinghu1"), Browser(web, UNIT)
    (made,) = above.post("/api/templates", **TEXT).json["templates"]
    (seen,) = below.get("/api/templates").json["templates"]
    assert (seen["template_id"], seen["mine"]) == (made["template_id"], False)
    assert delete(below, f"/api/templates/{made['template_id']}").status_code == 404


def test_filters_are_ones_own(web):
    unit, stranger = Browser(web, UNIT), Browser(web, STRANGER)
    terms = {"state": ["handling"], "urgency": "urgent", "late": True}
    saved = put(unit, "/api/filters/今天要办", terms=terms).json["filters"]
    assert [(one["name"], one["terms"]) for one in saved] == [("今天要办", terms)]
    again = put(unit, "/api/filters/今天要办", terms={"late": True}).json["filters"]
    assert [one["terms"] for one in again] == [{"late": True}]
    assert stranger.get("/api/filters").json["filters"] == []
    assert delete(stranger, "/api/filters/今天要办").status_code == 404
    assert delete(unit, "/api/filters/今天要办").json["filters"] == []


def test_a_filter_has_a_size(web):
    unit = Browser(web, UNIT)
    assert put(unit, "/api/filters/大", terms={"q": "字" * 5000}).status_code == 422
    assert put(unit, "/api/filters/" + "名" * 65, terms={}).status_code == 422
