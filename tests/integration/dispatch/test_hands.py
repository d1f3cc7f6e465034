"""Many hands on one case: sub-units down the tree, helpers, and a matter split in two."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.actor import Role
from core.clock import CITY_ZONE
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch import events, numbering, queries, rules
from dispatch.deadlines import worked_minutes
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord

from .conftest import (
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
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

SHIJIAN = person(21, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
GONGAN = person(22, "青湖公安", Role.HANDLER, unit="qinghu-gongan")
JIAOJING = person(23, "青湖交警", Role.HANDLER, unit="qinghu-jiaojing")
SUBS = ("qinghu-chengguan", "qinghu-shijian")
LATER = MONDAY + timedelta(hours=2)


def a_handled_case(work, *helpers: str) -> CaseRecord:
    """A case that the district itself leads and has signed."""
    case = a_sent_case(work, "qinghu", *helpers)
    return act(work, case, Action.SIGN, QINGHU)


def a_delegated_case(work, *units: str, **given) -> CaseRecord:
    case = a_handled_case(work)
    return act(work, case, Action.DELEGATE, QINGHU, units=units or SUBS, text="请现场核查", **given)


def story(work, case: CaseRecord, *actions: Action) -> list[TimelineRecord]:
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    return [one for one in work.session.scalars(wanted) if not actions or one.action in actions]


def subs_of(case: CaseRecord) -> list:
    return [order for order in case.orders if order.part == "sub"]


def offered(work, case, actor) -> set[tuple[str, str | None]]:
    return {(one["action"], one["order_no"]) for one in queries.actions(work, case, actor, now=MONDAY)}


def test_the_lead_gives_units_below_a_task_and_most_of_its_own_time(city):
    with city.begin() as work:
        case = a_delegated_case(work)
        lead, subs = case.orders[0], subs_of(case)
        assert (case.state, case.lead_unit) == ("delegated", "qinghu")
        assert [(one.unit_code, one.parent_order_no, one.task) for one in subs] == [
            (unit, lead.order_no, "请现场核查") for unit in SUBS
        ]
        # Four fifths of what the lead has left, in the working time of the units.
        left = worked_minutes(MONDAY, lead.due_at, rules.calendar(work, "offices"))
        given = [worked_minutes(MONDAY, one.due_at, rules.calendar(work, "offices")) for one in subs]
        assert given == [int(left * 0.8)] * 2
        assert all(one.sign_due_at <= one.due_at for one in subs)
        entry = story(work, case, Action.DELEGATE)[0]
        assert [one["part"] for one in entry.facts["orders"]] == ["sub", "sub"]


def test_a_day_that_the_lead_gives_is_kept_and_may_not_be_after_its_own(city):
    with city.begin() as work:
        case = a_handled_case(work)
        given = {"units": ["qinghu-shijian"], "text": "核查"}
        with pytest.raises(Refused, match="不能晚于本单位的时限"):
            act(work, case, Action.DELEGATE, QINGHU, until=date(2026, 12, 7), **given)
        work.session.rollback()
    with city.begin() as work:
        case = a_delegated_case(work, "qinghu-shijian", until=date(2026, 11, 25))
        assert subs_of(case)[0].due_at == datetime(2026, 11, 25, 17, 30, tzinfo=CITY_ZONE)


@pytest.mark.parametrize("hour", [9, 18])
def test_a_day_whose_close_is_over_is_refused(city, hour):
    at = MONDAY.replace(hour=hour)
    until = MONDAY.date() - timedelta(days=3 if hour < 17 else 0)
    with city.begin() as work:
        case = a_handled_case(work)
        given = {"units": ["qinghu-shijian"], "text": "核查"}
        with pytest.raises(BadInput, match="请选更晚的日期"):
            act(work, case, Action.DELEGATE, QINGHU, until=until, now=at, **given)
        assert subs_of(case) == []
        act(work, case, Action.DELEGATE, QINGHU, until=date(2026, 11, 24), now=at, **given)
        assert subs_of(case)[0].due_at == datetime(2026, 11, 24, 17, 30, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("units", "error", "sentence"),
    [
        (["linjiang-chengguan"], Refused, "不是.*下级单位"),
        (["chengguan"], Refused, "不是.*下级单位"),
        (["qinghu"], Refused, "不是.*下级单位"),
        (["nobody"], BadInput, "不能承办工单"),
        ((), BadInput, "请选择单位"),
    ],
)
def test_only_units_below_the_leads_get_a_task(city, units, error, sentence):
    with city.begin() as work:
        case = a_handled_case(work)
        with pytest.raises(error, match=sentence):
            act(work, case, Action.DELEGATE, QINGHU, units=units, text="核查")
        assert (case.state, len(case.orders)) == ("handling", 1)


def test_a_recused_unit_and_one_that_has_the_case_already_get_no_task(city):
    with city.begin() as work:
        case = a_handled_case(work, "qinghu-shijian")
        case.recused = ["qinghu-gongan"]
        for unit, sentence in (("qinghu-gongan", "回避"), ("qinghu-shijian", "已在办理")):
            with pytest.raises(Refused, match=sentence):
                act(work, case, Action.DELEGATE, QINGHU, units=[unit], text="核查")


def test_a_stranger_and_a_helper_do_not_give_the_leads_tasks_out(city):
    with city.begin() as work:
        case = a_handled_case(work, "qinghu-gongan")
        with pytest.raises(NotFound):
            act(work, case, Action.DELEGATE, LINJIANG, units=["qinghu-jiaojing"], text="核查")
        with pytest.raises(WrongRole):
            act(work, case, Action.DELEGATE, DISPATCHER, units=["qinghu-jiaojing"], text="核查")
        # The helper has not signed yet; once it has, it gives its own task to its own unit below.
        with pytest.raises(Refused):
            act(work, case, Action.DELEGATE, GONGAN, units=["qinghu-jiaojing"], text="核查")
        act(work, case, Action.SIGN, GONGAN)
        act(work, case, Action.DELEGATE, GONGAN, units=["qinghu-jiaojing"], text="核查")
        assert case.state == "handling"
        assert subs_of(case)[0].parent_order_no == case.orders[1].order_no


def test_sub_units_sign_contact_and_reply_while_the_lead_waits_and_the_last_reply_gathers(city):
    with city.begin() as work:
        case = a_delegated_case(work)
        with pytest.raises(Refused, match="二级下派"):
            act(work, case, Action.REPLY, QINGHU, text="已办", order_no=case.orders[0].order_no)
        first, second = subs_of(case)
        assert ("sign", first.order_no) in offered(work, case, CHENGGUAN)
        act(work, case, Action.SIGN, CHENGGUAN, now=LATER)
        assert {("reply", first.order_no), ("contact", first.order_no)} <= offered(work, case, CHENGGUAN)
        act(work, case, Action.CONTACT, CHENGGUAN, contacted_at=LATER, contact_mode="phone", now=LATER)
        act(work, case, Action.REPLY, CHENGGUAN, text="摊贩已劝离", now=LATER)
        assert (case.state, first.state, second.state) == ("delegated", "replied", "to_sign")
        act(work, case, Action.SIGN, SHIJIAN, now=LATER)
        act(work, case, Action.REPLY, SHIJIAN, text="证照已核查", now=LATER)
        assert (case.state, case.lead_unit) == ("handling", "qinghu")
        assert story(work, case)[-1].action == "gather"
        assert story(work, case)[-1].actor_name == "系统"
        shown = queries.detail(work, case.case_no, QINGHU, now=LATER)["orders"]
        assert [one["record"] and one["record"]["text"] for one in shown] == [None, "摊贩已劝离", "证照已核查"]
        act(work, case, Action.REPLY, QINGHU, text="已全部办结", now=LATER)
        assert case.state == "to_review"


def test_a_sub_unit_that_returns_its_task_is_not_waited_for(city):
    with city.begin() as work:
        case = a_delegated_case(work, "qinghu-shijian")
        return_order(work, case, SHIJIAN, to="qinghu-chengguan")
        assert (case.state, case.disputes, case.lead_unit) == ("handling", 0, "qinghu")
        assert subs_of(case)[0].state == "returned"


def test_the_lead_goes_on_without_a_sub_unit_and_the_story_names_it(city):
    with city.begin() as work:
        case = a_delegated_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.REPLY, CHENGGUAN, text="已劝离")
        with pytest.raises(WrongRole):
            act(work, case, Action.GATHER, SHIJIAN)
        act(work, case, Action.GATHER, QINGHU)
        assert [one.state for one in subs_of(case)] == ["replied", "done"]
        entry = story(work, case, Action.GATHER)[0]
        assert "青湖区市场监督管理局" in entry.note
        assert entry.facts["withdrawn"] == [subs_of(case)[1].order_no]


def test_a_sub_unit_delegates_below_and_its_reply_ends_what_is_open_below(city):
    with city.begin() as work:
        case = a_delegated_case(work, "qinghu-gongan")
        act(work, case, Action.SIGN, GONGAN)
        upper = subs_of(case)[0]
        assert ("delegate", upper.order_no) in offered(work, case, GONGAN)
        act(work, case, Action.DELEGATE, GONGAN, units=["qinghu-jiaojing"], text="疏导交通")
        lower = subs_of(case)[1]
        assert (lower.parent_order_no, case.state) == (upper.order_no, "delegated")
        assert lower.due_at < upper.due_at
        act(work, case, Action.SIGN, JIAOJING)
        assert ("delegate", lower.order_no) not in offered(work, case, JIAOJING)  # nobody is below it
        act(work, case, Action.REPLY, GONGAN, text="已办", order_no=upper.order_no)
        assert (lower.state, case.state) == ("done", "handling")


def test_a_lead_that_is_late_handles_the_case_itself(city):
    with city.begin() as work:
        case = a_handled_case(work)
        with pytest.raises(Refused, match="时限已过"):
            act(
                work, case, Action.DELEGATE, QINGHU, units=SUBS, text="核查", now=case.orders[0].due_at + timedelta(1)
            )


def test_helpers_are_asked_when_the_lead_replies_and_named_when_they_stay_silent(city):
    with city.begin() as work:
        case = a_handled_case(work, "qinghu-shijian", "qinghu-gongan")
        act(work, case, Action.SIGN, GONGAN)
        act(work, case, Action.REPLY, GONGAN, text="已出警")
        act(work, case, Action.REPLY, QINGHU, text="已办", order_no=case.orders[0].order_no)
        asked = [one for one in story(work, case, Action.NOTE) if one.facts and "asked" in one.facts]
        assert [one.unit_code for one in asked] == ["qinghu-shijian"]
        act(work, case, Action.PASS, REVIEWER)
        act(work, case, Action.RATE, CALLBACK, grade=5, contacted=True, solved="solved")
        assert case.state == "closed"
        named = story(work, case)[-1]
        assert "青湖区市场监督管理局" in named.note
        assert "公安" not in named.note
        assert named.facts["silent"] == [case.orders[1].order_no]


def test_splitting_makes_a_second_case_with_its_own_number_and_no_more_time(city, bus):
    registered = []
    bus.on(events.CaseRegistered, registered.append)
    with city.begin() as work:
        case = a_case(work)
    registered.clear()
    later = MONDAY + timedelta(days=2)
    with city.begin() as work:
        case = act(
            work, case, Action.SPLIT, DISPATCHER, title="门口路灯不亮", text="另反映路灯不亮", code="0401", now=later
        )
        number = story(work, case, Action.SPLIT)[0].facts["case_no"]
        part = queries.find(work, number)
        assert numbering.is_valid(number)
        assert (part.state, part.parent_id, part.category_code) == ("to_dispatch", case.id, "0401")
        assert (part.caller_fingerprint, part.contact_phone) == (case.caller_fingerprint, case.contact_phone)
        assert part.promise_started_at == case.registered_at
        assert [one.action for one in story(work, part)] == ["receive", "accept"]
        assert case.case_no in story(work, part)[0].note
        assert number in story(work, case, Action.SPLIT)[0].note
        promised = part.promise_due_at
        act(work, part, Action.DISPATCH, DISPATCHER, unit="chengguan", now=later)
        assert part.promise_due_at == promised  # dispatched two days later, promised as from the first day
        assert case.state == "to_dispatch"
    assert [event.case_no for event in registered] == [number]


def test_a_part_of_a_part_counts_from_the_first_day_and_an_unknown_class_is_refused(city):
    with city.begin() as work:
        case = a_case(work)
        with pytest.raises(BadInput, match="事项分类"):
            act(work, case, Action.SPLIT, SUPERVISOR, title="其二", text="其二", code="nothing")
        act(work, case, Action.SPLIT, SUPERVISOR, title="其二", text="其二", now=MONDAY + timedelta(days=1))
        part = work.session.scalar(select(CaseRecord).where(CaseRecord.parent_id == case.id))
        act(work, part, Action.SPLIT, SUPERVISOR, title="其三", text="其三", now=MONDAY + timedelta(days=2))
        third = work.session.scalar(select(CaseRecord).where(CaseRecord.parent_id == part.id))
        assert third.promise_started_at == case.registered_at
        assert len({case.case_no, part.case_no, third.case_no}) == 3
