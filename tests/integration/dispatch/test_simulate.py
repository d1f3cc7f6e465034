"""A small piece of an invented year: the product's figures and those computed by hand are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.config import ROOT
from dispatch.simulate.by_hand import Entry, read
from dispatch.simulate.compare import played

SUNDAY = datetime(2025, 3, 2, 1, 0, tzinfo=UTC)


def test_a_month_comes_out_the_same_by_both_ways_and_every_day_as_it_was_stored(tmp_path):
    result = played(tmp_path, cases=30, seed=7, year=2025, city=ROOT / "city" / "practice", months=1)
    assert result["differences"] == []
    assert result["days_differ"] == []
    assert result["days_closed"] >= 28
    assert result["steps"]["arrive"] == 30
    # Some are still waiting to be accepted, or were refused, when the month ends.
    assert 20 <= result["product"]["opened"][0] <= 30
    assert result["timeline_entries"] > 150
    assert {"dispatch", "sign", "reply", "rate"} <= result["steps"].keys()


def entry(number: int, action: str, hours: float, *, to: str | None = None, **facts) -> Entry:
    order_no = facts.pop("order_no", None)
    at = SUNDAY + timedelta(hours=hours)
    return Entry(id=number, at=at, action=action, order_no=order_no, unit=None, to_state=to, facts=facts)


STORY = [
    entry(1, "register", 0, to="to_dispatch", kind="help"),
    entry(2, "dispatch", 1, to="to_sign", lead="a", promise_due_at=(SUNDAY + timedelta(hours=50)).isoformat()),
    entry(3, "reply", 10, to="to_review", part="lead"),
    entry(4, "send_back", 11, to="handling"),
    entry(5, "reply", 20, to="to_review", part="lead"),
    entry(6, "pass", 21, to="to_call_back"),
    entry(7, "redo", 30, to="redo", contacted=True, grade=1),
    entry(8, "reply", 40, to="to_review", part="lead", redo=True),
    entry(9, "rate", 45, to="closed", contacted=True, solved="solved", grade=5),
]


def test_a_reply_that_was_sent_back_is_not_what_the_case_was_done_by():
    case = read("x", STORY, SUNDAY + timedelta(days=9))
    assert case.done_at == SUNDAY + timedelta(hours=20)
    assert (case.evaluated_round, case.evaluation["grade"]) == (2, 5)


def test_what_came_later_was_not_known_then():
    case = read("x", STORY, SUNDAY + timedelta(hours=10.5))
    assert (case.state, case.done_at) == ("to_review", SUNDAY + timedelta(hours=10))
    assert case.evaluation is None
    assert read("x", STORY, SUNDAY - timedelta(hours=1)) is None
