"""What comes in by other ways than a call: accepted, completed, rejected, handed over, withdrawn, hidden."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.actor import SYSTEM, Role
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch import intake, queries, service
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import PauseRecord, WakingRecord

from .conftest import (
    AGENT,
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    MONDAY,
    OTHER_AGENT,
    PHONE,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_draft,
    a_sent_case,
    act,
    person,
)

CITIZEN = person(None, "诉求人", Role.CITIZEN, unit=None)
ZHUJIAN = person(20, "青湖住建", Role.HANDLER, unit="qinghu-zhujian")
FORM = {
    "kind": "complaint",
    "title": "流动摊贩占道",
    "content": "菜市场门口每天有摊贩占道",
    "category_code": "030301",
    "area_code": "990102001",
    "place": "湖滨菜市场门口",
    "contact_phone": "13800001111",
}


def received(work, *, channel: str = "window", actor=AGENT, source_no=None, now=MONDAY, **changes: Any) -> CaseRecord:
    found = intake.receive(work, actor=actor, channel=channel, fields=FORM | changes, source_no=source_no, now=now)
    return found.case


def story(work, case: CaseRecord) -> list[TimelineRecord]:
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    return list(work.session.scalars(wanted))


def waking(work, case: CaseRecord, kind: str):
    wanted = select(WakingRecord.due_at).where(WakingRecord.case_id == case.id, WakingRecord.kind == kind)
    return work.session.scalar(wanted.where(WakingRecord.fired_at.is_(None)))


def test_a_matter_of_the_window_becomes_a_case_like_any_other(city):
    with city.begin() as work:
        case = received(work)
        assert (case.state, case.channel, case.call_id) == ("received", "window", None)
        assert case.clock_due_at == waking(work, case, "accept_late") == MONDAY + timedelta(hours=2)
        called = a_draft(work)
        assert case.case_no[:8] == called.case_no[:8]  # one range of numbers
        assert case.caller_fingerprint == called.caller_fingerprint  # the same person, whichever way they come
        act(work, case, "accept", DISPATCHER, now=MONDAY + timedelta(hours=1))
        assert (case.state, case.registered_by, case.registered_at) == ("to_dispatch", 3, MONDAY + timedelta(hours=1))
        assert case.clock_due_at == case.stage_due_at
        opened, accepted = story(work, case)
    assert (opened.action, opened.from_state, opened.to_state) == ("receive", None, "received")
    assert accepted.facts["channel"] == "window"
    assert accepted.facts["category"] == "030301"


def test_accepting_sets_the_machine_to_work(city):
    with city.begin() as work:
        case = received(work)
        act(work, case, "accept", AGENT)
        case = service.route(work, case.id, now=MONDAY)
        assert case.lead_unit == "qinghu-chengguan"
        assert case.state == "to_sign"


def test_the_number_of_another_platform_opens_one_case(city):
    with city.begin() as work:
        first = intake.receive(work, actor=SYSTEM, channel="province", fields=FORM, source_no="GD-1", now=MONDAY)
    with city.begin() as work:
        again = intake.receive(work, actor=SYSTEM, channel="province", fields=FORM, source_no="GD-1", now=MONDAY)
        other = intake.receive(work, actor=SYSTEM, channel="police_110", fields=FORM, source_no="GD-1", now=MONDAY)
        assert (first.known, again.known, other.known) == (False, True, False)
        assert again.case.case_no == first.case.case_no != other.case.case_no
        assert work.session.scalar(select(func.count()).select_from(CaseRecord)) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "", "content": " "}, "请填写标题或内容"),
        ({"category_code": "9999"}, "没有代码为 9999 的事项分类"),
        ({"contact_phone": None}, "请留下联系电话；只有举报和建议可以不留"),
        ({"nonsense": 1}, "没有“nonsense”这一栏"),
    ],
)
def test_a_citizen_is_told_what_is_wrong_with_their_form(city, changes, said):
    with city.begin() as work, pytest.raises(BadInput, match=said):
        received(work, actor=CITIZEN, channel="web", **changes)


def test_whoever_reports_may_stay_nameless_and_is_hidden(city):
    with city.begin() as work:
        case = received(work, actor=CITIZEN, channel="web", kind="report", contact_phone=None)
        assert (case.secrecy, case.call_back_wanted) == ("hidden_from_unit", False)
        with pytest.raises(BadInput, match="没有这个受理渠道"):
            received(work, channel="pigeon")
        with pytest.raises(WrongRole):
            received(work, actor=REVIEWER)


def test_nothing_is_accepted_before_kind_class_and_place_are_known(city):
    with city.begin() as work:
        case = received(work, kind=None, category_code=None, area_code=None, place=None)
        for field, value, said in [
            ("kind", "complaint", "请选择诉求类型"),
            ("category_code", "030301", "请选择事项分类"),
            ("area_code", "990102001", "请选择区域或填写地点"),
        ]:
            with pytest.raises(BadInput, match=said):
                act(work, case, "accept", DISPATCHER)
            intake.fill(work, case.case_no, {field: value}, actor=DISPATCHER, version=case.version, now=MONDAY)
        act(work, case, "accept", DISPATCHER)
        assert [entry.note for entry in story(work, case) if entry.action == "note"] == [
            "改写：诉求类型",
            "改写：事项分类",
            "改写：区域",
        ]
        with pytest.raises(Refused):
            intake.fill(work, case.case_no, {"kind": "help"}, actor=DISPATCHER, version=None, now=MONDAY)


def test_a_stranger_writes_in_no_form(city):
    with city.begin() as work:
        case = received(work)
        for actor, error in [(CHENGGUAN, NotFound), (REVIEWER, WrongRole)]:
            with pytest.raises(error):
                intake.fill(work, case.case_no, {"kind": "help"}, actor=actor, version=None, now=MONDAY)
        with pytest.raises(Refused, match="请用“调整保密级别”并写明原因"):
            intake.fill(work, case.case_no, {"secrecy": "open"}, actor=AGENT, version=None, now=MONDAY)


def test_an_answer_at_the_desk_ends_the_matter(city):
    with city.begin() as work:
        case = received(work, kind="consult")
        act(work, case, "answer", AGENT, text="请带身份证到窗口办理")
        assert (case.state, case.answer) == ("answered", "请带身份证到窗口办理")
        assert case.clock_stopped_at == case.closed_at == MONDAY
        assert story(work, case)[-1].facts["channel"] == "window"
        assert "身份证" not in story(work, case)[-1].note


@pytest.mark.parametrize("begin", [received, a_draft])
def test_danger_is_handed_over_with_its_facts(city, begin):
    with city.begin() as work:
        case = begin(work)
        with pytest.raises(BadInput, match="请选择转接到 110、119、120 还是 122"):
            act(work, case, "transfer", AGENT, code="12315")
        act(work, case, "transfer", AGENT, code="119", text="楼道冒烟")
        assert case.state == "transferred"
        entry = story(work, case)[-1]
        assert (entry.note, entry.facts["code"], case.content is not None) == ("转 消防 119：楼道冒烟", "119", True)


def test_the_desks_clock_stands_still_while_the_citizen_is_asked(city):
    later = MONDAY + timedelta(hours=1)
    with city.begin() as work:
        case = received(work)
        act(work, case, "ask_facts", AGENT, text="请说明具体门牌", now=later)
        assert (case.state, case.clock_stopped_at) == ("to_complete", later)
        assert waking(work, case, "facts_missing") == case.stage_due_at
        assert waking(work, case, "accept_late") is None
        act(work, case, "supply", CITIZEN, text="3 号门旁", now=MONDAY + timedelta(days=1, hours=1))
        assert (case.state, case.clock_stopped_at) == ("received", None)
        assert case.content.endswith("【补充】3 号门旁")
        assert story(work, case)[-1].note == "诉求人已补充情况，见诉求内容"
        # One of the two hours was used; a working day went by; one hour is left.
        assert case.clock_due_at == waking(work, case, "accept_late") == MONDAY + timedelta(days=1, hours=2)
        pause = work.session.scalars(select(PauseRecord).where(PauseRecord.case_id == case.id)).one()
        assert (pause.state, pause.ends - pause.starts) == ("to_complete", timedelta(days=1))


def test_who_does_not_answer_is_handled_as_it_is_and_not_asked_again(city):
    with city.begin() as work:
        case = received(work)
        act(work, case, "ask_facts", AGENT, text="请说明具体门牌")
        due = case.stage_due_at
        assert due > MONDAY + timedelta(days=2)
        before = case.content
        act(work, case, "supply", SYSTEM, text="逾期未补充，按现有材料受理", now=due)
        assert (case.state, case.content) == ("received", before)
        with pytest.raises(Refused, match="诉求人上次逾期未补充，请按现有材料受理"):
            act(work, case, "ask_facts", AGENT, text="再问一次", now=due)
        act(work, case, "accept", AGENT, now=due)


def test_a_rejection_takes_two_people_and_may_be_objected_to_once(city):
    with city.begin() as work:
        case = received(work)
        with pytest.raises(Refused, match="不予受理须先由一人提出、再由另一人复核"):
            act(work, case, "reject", AGENT)
        with pytest.raises(BadInput, match="没有这个不予受理的理由"):
            act(work, case, "propose_rejection", AGENT, code="dislike", text="不想办")
        for first, second in [(AGENT, DISPATCHER), (DISPATCHER, SUPERVISOR)]:
            act(work, case, "propose_rejection", first, code="litigation", text="请向青湖区人民法院起诉")
            assert case.state == "received"
            with pytest.raises(Refused, match="不予受理须先由一人提出"):
                act(work, case, "reject", first)
            act(work, case, "reject", second)
            assert (case.state, case.rejection_code) == ("rejected", "litigation")
            assert story(work, case)[-1].note == "请向青湖区人民法院起诉"
            if not case.objected:
                act(work, case, "object", CITIZEN, reason="法院让我找热线", now=MONDAY + timedelta(hours=3))
                assert (case.state, case.rejection_by, case.clock_stopped_at) == ("received", None, None)
                assert case.clock_due_at == waking(work, case, "accept_late") > MONDAY + timedelta(hours=3)
        with pytest.raises(Refused, match="异议只能提出一次"):
            act(work, case, "object", CITIZEN, reason="还是不服")


def test_a_citizen_takes_a_matter_back_and_everything_stops(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-zhujian")
        act(work, case, "withdraw", AGENT, reason="已自行解决", now=MONDAY + timedelta(hours=1))
        assert case.state == "withdrawn"
        assert {order.state for order in case.orders} == {"done"}
        assert case.clock_stopped_at == MONDAY + timedelta(hours=1)
        assert waking(work, case, "promise_late") is None
        assert "unit:qinghu-chengguan" in queries.news(work, case.id).rooms  # the unit is told
        asked = received(work)
        act(work, asked, "ask_facts", AGENT, text="门牌？")
        act(work, asked, "withdraw", CITIZEN, reason="算了")
        assert work.session.scalar(select(func.count()).where(PauseRecord.ends.is_(None))) == 0
        danger = received(work, kind="report", urgency="urgent")
        with pytest.raises(Refused, match="举报公共危险的诉求不能撤单"):
            act(work, danger, "withdraw", CITIZEN, reason="怕报复")


def test_anybody_raises_secrecy_and_a_supervisor_alone_lowers_it(city):
    with city.begin() as work:
        case = a_sent_case(work)
        assert "流动摊贩" in queries.card(work, case.case_no)["title"]
        act(work, case, "set_secrecy", DISPATCHER, secrecy="anonymous", reason="担心报复")
        assert queries.card(work, case.case_no)["title"] == "流动摊贩（保密件）"
        seen = queries.detail(work, case.case_no, CHENGGUAN, now=MONDAY)
        assert (seen["place"], seen["caller_masked"], case.call_back_wanted) == (None, None, False)
        with pytest.raises(WrongRole, match="降低保密级别须由督办员决定"):
            act(work, case, "set_secrecy", DISPATCHER, secrecy="open", reason="诉求人同意")
        with pytest.raises(Refused, match="保密级别没有变化"):
            act(work, case, "set_secrecy", SUPERVISOR, secrecy="anonymous", reason="再确认")
        act(work, case, "set_secrecy", SUPERVISOR, secrecy="open", reason="诉求人同意")
        entry = story(work, case)[-1]
        assert (entry.actor_name, entry.reason) == ("督办员", "诉求人同意")
        assert entry.facts == {"before": "anonymous", "after": "open"}
        assert case.call_back_wanted


@pytest.mark.parametrize("state", ["to_sign", "handling", "return_review", "to_review", "to_call_back"])
def test_a_recused_lead_loses_the_case_wherever_it_stands(city, state):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-zhujian")
        promised = case.promise_due_at
        if state == "return_review":
            given = {"code": "not_our_duty", "basis": "三定方案", "suggested_unit": "qinghu"}
            act(work, case, "return", CHENGGUAN, **given)
        elif state != "to_sign":
            act(work, case, "sign", CHENGGUAN)
        if state in {"to_review", "to_call_back"}:
            act(work, case, "reply", CHENGGUAN, text="已清理", solved="solved")
        if state == "to_call_back":
            act(work, case, "pass", REVIEWER)
        assert case.state == state
        act(work, case, "recuse", DISPATCHER, unit="qinghu-chengguan", reason="被投诉人是本单位")
        assert (case.state, case.lead_unit, case.recused) == ("to_dispatch", None, ["qinghu-chengguan"])
        assert not [order for order in case.orders if order.state in {"to_sign", "handling", "replied"}]
        assert (case.promise_due_at, case.clock_due_at, case.clock_stopped_at) == (promised, promised, None)
        assert [entry.action for entry in story(work, case)[-2:]] == ["recuse", "recall"]
        for who in (CHENGGUAN, person(21, "城管二队", Role.HANDLER, unit="qinghu-chengguan")):
            with pytest.raises(NotFound):
                act(work, case, "note", who, text="看看是谁")
        with pytest.raises(Refused, match="这个单位须回避此件，不能承办"):
            act(work, case, "dispatch", DISPATCHER, unit="qinghu-chengguan")
        assert "unit:qinghu-chengguan" not in queries.news(work, case.id).rooms
        # The unit above it has no part in the matter and may take it.
        act(work, case, "dispatch", DISPATCHER, unit="qinghu")
        act(work, case, "sign", QINGHU)
        page = queries.listing(work, CHENGGUAN, view="open", now=MONDAY)
        assert page["items"] == []


def test_a_recused_helper_leaves_and_the_lead_goes_on(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-zhujian")
        act(work, case, "recuse", SUPERVISOR, unit="qinghu-zhujian", reason="亲属关系")
        assert (case.state, case.lead_unit) == ("to_sign", "qinghu-chengguan")
        assert {order.unit_code: order.state for order in case.orders} == {
            "qinghu-chengguan": "to_sign",
            "qinghu-zhujian": "done",
        }
        with pytest.raises(NotFound):
            act(work, case, "sign", ZHUJIAN)
        with pytest.raises(Refused, match="这个单位已经回避"):
            act(work, case, "recuse", SUPERVISOR, unit="qinghu-zhujian", reason="亲属关系")
        with pytest.raises(WrongRole):
            act(work, case, "recuse", CALLBACK, unit="qinghu", reason="不行")


def test_the_caller_of_a_call_and_of_a_window_is_one_person(city):
    with city.begin() as work:
        case = received(work)
        assert queries.history_for_caller(work, case.caller_fingerprint)[0]["case_no"] == case.case_no
        assert a_draft(work, phone=PHONE).caller_fingerprint == case.caller_fingerprint


def test_whichever_agent_takes_it_up_may_deal_with_what_waits_at_the_desk(city):
    with city.begin() as work:
        case = received(work, actor=SYSTEM, channel="web")
        act(work, case, "propose_rejection", AGENT, code="petition", text="请到信访局办理")
        act(work, case, "reject", OTHER_AGENT)
        # Whoever dealt with it goes on seeing it; the rest of the desk does not.
        assert queries.detail(work, case.case_no, OTHER_AGENT, now=MONDAY)["card"]["state"] == "rejected"
        with pytest.raises(NotFound):
            queries.detail(work, case.case_no, AGENT, now=MONDAY)
        waiting = received(work, actor=SYSTEM, channel="web")
        assert [one["case_no"] for one in queries.listing(work, AGENT, view="open", now=MONDAY)["items"]] == [
            waiting.case_no
        ]
