"""Replays: what a changed list, pack or model would move, and that nothing is moved by asking."""

from __future__ import annotations

import copy
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.actor import Role
from core.clock import CITY_ZONE
from core.config import ROOT
from core.db import Database
from core.errors import BadInput, NotFound, WrongRole
from dispatch import service, what_if
from dispatch.duty_list import shelf
from dispatch.events import WhatIfAsked
from dispatch.routing import CategoryShare
from tests.integration.dispatch.conftest import DISPATCHER, MONDAY, a_case, category, person

ADMIN = person(20, "王管理", Role.ADMINISTRATOR)
TODAY = MONDAY.astimezone(CITY_ZONE).date()
# Stalls in one street go to its district's government instead of the district's 城管.
TO_DISTRICT = {
    "duty_no": "XX1",
    "category": "030301",
    "area": "990102001",
    "level": "district",
    "lead": "qinghu",
    "legal_basis": "试行",
    "department_only": "0",
    "valid_from": "2026-11-01",
}


def a_change(**changes) -> what_if.Change:
    return what_if.Change(**({"since": TODAY, "until": TODAY} | changes))


def run(database: Database, change: what_if.Change, *, model=None, at=MONDAY):
    """What the worker does, with a model handed in."""
    with database.begin() as work:
        number = what_if.ask(work, change, actor=ADMIN, now=at)
    with database.begin() as work:
        assert what_if.claim(work, number, now=at)
    with database.begin() as work:
        replay = what_if.prepare(work, number, model=model)
    for ids in replay.chunks():
        with database.begin() as work:
            what_if.step(work, replay, ids, now=at)
    with database.begin() as work:
        what_if.finish(work, replay, now=at)
    with database.begin() as work:
        shown = what_if.show(work, number)
        moves, _ = what_if.moves(work, number)
    return shown, moves


@pytest.fixture
def routed(city) -> list[str]:
    """Five cases about stalls in 湖滨街道 that the machine has sent by the list, and one that it left."""
    numbers = []
    with city.begin() as work:
        for _ in range(5):
            numbers.append(service.route(work, a_case(work).id, now=MONDAY).case_no)
        unsure = [category("030301", 0.3), category("060201", 0.25, "占道停车")]
        service.route(work, a_case(work, categories=unsure).id, now=MONDAY)
    return numbers


def everything(database: Database) -> dict[str, str]:
    """A hash of every row of every table but those of replays."""
    with database.begin() as work:
        tables = work.session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'what_if%'")
        )
        return {
            name: work.session.scalar(
                text(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t")
            )
            for name in tables
        }


def test_a_changed_line_shows_which_cases_would_move_and_what_it_does_to_loads(city, routed):
    shown, moves = run(city, a_change(edits=(TO_DISTRICT,)))
    assert (shown["state"], shown["cases_in_period"], shown["replayed"]) == ("done", 6, 6)
    to_district = [one for one in moves if one["kind"] == "unit"]
    assert {one["case_no"] for one in to_district} >= set(routed)
    assert {one["to_unit"]["code"] for one in to_district} == {"qinghu"}
    assert all("XX1" in one["why"] for one in to_district)
    was = to_district[0]["from_unit"]["code"]
    load = {one["code"]: (one["before"], one["after"]) for one in shown["result"]["load"]}
    assert load["qinghu"][1] - load["qinghu"][0] == len(to_district)
    assert load[was][0] - load[was][1] == len(to_district)
    # People agreed with the list as it is: the five went where it said, and would not any more.
    result = shown["result"]
    assert (result["decided"], result["agrees"]) == (5, {"before": 5, "after": 0})
    assert result["automatic"] == {"before": 5, "after": 5}


def test_asking_changes_nothing_but_the_replay_itself(city, routed):
    pack = json.loads((ROOT / "city" / "packs" / "default.json").read_text(encoding="utf-8"))
    before = everything(city)
    run(
        city,
        a_change(edits=(TO_DISTRICT,), pack=pack, threshold=0.2, model=True),
        model=lambda words: [CategoryShare(code="060201", name="占道停车", share=0.9)],
    )
    assert everything(city) == before


def test_a_line_that_begins_next_month_is_tried_on_the_day_it_begins(city, routed):
    shown, moves = run(city, a_change(edits=(TO_DISTRICT | {"valid_from": "2026-12-24"},)))
    assert shown["result"]["on"] == "2026-12-24"
    assert {one["case_no"] for one in moves} >= set(routed)


def test_a_tried_sheet_is_replayed_before_it_is_applied(city, routed):
    with city.begin() as work:
        sheet = shelf.csv_of([]).decode("utf-8-sig") + ",".join(
            (dict.fromkeys(shelf.csv_of([]).decode("utf-8-sig").strip().split(","), "") | TO_DISTRICT).values()
        )
        load = shelf.try_sheet(work, sheet.encode(), "a.csv", whole=False, actor=ADMIN, now=MONDAY).load_id
    _, moves = run(city, a_change(load_id=load))
    assert {one["case_no"] for one in moves} >= set(routed)


def test_a_higher_threshold_leaves_more_to_people(city, routed):
    shown, moves = run(city, a_change(threshold=0.99))
    assert shown["result"]["automatic"] == {"before": 5, "after": 0}
    assert {one["kind"] for one in moves} == {"automatic"}
    assert shown["result"]["agrees"] == {"before": 5, "after": 5}


def test_another_pack_shows_other_due_times_and_who_would_have_been_late(city, routed):
    pack = json.loads((ROOT / "city" / "packs" / "default.json").read_text(encoding="utf-8"))
    strict = copy.deepcopy(pack)
    for rule in strict["rules"]:
        rule["result"] = {"quantity": 1, "unit": "natural_minutes"}
    strict.pop("statutes", None)
    later = MONDAY + timedelta(hours=2)
    shown, moves = run(city, a_change(pack=strict), at=later)
    result = shown["result"]
    assert (result["timed"], result["other_due"], result["late"]) == (5, 5, {"before": 0, "after": 5})
    due = [one for one in moves if one["kind"] == "due"]
    assert {one["case_no"] for one in due} == set(routed)
    assert all("1 分钟" in one["why"] for one in due)
    same, none = run(city, a_change(pack=pack), at=later)
    assert (same["result"]["other_due"], none) == (0, [])


def test_another_model_is_asked_about_the_words_of_each_case(city, routed):
    heard = []

    def model(words: str):
        heard.append(words)
        return [CategoryShare(code="030301", name="流动摊贩", share=0.2)]

    shown, _ = run(city, a_change(model=True), model=model)
    assert len(heard) == 6
    assert all("摊贩" in words for words in heard)
    assert shown["result"]["automatic"] == {"before": 5, "after": 0}


def test_a_class_that_a_person_chose_is_not_asked_of_the_model(city):
    with city.begin() as work:
        case = a_case(work, fields={"category_code": "030301"})
        service.route(work, case.id, now=MONDAY)
    _, moves = run(city, a_change(model=True), model=lambda words: [])
    assert moves == []


def test_of_too_many_cases_a_sample_is_replayed_and_its_size_said(city, routed):
    shown, _ = run(city, a_change(threshold=0.99, at_most=4))
    assert (shown["cases_in_period"], shown["to_replay"], shown["replayed"]) == (6, 4, 4)


def test_cases_outside_the_period_are_left_out(city, routed):
    before = TODAY - timedelta(days=1)
    shown, moves = run(city, a_change(threshold=0.99, since=before, until=before))
    assert (shown["cases_in_period"], shown["result"]["replayed"], moves) == (0, 0, [])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "什么变化"),
        ({"threshold": 0.5, "since": TODAY + timedelta(days=1)}, "早于"),
        ({"edits": ({"duty_no": "XX1", "lead": "gone"},)}, "第 1 条修改"),
        ({"edits": (TO_DISTRICT | {"category": "01", "lead": "{street}", "level": "street"},)}, "不得派给街道"),
        ({"removed": ("NO",)}, "NO"),
        ({"pack": {"name": "x"}}, "规则包有误"),
        ({"threshold": 0.5, "at_most": 0}, "件数"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_a_sentence(city, change, says):
    with pytest.raises(BadInput, match=says), city.begin() as work:
        what_if.ask(work, a_change(**change), actor=ADMIN, now=MONDAY)


def test_a_dispatcher_may_not_ask_for_a_replay(city):
    with pytest.raises(WrongRole), city.begin() as work:
        what_if.ask(work, a_change(threshold=0.5), actor=DISPATCHER, now=MONDAY)


def test_a_replay_is_announced_once_and_claimed_by_one(city, bus):
    heard = []
    bus.on(WhatIfAsked, heard.append)
    with city.begin() as work:
        number = what_if.ask(work, a_change(threshold=0.5), actor=ADMIN, now=MONDAY)
    assert [event.what_if_id for event in heard] == [number]
    with city.begin() as work:
        assert what_if.claim(work, number, now=MONDAY)
        assert not what_if.claim(work, number, now=MONDAY)
        # Its worker is lost: another begins anew.
        assert what_if.claim(work, number, now=MONDAY + timedelta(minutes=11))


def test_a_replay_that_does_not_exist_is_not_found(city):
    with city.begin() as work, pytest.raises(NotFound):
        what_if.show(work, 99)
