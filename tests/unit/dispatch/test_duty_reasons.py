"""The lines about a matter are told in the order they were considered, each with why it won or lost."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.explained.reasons import considered
from dispatch.routing import CategoryShare, Matter, Routed, route
from tests.unit.dispatch.test_duty_checks import some_line
from tests.unit.dispatch.test_duty_sheets import SCHEME, line

TODAY = date(2026, 11, 23)
LINES = [
    line("A", category="03"),
    line("B", category="0303", level="city", lead="chengguan"),
    line("C", category="0303", area="990102001"),
    line("D", category="030301", valid_from=date(2027, 1, 1)),
    line("E", category="0303", valid_until=date(2026, 1, 31)),
    line("F", category="05"),
]


def told(lines=LINES, category="030301", area="990102001"):
    return [(one.line.duty_no, one.won, one.why) for one in considered(category, area, TODAY, lines, SCHEME.units)]


def test_lines_are_told_narrowest_first_and_those_out_of_force_last():
    assert [number for number, _, _ in told()] == ["C", "B", "A", "D", "E"]
    assert [number for number, won, _ in told() if won] == ["C"]


def test_each_line_says_why_it_won_or_lost():
    why = {number: reason for number, _, reason in told()}
    assert "按此条确定" in why["C"]
    assert "区域较粗" in why["B"]
    assert "事项较粗" in why["A"]
    assert "2027-01-01 才生效" in why["D"]
    assert "已于 2026-01-31 失效" in why["E"]


def test_a_level_farther_from_the_place_loses():
    far = line("G", category="0303", area="990102001", level="city", lead="chengguan")
    assert "层级" in {number: reason for number, _, reason in told([*LINES, far])}["G"]


def test_two_that_draw_say_so():
    twin = line("G", category="0303", area="990102001", lead="chengguan", helpers=())
    won = {number: reason for number, won, reason in told([*LINES, twin]) if won}
    assert set(won) == {"C", "G"}
    assert all("并列" in reason for reason in won.values())


def test_a_finer_line_read_as_the_departments_own_says_which_line_makes_it_so():
    keeper = line("K", category="08", lead="huanjing", department_only=True)
    taker = line("T", category="08", area="990102001", lead="{street}", level="street")
    (first, won, why), _ = told([keeper, taker], category="0801")
    assert (first, won) == ("T", True)
    assert "K 规定仅由部门办理" in why


@given(st.lists(some_line, max_size=8, unique_by=lambda one: one.duty_no), st.sampled_from(["030301", "05", "0801"]))
@settings(max_examples=200, deadline=None)
def test_what_is_told_to_have_won_is_what_routing_took(lines, category):
    verdict = route(
        Matter(area="990102001", on=TODAY),
        lines,
        SCHEME.units,
        [CategoryShare(code=category, name="某事", share=1.0)],
        threshold=0.5,
    )
    if isinstance(verdict, Routed):
        won = [one for one in considered(category, "990102001", TODAY, lines, SCHEME.units) if one.won]
        assert verdict.duty_no in {one.line.duty_no for one in won}
        assert {one.lead for one in won} == {verdict.unit}
