"""Calendars over HTTP: an administrator sees, tries, loads, explains; nobody else comes in."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.actor import Actor, Role
from core.clock import CITY_ZONE, now
from dispatch import service
from dispatch.deadlines import library_knows

from .doors import PASSWORD, settings_of, staffed

STAFF = {"administrator1": (["administrator"], "hotline"), "dispatcher1": (["dispatcher"], "hotline")}
UNIT = "qinghu-chengguan"
AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
FIELDS = {"kind": "complaint", "title": "流动摊贩占道", "content": "门口有摊贩", "category_code": "030301"}
UNKNOWN = next(year for year in range(date.today().year, 2199) if not library_knows(year))
YEAR = f"date,name,works,spans\n{UNKNOWN}-01-01,元旦,0,\n{UNKNOWN}-05-01,劳动节,0,\n{UNKNOWN}-10-01,国庆节,0,\n"


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
        self.headers = {"X-CSRFToken": answer.json["csrf_token"]}

    def get(self, path: str, **query):
        return self.client.get(f"/api/calendars{path}", query_string=query or None)

    def send(self, method: str, path: str, **body):
        # What takes nothing away but an address carries no body.
        json = None if method == "DELETE" else body
        return self.client.open(f"/api/calendars{path}", method=method, json=json, headers=self.headers)


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app, "administrator1")


def test_a_year_is_seen_to_be_missing_tried_loaded_and_taken_back(desk):
    shown = desk.get("").json
    assert {one["year"]: one["source"] for one in shown["years"]}[UNKNOWN] == "unknown"
    tried = desk.send("POST", f"/years/{UNKNOWN}/preview", content=YEAR)
    assert tried.json == {"faults": [], "days": 3, "looked_at": 0, "would_move": 0, "more": False}
    assert desk.get(f"/years/{UNKNOWN}").json["days"] == []
    loaded = desk.send("PUT", f"/years/{UNKNOWN}", content=YEAR)
    assert loaded.status_code == 200, loaded.text
    assert [day["source"] for day in loaded.json["days"]] == ["administrator"] * 3
    shown = desk.get("").json
    assert {one["year"]: one["source"] for one in shown["years"]}[UNKNOWN] == "loaded"
    assert UNKNOWN not in [one["year"] for one in shown["warnings"]]
    assert shown["recomputing"] == 1  # no worker runs in this test
    assert desk.send("DELETE", f"/years/{UNKNOWN}").status_code == 200
    again = desk.send("DELETE", f"/years/{UNKNOWN}")
    assert (again.status_code, again.json["message"]) == (409, "这一年的日历不是载入的")
    kinds = [one["kind"] for one in desk.get("/changes").json["items"]]
    assert kinds == ["drop_year", "load_year"]


def test_a_change_puts_the_job_that_moves_the_deadlines(app, desk):
    desk.send("PUT", f"/years/{UNKNOWN}", content=YEAR)
    change_id = desk.get("/changes").json["items"][0]["change_id"]
    queued = app.extensions["redis"].lrange("rq:queue:default", 0, -1)
    jobs = [app.extensions["redis"].hgetall(b"rq:job:" + job) for job in queued]
    assert any(
        b"recompute_deadlines" in job[b"description"] and str(change_id).encode() in job[b"description"]
        for job in jobs
    )


def test_a_bad_file_names_every_row_in_the_readers_language(desk):
    content = f"{YEAR}{UNKNOWN}-01-01,元旦,0,\nx,春节,0,\n"
    refused = desk.send("PUT", f"/years/{UNKNOWN}", content=content)
    assert refused.status_code == 422
    assert "第 5 行 date：同一天写了两次" in refused.json["message"]
    assert "第 6 行 date" in refused.json["message"]
    assert desk.get(f"/years/{UNKNOWN}").json["days"] == []
    desk.client.set_cookie("language", "en")
    faults = desk.send("POST", f"/years/{UNKNOWN}/preview", content=content).json["faults"]
    assert faults == [
        {"row": 5, "column": "date", "reason": "This day is named twice"},
        {"row": 6, "column": "date", "reason": "Write the date as 2027-01-01; it must be a day that exists"},
    ]


def test_a_day_is_set_and_unset(desk):
    set_day = desk.send("PUT", "/days/2026-11-24", name="半天", works=True, spans="08:30-12:00")
    assert {
        "on": "2026-11-24",
        "name": "半天",
        "works": True,
        "spans": "08:30-12:00",
        "source": "administrator",
    } in set_day.json["days"]
    due = desk.get("/deadline", **{"from": "2026-11-23T10:00:00+08:00", "quantity": 1, "unit": "working_days"}).json
    assert datetime.fromisoformat(due["at"]) == datetime(2026, 11, 24, 12, tzinfo=CITY_ZONE)
    assert desk.send("DELETE", "/days/2026-11-24").status_code == 200
    assert desk.send("DELETE", "/days/2026-11-24").status_code == 409


def test_a_unit_gets_hours_of_its_own_and_loses_them(desk):
    week = [{"weekday": 1, "spans": "09:00-12:00|13:00-17:00"}, {"weekday": 2, "spans": "09:00-12:00"}]
    given = desk.send("PUT", "/hours", service="offices", unit_code=UNIT, week=week)
    assert given.status_code == 200, given.text
    assert (given.json["own"], given.json["week"][:3]) == (True, [*week, {"weekday": 3, "spans": ""}])
    query = {"from": "2026-11-23T03:30:00Z", "quantity": 60, "unit": "working_minutes", "unit_code": UNIT}
    due = desk.get("/deadline", **query).json
    counted = [
        [datetime.fromisoformat(one[end]).strftime("%H:%M") for end in ("starts", "ends")] for one in due["segments"]
    ]
    assert counted == [["11:30", "12:00"], ["13:00", "13:30"]]
    assert due["limit"] == "1 个工作小时"
    cleared = desk.client.delete(f"/api/calendars/hours?service=offices&unit_code={UNIT}", headers=desk.headers)
    assert (cleared.status_code, cleared.json["own"]) == (200, False)


def test_a_deadline_in_an_unknown_year_warns(desk):
    query = {"from": f"{UNKNOWN}-02-01T10:00:00+08:00", "quantity": 2, "unit": "working_days"}
    assert [one["year"] for one in desk.get("/deadline", **query).json["warnings"]] == [UNKNOWN]
    desk.client.set_cookie("language", "en")
    assert "not loaded" in desk.get("/deadline", **query).json["warnings"][0]["message"]
    desk.send("PUT", f"/years/{UNKNOWN}", content=YEAR)
    assert desk.get("/deadline", **query).json["warnings"] == []


NONSENSE = [
    ("GET", "/years/0", {}),
    ("GET", "/years/99999999999", {}),
    ("DELETE", "/years/99999999999", {}),
    ("PUT", "/years/12000", {"content": YEAR}),
    ("POST", "/years/12000/preview", {"content": YEAR}),
    ("PUT", "/days/2026-02-30", {"name": "x", "works": True}),
    ("PUT", "/days/9999-12-31", {"name": "x", "works": True}),
    ("PUT", "/days/2026-11-24", {"name": "x", "works": False, "spans": "08:30-12:00"}),
    ("PUT", "/days/2026-11-24", {"name": "x", "works": True, "spans": "25:00-26:00"}),
    ("DELETE", "/days/nonsense", {}),
    ("GET", "/hours?service=nothing", {}),
    ("GET", "/hours?service=offices&unit_code=nobody", {}),
    (
        "PUT",
        "/hours",
        {"service": "offices", "unit_code": UNIT, "week": [{"weekday": 1, "spans": "09:00-12:00"}] * 2},
    ),
    ("PUT", "/hours", {"service": "offices", "unit_code": UNIT, "week": []}),
    ("GET", "/deadline?from=2026-11-23T10:00:00&quantity=1&unit=working_days", {}),
    ("GET", "/deadline?from=9999-12-31T23:00:00Z&quantity=1&unit=working_days", {}),
    ("GET", "/deadline?from=0001-01-01T00:00:00Z&quantity=1&unit=working_days", {}),
    ("GET", "/deadline?from=2026-11-23T10:00:00Z&quantity=1001&unit=working_days", {}),
    ("GET", "/deadline?from=2026-11-23T10:00:00Z&quantity=-1&unit=working_days", {}),
    ("GET", "/deadline?from=2026-11-23T10:00:00Z&quantity=1&unit=working_days&service=nothing", {}),
]


def test_what_makes_no_sense_is_refused_with_a_sentence(desk):
    for method, path, body in NONSENSE:
        answer = desk.send(method, path, **body) if method != "GET" else desk.get(path)
        assert answer.status_code == 422, (method, path, answer.text)
        assert answer.json["message"]


def test_the_health_of_the_centre_warns_of_a_year_that_open_deadlines_reach(app, desk):
    in_it = datetime(UNKNOWN, 3, 1, 10, tzinfo=CITY_ZONE)
    with app.extensions["database"].begin() as work:
        case = service.open_draft(work, call_id=1, actor=AGENT, caller=service.Caller(phone=None), now=in_it)
        service.change_draft(work, case.id, FIELDS, actor=AGENT, now=in_it)
        service.register(work, case.id, actor=AGENT, now=in_it)
    warned = f"{UNKNOWN} 年的节假日安排尚未载入，期限暂按周一至周五计算"
    assert warned in desk.client.get("/healthz").json["warnings"]
    desk.send("PUT", f"/years/{UNKNOWN}", content=YEAR)
    assert warned not in desk.client.get("/healthz").json["warnings"]


def test_nobody_but_an_administrator_comes_in(app):
    other = Desk(app, "dispatcher1")
    assert other.get("").status_code == 403
    assert other.send("PUT", f"/years/{UNKNOWN}", content=YEAR).status_code == 403
    assert other.send("PUT", "/days/2026-11-24", name="x", works=False).status_code == 403
    assert app.test_client().get("/api/calendars").status_code == 401


def test_every_listed_year_is_around_this_one(desk):
    this = now().astimezone(CITY_ZONE).year
    assert {this - 1, this, this + 1, this + 2} <= {one["year"] for one in desk.get("").json["years"]}
