"""Two people, two jobs, one case: one wins, the other is told so, nothing is lost or done twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from core.db import Database, Work
from core.errors import HotlineError, Stale
from dispatch import numbering, queries, service
from dispatch.lifecycle import Action

from .conftest import (
    AGENT,
    CHENGGUAN,
    DISPATCHER,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    a_sent_case,
    a_suggestion,
    act,
    return_order,
)


def at_once(city: Database, *acts: Callable[[Work], object]) -> list[object]:
    """Run each act in a thread and a transaction of its own, started together; return what became of each."""
    barrier = threading.Barrier(len(acts))
    became: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[Work], object]) -> None:
        barrier.wait()
        try:
            with city.begin() as work:
                act(work)
            became[place] = "done"
        except HotlineError as error:
            became[place] = type(error)
        except Exception as error:  # anything else would be a 500
            became[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return became


@pytest.mark.parametrize("again", range(3))
def test_of_two_who_sign_one_wins_and_the_other_is_told(city, again):
    with city.begin() as work:
        case = a_sent_case(work)
        number, version = case.case_no, case.version
    became = at_once(
        city,
        lambda work: act(work, number, Action.SIGN, CHENGGUAN, version=version, now=MONDAY),
        lambda work: act(work, number, Action.SIGN, QINGHU, version=version, now=MONDAY),
    )
    assert Counter(became) == {"done": 1, Stale: 1}


def test_of_sign_and_return_only_one_happens(city):
    with city.begin() as work:
        case = a_sent_case(work)
        number, version = case.case_no, case.version
    became = at_once(
        city,
        lambda work: act(work, number, Action.SIGN, CHENGGUAN, version=version, now=MONDAY),
        lambda work: return_order(work, number, QINGHU, reason="不属", version=version, now=MONDAY, to="qinghu"),
    )
    assert Counter(became) == {"done": 1, Stale: 1}
    with city.begin() as work:
        case = queries.find(work, number)
        assert (case.state, case.orders[0].state) in {("handling", "handling"), ("return_review", "returned")}


def test_a_dispatcher_and_the_machine_send_a_case_once(city):
    with city.begin() as work:
        case = a_case(work)
        case_id, number, version = case.id, case.case_no, case.version
    at_once(
        city,
        lambda work: service.route(work, case_id, now=MONDAY),
        lambda work: act(
            work, number, Action.DISPATCH, DISPATCHER, unit="qinghu-shijian", version=version, now=MONDAY
        ),
        lambda work: service.route(work, case_id, now=MONDAY),
    )
    with city.begin() as work:
        case = queries.find(work, case_id)
        assert (case.round, len([order for order in case.orders if order.leads])) == (1, 1)


def test_without_versions_the_rules_still_let_one_close(city):
    with city.begin() as work:
        number = a_sent_case(work).case_no
        act(work, number, Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, number, Action.REPLY, CHENGGUAN, text="已办", now=MONDAY)
    became = at_once(
        city,
        lambda work: act(work, number, Action.CLOSE, REVIEWER, now=MONDAY),
        lambda work: act(work, number, Action.SEND_BACK, SUPERVISOR, reason="不实", now=MONDAY),
        lambda work: act(work, number, Action.CLOSE, SUPERVISOR, now=MONDAY),
    )
    assert became.count("done") == 1
    assert not [one for one in became if isinstance(one, Exception)]


def test_typing_and_listening_at_once_lose_nothing(city):
    with city.begin() as work:
        case_id = a_draft(work).id
    acts: list[Callable[[Work], object]] = []
    for number in range(4):
        heard = a_suggestion(people_affected=number)
        acts.append(lambda work, heard=heard: service.apply_suggestion(work, case_id, heard, now=MONDAY))
        fields = {f"{('title', 'demand', 'happened', 'caller_name')[number]}": f"第{number}"}
        acts.append(lambda work, fields=fields: service.change_draft(work, case_id, fields, actor=AGENT, now=MONDAY))
    assert set(at_once(city, *acts)) == {"done"}
    with city.begin() as work:
        case = queries.find(work, case_id)
        typed = (case.title, case.demand, case.happened, case.caller_name)
        assert typed == ("第0", "第1", "第2", "第3")
        assert case.suggestion["revision"] == 5


def test_one_call_gets_one_draft_whoever_asks_first(city):
    acts = [
        lambda work: service.open_draft(
            work, call_id=5_000_000_000, actor=AGENT, caller=service.Caller(phone=None), now=MONDAY
        )
    ] * 6
    assert set(at_once(city, *acts)) == {"done"}
    with city.begin() as work:
        assert numbering.is_valid(queries.case_of_call(work, 5_000_000_000).case_no)


def test_numbers_given_out_at_once_are_all_different(city):
    given: list[str] = []
    at_once(city, *[lambda work: given.append(a_draft(work).case_no)] * 8)
    assert len(set(given)) == 8
