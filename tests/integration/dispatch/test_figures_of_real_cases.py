"""The figures of cases that went through the real services: what the steps write is what the figures read."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import text

from core.clock import CITY_ZONE
from dispatch.figures.formulas import Counts
from dispatch.figures.periods import Period
from dispatch.figures.report import Asked, Report, figures
from dispatch.lifecycle import Action

from .conftest import (
    AGENT,
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    MONDAY,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_sent_case,
    act,
    return_order,
)
from .test_callbacks import a_reply, redone, to_call_back

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = datetime(2027, 6, 1, tzinfo=CITY_ZONE)
BOTH = Period(first=date(2026, 11, 1), last=date(2027, 5, 31))


def measured(work, *by: str, period: Period = BOTH) -> Report:
    return figures(work, Asked(period=period, as_of=LATER), by=by)


def numbers(report: Report, figure: str) -> tuple[float, int, int]:
    one = report.whole.of(figure)
    return one.numerator, one.denominator, one.excluded


def rate(work, case, *, grade: int = 5, solved: str = "solved", now=MONDAY + 2 * HOUR):
    return act(work, case, Action.RATE, CALLBACK, now=now, grade=grade, contacted=True, solved=solved)


def test_a_real_case_that_went_well_counts_as_such(city):
    with city.begin() as work:
        rate(work, to_call_back(work, now=MONDAY + HOUR))
        report = measured(work, "unit", "class", "district", "kind")
    good = "responded solved satisfied on_time called_back solved_first first_right signed_on_time replied_on_time"
    for figure in good.split():
        assert numbers(report, figure) == (1, 1, 0), figure
    assert [list(report.groups[name]) for name in ("unit", "class", "district", "kind")] == [
        ["qinghu-chengguan"],
        ["03"],
        ["990102"],
        ["complaint"],
    ]
    assert report.whole.score(report.settings.weights) == 100


def test_a_real_redo_is_solved_in_the_second_round_and_adds_no_order(city):
    with city.begin() as work:
        rate(work, redone(work, to_call_back(work)), grade=4)
        report = measured(work)
    assert numbers(report, "solved_first") == (0, 1, 0)
    assert numbers(report, "solved_second") == (1, 1, 0)
    assert numbers(report, "redone") == (1, 1, 0)
    assert numbers(report, "replied_on_time") == (1, 1, 0)
    assert numbers(report, "on_time") == (1, 1, 0)


def test_a_real_return_counts_against_the_dispatch_and_not_the_unit(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN, now=MONDAY + timedelta(minutes=5))
        act(work, case, Action.GRANT_RETURN, DISPATCHER, now=MONDAY + timedelta(minutes=10), reason="退单有理")
        act(work, case, Action.DISPATCH, DISPATCHER, now=MONDAY + timedelta(minutes=15), unit="qinghu-zhujian")
        report = measured(work, "unit")
    assert numbers(report, "first_right") == (0, 1, 0)
    assert numbers(report, "returned") == (1, 1, 0)
    assert numbers(report, "sendings_mean") == (2, 1, 0)
    assert report.groups["unit"]["qinghu-chengguan"].of("replied_on_time") == Counts(excluded=1)
    assert report.groups["unit"]["qinghu-zhujian"].of("overdue_open") == Counts(denominator=1, numerator=1, counted=1)


def test_a_real_citizen_who_was_never_reached_is_not_rated(city):
    with city.begin() as work:
        case = to_call_back(work)
        for days in (0, 1, 2):
            act(work, case, Action.MISSED, CALLBACK, now=case.next_try_at or MONDAY + days * DAY)
        act(work, case, Action.CLOSE_UNRATED, CALLBACK, now=MONDAY + 30 * DAY)
        report = measured(work)
    assert numbers(report, "satisfied") == (0, 0, 1)
    assert numbers(report, "satisfied_deemed") == (1, 1, 0)
    assert numbers(report, "called_back") == (0, 1, 0)


def test_a_real_stay_in_the_ledger_moves_the_case_and_its_order_to_the_new_deadline(city):
    until = date(2027, 1, 15)
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        before = case.promise_due_at
        asked = {"code": "other", "reason": "须待上级批复", "text": "分三步整治", "until": until}
        codes = list(work.session.scalars(text("SELECT code FROM code WHERE list_name = 'ledger' ORDER BY place")))
        asked["code"] = codes[0]
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, now=MONDAY + HOUR, **asked)
        act(work, case, Action.ENTER_LEDGER, LEADER, now=MONDAY + 2 * HOUR, **asked)
        act(work, case, Action.RESUME, SUPERVISOR, now=MONDAY + 30 * DAY, text="批复已到", reason="批复已到")
        assert case.promise_due_at > before + 20 * DAY
        (order,) = case.orders
        due = order.due_at.astimezone(CITY_ZONE).date()
        november = measured(work, period=Period(first=date(2026, 11, 1), last=date(2026, 12, 20)))
        then = measured(work, period=Period(first=due, last=due))
    assert (november.due, then.due) == (0, 1)
    assert numbers(november, "overdue") == (0, 0, 0)
    assert numbers(then, "overdue_open") == (1, 1, 0)
    assert numbers(november, "signed_on_time") == (1, 1, 0)


def test_a_failed_real_review_and_a_closing_without_callback(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        a_reply(work, case)
        defects = list(work.session.scalars(text("SELECT code FROM code WHERE list_name = 'defect' ORDER BY place")))
        act(work, case, Action.SEND_BACK, REVIEWER, now=MONDAY + HOUR, codes=[defects[0]], reason="没有证明")
        late = case.promise_due_at + HOUR
        a_reply(work, case, now=late, times=1)
        act(work, case, Action.PASS, REVIEWER, now=late)
        report = measured(work)
    assert numbers(report, "sent_back") == (1, 1, 0)
    assert numbers(report, "on_time") == (0, 1, 0)
    assert numbers(report, "overdue") == (1, 1, 0)


def test_a_real_withdrawal_leaves_v(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.WITHDRAW, AGENT, now=MONDAY + HOUR, reason="已自行解决")
        a_case(work)
        report = measured(work)
    assert (report.due, report.kept, report.codes) == (1, 0, {"withdrawn": 1})
    assert numbers(report, "opened") == (2, 2, 0)
