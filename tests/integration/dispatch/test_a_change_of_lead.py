"""What belongs to a unit ends with its lead: supervision orders, requests for the ledger."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from core.actor import Role
from core.errors import Refused
from dispatch import queries
from dispatch.lifecycle import Action
from dispatch.records import TimelineRecord
from dispatch.side_records import SupervisionRecord

from .conftest import (
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    MONDAY,
    REVIEWER,
    SUPERVISOR,
    a_sent_case,
    act,
    person,
    return_order,
)

LINJIANG_CHIEF = person(31, "临江城管负责人", Role.HANDLER, Role.CHIEF, unit="linjiang-chengguan")
SUPERVISED = {"level": 2, "code": "media", "text": "请尽快办理"}
ON_LEDGER = {"code": "season", "text": "待春季施工", "until": date(2026, 12, 31)}


def supervised(work):
    return act(work, a_sent_case(work), Action.SUPERVISE, SUPERVISOR, **SUPERVISED)


def taken_by_recall(work, case):
    act(work, case, Action.RECALL, DISPATCHER, reason="派错单位")


def taken_by_return(work, case):
    return_order(work, case, CHENGGUAN)
    act(work, case, Action.GRANT_RETURN, DISPATCHER, reason="确非职责")


def taken_by_recusal(work, case):
    act(work, case, Action.RECUSE, DISPATCHER, unit="qinghu-chengguan", reason="被投诉单位")


@pytest.mark.parametrize("taken", [taken_by_recall, taken_by_return, taken_by_recusal])
def test_a_supervision_order_ends_with_the_lead_it_was_issued_to(city, taken):
    with city.begin() as work:
        case = supervised(work)
        taken(work, case)
        (order,) = work.session.scalars(select(SupervisionRecord))
        assert (order.answered_at, order.answered_by, order.answer) == (MONDAY, None, "承办单位已变更")
        assert (case.supervised, case.supervision_level) == (False, 2)
        notes = work.session.scalars(select(TimelineRecord.note).where(TimelineRecord.case_id == case.id)).all()
        assert f"承办单位已变更，督办单 {order.no} 终止" in notes
        act(work, case, Action.DISPATCH, DISPATCHER, unit="linjiang-chengguan")
        offered = [one["action"] for one in queries.actions(work, case, LINJIANG_CHIEF, now=MONDAY)]
        assert "answer_supervision" not in offered


def test_a_return_that_is_refused_leaves_the_supervision_order_with_its_unit(city):
    with city.begin() as work:
        case = supervised(work)
        return_order(work, case, CHENGGUAN)
        act(work, case, Action.REFUSE_RETURN, DISPATCHER, reason="属本单位职责")
        assert case.supervised
        assert work.session.scalar(select(SupervisionRecord)).answered_at is None


def test_the_chief_of_a_helper_is_not_offered_to_answer_for_the_lead(city):
    chief = person(32, "青湖城管负责人", Role.HANDLER, Role.CHIEF, unit="qinghu-chengguan")
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "linjiang-chengguan")
        act(work, case, Action.SUPERVISE, SUPERVISOR, **SUPERVISED)
        of_lead, of_helper = (queries.actions(work, case, one, now=MONDAY) for one in (chief, LINJIANG_CHIEF))
        assert "answer_supervision" in [one["action"] for one in of_lead]
        assert "answer_supervision" not in [one["action"] for one in of_helper]


def test_a_request_for_the_ledger_does_not_outlive_the_lead_that_asked(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **ON_LEDGER)
        taken_by_recusal(work, case)
        act(work, case, Action.DISPATCH, DISPATCHER, unit="linjiang-chengguan")
        act(work, case, Action.SIGN, LINJIANG_CHIEF)
        assert not case.ledger_asked
        with pytest.raises(Refused, match="还没有申请挂账"):
            act(work, case, Action.ENTER_LEDGER, LEADER)


def test_a_redo_begins_without_the_request_for_the_ledger_of_the_round_before(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **ON_LEDGER)
        act(work, case, Action.REPLY, CHENGGUAN, text="已清理")
        act(work, case, Action.PASS, REVIEWER)
        act(work, case, Action.REDO, CALLBACK, grade=1, reason="没有清理")
        assert case.state == "redo"
        assert not case.ledger_asked


def test_a_recusal_tells_when_the_promise_is_due_after_the_ledger(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **ON_LEDGER)
        before = case.promise_due_at
        act(work, case, Action.ENTER_LEDGER, LEADER)
        later = MONDAY.replace(day=26)
        act(work, case, Action.RECUSE, DISPATCHER, unit="qinghu-chengguan", reason="被投诉单位", now=later)
        assert case.promise_due_at > before
        told = select(TimelineRecord.facts).where(TimelineRecord.action == Action.RECALL.value)
        assert work.session.scalar(told)["promise_due_at"] == case.promise_due_at.isoformat()
