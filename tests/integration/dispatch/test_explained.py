"""Routing explained from the tables: the lines of that day, cases like it, who overruled, how often it is right."""

from __future__ import annotations

from datetime import timedelta

from core.actor import Role
from core.clock import now
from dispatch import explained, service
from dispatch.duty_list import shelf
from dispatch.lifecycle import CaseState
from dispatch.records import CaseRecord
from tests.integration.dispatch.conftest import DISPATCHER, MONDAY, a_case, act, category, person

ADMIN = person(20, "王管理", Role.ADMINISTRATOR)


def told(city, case_no: str, at=MONDAY):
    with city.begin() as work:
        case = work.session.query(CaseRecord).filter_by(case_no=case_no).one()
        return explained.explain(work, case, now=at)


def test_a_case_routed_by_the_machine_shows_its_lines_in_order_and_its_candidates(city):
    with city.begin() as work:
        case = service.route(work, a_case(work).id, now=MONDAY)
    found = told(city, case.case_no)
    first = found["candidates"][0]
    assert (first["category"]["code"], first["share"], first["confirmed"]) == ("030301", 0.9, False)
    (won,) = [line for line in first["lines"] if line["won"]]
    assert won["order"] == 1
    assert won["lead"]["code"] == case.lead_unit
    assert [line["order"] for line in first["lines"]] == list(range(1, len(first["lines"]) + 1))
    assert found["decisions"][0] | {"at": None} == {
        "at": None,
        "action": "dispatch",
        "actor_name": "系统",
        "by_machine": True,
        "unit": won["lead"],
        "overruled": False,
        "reason": found["verdict"]["reason"],
    }


def test_a_later_change_of_the_list_does_not_change_why_a_past_case_went_there(city):
    sent_at = now()
    with city.begin() as work:
        case = service.route(work, a_case(work, now=sent_at).id, now=sent_at)
    before = told(city, case.case_no)["candidates"]
    number = next(line["duty_no"] for line in before[0]["lines"] if line["won"])
    with city.begin() as work:
        later = sent_at + timedelta(hours=1)
        shelf.change_line(work, number, {"lead": "qinghu"}, version=1, reason="改", actor=ADMIN, now=later)
    assert told(city, case.case_no)["candidates"] == before


def test_a_person_who_overruled_the_machine_is_named_with_the_reason(city):
    unsure = [category("030301", 0.4), category("060201", 0.25, "占道停车")]
    with city.begin() as work:
        case = service.route(work, a_case(work, categories=unsure).id, now=MONDAY)
        case_no = case.case_no
        first = case.routing["candidates"][0]["unit"]["code"]
    with city.begin() as work:
        act(work, case_no, "dispatch", DISPATCHER, unit="qinghu", reason="现场属区政府征收地块")
    (decision,) = told(city, case_no)["decisions"]
    assert first != "qinghu"
    assert (decision["overruled"], decision["actor_name"], decision["unit"]["code"]) == (True, "派单员", "qinghu")
    assert decision["reason"] == "现场属区政府征收地块"


def test_past_cases_like_it_say_where_they_went_and_how_often_they_came_back(city):
    with city.begin() as work:
        old = [a_case(work) for _ in range(3)]
        for case, unit in zip(old, ["qinghu-chengguan", "qinghu-chengguan", "qinghu"], strict=True):
            act(work, case, "dispatch", DISPATCHER, unit=unit)
        elsewhere = a_case(work, fields={"category_code": "060201"})
        act(work, elsewhere, "dispatch", DISPATCHER, unit="qinghu")
        new = a_case(work)
    found = told(city, new.case_no)["alike"]
    assert found["cases"] == 3
    assert [(one["unit"]["code"], one["cases"]) for one in found["by_unit"]] == [
        ("qinghu-chengguan", 2),
        ("qinghu", 1),
    ]
    assert {one["case_no"] for one in found["latest"]} == {case.case_no for case in old}


def settle(city, share: float, *, right: int, wrong: int) -> None:
    """Closed cases whose first proposal had `share`: `right` of them stayed with it."""
    with city.begin() as work:
        for at in range(right + wrong):
            case = a_case(work)
            case.judged_at, case.state, case.closed_at = MONDAY, CaseState.CLOSED.value, MONDAY
            case.lead_unit = "qinghu-chengguan" if at < right else "qinghu"
            case.routing = {
                "automatic": False,
                "reason": "",
                "candidates": [
                    # What the desk wished for stands before the machine's own proposal and does not count.
                    {"unit": {"code": "chengguan", "name": "x"}, "share": 1.0, "reason": "", "duty_no": None},
                    {
                        "unit": {"code": "qinghu-chengguan", "name": "x"},
                        "share": share,
                        "reason": "",
                        "duty_no": "Z1",
                    },
                ],
            }


def test_precision_at_a_threshold_is_counted_from_settled_cases(city):
    settle(city, 0.9, right=36, wrong=4)
    settle(city, 0.6, right=5, wrong=5)
    with city.begin() as work:
        a_case(work)  # open: it says nothing yet
        high, low = explained.precision_at(work, 0.9), explained.precision_at(work, 0.6)
    assert (high["cases"], high["right"], high["precision"], high["enough"]) == (40, 36, 0.9, True)
    # Wilson, 36 of 40 at 95 %: 0.7695 to 0.9604.
    assert (round(high["low"], 4), round(high["high"], 4)) == (0.7695, 0.9604)
    assert (low["cases"], low["right"], low["automatic_share"]) == (50, 41, 1.0)
    assert high["automatic_share"] == 0.8
    assert "90.0%" in high["sentence"]


def test_too_few_cases_are_said_to_be_too_few(city):
    settle(city, 0.9, right=29, wrong=0)
    with city.begin() as work:
        found = explained.precision_at(work, 0.9)
        nothing = explained.precision_at(work, 0.95)
    assert (found["enough"], found["cases"]) == (False, 29)
    assert found["sentence"].startswith("样本太少")
    assert (nothing["cases"], nothing["precision"], nothing["low"]) == (0, None, None)


def test_the_curve_falls_in_cases_as_the_threshold_rises(city):
    settle(city, 0.9, right=3, wrong=1)
    settle(city, 0.5, right=2, wrong=2)
    with city.begin() as work:
        curve = explained.curve(work)
        later = explained.curve(work, since=MONDAY + timedelta(days=1))
    counts = [point["cases"] for point in curve["points"]]
    assert counts == sorted(counts, reverse=True)
    assert (curve["judged"], counts[0], counts[-1]) == (8, 8, 0)
    assert later["judged"] == 0
