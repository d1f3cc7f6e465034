"""The practice city's files agree: every code exists, every tree is one, every case finds a unit."""

import csv
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from nlp.numbers import to_arabic
from nlp.places import Gazetteer

CITY = Path(__file__).parents[2] / "city"
PATTERN = re.compile(r"\{district\}(?::(?P<trade>.+))?|\{street\}")
ROLES = {"agent", "dispatcher", "handler", "chief", "reviewer", "callback", "supervisor", "leader", "administrator"}


def read(name):
    with (CITY / "practice" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def city():
    names = ("areas", "places", "units", "staff", "categories", "duties", "hours", "calendar")
    return {name: read(f"{name}.csv") for name in names}


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("areas", "code"),
        ("places", "name"),
        ("units", "code"),
        ("units", "short_name"),
        ("staff", "username"),
        ("staff", "name"),
        ("categories", "code"),
        ("duties", "duty_no"),
        ("calendar", "date"),
    ],
)
def test_no_key_occurs_twice(city, file, key):
    assert [k for k, n in Counter(row[key] for row in city[file]).items() if n > 1] == []


@pytest.mark.parametrize("file", ["areas", "units", "categories"])
def test_parents_make_a_tree(city, file):
    parents = {row["code"]: row["parent"] for row in city[file]}
    for code in parents:
        seen, at = set(), code
        while at:
            assert at in parents, f"{code}: {at} does not exist"
            assert at not in seen, f"{code} is its own ancestor"
            seen.add(at)
            at = parents[at]


def test_the_city_has_the_size_it_promises(city):
    levels = Counter(area["level"] for area in city["areas"])
    assert (levels["city"], levels["district"]) == (1, 6)
    assert len(city["places"]) >= 160
    assert len(city["duties"]) >= 150
    assert 45 <= len(city["staff"]) <= 90
    for area in city["areas"]:
        if area["level"] == "district":
            assert 4 <= sum(other["parent"] == area["code"] for other in city["areas"]) <= 6


def test_area_codes_begin_with_their_parents_code(city):
    for area in city["areas"]:
        assert area["code"].startswith(area["parent"][:4] if len(area["code"]) == 6 else area["parent"])


def test_places_and_units_lie_in_areas_that_exist(city):
    codes = {area["code"] for area in city["areas"]}
    assert {place["area"] for place in city["places"]} <= codes
    assert {unit["area"] for unit in city["units"]} <= codes


def test_a_place_lies_near_the_other_places_of_its_street(city):
    by_street = {}
    for place in city["places"]:
        if len(place["area"]) >= 9:
            by_street.setdefault(place["area"][:9], []).append((float(place["lng"]), float(place["lat"])))
    for spots in by_street.values():
        for axis in zip(*spots, strict=True):
            assert max(axis) - min(axis) < 0.03  # about three kilometres


def test_every_district_and_street_has_its_office(city):
    held = {(unit["kind"], unit["area"]) for unit in city["units"]}
    for area in city["areas"]:
        if area["level"] in {"district", "street"}:
            assert (area["level"], area["code"]) in held


def test_staff_hold_known_roles_in_known_units(city):
    units = {unit["code"]: unit for unit in city["units"]}
    for person in city["staff"]:
        roles = set(person["roles"].split("|"))
        assert roles <= ROLES
        assert person["unit"] in units
        assert ("handler" in roles) == (units[person["unit"]]["kind"] != "hotline")
    assert Counter(role for p in city["staff"] for role in p["roles"].split("|")).keys() == ROLES


def test_duties_name_categories_areas_and_units_that_exist(city):
    categories = {row["code"] for row in city["categories"]}
    areas = {row["code"] for row in city["areas"]}
    units = {row["code"]: row for row in city["units"]}
    trades = Counter(unit["kind"] for unit in city["units"])
    for duty in city["duties"]:
        assert duty["category"] in categories
        assert not duty["area"] or duty["area"] in areas
        assert units[duty["fallback"]]["kind"] in {"department", "hotline"}
        for unit in filter(None, (duty["lead"], *duty["helpers"].split("|"))):
            pattern = PATTERN.fullmatch(unit)
            assert unit in units or pattern, f"{duty['duty_no']}: {unit}"
            if pattern and pattern["trade"]:
                assert trades[f"bureau:{pattern['trade']}"] == 6


def test_one_row_at_most_answers_for_a_category_and_an_area(city):
    assert [k for k, n in Counter((d["category"], d["area"]) for d in city["duties"]).items() if n > 1] == []


def test_every_category_finds_a_row(city):
    rows = {duty["category"] for duty in city["duties"] if not duty["area"]}
    missed = [c["code"] for c in city["categories"] if not {c["code"][:n] for n in (2, 4, 6)} & rows]
    assert missed == []


def test_a_departments_duty_is_never_led_or_helped_by_a_street(city):
    for duty in city["duties"]:
        if duty["department_only"] == "1":
            assert "{street}" not in (duty["lead"], *duty["helpers"].split("|")), duty["duty_no"]


def test_no_unit_helps_itself(city):
    assert [d["duty_no"] for d in city["duties"] if d["lead"] in d["helpers"].split("|")] == []


def test_the_calendar_of_2026_is_the_published_one(city):
    said = {row["date"]: row["works"] == "1" for row in city["calendar"]}
    day = date(2026, 1, 1)
    while day.year == 2026:
        works = said.get(day.isoformat(), day.weekday() < 5)
        assert works == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_hours_give_one_span_a_service_and_weekday(city):
    keys = [(row["service"], row["weekday"]) for row in city["hours"]]
    assert len(keys) == len(set(keys))
    assert all(row["opens"] < row["closes"] for row in city["hours"])
    assert {weekday for service, weekday in keys if service == "hotline"} == set("1234567")


def test_the_default_limits_cover_every_kind_and_urgency():
    pack = json.loads((CITY / "packs" / "default.json").read_text(encoding="utf-8"))
    rules = {(rule["kind"], rule["urgency"]): rule for rule in pack["rules"]}
    for kind in ("consult", "help", "complaint", "report", "suggestion"):
        for urgency in ("critical", "urgent", "normal"):
            rule = rules.get((kind, urgency)) or rules[("*", urgency)]
            for limit in ("dispatch", "sign", "result"):
                assert rule[limit]["unit"] in {"natural_minutes", "working_minutes", "working_days"}
                assert rule[limit]["quantity"] >= 0
    assert rules[("*", "critical")]["result"] == {"quantity": 120, "unit": "natural_minutes"}
    assert pack["redo"]["within"] == {"quantity": 3, "unit": "working_days"}


def test_the_demo_calls_name_places_of_the_city_in_words(city):
    calls = read("calls/calls.csv")
    gazetteer = Gazetteer.from_rows(city["areas"], city["places"])
    categories = {row["code"] for row in city["categories"]}
    assert {call["expect_kind"] for call in calls} == {"consult", "help", "complaint", "report", "suggestion"}
    for call in calls:
        assert re.fullmatch(r"\+86138000\d{5}", call["from"])
        assert not re.search(r"[0-9A-Za-z]", call["speaks"])
        assert call["expect_category"] in categories
        found = gazetteer.find(to_arabic(call["speaks"]))
        assert (found[0].name if found else "") == call["place"]
