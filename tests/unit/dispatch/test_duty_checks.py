"""What is wrong with a list as a whole is found and said in a sentence that names its lines."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import ROOT
from dispatch.duty_list.cells import Scheme, among_lines, read_line
from dispatch.duty_list.checks import FindingKind, check
from dispatch.matching import DutyRow, UnitRow, is_grass_roots, with_those_above
from dispatch.routing import CategoryShare, Matter, NeedsHuman, Routed, propose, refuses_street, route
from tests.unit.dispatch.test_duty_sheets import SCHEME, line

TODAY = date(2026, 11, 23)
WHOLE = [
    line("A", category="03"),
    line("B", category="05", lead="chengguan", helpers=()),
    line("C", category="08", lead="huanjing", department_only=True),
]


def kinds(lines, on=TODAY, scheme=SCHEME):
    return [(one.kind, one.duty_nos) for one in check(lines, scheme, on)]


def test_a_sound_list_has_nothing_to_put_right():
    assert check(WHOLE, SCHEME, TODAY) == []


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        (line("D", category="05", lead="qinghu", helpers=(), level="district"), (FindingKind.CONFLICT, ("B", "D"))),
        (line("D", category="05", lead="chengguan", helpers=()), (FindingKind.OVERLAP, ("B", "D"))),
        (line("D", category="0303", lead="chengguan", fallback="gone"), (FindingKind.UNIT_GONE, ("D",))),
        (line("D", category="0303", helpers=("{district}:航空",)), (FindingKind.UNIT_GONE, ("D",))),
        (line("D", category="0303", legal_basis=""), (FindingKind.NO_BASIS, ("D",))),
        (line("D", category="0801", lead="qinghu-hubin", helpers=()), (FindingKind.NARROWER, ("D", "C"))),
        (
            line("D", category="08", lead="huanjing", helpers=("qinghu-hubin",), level="city"),
            (FindingKind.STREET, ("D", "C")),
        ),
        (
            line("D", category="030301", valid_until=TODAY + timedelta(days=30)),
            (FindingKind.ENDS_SOON, ("D",)),
        ),
    ],
)
def test_each_fault_of_a_list_is_found_and_names_its_lines(extra, found):
    assert kinds([*WHOLE, extra]) == [found]


def test_lines_that_follow_each_other_in_time_do_not_conflict():
    before = replace(WHOLE[1], valid_until=TODAY + timedelta(days=9))
    after = line("D", category="05", lead="qinghu", helpers=(), valid_from=TODAY + timedelta(days=10))
    assert kinds([WHOLE[0], before, WHOLE[2], after]) == []


def test_a_line_that_is_over_is_no_concern_of_today():
    over = line("D", category="05", lead="gone", legal_basis="", valid_until=TODAY - timedelta(days=1))
    assert kinds([*WHOLE, over]) == []


def test_a_class_without_any_line_is_a_gap_in_the_whole_city():
    (found,) = check(WHOLE[:2], SCHEME, TODAY)
    assert found.kind is FindingKind.GAP
    assert "噪声" in found.sentence
    assert "全市" in found.sentence


def test_a_class_whose_line_is_for_one_street_only_is_a_gap_elsewhere():
    (found,) = check([*WHOLE[:2], replace(WHOLE[2], area="990102001")], SCHEME, TODAY)
    assert "月山街道" in found.sentence
    assert "湖滨街道" not in found.sentence


def test_a_pattern_that_means_no_unit_somewhere_is_found():
    # 月山街道 has no office among the units.
    (found,) = check([*WHOLE[1:], replace(WHOLE[0], lead="{street}", helpers=())], SCHEME, TODAY)
    assert (found.kind, found.duty_nos) == (FindingKind.UNRESOLVED, ("A",))
    assert "月山街道" in found.sentence


def practice() -> tuple[list[DutyRow], Scheme]:
    def read(name):
        with (ROOT / "city" / "practice" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    units = {
        row["code"]: UnitRow(
            code=row["code"], name=row["name"], kind=row["kind"], parent=row["parent"] or None, area=row["area"]
        )
        for row in read("units.csv")
    }
    scheme = Scheme(
        categories={row["code"]: row["name"] for row in read("categories.csv")},
        areas={row["code"]: row["name"] for row in read("areas.csv")},
        units=units,
    )
    lines = [read_line(row, scheme, row=number) for number, row in enumerate(read("duties.csv"), start=2)]
    assert not [one for one in lines if isinstance(one, list)]
    return lines, scheme


def test_the_practice_list_can_be_imported_and_has_nothing_that_blocks():
    lines, scheme = practice()
    assert among_lines(list(enumerate(lines, start=2)), scheme) == []
    found = check(lines, scheme, TODAY)
    assert {one.kind for one in found} <= {FindingKind.NARROWER, FindingKind.UNRESOLVED}, found


AREAS = ["", "990102", "990102001", "990102002"]
some_line = st.builds(
    DutyRow,
    duty_no=st.sampled_from([f"Z{number}" for number in range(9)]),
    category=st.sampled_from(sorted(SCHEME.categories)),
    area=st.sampled_from(AREAS),
    level=st.sampled_from(["city", "district", "street"]),
    lead=st.sampled_from(["{street}", "{district}", "{district}:城管", "chengguan", "qinghu-hubin", "hubin-yuehu"]),
    helpers=st.lists(st.sampled_from(["{street}", "qinghu-hubin", "huanjing"]), unique=True, max_size=2).map(tuple),
    fallback=st.sampled_from([None, "chengguan", "qinghu-hubin"]),
    legal_basis=st.just("市级职责分工"),
    department_only=st.booleans(),
    valid_from=st.sampled_from([date(2026, 1, 1), date(2026, 12, 1)]),
    valid_until=st.sampled_from([None, date(2026, 12, 31)]),
)


@given(
    lines=st.lists(some_line, max_size=8),
    category=st.sampled_from(["030301", "05", "0801"]),
    area=st.sampled_from(AREAS),
    chosen=st.sampled_from([None, "qinghu-hubin", "hubin-yuehu"]),
)
@settings(max_examples=400, deadline=None)
def test_whatever_the_list_says_a_departments_duty_is_never_routed_or_proposed_to_a_street(
    lines, category, area, chosen
):
    """Even a list that no import would let through: routing is the last door."""
    matter = Matter(area=area, on=TODAY, chosen_unit=chosen)
    candidates = [CategoryShare(code=category, name="某事", share=0.9)]
    if refuses_street(category, area, TODAY, lines) is None:
        return
    verdict = route(matter, lines, SCHEME.units, candidates, threshold=0.5)
    named = [one.unit for one in propose(matter, lines, SCHEME.units, candidates)]
    if isinstance(verdict, Routed):
        named += [verdict.unit, *verdict.helpers]
    assert not [code for code in named if is_grass_roots(code, SCHEME.units)]


@given(st.lists(some_line, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_recused_unit_is_never_proposed(lines):
    recused = frozenset({"chengguan", "qinghu-hubin", "qinghu"})
    matter = Matter(area="990102001", on=TODAY, chosen_unit="chengguan", recused=recused)
    candidates = [CategoryShare(code="030301", name="流动摊贩", share=0.9)]
    verdict = route(matter, lines, SCHEME.units, candidates, threshold=0.5)
    named = {one.unit for one in verdict.proposals}
    if isinstance(verdict, Routed):
        named |= {verdict.unit, *verdict.helpers}
    assert not [code for code in named if recused.intersection(with_those_above(code, SCHEME.units))]


@pytest.mark.parametrize("recused", ["qinghu-chengguan", "qinghu"])
def test_a_recused_lead_or_one_below_a_recused_unit_leaves_the_case_to_a_person(recused):
    matter = Matter(area="990102001", on=TODAY, recused=frozenset({recused}))
    candidates = [CategoryShare(code="030301", name="流动摊贩", share=0.9)]
    verdict = route(matter, [line("A", category="03")], SCHEME.units, candidates, threshold=0.5)
    assert isinstance(verdict, NeedsHuman)
    assert "回避" in verdict.reason
    assert "qinghu-chengguan" not in {one.unit for one in verdict.proposals}
