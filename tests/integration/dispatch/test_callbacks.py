"""The citizen is asked: rated, not reached, done again, reopened, filed; and what nobody can cheat about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.actor import SYSTEM, Actor, Role
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused
from dispatch import callbacks, clocks
from dispatch.callbacks import desk, hours
from dispatch.callbacks.contradictions import contradictions
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import CallBackRecord, SupervisionRecord
from dispatch.steps import Scene

from .conftest import CALLBACK, CHENGGUAN, CHENGGUAN_CHIEF, DISPATCHER, MONDAY, REVIEWER, a_case, a_sent_case, act

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CITIZEN = Actor(person_id=None, name="诉求人", roles=frozenset({Role.CITIZEN}))
REPLIES = (
    "已劝离全部流动摊贩并安排专人值守",
    "联合交警设置隔离护栏，取缔三处占道经营点，每晚巡查两次",
    "在菜市场东侧划定疏导区，摊主均已登记入场经营",
    "启用视频监控告警，发现占道十分钟内到场处置",
)


def a_reply(work, case, *, now=MONDAY, times: int = 0, **given):
    actor = CHENGGUAN_CHIEF if case.supervised else CHENGGUAN
    said = {"text": REPLIES[times], "contacted_at": now, "contact_mode": "phone", "solved": "solved"} | given
    return act(work, case, Action.REPLY, actor, now=now, **said)


def to_call_back(work, *, now=MONDAY, **given) -> CaseRecord:
    """A case whose reply was found good: the citizen is to be asked."""
    case = a_sent_case(work, now=now)
    act(work, case, Action.SIGN, CHENGGUAN, now=now)
    a_reply(work, case, now=now, **given)
    return act(work, case, Action.PASS, REVIEWER, now=now)


def redone(work, case, *, now=MONDAY, times: int = 1):
    """The citizen is not satisfied, the unit does it again, the review passes."""
    act(work, case, Action.REDO, CALLBACK, now=now, grade=1, solved="unsolved", reason="摊贩又来了")
    a_reply(work, case, now=now, times=times)
    return act(work, case, Action.PASS, REVIEWER, now=now)


def facts(work, case, action: Action) -> list[dict]:
    told = select(TimelineRecord.facts).where(TimelineRecord.case_id == case.id, TimelineRecord.action == action)
    return list(work.session.scalars(told.order_by(TimelineRecord.id)))


def test_a_rating_closes_the_case_with_what_was_said(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.RATE, CALLBACK, grade=4, contacted=True, solved="solved", truth="true")
        assert (case.state, case.grade, case.solved, case.contacted) == ("closed", 4, "solved", True)
        assert case.clock_stopped_at is not None
        assert {order.state for order in case.orders} == {"done"}
        (told,) = facts(work, case, Action.RATE)
        asked = work.session.scalars(select(CallBackRecord)).one()
    assert told == {
        "via": "phone",
        "connected": True,
        "contacted": True,
        "truth": "true",
        "solved": "solved",
        "grade": 4,
        "reasonable": None,
        "duty_done": None,
    }
    assert (asked.connected, asked.grade, asked.by) == (True, 4, CALLBACK.person_id)


def test_who_is_not_satisfied_with_reason_is_not_closed(city):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(Refused, match="应转重办"):
            act(work, case, Action.RATE, CALLBACK, grade=2, reasonable=True)
        assert case.state == "to_call_back"


@pytest.mark.parametrize(
    "opinion", [{"reasonable": False}, {"duty_done": True}, {"reasonable": False, "duty_done": True}]
)
def test_the_opinion_of_one_caller_closes_nothing_and_is_kept_as_a_fact(city, opinion):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(Refused, match="应转重办"):
            act(work, case, Action.RATE, CALLBACK, grade=1, text="要求超出政策", **opinion)
        act(work, case, Action.REDO, CALLBACK, grade=1, reason="没有解决", **opinion)
        assert case.state == "redo"
        (told,) = facts(work, case, Action.REDO)
        assert told.items() >= opinion.items()


def test_who_is_content_is_not_sent_to_a_redo(city):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(Refused, match="满意"):
            act(work, case, Action.REDO, CALLBACK, grade=4, contacted=True, solved="solved", reason="再看看")
        act(work, case, Action.REDO, CALLBACK, grade=4, contacted=False, reason="没有人联系过")
        assert case.state == "redo"


def test_nobody_on_the_staff_passes_for_the_citizen(city):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(BadInput, match="本人"):
            act(work, case, Action.RATE, CALLBACK, grade=5, via="web")
        with pytest.raises(BadInput, match="本人"):
            act(work, case, Action.RATE, CITIZEN, grade=5, via="phone")
        act(work, case, Action.RATE, CITIZEN, grade=5, via="web")
        row = work.session.scalars(select(CallBackRecord)).one()
        assert (row.via, row.by) == ("web", None)


def test_three_tries_fall_into_three_parts_of_the_day_while_the_desk_is_open(city):
    with city.begin() as work:
        case, at, tried = to_call_back(work), MONDAY + HOUR, []
        for number in (1, 2, 3):
            act(work, case, Action.MISSED, CALLBACK, now=at)
            assert case.tries == number
            tried.append(at.astimezone(CITY_ZONE))
            if number < 3:
                with pytest.raises(Refused, match="错开时段"):
                    act(work, case, Action.MISSED, CALLBACK, now=case.next_try_at - timedelta(minutes=1))
                assert case.stage_due_at == case.next_try_at
                at = case.next_try_at
        calendar = clocks.rules.calendar(work, "callback")
        assert {hours.part_of(one, calendar) for one in tried} == set(hours.PartOfDay)
        assert all(9 <= one.hour < 20 for one in tried)
        with pytest.raises(Refused, match="回访满次数"):
            act(work, case, Action.MISSED, CALLBACK, now=at + DAY)
        assert [told["try"] for told in facts(work, case, Action.MISSED)] == [1, 2, 3]
        # After the last try there is still time to answer the link.
        assert case.next_try_at is None
        assert case.stage_due_at > at


def test_not_rated_is_never_satisfied(city):
    with city.begin() as work:
        case, at = to_call_back(work), MONDAY + HOUR
        with pytest.raises(Refused):
            act(work, case, Action.CLOSE_UNRATED, CALLBACK, now=at)
        for _ in range(3):
            act(work, case, Action.MISSED, CALLBACK, now=at)
            at = case.next_try_at or at
        act(work, case, Action.CLOSE_UNRATED, SYSTEM, now=at + 3 * DAY)
        assert case.state == "closed"
        assert (case.grade, case.solved, case.contacted) == (None, None, None)
        assert facts(work, case, Action.CLOSE_UNRATED) == [{"tries": 3}]
        assert facts(work, case, Action.RATE) == []


def test_one_person_is_phoned_once_a_day_over_an_incident(city):
    with city.begin() as work:
        first, second = to_call_back(work), to_call_back(work)
        first.incident_size, second.merged_into = 2, first.id
        work.session.flush()
        act(work, first, Action.MISSED, CALLBACK, now=MONDAY + HOUR)
        with pytest.raises(Refused, match="同一事件"):
            act(work, second, Action.MISSED, CALLBACK, now=MONDAY + 6 * HOUR)
        act(work, second, Action.MISSED, SYSTEM, now=MONDAY + 6 * HOUR, via="message")
        act(work, first, Action.MISSED, CALLBACK, now=max(first.next_try_at, MONDAY + DAY + 6 * HOUR))


@pytest.mark.parametrize("via", ["message", "web"])
def test_a_person_counts_only_the_calls_they_made(city, via):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(BadInput, match="只登记电话"):
            act(work, case, Action.MISSED, CALLBACK, via=via)
        act(work, case, Action.MISSED, SYSTEM, via=via)
        assert case.tries == 1


@pytest.mark.parametrize(("hour", "sentence"), [(3, "2026-11-23 09:00"), (20, "2026-11-24 09:00")])
def test_nobody_was_called_while_the_desk_was_shut(city, hour, sentence):
    with city.begin() as work:
        case = to_call_back(work, now=MONDAY.replace(hour=2))
        with pytest.raises(Refused, match=f"现在不是回访时间，请在 {sentence} 以后拨打"):
            act(work, case, Action.MISSED, CALLBACK, now=MONDAY.replace(hour=hour))
        assert case.tries == 0


def test_days_later_it_is_still_another_part_of_the_day(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.MISSED, CALLBACK, now=MONDAY + HOUR)
        with pytest.raises(Refused, match="这个时段已拨过，请换时段，在 2026-11-25 12:00 以后再拨"):
            act(work, case, Action.MISSED, CALLBACK, now=MONDAY + 2 * DAY)
        act(work, case, Action.MISSED, CALLBACK, now=MONDAY + 2 * DAY + 4 * HOUR)
        with pytest.raises(Refused, match="2026-11-26 17:00"):
            act(work, case, Action.MISSED, CALLBACK, now=MONDAY + 3 * DAY + 4 * HOUR)
        act(work, case, Action.MISSED, CALLBACK, now=MONDAY + 3 * DAY + 9 * HOUR)
        assert case.tries == 3


def test_the_desk_is_told_not_to_call_in_a_part_of_the_day_that_was_tried(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.MISSED, CALLBACK, now=MONDAY + HOUR)
        may_call = [
            desk.waiting(work, CALLBACK, now=MONDAY + 2 * DAY + span)["items"][0]["may_call"]
            for span in (HOUR, 4 * HOUR, 12 * HOUR)
        ]
        assert may_call == [False, True, False]


def test_cases_that_are_no_incident_share_no_budget(city):
    with city.begin() as work:
        first, second = to_call_back(work), to_call_back(work)
        act(work, first, Action.MISSED, CALLBACK, now=MONDAY + HOUR)
        act(work, second, Action.MISSED, CALLBACK, now=MONDAY + HOUR)
        assert second.tries == 1


def test_a_redo_is_a_new_order_with_its_own_limit(city):
    with city.begin() as work:
        case, at = to_call_back(work), MONDAY + 2 * DAY
        promised = case.promise_due_at
        act(work, case, Action.REDO, CALLBACK, now=at, grade=1, contacted=True, solved="unsolved", reason="又来了")
        first, again = case.orders
        pack = clocks.pack_of(work, case)
        assert (case.state, case.redos, case.grade) == ("redo", 1, None)
        assert (first.state, first.reply) == ("done", REPLIES[0])
        assert (again.redo, again.state, again.unit_code) == (True, "handling", "qinghu-chengguan")
        assert again.due_at == clocks.due_of(work, pack, pack.redo_within, at, unit=again.unit_code).at
        assert (case.clock_due_at, case.clock_stopped_at) == (again.due_at, None)
        assert case.promise_due_at == promised
        (told,) = facts(work, case, Action.REDO)
    assert (told["times"], told["grade"], told["due_at"]) == (1, 1, again.due_at.isoformat())


def test_a_redo_answered_with_the_same_text_is_refused(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.REDO, CALLBACK, grade=1, reason="又来了")
        with pytest.raises(Refused, match="新采取的措施"):
            act(work, case, Action.REPLY, CHENGGUAN, text=f"{REPLIES[0]}。")
        act(work, case, Action.REPLY, CHENGGUAN, text=REPLIES[1])
        assert case.state == "to_review"


def test_the_second_redo_opens_a_supervision_order(city):
    with city.begin() as work:
        case = redone(work, to_call_back(work))
        assert work.session.scalars(select(SupervisionRecord)).all() == []
        act(work, case, Action.REDO, CALLBACK, grade=2, reason="还是没有解决")
        (order,) = work.session.scalars(select(SupervisionRecord))
        assert (order.code, order.level, order.unit_code) == ("repeated_redo", 1, "qinghu-chengguan")
        assert (case.state, case.supervised) == ("redo", True)


def test_after_the_last_redo_it_closes_as_not_satisfied(city):
    with city.begin() as work:
        case = to_call_back(work)
        for times in (1, 2, 3):
            redone(work, case, times=times)
        with pytest.raises(Refused, match="上限"):
            act(work, case, Action.REDO, CALLBACK, grade=1, reason="没有解决")
        act(work, case, Action.RATE, CALLBACK, grade=1, solved="unsolved", contacted=True)
        assert (case.state, case.grade, case.solved) == ("closed", 1, "unsolved")


def test_failed_reviews_beyond_the_packs_number_open_a_supervision_order(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        for number in (1, 2, 3):
            a_reply(work, case)
            act(work, case, Action.SEND_BACK, REVIEWER, reason="没有联系诉求人", codes=("no_contact",))
            found = work.session.scalars(select(SupervisionRecord.code)).all()
            assert found == (["failed_reviews"] if number == 3 else [])


def test_a_closed_case_is_reopened_under_its_number_within_the_window(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.RATE, CALLBACK, grade=5)
        number = case.case_no
        act(work, case, Action.REOPEN, REVIEWER, now=MONDAY + 3 * DAY, reason="又反弹了")
        assert (case.case_no, case.state, case.closed_at, case.grade) == (number, "redo", None, None)
        (told,) = facts(work, case, Action.REOPEN)
        assert (told["redo"], told["due_at"]) == (True, case.orders[-1].due_at.isoformat())


def test_after_the_window_it_is_another_matter(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.RATE, CALLBACK, grade=5)
        with pytest.raises(Refused, match="已超过重新办理的期限"):
            act(work, case, Action.REOPEN, REVIEWER, now=MONDAY + 16 * DAY, reason="又反弹了")


def test_the_system_files_a_closed_case(city):
    with city.begin() as work:
        case = to_call_back(work)
        act(work, case, Action.RATE, CALLBACK, grade=5)
        callbacks.file(Scene(work=work, case=case, actor=SYSTEM, now=case.stage_due_at))
        assert case.state == "filed"


@pytest.mark.parametrize(("later", "found"), [(29 * DAY, True), (31 * DAY, False)])
def test_the_same_place_and_class_within_thirty_days_is_a_relapse(city, later, found):
    with city.begin() as work:
        before = to_call_back(work)
        act(work, before, Action.RATE, CALLBACK, grade=5)
        after = a_case(work, now=MONDAY + later)
        assert after.relapse_of == (before.id if found else None)
        notes = select(TimelineRecord.note).where(TimelineRecord.case_id == before.id)
        assert any(after.case_no in (note or "") for note in work.session.scalars(notes)) is found


def test_the_window_of_a_relapse_ends_on_its_last_moment(city):
    with city.begin() as work:
        before = to_call_back(work)
        act(work, before, Action.RATE, CALLBACK, grade=5)
        inside = a_case(work, now=before.closed_at + 30 * DAY)
        outside = a_case(work, now=before.closed_at + 30 * DAY + timedelta(seconds=1))
        assert (inside.relapse_of, outside.relapse_of) == (before.id, None)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"place": "湖滨菜市场 旁边"}, True),
        ({"place": "西苑小区"}, False),
        ({"category_code": "060201"}, False),
        ({"area_code": "990102"}, False),
    ],
)
def test_a_relapse_is_of_the_same_place_and_class(city, fields, found):
    with city.begin() as work:
        before = to_call_back(work)
        act(work, before, Action.RATE, CALLBACK, grade=5)
        after = a_case(work, fields=fields, now=MONDAY + DAY)
        assert (after.relapse_of is not None) is found


def test_an_open_case_at_the_same_place_is_no_relapse(city):
    with city.begin() as work:
        a_sent_case(work)
        assert a_case(work, now=MONDAY + DAY).relapse_of is None


def test_what_the_unit_claims_and_the_citizen_denies_is_flagged(city):
    with city.begin() as work:
        case = to_call_back(work)
        assert contradictions(work, case) == []
        act(work, case, Action.REDO, CALLBACK, grade=1, contacted=False, solved="unsolved", reason="没有人来过")
        assert contradictions(work, case) == ["not_contacted", "not_solved"]


def test_what_both_say_alike_is_not_flagged(city):
    with city.begin() as work:
        case = to_call_back(work, solved="unsolved", unsolved_reason="in_progress")
        act(work, case, Action.REDO, CALLBACK, grade=1, contacted=True, solved="unsolved", reason="没有解决")
        assert contradictions(work, case) == []


def test_next_try_never_falls_outside_the_desks_hours(city):
    with city.begin() as work:
        calendar = clocks.rules.calendar(work, "callback")
    for hour in range(48):
        earliest = MONDAY + hour * HOUR
        at = hours.next_try(earliest, calendar, [hours.PartOfDay.EVENING]).astimezone(CITY_ZONE)
        assert at >= earliest
        assert 9 <= at.hour < 17
    assert isinstance(at, datetime)


def test_a_dispatcher_does_not_rate(city):
    with city.begin() as work:
        case = to_call_back(work)
        with pytest.raises(Refused):
            act(work, case, Action.RATE, DISPATCHER, grade=5)
        work.session.execute(update(CaseRecord).where(CaseRecord.id == case.id).values(touched=[]))
