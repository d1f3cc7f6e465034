"""Whose duty is it? Returns, the dispatcher's rulings on them, conferences and the rulings that end a dispute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.actor import Role
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch import disputes, queries, service
from dispatch.duty_list.records import DutyProposalRecord
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import AdjudicationRecord, OpinionRecord, WakingRecord

from .conftest import (
    AGENT,
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    LINJIANG,
    MONDAY,
    QINGHU,
    SUPERVISOR,
    a_case,
    a_sent_case,
    act,
    person,
    return_order,
)

SHIJIAN = person(9, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
ZHUJIAN = person(20, "青湖住建", Role.HANDLER, unit="qinghu-zhujian")
HOUR = timedelta(hours=1)


def story(work, case: CaseRecord) -> list[TimelineRecord]:
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    return list(work.session.scalars(wanted))


def waking(work, case: CaseRecord, kind: str):
    wanted = select(WakingRecord.due_at).where(WakingRecord.case_id == case.id, WakingRecord.kind == kind)
    return work.session.scalar(wanted.where(WakingRecord.fired_at.is_(None)))


def a_disputed_case(work) -> CaseRecord:
    """Returned by 城管, granted, sent to 市监, and returned again: a conference is open."""
    case = a_sent_case(work)
    service.route(work, case.id, now=MONDAY)
    return_order(work, case, CHENGGUAN, to="qinghu-shijian", now=MONDAY + HOUR)
    act(work, case, "grant_return", DISPATCHER, now=MONDAY + HOUR)
    act(work, case, "dispatch", DISPATCHER, unit="qinghu-shijian", now=MONDAY + HOUR)
    return_order(work, case, SHIJIAN, to="qinghu-zhujian", now=MONDAY + 2 * HOUR)
    return case


def conference(work, case: CaseRecord) -> AdjudicationRecord:
    return work.session.scalars(select(AdjudicationRecord).where(AdjudicationRecord.case_id == case.id)).one()


def test_the_first_dispute_waits_for_the_dispatcher_for_two_hours(city):
    with city.begin() as work:
        case = a_sent_case(work)
        promised = case.promise_due_at
        return_order(work, case, CHENGGUAN, now=MONDAY + HOUR)
        assert (case.state, case.disputes, case.lead_unit) == ("return_review", 1, "qinghu-chengguan")
        assert waking(work, case, "return_late") == MONDAY + 3 * HOUR
        assert waking(work, case, "promise_late") == promised == case.clock_due_at
        assert case.clock_stopped_at is None
        assert waking(work, case, "sign_late") is None  # the unit's own sign clock stands


def test_a_granted_return_frees_the_unit_and_moves_no_promise(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-zhujian")
        case.routing = {"candidates": [guess("qinghu-chengguan"), guess("qinghu-shijian")]}
        promised = case.promise_due_at
        return_order(work, case, CHENGGUAN, to="qinghu-shijian")
        act(work, case, "grant_return", DISPATCHER, reason="确属市监职责", now=MONDAY + HOUR)
        assert (case.state, case.lead_unit, case.promise_due_at) == ("to_dispatch", None, promised)
        assert [order.state for order in case.orders] == ["returned", "done"]
        assert [one["unit"]["code"] for one in case.routing["candidates"]] == ["qinghu-shijian"]
        entry = story(work, case)[-1]
        assert (entry.action, entry.facts["unit"], entry.reason) == (
            "grant_return",
            "qinghu-chengguan",
            "确属市监职责",
        )
        act(work, case, "dispatch", DISPATCHER, unit="qinghu-shijian", now=MONDAY + 24 * HOUR)
        lead = case.orders[-1]
        assert lead.due_at > promised == case.promise_due_at  # a full limit for the unit, none for the promise


def guess(unit: str) -> dict[str, object]:
    return {"unit": {"code": unit, "name": unit}, "share": 0.5, "reason": "职责清单", "duty_no": None}


def test_a_refused_return_gives_back_what_was_left_of_the_sign_clock_and_no_more(city):
    with city.begin() as work:
        case = a_sent_case(work)  # to be signed by 14:30: three hours, a lunch of an hour and a half, one hour
        order = case.orders[0]
        before, due = order.sign_due_at, order.due_at
        return_order(work, case, CHENGGUAN, now=MONDAY + HOUR)
        with pytest.raises(BadInput, match="请写明原因"):
            act(work, case, "refuse_return", DISPATCHER, now=MONDAY + 2 * HOUR)
        act(work, case, "refuse_return", DISPATCHER, reason="清单第 3 条", now=MONDAY + 2 * HOUR)
        assert (case.state, case.no_return, order.state, order.stopped_at) == ("to_sign", True, "to_sign", None)
        assert order.sign_due_at == before + HOUR == waking(work, case, "sign_late")
        assert order.due_at == due  # the handling limit ran on
        with pytest.raises(Refused, match="此件已裁定承办单位，不能再退；如有困难请申请延期或联系督办员"):
            return_order(work, case, CHENGGUAN, now=MONDAY + 2 * HOUR)
        act(work, case, "sign", CHENGGUAN, now=MONDAY + 2 * HOUR)


def test_no_unit_returns_a_case_twice(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN)
        act(work, case, "grant_return", DISPATCHER)
        act(work, case, "dispatch", DISPATCHER, unit="qinghu-chengguan")
        with pytest.raises(Refused, match="本单位已退过一次，不能再退"):
            return_order(work, case, CHENGGUAN)


def test_a_helpers_return_ends_its_own_order_only(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-zhujian")
        return_order(work, case, ZHUJIAN)
        assert (case.state, case.disputes) == ("to_sign", 0)
        assert [order.state for order in case.orders] == ["to_sign", "returned"]
        assert story(work, case)[-1].action == "return"


def test_the_second_dispute_opens_a_conference_by_itself(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        assert (case.state, case.disputes) == ("adjudication", 2)
        record = conference(work, case)
        assert record.opened_by is None
        assert record.parties[:3] == ["qinghu-chengguan", "qinghu-shijian", "qinghu-zhujian"]
        assert record.due_at == case.stage_due_at == waking(work, case, "ruling_late")
        assert [entry.action for entry in story(work, case)[-2:]] == ["return", "confer"]
        for action in ("grant_return", "refuse_return"):
            with pytest.raises(Refused):
                act(work, case, action, DISPATCHER, reason="不必会商")


def test_the_parties_and_nobody_else_see_the_case_and_speak(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        for actor in (ZHUJIAN, SHIJIAN, DISPATCHER, LEADER):
            act(work, case, "opine", actor, text=f"{actor.name}的意见")
        with pytest.raises(NotFound):
            act(work, case, "opine", LINJIANG, text="与我无关")
        with pytest.raises(Refused, match="只有会商参加单位可以发表意见"):
            act(work, case, "opine", QINGHU, text="我来说两句")
        said = work.session.scalars(select(OpinionRecord).order_by(OpinionRecord.id)).all()
        assert [(one.unit_code, one.person_name) for one in said][:2] == [
            ("qinghu-zhujian", "青湖住建"),
            ("qinghu-shijian", "青湖市监"),
        ]
        assert "unit:qinghu-zhujian" in queries.news(work, case.id).rooms


def test_a_ruling_ends_the_dispute_for_good(city):
    given = {"unit": "qinghu-zhujian", "text": "由住建部门办理", "basis": "物业管理条例第二十条"}
    with city.begin() as work:
        case = a_disputed_case(work)
        promised = case.promise_due_at
        with pytest.raises(WrongRole):
            act(work, case, "rule", DISPATCHER, **given)
        act(work, case, "rule", SUPERVISOR, helpers=("qinghu-shijian",), now=MONDAY + 3 * HOUR, **given)
        assert (case.state, case.lead_unit, case.no_return, case.parties) == ("to_sign", "qinghu-zhujian", True, [])
        assert case.promise_due_at == promised
        record = conference(work, case)
        assert (record.unit_code, record.ruling, record.ruled_by) == ("qinghu-zhujian", "由住建部门办理", 5)
        facts = story(work, case)[-1].facts
        assert (facts["forced"], facts["round"], facts["lead"], len(facts["orders"])) == (
            True,
            3,
            "qinghu-zhujian",
            2,
        )
        for actor in (ZHUJIAN, SHIJIAN):
            with pytest.raises(Refused, match="此件已裁定承办单位，不能再退"):
                return_order(work, case, actor, to="qinghu", now=MONDAY + 3 * HOUR)
        proposed = work.session.scalars(select(DutyProposalRecord)).one()
        assert (proposed.category, proposed.lead, proposed.from_case_no) == (
            case.category_code,
            "qinghu-zhujian",
            case.case_no,
        )
        act(work, case, "sign", ZHUJIAN, now=MONDAY + 4 * HOUR)


def test_a_ruled_case_is_not_called_back_by_people_and_still_taken_from_a_unit_that_must_keep_out(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        act(work, case, "rule", LEADER, unit="qinghu-zhujian", text="由其办理", basis="条例")
        for actor in (DISPATCHER, SUPERVISOR):
            with pytest.raises(Refused, match="已裁定承办单位，不能撤回改派"):
                act(work, case, "recall", actor, reason="另派")
        assert (case.state, case.lead_unit) == ("to_sign", "qinghu-zhujian")
        act(work, case, "recuse", DISPATCHER, unit="qinghu-zhujian", reason="被投诉人")
        assert (case.state, case.lead_unit) == ("to_dispatch", None)


def test_nobody_is_ruled_to_do_what_they_must_keep_out_of(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        act(work, case, "recuse", DISPATCHER, unit="qinghu-zhujian", reason="被投诉人")
        assert "qinghu-zhujian" not in case.parties
        with pytest.raises(Refused, match="这个单位须回避此件，不能承办"):
            act(work, case, "rule", LEADER, unit="qinghu-zhujian", text="由其办理", basis="条例")


def test_a_dispatcher_confers_on_a_case_that_is_nobodys(city):
    with city.begin() as work:
        case = a_case(work)
        act(work, case, "confer", DISPATCHER, units=("qinghu-shijian", "qinghu-zhujian"), reason="清单没有这一项")
        assert (case.state, case.lead_unit, conference(work, case).opened_by) == ("adjudication", None, 3)
        with pytest.raises(NotFound):
            act(work, case, "opine", CHENGGUAN, text="不是我们")
        given = {"unit": "qinghu-shijian", "text": "由市监办理", "basis": "条例"}
        act(work, case, "rule", LEADER, now=MONDAY + HOUR, **given)
        assert case.promise_started_at == MONDAY + HOUR  # it is promised at the first dispatch, whoever decided it
    with city.begin() as work, pytest.raises(BadInput, match="请选择可以参加会商的单位"):
        act(work, a_case(work), "confer", DISPATCHER, units=("nobody",), reason="试试")


def test_the_first_dispute_too_may_go_to_a_conference_and_the_returner_takes_part(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN)
        act(work, case, "confer", DISPATCHER, units=("qinghu-shijian",), reason="双方各执一词")
        assert case.parties == ["qinghu-shijian", "qinghu-chengguan"]
        given = {"unit": "qinghu-chengguan", "text": "仍由城管办理", "basis": "清单"}
        act(work, case, "rule", SUPERVISOR, **given)
        with pytest.raises(Refused, match="此件已裁定承办单位"):
            return_order(work, case, CHENGGUAN)


def test_while_they_argue_the_unit_that_has_it_speaks_with_the_citizen(city):
    contact = {"contacted_at": MONDAY + HOUR, "contact_mode": "phone"}
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN)
        offered = queries.actions(work, case, CHENGGUAN, now=MONDAY + HOUR)
        assert "contact" in {one["action"] for one in offered}
        act(work, case, "contact", CHENGGUAN, now=MONDAY + HOUR, **contact)
        assert case.orders[0].contacted_at == MONDAY + HOUR
        assert (case.state, case.lead_unit, case.clock_stopped_at) == ("return_review", "qinghu-chengguan", None)


def test_conferences_are_read_by_their_parties_and_by_the_centre(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        act(work, case, "opine", ZHUJIAN, text="请找王女士 13800001111 了解")
        opened = {"state": "open", "before": None, "now": MONDAY + timedelta(days=2)}
        for actor in (SUPERVISOR, ZHUJIAN, SHIJIAN):
            (one,) = disputes.conferences_of(work, actor, **opened)["items"]
            assert (one["late"], one["open"], one["opinion_count"]) == (True, True, 1)
        assert disputes.conferences_of(work, LINJIANG, **opened)["items"] == []
        whole = disputes.conference(work, one["adjudication_id"], ZHUJIAN, now=MONDAY)
        assert [given["unit"]["code"] for given in whole["returns"]] == ["qinghu-chengguan", "qinghu-shijian"]
        assert whole["opinions"][0]["text"] == "请找某女士 *** 了解"
        with pytest.raises(NotFound, match="没有这次会商"):
            disputes.conference(work, one["adjudication_id"], LINJIANG, now=MONDAY)
        act(work, case, "rule", SUPERVISOR, unit="qinghu-shijian", text="市监办", basis="条例", now=MONDAY + 3 * HOUR)
        assert disputes.conferences_of(work, SUPERVISOR, **opened)["items"] == []
        # A party no longer sees the case, but what was ruled.
        with pytest.raises(NotFound):
            queries.detail(work, case.case_no, ZHUJIAN, now=MONDAY)
        (ruled,) = disputes.conferences_of(work, ZHUJIAN, state="over", before=None, now=MONDAY)["items"]
        assert (ruled["ruling"], ruled["unit"]["code"], ruled["late"]) == ("市监办", "qinghu-shijian", False)


def test_an_agent_rules_on_nothing(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN)
        for action in ("grant_return", "refuse_return", "confer"):
            with pytest.raises(WrongRole):
                act(work, case, action, AGENT, reason="我看行", units=("qinghu",))


def test_a_conference_that_was_overtaken_does_not_open_again(city):
    with city.begin() as work:
        case = a_disputed_case(work)
        other = a_sent_case(work)
        act(work, case, "merge", DISPATCHER, into=other.case_no, reason="同一地点")
        opened = {"state": "open", "before": None, "now": MONDAY + 3 * HOUR}
        assert disputes.conferences_of(work, SUPERVISOR, **opened)["items"] == []
        act(work, case, "unmerge", DISPATCHER, reason="并错", now=MONDAY + 3 * HOUR)
        act(work, case, "confer", DISPATCHER, units=("qinghu",), reason="再议", now=MONDAY + 3 * HOUR)
        (one,) = disputes.conferences_of(work, SUPERVISOR, **opened)["items"]
        (old,) = disputes.conferences_of(work, SUPERVISOR, **(opened | {"state": "over"}))["items"]
        assert (one["open"], old["open"]) == (True, False)
        assert one["adjudication_id"] > old["adjudication_id"]
