"""Random histories of sending, returning, disputing and ruling: nobody wins time, nobody is left without a case.

Each seed is one history through the real services on the real database; a refused try is part of it.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.errors import HotlineError, Refused
from dispatch import clocks, disputes, service
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import AdjudicationRecord, WakingRecord
from dispatch.stages import LIVE_ORDERS, OPEN_STATES, Action, CaseState, OrderState
from dispatch.table import STEPS

from .conftest import (
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    LINJIANG,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_sent_case,
    act,
    person,
    return_order,
)

HISTORIES, STEPS_EACH = 200, 16
UNITS = {
    actor.unit_code: actor
    for actor in (
        CHENGGUAN,
        QINGHU,
        LINJIANG,
        person(9, "青湖市监", Role.HANDLER, unit="qinghu-shijian"),
        person(20, "青湖住建", Role.HANDLER, unit="qinghu-zhujian"),
    )
}
URGENCIES = ["normal", "normal", "urgent", "critical"]


class History:
    """What has happened to one case so far, as somebody beside the system would note it down."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = MONDAY
        self.promised: datetime | None = None
        self.sent_at: datetime | None = None
        self.returned: list[str] = []  # units whose return was taken, lead or helper
        self.ruled = False
        self.written: list[tuple[int, str, str | None]] = []
        self.done: list[str] = []
        self.refusals: list[str] = []

    def step(self, work, case: CaseRecord) -> None:
        """Let somebody try something, mostly what moves a dispute on."""
        # A unit that waits may not return any more; elsewhere hours and days go by.
        soon = case.stage is CaseState.TO_SIGN and self.dice.random() < 0.8
        self.now += timedelta(minutes=self.dice.choice([0, 1, 4] if soon else [0, 1, 7, 30, 90, 240, 1440]))
        action = self.dice.choice(_LIKELY[case.stage] if self.dice.random() < 0.85 else _ALL)
        who, given = self._tried(case, action)
        if action is Action.RETURN:
            return_order(work, case, who, now=self.now, to=self.dice.choice(list(UNITS)))
            assert not self.ruled, "a ruled case was returned"
            told = select(TimelineRecord.unit_code).where(
                TimelineRecord.case_id == case.id, TimelineRecord.action == Action.RETURN.value
            )
            self.returned.append(work.session.scalars(told.order_by(TimelineRecord.id.desc())).first() or "")
        else:
            act(work, case, action, who, now=self.now, **given)
        self.ruled = self.ruled or action in {Action.RULE, Action.REFUSE_RETURN}
        self.done.append(action.value)

    def _tried(self, case: CaseRecord, action: Action) -> tuple[Actor, dict[str, object]]:
        unit, helper = self.dice.sample(list(UNITS), 2)
        holder = UNITS.get(case.lead_unit or "", QINGHU)
        tried = {
            Action.DISPATCH: (DISPATCHER, {"unit": unit, "helpers": (helper,)}),
            Action.SIGN: (holder, {}),
            # Mostly the lead, now and then a helper or a unit that has nothing to do with it.
            Action.RETURN: (holder if self.dice.random() < 0.7 else UNITS[helper], {}),
            Action.GRANT_RETURN: (DISPATCHER, {}),
            Action.REFUSE_RETURN: (DISPATCHER, {"reason": "清单写明"}),
            Action.RECALL: (DISPATCHER, {"reason": "派错"}),
            Action.CONFER: (DISPATCHER, {"units": (unit, helper), "reason": "不明"}),
            Action.OPINE: (UNITS[unit], {"text": "不是我们"}),
            Action.RULE: (
                self.dice.choice([SUPERVISOR, LEADER]),
                {"unit": unit, "text": "由其办理", "basis": "条例第三条"},
            ),
            Action.CONTACT: (holder, {"contacted_at": self.now, "contact_mode": "phone"}),
            Action.REPLY: (holder, {"text": "已办"}),
            Action.SEND_BACK: (REVIEWER, {"reason": "不实"}),
            Action.NOTE: (DISPATCHER, {"text": "看过"}),
        }
        return tried[action]

    def check(self, work, case: CaseRecord) -> None:
        """Ask of the case all that must hold after every step."""
        if self.promised is None and case.promise_due_at is not None:
            self.promised, self.sent_at = case.promise_due_at, self.now
        assert case.promise_due_at == self.promised, self.done
        assert len(self.returned) == len(set(self.returned)), "a unit has returned twice"
        self._check_someone_has_it(case)
        self._check_clocks(work, case)
        self._check_conference(work, case)
        self._check_story(work, case)

    def _check_someone_has_it(self, case: CaseRecord) -> None:
        """An open case has a unit that leads, or lies with the hotline itself; never with two."""
        live = [order for order in case.orders if order.leads and order.stage in LIVE_ORDERS]
        assert len(live) <= 1
        if case.stage in {CaseState.TO_SIGN, CaseState.HANDLING, CaseState.TO_REVIEW}:
            assert [order.unit_code for order in live] == [case.lead_unit]
        elif case.stage is CaseState.RETURN_REVIEW:
            assert case.lead_unit == self.returned[-1]  # first-accepting: theirs until it is ruled otherwise
        elif case.stage is CaseState.TO_DISPATCH:
            assert (case.lead_unit, live) == (None, [])  # the dispatcher's

    def _check_clocks(self, work, case: CaseRecord) -> None:
        if case.stage not in OPEN_STATES:
            return
        assert case.clock_due_at is not None
        stopped = case.stage is CaseState.TO_REVIEW
        assert (case.clock_stopped_at is not None) == stopped
        waiting = select(WakingRecord.kind).where(WakingRecord.case_id == case.id, WakingRecord.fired_at.is_(None))
        assert set(work.session.scalars(waiting)), "nothing would ever wake this case"
        for order in case.orders:
            if order.stage is OrderState.TO_SIGN and not case.no_return:
                limits = clocks.pack_of(work, case).limits(case.kind, case.urgency, case.category_code)
                pack = clocks.pack_of(work, case)
                due = clocks.due_of(work, pack, limits.sign, order.sent_at, unit=order.unit_code)
                assert order.sign_due_at == due.at  # no history lengthens it

    def _check_conference(self, work, case: CaseRecord) -> None:
        """From the second dispute on there is a conference; it is ruled in time, or everybody sees it is late."""
        found = work.session.scalars(select(AdjudicationRecord).where(AdjudicationRecord.case_id == case.id)).all()
        if case.disputes >= 2:
            assert found
            assert case.stage is not CaseState.RETURN_REVIEW
        for record in found:
            seen = disputes.conference(work, record.id, SUPERVISOR, now=self.now)
            assert seen["late"] == ((record.ruled_at or self.now) > record.due_at)
        assert len([one for one in found if one.ruled_at is None]) == (case.stage is CaseState.ADJUDICATION)
        assert case.no_return == self.ruled

    def _check_story(self, work, case: CaseRecord) -> None:
        wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
        entries = list(work.session.scalars(wanted))
        told = [(entry.id, entry.action, entry.to_state) for entry in entries]
        assert told[: len(self.written)] == self.written, "a line of the story is gone"
        self.written = told
        moves = [entry for entry in entries if entry.to_state is not None]
        assert all(one.to_state == next_.from_state for one, next_ in pairwise(moves))
        for entry in moves[1:]:
            assert STEPS[CaseState(entry.from_state), Action(entry.action)].to == entry.to_state
        assert moves[-1].to_state == case.state


_AT_LEAST = {"return": 10, "grant_return": 4, "confer": 4, "rule": 5, "sign": 3, "recall": 2}
_ALL = [
    Action.DISPATCH,
    Action.SIGN,
    Action.RETURN,
    Action.GRANT_RETURN,
    Action.REFUSE_RETURN,
    Action.RECALL,
    Action.CONFER,
    Action.OPINE,
    Action.RULE,
    Action.CONTACT,
    Action.REPLY,
    Action.SEND_BACK,
    Action.NOTE,
]
# Returning is what games the clock, so it is tried most; signing would end the dispute too early.
_LIKELY = {
    CaseState.TO_DISPATCH: [*[Action.DISPATCH] * 4, Action.CONFER],
    CaseState.TO_SIGN: [*[Action.RETURN] * 6, Action.RECALL, Action.SIGN],
    CaseState.RETURN_REVIEW: [*[Action.GRANT_RETURN] * 5, Action.REFUSE_RETURN, Action.CONFER, Action.CONTACT],
    CaseState.ADJUDICATION: [Action.OPINE, Action.RULE, Action.CONTACT, Action.RETURN],
    CaseState.HANDLING: [Action.REPLY, Action.RETURN, Action.CONTACT],
    CaseState.TO_REVIEW: [Action.SEND_BACK, Action.RETURN],
}


@pytest.mark.parametrize("first", range(0, HISTORIES, 20))
def test_no_history_wins_time_or_loses_a_case(city, first):
    taken: Counter[str] = Counter()
    for seed in range(first, first + 20):
        history = History(seed)
        fields = {"urgency": history.dice.choice(URGENCIES)}
        with city.begin() as work:
            case = a_case(work, fields=fields)
            for _ in range(STEPS_EACH):
                try:
                    with work.session.begin_nested():
                        history.step(work, case)
                except HotlineError as refused:
                    history.refusals.append(str(refused))
                work.session.expire_all()
                history.check(work, case)
        assert all(history.refusals), "a refusal says why"
        taken.update(history.done)
    # Seeded, so always the same: the histories are about what they say they are about.
    assert all(taken[action] >= least for action, least in _AT_LEAST.items()), taken


def test_signing_late_starts_nothing_anew(city):
    with city.begin() as work:
        case = a_sent_case(work)
        due, promised = case.orders[0].due_at, case.promise_due_at
        act(work, case, "sign", CHENGGUAN, now=MONDAY + timedelta(hours=3))
        assert (case.orders[0].due_at, case.promise_due_at, case.clock_started_at) == (due, promised, MONDAY)


def test_the_refusals_say_what_to_do_instead(city):
    with city.begin() as work:
        case = a_sent_case(work)
        with pytest.raises(Refused, match="已超过退单时限，请签收办理或联系派单员"):
            return_order(work, case, CHENGGUAN, now=MONDAY + timedelta(days=1))
        return_order(work, case, CHENGGUAN)
        with pytest.raises(Refused, match="办件现在是“退单审核”，不能派单"):
            act(work, case, "dispatch", DISPATCHER, unit="qinghu")
        act(work, case, "grant_return", DISPATCHER)
        act(work, case, "dispatch", DISPATCHER, unit="qinghu")
        return_order(work, case, QINGHU, to="qinghu-shijian")
        case.state = CaseState.RETURN_REVIEW.value  # as if the conference had not opened by itself
        with pytest.raises(Refused, match="已是第二次争议，须会商裁定，不能再由派单员审核"):
            act(work, case, "grant_return", DISPATCHER)


def test_sending_it_round_gives_each_unit_its_limit_and_the_citizen_the_first_promise(city):
    now = MONDAY
    with city.begin() as work:
        case = a_sent_case(work)
        promised = case.promise_due_at
        for unit in ("qinghu", "qinghu-zhujian", "qinghu-shijian"):
            now += timedelta(days=1)
            act(work, case, "recall", DISPATCHER, reason="改派", now=now)
            act(work, case, "dispatch", DISPATCHER, unit=unit, now=now)
            assert case.orders[-1].due_at > promised
            assert case.promise_due_at == case.clock_due_at == promised
        assert service.route(work, case.id, now=now).lead_unit == "qinghu-shijian"  # the machine keeps out
