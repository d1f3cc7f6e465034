"""The figures over HTTP: who sees whose, the rows behind them, tiers, export, stored days."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, update

from core import people
from core.clock import CITY_ZONE
from core.people import DisclosureRecord, PersonRecord
from dashboard import figures_shapes as shapes
from dispatch.figures import days
from dispatch.figures.catalogue import FIGURES
from dispatch.rules import UnitRecord
from tests.integration.dashboard.test_cases_api import PASSWORD, Desk, app
from tests.integration.dispatch.stories import OPENED, Story

__all__ = ["app"]

NOVEMBER = "span=month&on=2026-11-10&as_of=2026-11-22T00:00:00Z"
MORE_STAFF = {
    "supervisor1": (["supervisor"], "hotline"),
    "leader1": (["leader"], "city"),
    "administrator1": (["administrator"], "hotline"),
    "qinghu-chief1": (["chief"], "qinghu"),
}


@pytest.fixture
def city(app: Flask) -> Flask:
    """A month in which three units of two districts have had cases."""
    hashed = people.hash_password(PASSWORD)
    with app.extensions["database"].begin() as work:
        work.session.add_all(
            PersonRecord(username=name, name=name, roles=roles, unit_code=unit, password_hash=hashed, active=True)
            for name, (roles, unit) in MORE_STAFF.items()
        )
        for number in range(12):
            unit = ("qinghu-chengguan", "linjiang-chengguan", "qinghu-hubin")[number % 3]
            area = ("990102001", "990103001")[number % 2]
            story = Story(work, at=OPENED + timedelta(hours=number), area=area).send(unit, due_in=20).sign()
            if number % 4:
                story.reply().passed().rated(1 + number % 5, "solved")
            else:
                story.add("exclude", facts={"code": "beyond_law"})
    return app


def figure(body: dict, code: str) -> dict:
    return next(one for one in body["figures"] if one["code"] == code)


def test_a_report_has_every_figure_with_its_counts_and_bounds(city: Flask):
    body = Desk(city, "leader1").get(f"/api/figures?{NOVEMBER}&by=unit").json
    assert [one["code"] for one in body["whole"]["figures"]] == [one.code for one in FIGURES]
    assert (body["due"], body["kept"]) == (12, 9)
    assert body["exclusions"] == [{"code": "beyond_law", "name": "无法律政策依据", "count": 3}]
    solved = figure(body["whole"], "solved")
    assert (solved["value"], solved["numerator"], solved["denominator"], solved["excluded"]) == (1.0, 9.0, 9, 3)
    assert 0.6 < solved["lower"] < 1
    assert solved["upper"] == 1
    assert figure(body["whole"], "grade_mean")["lower"] is None
    assert {group["key"] for group in body["groups"]} == {"qinghu-chengguan", "linjiang-chengguan", "qinghu-hubin"}
    assert all(group["name"] != group["key"] for group in body["groups"])


def test_a_handler_sees_the_own_unit_a_chief_those_below_and_others_nothing(city: Flask):
    def opened(username: str, more: str = "") -> int:
        return figure(Desk(city, username).get(f"/api/figures?{NOVEMBER}{more}").json["whole"], "on_time")[
            "denominator"
        ]

    assert opened("qinghu-chengguan1") == 3
    assert opened("qinghu-chief1") == 6
    assert opened("qinghu-chief1", "&unit=qinghu-hubin") == 3
    assert opened("supervisor1") == 9
    assert opened("supervisor1", "&unit=qinghu") == 6
    for username in ("agent1", "dispatcher1", "reviewer1"):
        assert Desk(city, username).get(f"/api/figures?{NOVEMBER}").status_code == 403
    assert city.test_client().get(f"/api/figures?{NOVEMBER}").status_code == 401


@pytest.mark.parametrize("path", ["", "/on_time/cases", "/on_time/tiers", "/trend", "/export"])
def test_a_try_at_another_units_figures_is_refused_and_written_down(city: Flask, path: str):
    answer = Desk(city, "qinghu-chengguan1").get(f"/api/figures{path}?{NOVEMBER}&unit=linjiang-chengguan")
    assert answer.status_code == 403
    assert answer.json["code"] == "wrong_role"
    with city.extensions["database"].begin() as work:
        tries = work.session.scalars(select(DisclosureRecord).where(DisclosureRecord.subject == "figures")).all()
        assert [one.subject_id for one in tries] == ["linjiang-chengguan"]


def test_the_rows_behind_a_figure_are_of_the_own_unit_only(city: Flask):
    mine = Desk(city, "qinghu-chengguan1")
    counted = figure(mine.get(f"/api/figures?{NOVEMBER}").json["whole"], "on_time")
    for part, count in (("denominator", counted["denominator"]), ("excluded", counted["excluded"])):
        page = mine.get(f"/api/figures/on_time/cases?{NOVEMBER}&part={part}").json
        assert len(page["items"]) == count
        assert {item["unit"] for item in page["items"]} == {"qinghu-chengguan"}
    assert page["items"][0]["code_name"] == "无法律政策依据"
    assert mine.get(f"/api/figures/nonsense/cases?{NOVEMBER}").status_code == 404
    assert mine.get(f"/api/figures/on_time/cases?{NOVEMBER}&cursor=x").status_code == 422


def test_units_stand_in_tiers_without_a_rank_below_thirty(city: Flask):
    tiers = Desk(city, "supervisor1").get(f"/api/figures/on_time/tiers?{NOVEMBER}").json
    assert tiers["rank_from"] == 30
    assert {(one["unit"], one["type"], one["load"], one["rank"]) for one in tiers["items"]} == {
        ("qinghu-chengguan", "bureau", "low", None),
        ("linjiang-chengguan", "bureau", "low", None),
        ("qinghu-hubin", "street", "low", None),
    }
    assert Desk(city, "supervisor1").get(f"/api/figures/overdue/tiers?{NOVEMBER}").status_code == 404


def test_a_trend_goes_back_month_by_month(city: Flask):
    items = Desk(city, "supervisor1").get(f"/api/figures/trend?{NOVEMBER}&periods=3").json["items"]
    assert [(one["first"], one["due"]) for one in items] == [("2026-11-01", 12), ("2026-10-01", 0), ("2026-09-01", 0)]


def test_asked_with_an_instant_of_the_past_the_report_is_that_of_then(city: Flask):
    then = "2026-11-02T12:00:00%2B08:00"
    body = Desk(city, "leader1").get(f"/api/figures?span=month&on=2026-11-10&as_of={then}").json
    assert figure(body["whole"], "opened")["numerator"] == 4
    assert body["due"] == 0
    assert Desk(city, "leader1").get("/api/figures?as_of=2026-11-02T12:00:00").status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        "span=range",
        "span=range&first=2026-11-02&last=2026-11-01",
        "by=person",
        "span=range&first=1900-01-01&last=2026-01-01",
    ],
)
def test_what_cannot_be_understood_is_refused(city: Flask, wrong: str):
    assert Desk(city, "leader1").get(f"/api/figures?{wrong}").status_code == 422


def test_an_export_opens_as_a_table_and_carries_out_no_formula(city: Flask):
    with city.extensions["database"].begin() as work:
        work.session.execute(update(UnitRecord).where(UnitRecord.code == "qinghu-hubin").values(name="=1+1"))
    desk = Desk(city, "supervisor1")
    plain = desk.get(f"/api/figures/export?{NOVEMBER}&by=unit&format=csv")
    rows = list(csv.reader(io.StringIO(plain.data.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"/api/figures/export?{NOVEMBER}&by=unit&format=xlsx").data))
    cells = list(book.active.iter_rows())
    assert len(rows) == len(cells) == 1 + 4 * (len(FIGURES) + 1) + 1
    assert {row[1] for row in rows} >= {"'=1+1"}
    assert not [cell for row in cells for cell in row if cell.data_type == "f"]
    of_unit = next(row for row in rows if row[1] == "'=1+1" and row[2] == "on_time")
    assert of_unit[4:8] == ["1.0", "3.0", "3", "1"]
    assert "attachment" in plain.headers["Content-Disposition"]


def test_a_stored_day_is_shown_beside_what_the_timeline_gives(city: Flask):
    with city.extensions["database"].begin() as work:
        closed = days.close_next(work, now=datetime(2026, 11, 20, tzinfo=CITY_ZONE))
    desk = Desk(city, "leader1")
    assert desk.get("/api/figures/days?first=2026-11-01&last=2026-11-30").json == {"days": [closed.isoformat()]}
    shown = desk.get(f"/api/figures/days/{closed}").json
    assert (shown["equal"], shown["intact"], shown["chained"], shown["differences"]) == (True, True, True, [])
    assert shown["stored"] == shown["recomputed"]
    assert desk.get("/api/figures/days/2026-11-19").status_code == 404
    assert desk.get("/api/figures/days/tomorrow").status_code == 404
    assert Desk(city, "qinghu-chief1").get(f"/api/figures/days/{closed}").status_code == 403


def test_the_list_of_figures_names_each_in_both_languages(city: Flask):
    items = Desk(city, "qinghu-chengguan1").get("/api/figures/names").json["items"]
    assert [item["code"] for item in items] == [one.code for one in FIGURES]
    assert all(item["zh"] and item["en"] for item in items)
    assert set(shapes.FigureName.model_fields) == set(items[0])
