"""Which unit a matter goes to, and when a person must say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dispatch.routing import (
    CategoryShare,
    DutyRow,
    Matter,
    NeedsHuman,
    Routed,
    UnitRow,
    area_stem,
    best_rows,
    propose,
    refuses_street,
    resolved,
    route,
)

TODAY = date(2026, 11, 23)
DISTRICT, STREET, COMMUNITY = "990102", "990102001", "990102001003"


def unit(code: str, kind: str, area: str, parent: str = "city") -> UnitRow:
    return UnitRow(code=code, name=f"{code}单位", kind=kind, parent=parent, area=area)


UNITS = {
    one.code: one
    for one in (
        unit("chengguan", "department", "990100"),
        unit("gongshui", "enterprise", "990100"),
        unit("qinghu", "district", DISTRICT),
        unit("qinghu-chengguan", "bureau:城管", DISTRICT, "qinghu"),
        unit("qinghu-gongan", "bureau:公安", DISTRICT, "qinghu"),
        unit("qinghu-hubin", "street", STREET, "qinghu"),
    )
}


def row(number: str, category: str, lead: str, area: str = "", **changes) -> DutyRow:
    made = DutyRow(
        duty_no=number,
        category=category,
        area=area,
        level="city",
        lead=lead,
        helpers=(),
        fallback="chengguan",
        legal_basis="市级职责分工",
        department_only=False,
        valid_from=date(2026, 1, 1),
        valid_until=None,
    )
    return replace(made, **changes)


ROWS = [
    row("Z1", "03", "{district}:城管", level="district"),
    row("Z2", "0303", "{district}:城管", helpers=("{district}:公安", "{street}"), level="district"),
    row("Z3", "030301", "{street}", level="street"),
    row("Z4", "0303", "chengguan", area=STREET),
    row("Z5", "07", "gongshui"),
    row("Z6", "0701", "chengguan", valid_until=date(2026, 11, 22)),
    row("Z7", "0702", "chengguan", valid_from=date(2026, 11, 24)),
    row("Z8", "08", "{district}:城管", department_only=True, level="district"),
    row("Z9", "09", "{street}", department_only=True, level="street"),
]


def shares(*pairs: tuple[str, float]) -> list[CategoryShare]:
    return [CategoryShare(code=code, name=f"类{code}", share=share) for code, share in pairs]


def judge(code: str, area: str, share: float = 0.9, rows=ROWS, chosen: str | None = None):
    matter = Matter(area=area, on=TODAY, chosen_unit=chosen)
    return route(matter, rows, UNITS, shares((code, share)), threshold=0.6)


@pytest.mark.parametrize(
    ("category", "area", "lead", "duty"),
    [
        ("030201", DISTRICT, "qinghu-chengguan", "Z1"),  # only the class's own fall-back line
        ("030302", DISTRICT, "qinghu-chengguan", "Z2"),  # the longer class
        ("030302", COMMUNITY, "chengguan", "Z4"),  # the finer area among equals
        ("030301", COMMUNITY, "qinghu-hubin", "Z3"),  # the longest class beats the finest area
        ("030301", STREET, "qinghu-hubin", "Z3"),
        ("070101", "", "gongshui", "Z5"),  # a city-wide line needs no place; Z6 has ended
        ("070201", "990100", "gongshui", "Z5"),  # Z7 has not begun
    ],
)
def test_the_longest_class_then_the_finest_area_decides(category, area, lead, duty):
    verdict = judge(category, area)
    assert isinstance(verdict, Routed)
    assert (verdict.unit, verdict.duty_no) == (lead, duty)
    assert duty in verdict.reason


@pytest.mark.parametrize(
    ("category", "area", "share", "why"),
    [
        ("030302", DISTRICT, 0.59, "低于自动派单线"),
        ("030301", DISTRICT, 0.9, "地点不够具体"),  # a street is needed, only the district is known
        ("030201", "", 0.9, "地点不够具体"),
        ("030201", "990104", 0.9, "地点不够具体"),  # a district without that bureau
        ("990101", DISTRICT, 0.9, "没有"),
        ("090101", STREET, 0.9, "地点不够具体"),  # a department's duty is not resolved to a street
    ],
)
def test_a_person_decides_when_the_list_or_the_classifier_is_unsure(category, area, share, why):
    verdict = judge(category, area, share)
    assert isinstance(verdict, NeedsHuman)
    assert why in verdict.reason


def test_the_threshold_itself_is_sure_enough():
    assert isinstance(judge("030302", DISTRICT, 0.6), Routed)


def test_without_any_class_there_is_nothing_to_propose():
    verdict = route(Matter(area=DISTRICT, on=TODAY), ROWS, UNITS, [], threshold=0.6)
    assert verdict == NeedsHuman(reason="事项分类尚未确定", proposals=())


def test_two_leads_for_one_matter_need_a_person():
    twice = [row("A", "05", "chengguan"), row("B", "05", "gongshui")]
    verdict = judge("050101", DISTRICT, rows=twice)
    assert isinstance(verdict, NeedsHuman)
    assert "2 个主办单位" in verdict.reason
    assert {one.unit for one in verdict.proposals} == {"chengguan", "gongshui"}


def test_two_lines_that_name_the_same_lead_are_no_doubt():
    twice = [row("A", "05", "qinghu-chengguan"), row("B", "05", "{district}:城管")]
    assert isinstance(judge("050101", DISTRICT, rows=twice), Routed)


def test_the_level_nearest_the_place_wins_among_equals():
    near = row("N", "05", "{district}:城管", level="district")
    assert best_rows("050101", DISTRICT, [row("F", "05", "chengguan"), near]) == [near]


def test_an_agent_who_chose_another_unit_is_heard():
    verdict = judge("030302", DISTRICT, chosen="gongshui")
    assert isinstance(verdict, NeedsHuman)
    assert verdict.proposals[0].unit == "gongshui"
    assert isinstance(judge("030302", DISTRICT, chosen="qinghu-chengguan"), Routed)


def test_helpers_are_resolved_and_those_that_cannot_be_are_left_out():
    assert judge("030302", DISTRICT).helpers == ("qinghu-gongan",)


def test_a_person_sees_the_three_best_units_each_once_best_first():
    found = propose(
        Matter(area=DISTRICT, on=TODAY),
        ROWS,
        UNITS,
        shares(("030302", 0.5), ("070101", 0.3), ("080101", 0.1)),
    )
    assert [one.unit for one in found] == ["qinghu-chengguan", "gongshui", "chengguan"]
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert found[0].duty_no == "Z2"


def test_when_the_street_is_not_known_its_district_comes_first():
    found = propose(Matter(area=DISTRICT, on=TODAY), ROWS, UNITS, shares(("030301", 0.9)))
    assert [one.unit for one in found] == ["qinghu", "chengguan"]


@pytest.mark.parametrize(
    ("pattern", "area", "found"),
    [
        ("{district}", COMMUNITY, "qinghu"),
        ("{district}:城管", STREET, "qinghu-chengguan"),
        ("{district}:城管", "990100", None),
        ("{district}:城管", "", None),
        ("{street}", COMMUNITY, "qinghu-hubin"),
        ("{street}", DISTRICT, None),
        ("gongshui", "", "gongshui"),
        ("gone", DISTRICT, None),
    ],
)
def test_a_pattern_means_the_unit_of_the_cases_place(pattern, area, found):
    assert resolved(pattern, ROWS[0], area, UNITS) == found


def test_the_line_that_keeps_a_matter_from_streets_is_named():
    assert refuses_street("080101", STREET, TODAY, ROWS).duty_no == "Z8"
    assert refuses_street("030301", STREET, TODAY, ROWS) is None


@pytest.mark.parametrize(("code", "stem"), [("990100", "9901"), ("990102", "990102"), ("", ""), (STREET, STREET)])
def test_all_codes_inside_an_area_begin_with_its_stem(code, stem):
    assert area_stem(code) == stem
