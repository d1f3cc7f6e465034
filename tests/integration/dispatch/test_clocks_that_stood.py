"""A change of the calendar while a clock stands still is counted when it runs on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.actor import Role
from core.clock import CITY_ZONE
from dispatch import calendars, clocks
from dispatch.calendars import DayRow, recomputing
from dispatch.calendars.records import CalendarChangeRecord
from dispatch.deadlines import Limit, LimitUnit
from dispatch.lifecycle import Action
from dispatch.records import TimelineRecord

from . import scenes
from .conftest import AGENT, CHENGGUAN, DISPATCHER, MONDAY, REVIEWER, a_sent_case, act, person, return_order

ADMIN = person(9, "管理员", Role.ADMINISTRATOR)
WEDNESDAY = date(2026, 11, 25)
DAY = timedelta(days=1)


def shut(city, day: date, *, now: datetime) -> None:
    """Close the offices on that day, and let every open case follow."""
    with city.begin() as work:
        calendars.set_day(work, DayRow(on=day, name="全市停办公", works=False), actor=ADMIN, now=now)
        change = work.session.scalar(select(CalendarChangeRecord.id).order_by(CalendarChangeRecord.id.desc()))
    with city.begin() as work:
        while not recomputing.recompute_batch(work, change, now=now).done:
            pass


def in_review(work):
    case = a_sent_case(work)
    act(work, case, Action.SIGN, CHENGGUAN)
    return act(work, case, Action.REPLY, CHENGGUAN, text="已清理")


def returned(work):
    return return_order(work, a_sent_case(work), CHENGGUAN)


def sent_back(work, number, now):
    return act(work, number, Action.SEND_BACK, REVIEWER, codes=("no_contact",), reason="没有联系群众", now=now)


def refused(work, number, now):
    return act(work, number, Action.REFUSE_RETURN, DISPATCHER, reason="属本单位职责", now=now)


@pytest.mark.parametrize(("stands", "runs_on"), [(in_review, sent_back), (returned, refused)])
def test_a_day_that_was_closed_while_the_clock_stood_counts_when_it_runs_on(city, stands, runs_on):
    with city.begin() as work:
        case = stands(work)
        number, before, promised = case.case_no, case.orders[0].due_at, case.promise_due_at
    later = MONDAY + timedelta(hours=1)
    shut(city, WEDNESDAY, now=later)
    with city.begin() as work:
        case = runs_on(work, number, later)
        assert before + DAY == case.orders[0].due_at
        assert promised + DAY == case.promise_due_at
        notes = work.session.scalars(select(TimelineRecord.note).where(TimelineRecord.case_id == case.id)).all()
        assert [note for note in notes if note and "工作日历有变，期限重新计算" in note]


@pytest.mark.parametrize(("stands", "runs_on"), [(in_review, sent_back), (returned, refused)])
def test_without_a_change_a_review_moves_no_deadline_and_writes_no_note(city, stands, runs_on):
    with city.begin() as work:
        case = stands(work)
        before = (case.orders[0].due_at, case.promise_due_at)
        runs_on(work, case.case_no, MONDAY + timedelta(hours=1))
        assert (case.orders[0].due_at, case.promise_due_at) == before
        assert not work.session.scalars(select(TimelineRecord).where(TimelineRecord.note.contains("重新计算"))).all()


def test_a_matter_whose_facts_came_is_counted_anew_from_its_beginning_but_for_the_wait(city):
    answered = datetime(2026, 11, 24, 9, tzinfo=CITY_ZONE)
    with city.begin() as work:
        case = scenes.received(work).case
        act(work, case, Action.ASK_FACTS, AGENT, text="请说明门牌号", now=MONDAY + timedelta(minutes=30))
        act(work, case, Action.SUPPLY, AGENT, text="3号楼", now=answered)
        before = (case.stage_due_at, case.clock_due_at)
        assert not clocks.recompute(work, case, actor=ADMIN, now=answered)
        assert (case.stage_due_at, case.clock_due_at) == before
        pack = clocks.pack_of(work, case)
        limit = pack.limits(case.kind, case.urgency, case.category_code).dispatch
        assert case.stage_due_at < clocks.due_of(work, pack, limit, answered).at
        assert limit != Limit(quantity=0, unit=LimitUnit.NATURAL_MINUTES)
