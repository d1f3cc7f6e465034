"""Random histories through the real services leave no gap in the table, the clocks or the story."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.actor import Actor, Role
from core.errors import HotlineError
from dispatch import queries, service
from dispatch.lifecycle import LIVE_ORDERS, OPEN_STATES, STEPS, Action, CaseState
from dispatch.records import CaseRecord, TimelineRecord

from .conftest import (
    AGENT,
    CHENGGUAN,
    DISPATCHER,
    LINJIANG,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_draft,
    act,
    person,
    return_order,
)

SHIJIAN = person(9, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
PEOPLE: list[Actor] = [AGENT, DISPATCHER, REVIEWER, SUPERVISOR, CHENGGUAN, QINGHU, SHIJIAN, LINJIANG]
UNITS = ["qinghu-chengguan", "qinghu-shijian", "qinghu", "qinghu-hubin", "chengguan", "nobody"]


def a_step(dice: random.Random, work, case: CaseRecord, now: datetime) -> None:
    """Let somebody try something; most tries are refused, as they should be."""
    offered = [one for one in PEOPLE if queries.actions(work, case, one, now=now)]
    # Mostly somebody who may do something, sometimes a stranger.
    actor = dice.choice(offered if offered and dice.random() < 0.7 else PEOPLE)
    number = case.case_no
    unit = dice.choice(UNITS)
    tries = {
        "register": lambda: service.register(work, case.id, actor=actor, now=now),
        "answer": lambda: service.answer_directly(work, case.id, actor=actor, now=now),
        "route": lambda: service.route(work, case.id, now=now),
        "dispatch": lambda: act(
            work, number, Action.DISPATCH, actor, unit=unit, helpers=dice.sample(UNITS, 1), now=now
        ),
        "sign": lambda: act(work, number, Action.SIGN, actor, now=now),
        "return": lambda: return_order(work, number, actor, reason="不属", now=now, to=unit),
        "reply": lambda: act(work, number, Action.REPLY, actor, text="已办", now=now),
        "send_back": lambda: act(work, number, Action.SEND_BACK, actor, reason="不实", now=now),
        "close": lambda: act(work, number, Action.CLOSE, actor, now=now),
        "note": lambda: act(work, number, Action.NOTE, actor, text="看过", now=now),
    }
    # Returns are short-lived and closing ends the walk, so the one is tried more often than the other.
    names = [*tries, "dispatch", "dispatch", "return", "return", "return", "send_back", "send_back"]
    tries[dice.choice(names)]()


def check(work, case: CaseRecord, promised: datetime | None) -> None:
    live_leads = [order for order in case.orders if order.leads and order.stage in LIVE_ORDERS]
    if case.stage in OPEN_STATES:
        assert case.clock_started_at is not None
        assert case.clock_due_at is not None
        sent = case.stage is not CaseState.TO_DISPATCH
        assert (len(live_leads), case.lead_unit is not None) == ((1, True) if sent else (0, False))
    else:
        assert not [order for order in case.orders if order.stage in LIVE_ORDERS]
    if promised is not None:
        assert case.clock_due_at == promised  # no return, no second round adds to what was promised
    story = work.session.scalars(
        select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    ).all()
    moves = [entry for entry in story if entry.to_state is not None]
    for before, after in zip([None, *(entry.to_state for entry in moves)], moves, strict=False):
        assert after.from_state == before  # the story has no gap
    for entry in moves:
        start = CaseState(entry.from_state) if entry.from_state else None
        assert any(s == start and step.to == entry.to_state for (s, _), step in STEPS.items())
    assert moves[-1].to_state == case.state


@pytest.mark.parametrize("seed", range(10))
def test_no_history_leaves_the_table(city, seed):
    dice = random.Random(seed)
    now, promised, lengths = MONDAY, None, []
    with city.begin() as work:
        case_id = a_draft(work).id
    for _ in range(100):
        now += timedelta(minutes=dice.choice([0, 0, 1, 5, 60]))
        try:
            with city.begin() as work:
                case = queries.find(work, case_id)
                a_step(dice, work, case, now)
        except HotlineError:
            pass  # refused, with a sentence; anything else fails the test
        with city.begin() as work:
            case = queries.find(work, case_id)
            if case.stage is CaseState.DRAFT and dice.random() < 0.3:
                service.register(work, case_id, actor=AGENT, now=now)
            if promised is None and case.dispatched_at is not None:
                promised = case.clock_due_at
            check(work, case, promised)
            entries = select(func.count()).where(TimelineRecord.case_id == case_id)
            lengths.append(work.session.scalar(entries))
    assert lengths == sorted(lengths)  # nothing that was written is ever gone
