"""Moments come: each fires once, whoever dies, and does what the rules say."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from core.actor import Role
from core.clock import CITY_ZONE
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch import queries, timers, wakings
from dispatch.lifecycle import Action
from dispatch.records import TimelineRecord
from dispatch.side_records import ExtensionRecord, PenaltyRecord, SupervisionRecord, WakingRecord

from .conftest import (
    CHENGGUAN,
    CHENGGUAN_CHIEF,
    DISPATCHER,
    LEADER,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_sent_case,
    act,
    person,
)


def run(city, now: datetime) -> list[str]:
    """Fire all that is due at `now` as the job does, and return the kinds."""
    kinds = []
    for _ in range(20):
        with city.begin() as work:
            waiting = timers.due(work, now)
        if not waiting:
            return kinds
        for one in waiting:
            with city.begin() as work:
                kind = work.session.get(WakingRecord, one).kind
                if timers.fire(work, one, now=now):
                    kinds.append(kind)
    raise AssertionError("wakings that never end")


def cards(work, case) -> list[tuple[str, str, str]]:
    found = select(PenaltyRecord).where(PenaltyRecord.case_id == case.id).order_by(PenaltyRecord.id)
    return [(one.unit_code, one.colour, one.cause) for one in work.session.scalars(found)]


def test_an_order_that_nobody_signs_counts_as_signed_and_costs_a_yellow_card(city):
    with city.begin() as work:
        number = a_sent_case(work, "qinghu-chengguan", "qinghu-shijian").case_no
    assert run(city, MONDAY + timedelta(hours=3)) == []
    # Four working hours from nine o'clock, with a lunch break of an hour and a half or so.
    assert run(city, MONDAY + timedelta(hours=9)) == ["sign_late", "sign_late"]
    with city.begin() as work:
        case = queries.find(work, number)
        assert case.state == "handling"
        assert all(order.auto_signed and order.state == "handling" for order in case.orders)
        assert sorted(cards(work, case)) == [
            ("qinghu-chengguan", "yellow", "unsigned"),
            ("qinghu-shijian", "yellow", "unsigned"),
        ]
    assert run(city, MONDAY + timedelta(hours=9)) == []


def test_a_unit_is_warned_and_then_gets_a_yellow_and_after_a_working_day_a_red_card(city):
    with city.begin() as work:
        case = a_sent_case(work)
        number, due_at = case.case_no, case.orders[0].due_at
        act(work, case, Action.SIGN, CHENGGUAN)
    assert run(city, due_at - timedelta(minutes=1)) == ["warn_50", "warn_80"]
    assert sorted(run(city, due_at)) == ["due", "promise_late"]
    assert run(city, due_at + timedelta(hours=20)) == []
    assert run(city, due_at + timedelta(days=1)) == ["red"]
    with city.begin() as work:
        case = queries.find(work, number)
        assert cards(work, case) == [
            ("qinghu-chengguan", "yellow", "overdue"),
            ("qinghu-chengguan", "red", "overdue"),
        ]
        assert (case.supervised, case.supervision_level) == (True, 1)


def test_a_reply_in_time_leaves_nothing_to_warn_of(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.REPLY, CHENGGUAN, text="已清理", now=MONDAY + timedelta(hours=2))
        waiting = {kind for kind, _ in wakings.wanted(case)}
        assert waiting == {"review_late"}
        left = select(WakingRecord.kind).where(WakingRecord.case_id == case.id, WakingRecord.fired_at.is_(None))
        assert set(work.session.scalars(left)) == {"review_late"}


def test_two_who_fire_the_same_moment_do_it_once(city):
    with city.begin() as work:
        number = a_sent_case(work).case_no
    late = MONDAY + timedelta(hours=9)
    with city.begin() as work:
        (waking,) = timers.due(work, late)
    fired: list[bool] = []

    def fire() -> None:
        with city.begin() as work:
            fired.append(timers.fire(work, waking, now=late))

    threads = [Thread(target=fire) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fired) == [False] * 7 + [True]
    with city.begin() as work:
        case = queries.find(work, number)
        signed = select(TimelineRecord).where(TimelineRecord.case_id == case.id, TimelineRecord.action == "sign")
        assert len(work.session.scalars(signed).all()) == 1


def test_a_process_that_dies_in_the_middle_leaves_the_moment_to_the_next(city):
    with city.begin() as work:
        number = a_sent_case(work).case_no
    late = MONDAY + timedelta(hours=9)

    def die_before_the_commit() -> None:
        with city.begin() as work:
            (waking,) = timers.due(work, late)
            assert timers.fire(work, waking, now=late)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_before_the_commit()
    with city.begin() as work:
        assert queries.find(work, number).state == "to_sign"
    assert run(city, late) == ["sign_late"]


def test_every_kind_that_a_case_can_ask_for_has_something_to_do():
    known = timers.KINDS | {"warn_50", "warn_80"}
    assert set(wakings.STAGE_KINDS.values()) <= known
    assert {"promise_late", "sign_late", "due", "red", "extension_due", "supervision_late"} <= known


# ── more time ──


def handled(work, **given):
    case = a_sent_case(work, **given)
    return act(work, case, Action.SIGN, CHENGGUAN)


def test_more_time_is_asked_for_with_a_day_and_moves_limit_and_promise_once(city):
    until = datetime(2026, 12, 3, tzinfo=CITY_ZONE).date()
    with city.begin() as work:
        case = handled(work)
        before = case.orders[0].due_at
        act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=until, reason="须联合执法")
        with pytest.raises(Refused, match="在等答复"):
            act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=until, reason="再要")
        act(work, case, Action.GRANT_EXTENSION, DISPATCHER)
        assert case.orders[0].due_at == datetime(2026, 12, 3, 17, 30, tzinfo=CITY_ZONE) > before
        assert case.promise_due_at == case.clock_due_at == case.orders[0].due_at
        with pytest.raises(Refused, match="次数已用完"):
            act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=until, reason="再要")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [((2026, 11, 27), "晚于原时限"), ((2026, 12, 5), "不是工作日"), ((2026, 12, 30), "延期最多")],
)
def test_more_time_has_its_bounds(city, day, sentence):
    until = datetime(*day, tzinfo=CITY_ZONE).date()
    with city.begin() as work:
        case = handled(work)
        with pytest.raises(BadInput, match=sentence):
            act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=until, reason="须联合执法")


def test_silence_refuses_more_time_and_a_late_request_is_refused_at_once(city):
    until = datetime(2026, 12, 3, tzinfo=CITY_ZONE).date()
    with city.begin() as work:
        case = handled(work)
        number, before = case.case_no, case.orders[0].due_at
        act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=until, reason="须联合执法")
    assert run(city, MONDAY + timedelta(hours=9)) == ["extension_due"]
    with city.begin() as work:
        case = queries.find(work, number)
        assert case.orders[0].due_at == before
        asked = work.session.scalar(select(ExtensionRecord))
        assert (asked.granted, asked.decided_by) == (False, None)
        with pytest.raises(Refused, match="已超过办理时限"):
            act(
                work,
                case,
                Action.ASK_EXTENSION,
                CHENGGUAN,
                until=until,
                reason="晚了",
                now=before + timedelta(hours=1),
            )


# ── supervision ──


def test_a_supervision_order_is_answered_by_the_chief_and_the_reply_signed_by_them(city):
    with city.begin() as work:
        case = handled(work)
        act(work, case, Action.SUPERVISE, SUPERVISOR, level=2, code="leader_note", text="请限时办结")
        with pytest.raises(Refused, match="负责人签发"):
            act(work, case, Action.REPLY, CHENGGUAN, text="已清理")
        with pytest.raises(WrongRole):
            act(work, case, Action.ANSWER_SUPERVISION, CHENGGUAN, text="正在办")
        act(work, case, Action.ANSWER_SUPERVISION, CHENGGUAN_CHIEF, text="今日清理完毕")
        assert (case.supervised, case.supervision_level) == (False, 2)
        act(work, case, Action.REPLY, CHENGGUAN, text="已清理")


def test_an_unanswered_supervision_order_climbs_one_level_at_a_time(city):
    with city.begin() as work:
        case = handled(work)
        number = case.case_no
        act(work, case, Action.SUPERVISE, LEADER, level=3, code="media", text="媒体关注")
        first = work.session.scalar(select(SupervisionRecord))
        due_at = first.due_at
    assert "supervision_late" in run(city, due_at + timedelta(minutes=1))
    with city.begin() as work:
        levels = list(work.session.scalars(select(SupervisionRecord.level).order_by(SupervisionRecord.id)))
        assert levels == [3, 4]
        assert queries.find(work, number).supervision_level == 4


def test_a_unit_that_is_not_supervised_cannot_answer_for_another(city):
    stranger = person(77, "别区负责人", Role.HANDLER, Role.CHIEF, unit="linjiang-chengguan")
    with city.begin() as work:
        case = handled(work)
        act(work, case, Action.SUPERVISE, SUPERVISOR, level=1, code="refused", text="推诿")
        with pytest.raises(NotFound):
            act(work, case, Action.ANSWER_SUPERVISION, stranger, text="我来答")
        with pytest.raises(BadInput, match="督办原因"):
            act(work, case, Action.SUPERVISE, SUPERVISOR, level=1, code="whim", text="就是要督办")


def test_urging_counts_and_moves_no_clock(city):
    with city.begin() as work:
        case = handled(work)
        before = (case.clock_due_at, case.orders[0].due_at, case.urgency)
        act(work, case, Action.URGE, DISPATCHER, text="诉求人来电催办")
        act(work, case, Action.URGE, DISPATCHER, text="又催")
        assert case.urgings == 2
        assert (case.clock_due_at, case.orders[0].due_at, case.urgency) == before


# ── findings, exclusions, appeals ──


def test_two_of_three_who_do_not_see_each_other_find_a_demand_unreasonable(city):
    second = person(41, "审核二", Role.REVIEWER)
    with city.begin() as work:
        case = handled(work)
        act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="要求拆除合法建筑")
        act(work, case, Action.VOTE_FINDING, REVIEWER, reasonable=False, duty_done=True)
        said = work.session.scalars(select(TimelineRecord).where(TimelineRecord.action == "vote_finding")).all()
        assert [(one.note, one.facts) for one in said] == [(None, {"votes": 1})]
        with pytest.raises(Refused, match="已评议过"):
            act(work, case, Action.VOTE_FINDING, REVIEWER, reasonable=False, duty_done=True)
        act(work, case, Action.VOTE_FINDING, second, reasonable=False, duty_done=True)
        assert (case.finding, case.assessed, case.exclusion_code) == ("unreasonable", False, "unreasonable")
        with pytest.raises(Refused, match="没有待评议"):
            act(work, case, Action.VOTE_FINDING, SUPERVISOR, reasonable=True, duty_done=True)


def test_a_split_panel_waits_for_the_third(city):
    with city.begin() as work:
        case = handled(work)
        act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="青蛙太吵")
        act(work, case, Action.VOTE_FINDING, REVIEWER, reasonable=False, duty_done=True)
        act(work, case, Action.VOTE_FINDING, DISPATCHER, reasonable=True, duty_done=False)
        assert case.finding == "open"
        act(work, case, Action.VOTE_FINDING, LEADER, reasonable=True, duty_done=True)
        assert (case.finding, case.assessed) == ("reasonable", True)


def test_leaving_a_case_out_of_the_figures_needs_a_listed_ground_and_can_be_undone(city):
    with city.begin() as work:
        case = handled(work)
        with pytest.raises(BadInput, match="不计入考核"):
            act(work, case, Action.EXCLUDE, SUPERVISOR, code="mood", reason="心情")
        act(work, case, Action.EXCLUDE, SUPERVISOR, code="third_party", reason="供电局施工")
        with pytest.raises(Refused, match="已不计入"):
            act(work, case, Action.EXCLUDE, SUPERVISOR, code="third_party", reason="再来")
        act(work, case, Action.INCLUDE, SUPERVISOR, reason="核实后恢复")
        assert (case.assessed, case.exclusion_code) == (True, None)


def test_a_unit_above_acts_for_its_units_and_a_helper_not_for_the_lead(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-shijian")
        act(work, case, Action.SIGN, QINGHU)
        helper = person(42, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
        with pytest.raises(WrongRole, match="主办"):
            act(work, case, Action.ASK_FINDING, helper, reason="不合理")
