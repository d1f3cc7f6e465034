"""What a dead process or an empty Redis forgot is found again by the state of the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from callcenter import messages
from callcenter.calls import CallOutcome
from callcenter.records import CallRecord, MessageRecord, RecordingRecord
from core.clock import now
from dispatch import queries as cases
from dispatch import service
from dispatch.records import TimelineRecord
from tests.integration.dispatch.conftest import a_case
from tests.integration.workers.conftest import LI, age, say
from workers import draft_cases, keep_recordings, send_messages, sweep, tell_callers


def swept(app, later) -> list:
    """Return what the sweep puts when every job before it was lost."""
    later.forget()
    with app.app_context():
        sweep.sweep()
    return later.waiting()


def talking(desk, **ago: float) -> int:
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.talk(call_id, LI)
    age(desk.database, call_id, **ago)
    return call_id


def test_a_talk_without_a_draft_gets_one(app, desk, later, city):
    call_id = talking(desk, minutes=1)
    lost = ("urgent", "draft_cases.open_draft", {"call_id": call_id})
    assert lost in swept(app, later)
    with app.app_context():
        draft_cases.open_draft(call_id)
    assert lost not in swept(app, later)


def test_a_call_that_came_to_nothing_gets_no_draft(app, desk, later, city):
    call_id = talking(desk, minutes=1)
    with desk.database.begin() as work:
        changed = {"state": "ended", "ended_at": now(), "outcome": CallOutcome.NO_MATTER}
        work.session.execute(update(CallRecord).where(CallRecord.id == call_id).values(changed))
    assert [job for _, job, _ in swept(app, later) if job.startswith("draft_cases")] == []


def test_a_draft_that_has_not_heard_the_last_words_hears_them(app, desk, later, city):
    call_id = talking(desk, minutes=1)
    with app.app_context():
        draft_cases.open_draft(call_id)
    say(city, call_id, "我要投诉", "楼下很吵", minutes=1)
    lost = ("urgent", "draft_cases.draft_case", {"call_id": call_id})
    assert lost in swept(app, later)
    with city.begin() as work:
        draft = cases.case_of_call(work, call_id)
        nothing_new = {"units": [], "categories": []}
        service.apply_suggestion(work, draft.id, nothing_new, now=now(), heard=2)
    assert lost not in swept(app, later)


def test_words_just_spoken_are_left_to_their_own_job(app, desk, later, city):
    call_id = talking(desk, minutes=1)
    say(city, call_id, "我要投诉", seconds=1)
    assert "draft_cases.draft_case" not in [job for _, job, _ in swept(app, later)]


def test_a_talk_that_nobody_records_is_recorded(app, desk, later, carrier, city):
    call_id = talking(desk, minutes=1)
    (lost,) = [put for put in swept(app, later) if put[1] == "keep_recordings.start_recording"]
    with app.app_context():
        keep_recordings.start_recording(**lost[2])
    assert len(carrier.asked("POST", "/Recordings.json")) == 1
    assert "keep_recordings.start_recording" not in [job for _, job, _ in swept(app, later)]
    with city.begin() as work:
        assert work.session.query(RecordingRecord).one().call_id == call_id


def test_a_recording_that_could_not_be_started_is_tried_again_a_few_times(app, desk, later, carrier, city):
    call_id = talking(desk, seconds=1)
    carrier.answers["/Recordings.json"] = (503, {"code": 20500, "message": "?"})
    later.forget()
    tries = [{"call_id": call_id}]
    with app.app_context():
        while tries:
            later.forget()
            keep_recordings.start_recording(**tries.pop())
            tries = [ids for _, job, ids in later.scheduled() if job == "keep_recordings.start_recording"]
    assert len(carrier.asked("POST", "/Recordings.json")) == 1 + keep_recordings.START_TRIES


def test_a_recording_that_was_refused_for_good_is_not_tried_again(app, desk, later, carrier, city):
    call_id = talking(desk, seconds=1)
    carrier.answers["/Recordings.json"] = (400, {"code": 21221, "message": "no"})
    later.forget()
    with app.app_context():
        keep_recordings.start_recording(call_id)
    assert later.scheduled() == []


@pytest.fixture
def registered(app, city) -> int:
    with city.begin() as work:
        return a_case(work, now=now() - timedelta(minutes=1)).id


def test_a_citizen_who_was_not_told_is_told_once(app, later, city, registered):
    lost = ("default", "tell_callers.tell_registered", {"case_id": registered})
    assert lost in swept(app, later)
    with app.app_context():
        tell_callers.tell_registered(registered)
        tell_callers.tell_registered(registered)
    assert lost not in swept(app, later)
    with city.begin() as work:
        assert work.session.query(MessageRecord).count() == 1


def test_that_a_case_is_closed_is_other_news_than_that_it_was_registered(app, later, city, registered):
    with app.app_context():
        tell_callers.tell_registered(registered)
    took(city, registered, "close")
    lost = ("default", "tell_callers.tell_news", {"case_id": registered})
    assert lost in swept(app, later)
    with app.app_context():
        tell_callers.tell_closed(registered)
    assert lost not in swept(app, later)


def took(city, case_id: int, action: str, **ago: float) -> None:
    """Let the story have one more step, with nobody told of it."""
    at = now() - timedelta(**(ago or {"minutes": 1}))
    with city.begin() as work:
        work.session.add(TimelineRecord(case_id=case_id, at=at, action=action, actor_name="测试", facts={}))


def news_of(city) -> list[str]:
    with city.begin() as work:
        return list(work.session.scalars(select(MessageRecord.body).order_by(MessageRecord.id)))


@pytest.mark.parametrize(
    "action", ["grant_extension", "ask_facts", "enter_ledger", "reject", "withdraw", "rate", "close"]
)
def test_the_second_step_of_a_kind_is_news_again_and_each_is_told_once(app, later, city, registered, action):
    for _ in range(2):
        took(city, registered, action)
        with app.app_context():
            tell_callers.tell_moved(registered, action)
            tell_callers.tell_moved(registered, action)
    assert len(news_of(city)) == 2


def test_news_that_a_dying_process_lost_is_found_again_for_every_step_but_not_for_ever(app, later, city, registered):
    with app.app_context():
        tell_callers.tell_registered(registered)
    took(city, registered, "note")
    took(city, registered, "grant_extension", days=2)
    lost = ("default", "tell_callers.tell_news", {"case_id": registered})
    assert lost not in swept(app, later)
    took(city, registered, "grant_extension")
    took(city, registered, "withdraw")
    assert lost in swept(app, later)
    with app.app_context():
        tell_callers.tell_news(registered)
    assert lost not in swept(app, later)
    assert len(news_of(city)) == 3


@pytest.mark.parametrize("changed", [{"secrecy": "anonymous"}, {"caller_phone": None}])
def test_nobody_is_looked_for_who_must_or_can_not_be_told(app, later, city, registered, changed):
    with city.begin() as work:
        work.session.execute(update(cases.CaseRecord).values(changed))
    assert [job for _, job, _ in swept(app, later) if job.startswith("tell_callers")] == []


def test_a_message_that_the_carrier_had_no_room_for_goes_out_after_a_pause(app, later, carrier, city):
    with city.begin() as work:
        then = now() - timedelta(minutes=1)
        message_id = messages.queue(work, to="+8613800001111", body="您的诉求", about="1", at=then)
    due = ("default", "send_messages.send_message", {"message_id": message_id})
    assert due in swept(app, later)
    carrier.answers["/Messages.json"] = (429, {"code": 20429, "message": "Too Many Requests"})
    with app.app_context():
        send_messages.send_message(message_id)
        carrier.answers.clear()
        send_messages.send_message(message_id)  # a job of the reaction that comes during the pause
    assert due not in swept(app, later)
    with city.begin() as work:
        work.session.execute(update(MessageRecord).values(next_try_at=now() - timedelta(minutes=1)))
    assert due in swept(app, later)
    with app.app_context():
        send_messages.send_message(message_id)
        send_messages.send_message(message_id)
    assert len(carrier.asked("POST", "/Messages.json")) == 2
    assert due not in swept(app, later)
