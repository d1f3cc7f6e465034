"""Long matters on the ledger: asked for, let in, looked at again; every deadline moves by what the stay took."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.actor import Role
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused, WrongRole
from dispatch import queries, timers
from dispatch.lifecycle import OPEN_STATES, Action
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import PauseRecord, WakingRecord

from .conftest import CHENGGUAN, DISPATCHER, LEADER, MONDAY, SUPERVISOR, a_sent_case, act, person

PLAN = {"code": "season", "text": "待春季施工", "until": date(2026, 12, 31)}
TUESDAY = MONDAY + timedelta(days=1)


def a_handled_case(work, *helpers: str) -> CaseRecord:
    case = a_sent_case(work, "qinghu-chengguan", *helpers)
    return act(work, case, Action.SIGN, CHENGGUAN)


def on_the_ledger(work, *, until: date = PLAN["until"], now: datetime = TUESDAY) -> CaseRecord:
    case = a_handled_case(work)
    act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN | {"until": until}, now=now)
    return act(work, case, Action.ENTER_LEDGER, LEADER, text="同意", now=now)


def last(work, case: CaseRecord) -> TimelineRecord:
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id.desc())
    return work.session.scalars(wanted).first()


def test_a_unit_asks_a_leader_lets_it_in_and_every_clock_stands_still(city):
    with city.begin() as work:
        case = on_the_ledger(work)
        assert (case.state, case.ledger_asked, case.clock_stopped_at) == ("ledger", False, TUESDAY)
        assert case.orders[0].stopped_at == TUESDAY
        assert case.stage_due_at == datetime(2026, 12, 31, 17, 30, tzinfo=CITY_ZONE)
        pause = work.session.scalar(select(PauseRecord).where(PauseRecord.case_id == case.id))
        assert (pause.code, pause.reason, pause.state, pause.ends) == ("season", "待春季施工", "ledger", None)
        assert last(work, case).facts["code"] == "season"
        waking = work.session.scalars(select(WakingRecord).where(WakingRecord.case_id == case.id)).all()
        assert [(one.kind, one.due_at) for one in waking] == [("ledger_due", case.stage_due_at)]


def test_the_review_comes_at_the_latest_when_the_pack_says(city):
    with city.begin() as work:
        case = on_the_ledger(work, until=date(2027, 11, 30))
        assert case.stage_due_at < datetime(2027, 3, 31, tzinfo=CITY_ZONE)


def test_every_deadline_moves_by_exactly_what_the_stay_took(city):
    with city.begin() as work:
        case = on_the_ledger(work, now=MONDAY + timedelta(days=1))
        order_due, promise = case.orders[0].due_at, case.promise_due_at
        act(work, case, Action.RESUME, CHENGGUAN, text="条件已具备", now=MONDAY + timedelta(days=8))
        assert (case.state, case.clock_stopped_at, case.orders[0].stopped_at) == ("handling", None, None)
        # From Tuesday 9:00 to the next Tuesday 9:00 stood still: five working days, which is a week here.
        assert case.orders[0].due_at - order_due == timedelta(days=7)
        assert case.promise_due_at - promise == timedelta(days=7)
        assert case.clock_due_at == case.promise_due_at
        entry = last(work, case)
        assert "期限顺延" in entry.note
        assert "2026-12-07 17:30" in entry.note
        assert entry.facts["paused_minutes"] == 7 * 24 * 60


def test_the_system_looks_again_on_the_day_and_the_unit_may_ask_once_more(city):
    with city.begin() as work:
        case = on_the_ledger(work)
        case_id, due = case.id, case.stage_due_at
    with city.begin() as work:
        (waking,) = timers.due(work, due)
        assert timers.fire(work, waking, now=due)
    with city.begin() as work:
        case = queries.find(work, case_id)
        assert case.state == "handling"
        assert last(work, case).actor_name == "系统"
        assert "复核" in last(work, case).note
        assert last(work, case).facts["revisit"]
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN | {"until": date(2027, 3, 1)}, now=due)
        act(work, case, Action.ENTER_LEDGER, SUPERVISOR, now=due)
        act(work, case, Action.RESUME, SUPERVISOR, now=due + timedelta(days=30))
        assert last(work, case).facts["times"] == 2


def test_a_case_on_the_ledger_stays_among_the_open_ones(city):
    with city.begin() as work:
        case = on_the_ledger(work)
        assert case.stage in OPEN_STATES
        page = queries.listing(work, SUPERVISOR, view="open", now=TUESDAY)
        assert [one["case_no"] for one in page["items"]] == [case.case_no]


def test_nobody_enters_what_was_not_asked_and_a_refusal_lets_the_clock_run(city):
    with city.begin() as work:
        case = a_handled_case(work)
        with pytest.raises(Refused, match="还没有申请挂账"):
            act(work, case, Action.ENTER_LEDGER, LEADER)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN)
        with pytest.raises(Refused, match="已有挂账申请"):
            act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN)
        with pytest.raises(WrongRole):
            act(work, case, Action.ENTER_LEDGER, DISPATCHER)
        act(work, case, Action.REFUSE_LEDGER, LEADER, reason="现在就能办")
        assert (case.state, case.ledger_asked, case.clock_stopped_at) == ("handling", False, None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"code": "because"}, "挂账原因"),
        ({"until": date(2026, 11, 22)}, "不是工作日"),
        ({"until": date(2026, 11, 20)}, "今天以后"),
        ({"text": " "}, "请填写内容"),
        ({"until": None}, "日期"),
    ],
)
def test_a_request_names_a_reason_a_plan_and_a_day(city, given, sentence):
    with city.begin() as work:
        case = a_handled_case(work)
        with pytest.raises(BadInput, match=sentence):
            act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN | given)


def test_a_helper_neither_asks_nor_resumes(city):
    with city.begin() as work:
        case = a_handled_case(work, "qinghu-shijian")
        helper = person(31, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
        with pytest.raises(WrongRole):
            act(work, case, Action.ASK_LEDGER, helper, **PLAN)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN)
        act(work, case, Action.ENTER_LEDGER, LEADER)
        with pytest.raises(WrongRole):
            act(work, case, Action.RESUME, helper)


def test_what_is_left_of_an_extension_runs_on_after_the_ledger(city):
    with city.begin() as work:
        case = a_handled_case(work)
        act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=date(2026, 12, 3), reason="须等材料")
        act(work, case, Action.GRANT_EXTENSION, DISPATCHER)
        extended = datetime(2026, 12, 3, 17, 30, tzinfo=CITY_ZONE)
        assert (case.orders[0].due_at, case.promise_due_at) == (extended, extended)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN, now=TUESDAY)
        act(work, case, Action.ENTER_LEDGER, LEADER, now=TUESDAY)
        act(work, case, Action.RESUME, CHENGGUAN, now=TUESDAY + timedelta(days=7))
        later = datetime(2026, 12, 10, 17, 30, tzinfo=CITY_ZONE)
        assert (case.orders[0].due_at, case.promise_due_at, case.clock_due_at) == (later, later, later)
        act(work, case, Action.ASK_LEDGER, CHENGGUAN, **PLAN, now=TUESDAY + timedelta(days=7))
        act(work, case, Action.ENTER_LEDGER, LEADER, now=TUESDAY + timedelta(days=7))
        act(work, case, Action.RESUME, CHENGGUAN, now=TUESDAY + timedelta(days=14))
        assert case.orders[0].due_at == case.promise_due_at == later + timedelta(days=7)
