"""The arithmetic of the figures against numbers worked out elsewhere and against what must always hold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.figures.formulas import Counts, Kind, Load, Weights, bounds, load, score, standings, value
from dispatch.figures.periods import Period, day_of, month_of, week_of

WEIGHTS = Weights(responded=30, solved=35, satisfied=35)


@pytest.mark.parametrize(
    ("x", "n", "lower", "upper"),
    [
        # The interval of Wilson (1927) for z = 1.96, worked out with exact fractions.
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (2, 3, 0.2077, 0.9385),
        (50, 100, 0.4038, 0.5962),
        (95, 100, 0.8882, 0.9785),
    ],
)
def test_the_wilson_interval_is_the_known_one(x: float, n: int, lower: float, upper: float):
    assert bounds(x, n) == pytest.approx((lower, upper), abs=1e-4)


def test_nothing_has_no_interval():
    assert bounds(0, 0) is None


@given(n=st.integers(1, 10_000), share=st.floats(0, 1))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(n: int, share: float):
    lower, upper = bounds(share * n, n)
    assert 0 <= lower <= share + 1e-9
    assert share - 1e-9 <= upper <= 1


@given(n=st.integers(1, 1000), more=st.integers(1, 1000), share=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
def test_more_cases_of_the_same_share_raise_the_lower_bound(n: int, more: int, share: float):
    assert bounds(share * 4 * n, 4 * n)[0] <= bounds(share * 4 * (n + more), 4 * (n + more))[0] + 1e-12


def test_a_share_of_nothing_is_neither_0_nor_1():
    assert value(Kind.SHARE, Counts()) is None
    assert value(Kind.COUNT, Counts()) == 0


def test_the_score_is_weighted_and_has_no_value_when_a_rate_has_none():
    shares = {"responded": 1.0, "solved": 0.5, "satisfied": 0.8}
    assert score(shares, WEIGHTS) == pytest.approx(30 + 17.5 + 28)
    assert score(shares | {"solved": None}, WEIGHTS) is None
    assert score({}, WEIGHTS) is None


@pytest.mark.parametrize(("n", "band"), [(29, Load.LOW), (30, Load.NORMAL), (299, Load.NORMAL), (300, Load.HIGH)])
def test_the_load_of_a_unit(n: int, band: Load):
    assert load(n, 30) is band


def test_units_are_ranked_among_their_like_and_small_ones_not_at_all():
    counts = {
        "a": Counts(denominator=100, numerator=90),
        "b": Counts(denominator=100, numerator=95),
        "c": Counts(denominator=100, numerator=90),
        "d": Counts(denominator=100, numerator=80),
        "small": Counts(denominator=29, numerator=29),
        "street": Counts(denominator=100, numerator=10),
    }
    types = dict.fromkeys("abcd", "department") | {"small": "department", "street": "street"}
    found = standings(counts, types, rank_from=30, less_is_better=False)
    assert [(one.unit, one.rank) for one in found] == [
        ("b", 1),
        ("a", 2),
        ("c", 2),
        ("d", 4),
        ("small", None),
        ("street", 1),
    ]


def test_where_less_is_better_the_smaller_share_comes_first():
    counts = {"a": Counts(denominator=100, numerator=20), "b": Counts(denominator=100, numerator=10)}
    found = standings(counts, {}, rank_from=30, less_is_better=True)
    assert [(one.unit, one.rank) for one in found] == [("b", 1), ("a", 2)]


def test_periods_are_whole_days_weeks_and_months():
    assert week_of(date(2026, 11, 25)) == Period(first=date(2026, 11, 23), last=date(2026, 11, 29))
    assert month_of(date(2028, 2, 29)) == Period(first=date(2028, 2, 1), last=date(2028, 2, 29))
    assert month_of(date(2026, 12, 31)).last == date(2026, 12, 31)
    assert day_of(date(2026, 11, 23)).days == 1


def test_the_period_before_a_month_is_the_month_before_and_else_as_many_days():
    assert month_of(date(2026, 3, 5)).before() == month_of(date(2026, 2, 1))
    assert week_of(date(2026, 11, 25)).before() == week_of(date(2026, 11, 18))


def test_a_period_that_ends_before_it_begins_is_none():
    with pytest.raises(ValueError, match="before it begins"):
        Period(first=date(2026, 11, 2), last=date(2026, 11, 1))
