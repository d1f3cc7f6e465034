"""Races on a real PostgreSQL: of several who want one thing, exactly one gets it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from callcenter import service, sweeps
from callcenter.calls import CallState, SeatState
from callcenter.events import CallAccepted, CallOffered
from callcenter.records import CallRecord, SeatRecord
from callcenter.service import OFFER_LASTS, TAKEN
from core.clock import now
from core.errors import Refused
from tests.integration.callcenter.conftest import an_agent

AGENTS = [an_agent(number) for number in range(1, 7)]


def at_the_same_moment(acts):
    """Run every act in a thread of its own, all let go together; return what each returned or raised."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            return act()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def accepting(desk, call_id, actor, claim=None):
    def act():
        with desk.database.begin() as work:
            return service.accept(work, call_id, claim=claim, actor=actor, now=now()).agent_id

    return act


@pytest.mark.parametrize("round_no", range(3))
def test_of_agents_who_pick_up_at_the_same_moment_one_wins_and_the_others_are_told(desk, announced, round_no):
    call_id = desk.arrive()
    results = at_the_same_moment([accepting(desk, call_id, agent) for agent in AGENTS])
    winners = [result for result in results if isinstance(result, int)]
    losers = [result for result in results if isinstance(result, Refused)]
    assert len(winners) == 1
    assert [str(loser) for loser in losers] == [TAKEN] * (len(AGENTS) - 1)
    assert desk.call(call_id).agent_id == winners[0]
    assert len([event for event in announced if isinstance(event, CallAccepted)]) == 1
    with desk.database.begin() as work:
        talking = work.session.query(SeatRecord).filter_by(state=SeatState.TALKING).all()
    assert [seat.person_id for seat in talking] == winners


def test_an_offer_and_a_pick_up_never_both_get_the_call(desk):
    call_id = desk.arrive()
    desk.ready(AGENTS[0])

    def offer():
        with desk.database.begin() as work:
            return service.offer_next(work, now())

    at_the_same_moment([offer, accepting(desk, call_id, AGENTS[1])])
    call = desk.call(call_id)
    assert (call.state, call.agent_id, call.offered_to) in [
        (CallState.OFFERED, None, 1),
        (CallState.CONNECTING, 2, None),
    ]


def test_many_offerers_give_every_agent_one_call_and_every_call_one_agent(desk, announced):
    ids = [desk.arrive(f"CA{number:032d}", f"+861380000{1000 + number}") for number in range(4)]
    desk.ready(*AGENTS)

    def offer():
        with desk.database.begin() as work:
            return service.offer_next(work, now())

    at_the_same_moment([offer] * 8)
    offers = [event for event in announced if isinstance(event, CallOffered)]
    assert sorted(event.call_id for event in offers) == ids
    assert len({event.person_id for event in offers}) == len(ids)


def test_an_offer_that_nobody_takes_goes_back_to_the_front_and_the_seat_takes_a_break(desk):
    first, second = desk.arrive(), desk.arrive("CA" + "2" * 32)
    li, wang = AGENTS[:2]
    desk.ready(li)
    assert desk.offer() == first
    old_claim = desk.call(first).claim
    with desk.database.begin() as work:
        assert sweeps.expire_offers(work, now()) == 0
        assert sweeps.expire_offers(work, now() + OFFER_LASTS) == 1
    assert (desk.seat(li).state, desk.seat(li).reason) == (SeatState.BREAK, "no_answer")
    with desk.database.begin() as work, pytest.raises(Refused, match=TAKEN):
        service.accept(work, first, claim=old_claim, actor=li, now=now())
    desk.ready(wang)
    assert desk.offer() == first
    assert desk.call(second).state == CallState.QUEUED


def test_an_offer_cannot_be_accepted_after_its_time_even_before_the_sweep(desk):
    call_id = desk.arrive()
    desk.ready(AGENTS[0])
    desk.offer()
    claim = desk.call(call_id).claim
    with desk.database.begin() as work, pytest.raises(Refused, match="超时"):
        service.accept(work, call_id, claim=claim, actor=AGENTS[0], now=now() + OFFER_LASTS)


def test_accepting_twice_is_accepting_once(desk, announced):
    call_id = desk.arrive()
    desk.ready(AGENTS[0])
    desk.offer()
    claim = desk.call(call_id).claim
    results = at_the_same_moment([accepting(desk, call_id, AGENTS[0], claim)] * 2)
    assert results == [1, 1]
    assert len([event for event in announced if isinstance(event, CallAccepted)]) == 1


def test_a_declined_call_stands_at_the_front(desk):
    first, second = desk.arrive(), desk.arrive("CA" + "2" * 32)
    desk.ready(AGENTS[0])
    desk.offer()
    with desk.database.begin() as work:
        service.decline(work, first, claim=desk.call(first).claim, actor=AGENTS[0], now=now())
    assert desk.seat(AGENTS[0]).state == SeatState.BREAK
    desk.ready(AGENTS[1])
    assert desk.offer() == first
    assert desk.call(second).state == CallState.QUEUED


def test_going_offline_while_it_rings_gives_the_call_back(desk):
    call_id = desk.arrive()
    desk.ready(AGENTS[0])
    desk.offer()
    with desk.database.begin() as work:
        from callcenter.seats import change_seat

        change_seat(work, actor=AGENTS[0], state=SeatState.OFFLINE, reason=None, now=now())
    assert desk.seat(AGENTS[0]).state == SeatState.OFFLINE
    assert desk.call(call_id).state == CallState.QUEUED


def test_nobody_goes_on_a_break_in_the_middle_of_a_call(desk):
    from callcenter.seats import change_seat

    call_id = desk.arrive()
    desk.accept(call_id, AGENTS[0])
    with desk.database.begin() as work, pytest.raises(Refused):
        change_seat(work, actor=AGENTS[0], state=SeatState.BREAK, reason="lunch", now=now())


def test_an_agent_with_a_call_cannot_take_another(desk):
    first, second = desk.arrive(), desk.arrive("CA" + "2" * 32)
    desk.accept(first, AGENTS[0])
    with desk.database.begin() as work, pytest.raises(Refused):
        service.accept(work, second, claim=None, actor=AGENTS[0], now=now())


def test_a_long_wrap_up_ends_by_itself_and_leaves_the_outcome_to_the_draft(desk):
    call_id = desk.arrive()
    desk.talk(call_id, AGENTS[0])
    with desk.database.begin() as work:
        service.hung_up(work, call_id, now=now())
    with desk.database.begin() as work:
        assert sweeps.end_wrap_ups(work, now()) == 0
        assert sweeps.end_wrap_ups(work, now() + sweeps.WRAP_UP_LASTS) == 1
    assert desk.seat(AGENTS[0]).state == SeatState.READY
    with desk.database.begin() as work:
        assert work.session.get_one(CallRecord, call_id).outcome is None
