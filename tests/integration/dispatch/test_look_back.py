"""A promise with a day is looked at on that day; a broken one opens the case again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused
from dispatch import callbacks, events
from dispatch.lifecycle import Action
from dispatch.records import TimelineRecord
from dispatch.side_records import LookBackRecord
from dispatch.steps import Scene

from .conftest import CALLBACK, CHENGGUAN, MONDAY, REVIEWER, a_sent_case, act
from .test_callbacks import a_reply, to_call_back

PROMISED = date(2026, 12, 15)  # 22 days later: after the window in which a citizen may object
ON_THE_DAY = datetime(2026, 12, 15, 0, 5, tzinfo=CITY_ZONE)
DAY = timedelta(days=1)


def a_promise(work):
    case = to_call_back(work, promise_on=PROMISED)
    return act(work, case, Action.RATE, CALLBACK, grade=4)


def test_a_promise_is_looked_at_on_its_day_and_not_before(city):
    with city.begin() as work:
        case = a_promise(work)
        assert callbacks.due_look_backs(work, ON_THE_DAY - timedelta(minutes=10)) == []
        (one,) = callbacks.due_look_backs(work, ON_THE_DAY)
        with pytest.raises(Refused, match="到期后"):
            act(work, case, Action.LOOK_BACK, CALLBACK, now=ON_THE_DAY - DAY, agreed=True)
        assert work.session.get_one(LookBackRecord, one).promise


def test_the_desks_are_told_once(city, bus):
    heard = []
    bus.on(events.CaseMoved, lambda event: heard.append(event.action))
    with city.begin() as work:
        case = a_promise(work)
    with city.begin() as work:
        (one,) = callbacks.due_look_backs(work, ON_THE_DAY)
        assert callbacks.tell_look_back(work, one, now=ON_THE_DAY) is True
    with city.begin() as work:
        assert callbacks.tell_look_back(work, one, now=ON_THE_DAY) is False
        assert callbacks.due_look_backs(work, ON_THE_DAY) == []
        told = select(TimelineRecord.note).where(TimelineRecord.case_id == case.id, TimelineRecord.action == "warn")
        assert work.session.scalars(told).all() == ["承诺的日期已到，请回头看"]
    assert heard.count("warn") == 1


def test_what_a_reply_promised_ends_when_the_review_sends_it_back(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        a_reply(work, case, promise_on=PROMISED)
        act(work, case, Action.SEND_BACK, REVIEWER, reason="没有说明怎么办")
        first = work.session.scalars(select(LookBackRecord)).one()
        assert (first.done_at, first.done_by, first.kept) == (MONDAY, REVIEWER.person_id, None)
        assert "未通过审核" in first.note
        a_reply(work, case, promise_on=PROMISED + DAY)
        act(work, case, Action.PASS, REVIEWER)
        act(work, case, Action.RATE, CALLBACK, grade=4)
        assert callbacks.due_look_backs(work, ON_THE_DAY) == []
        assert len(callbacks.due_look_backs(work, ON_THE_DAY + DAY)) == 1


@pytest.mark.parametrize("day", [MONDAY.date(), date(2027, 11, 25), date(9999, 12, 31)])
def test_a_promise_is_of_a_day_within_a_year(city, day):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        with pytest.raises(BadInput, match="承诺的日期"):
            a_reply(work, case, promise_on=day)
        assert work.session.scalars(select(LookBackRecord)).all() == []
        a_reply(work, case, promise_on=date(2027, 11, 24))
        assert work.session.scalars(select(LookBackRecord.due_on)).all() == [date(2027, 11, 24)]


def test_a_kept_promise_stays_closed(city):
    with city.begin() as work:
        case = a_promise(work)
        act(work, case, Action.LOOK_BACK, CALLBACK, now=ON_THE_DAY, agreed=True, text="护栏已装好")
        promise = work.session.scalars(select(LookBackRecord)).one()
        assert (case.state, promise.kept, promise.done_by) == ("closed", True, CALLBACK.person_id)
        with pytest.raises(Refused, match="没有待回头看"):
            act(work, case, Action.LOOK_BACK, CALLBACK, now=ON_THE_DAY, agreed=True)


def test_a_broken_promise_opens_the_case_again_whatever_window_has_closed(city):
    with city.begin() as work:
        case = a_promise(work)
        with pytest.raises(Refused, match="已超过"):
            act(work, case, Action.REOPEN, REVIEWER, now=ON_THE_DAY, reason="没有兑现")
        act(work, case, Action.LOOK_BACK, REVIEWER, now=ON_THE_DAY, agreed=False, text="护栏没有装")
        assert (case.state, case.redos) == ("redo", 1)
        reopened = select(TimelineRecord).where(TimelineRecord.case_id == case.id, TimelineRecord.action == "reopen")
        line = work.session.scalars(reopened).one()
        assert (line.actor_name, "2026-12-15" in (line.reason or "")) == ("系统", True)


def test_a_case_with_an_open_promise_is_not_filed(city):
    with city.begin() as work:
        case = a_promise(work)
        callbacks.file(Scene(work=work, case=case, actor=SYSTEM, now=MONDAY + 10 * DAY))
        assert case.state == "closed"
        assert case.stage_due_at > ON_THE_DAY
        act(work, case, Action.LOOK_BACK, CALLBACK, now=ON_THE_DAY, agreed=True)
        callbacks.file(Scene(work=work, case=case, actor=SYSTEM, now=case.stage_due_at))
        assert case.state == "filed"
