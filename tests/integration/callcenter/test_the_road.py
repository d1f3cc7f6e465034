"""A call from the first ring to the end of wrap-up, as the carrier tells it."""

from __future__ import annotations

import hashlib

import pytest

from callcenter import connecting, recordings, sweeps
from callcenter.calls import CallOutcome, CallState, SeatState
from callcenter.events import (
    AgentLegJoined,
    AgentLegLost,
    CallAnswered,
    CallEnded,
    RecordingReady,
    WrapUpEnded,
)
from callcenter.records import RecordingRecord
from callcenter.seats import end_wrap_up
from callcenter.sweeps import JOINS_WITHIN
from core.clock import now
from core.errors import Refused
from tests.integration.callcenter.conftest import CALLER, CALLER_SID, a_call, an_agent

LI, WANG = an_agent(1), an_agent(2)


def test_a_call_goes_from_the_ring_to_the_end_of_wrap_up(desk, carrier, announced):
    call_id = desk.arrive()
    desk.ready(LI)
    assert desk.offer() == call_id
    assert desk.seat(LI).state == SeatState.OFFERED

    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    ring = carrier.asked("POST", "/Calls.json")[0].form
    assert ring["To"] == ["client:agent_1"]
    assert ring["From"] == ["+8612345"]
    agent_document = desk.post(ring["Url"][0].removeprefix("https://hotline.test"), {"CallSid": leg}).text
    assert 'participantLabel="agent"' in agent_document
    assert 'endConferenceOnExit="false"' in agent_document

    desk.news(call_id, "participant-join", sid=leg, label="agent", sequence=1)
    assert desk.call(call_id).state == CallState.CONNECTING
    assert any(isinstance(event, AgentLegJoined) for event in announced)
    desk.bring_caller(call_id)
    brought = carrier.asked("POST", f"/Calls/{CALLER_SID}.json")[0].form["Url"][0]
    form = a_call(CALLER_SID, CALLER, "in-progress")
    caller_document = desk.post(brought.removeprefix("https://hotline.test"), form).text
    assert 'endConferenceOnExit="true"' in caller_document
    assert 'name="token"' in caller_document
    desk.news(call_id, "participant-join", sid=CALLER_SID, label="caller", sequence=2)
    assert desk.call(call_id).state == CallState.TALKING
    assert [event.person_id for event in announced if isinstance(event, CallAnswered)] == [1]

    desk.news(
        call_id,
        "participant-leave",
        sid=CALLER_SID,
        label="caller",
        sequence=3,
        ReasonParticipantLeft="participant_hung_up",
    )
    assert desk.call(call_id).state == CallState.ENDED
    assert desk.seat(LI).state == SeatState.WRAP_UP
    assert [event.call_id for event in announced if isinstance(event, CallEnded)] == [call_id]

    with desk.database.begin() as work:
        end_wrap_up(work, actor=LI, now=now())
    assert desk.seat(LI).state == SeatState.READY
    assert desk.call(call_id).outcome is None  # its draft decides
    assert announced.count(WrapUpEnded(call_id=call_id)) == 1


def test_the_agent_hangs_up_and_both_sides_are_free(desk, carrier, app):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.talk(call_id, LI)
    with app.app_context():
        connecting.hang_up(call_id, actor=LI)
    assert carrier.asked("POST", "/Conferences/")[0].form == {"Status": ["completed"]}
    assert desk.call(call_id).state == CallState.ENDED
    assert desk.seat(LI).state == SeatState.WRAP_UP
    after = desk.post("/twilio/voice/join-done", a_call(CALLER_SID, CALLER, "in-progress")).text
    assert "<Hangup" in after


def test_hanging_up_a_conference_that_is_over_already_is_no_error(desk, carrier, app):
    call_id = desk.arrive()
    desk.talk(call_id, LI)
    carrier.answers[desk.call(call_id).conference_sid + ".json"] = (404, {"code": 20404, "message": "gone"})
    with app.app_context():
        connecting.hang_up(call_id, actor=LI)
    assert desk.call(call_id).state == CallState.ENDED


def test_an_agent_whose_leg_falls_away_loses_the_call_and_the_caller_stands_first(desk, carrier, announced):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    leg = desk.talk(call_id, LI)
    later = desk.arrive("CA" + "2" * 32, "+8613800002222")
    desk.news(
        call_id,
        "participant-leave",
        sid=leg,
        label="agent",
        sequence=3,
        ReasonParticipantLeft="participant_hung_up",
    )
    assert desk.call(call_id).state == CallState.QUEUED
    assert desk.seat(LI).state == SeatState.OFFLINE
    assert any(isinstance(event, AgentLegLost) for event in announced)
    desk.take_back(call_id)
    redirected = carrier.asked("POST", f"/Calls/{CALLER_SID}.json")[-1].form["Url"][0]
    assert "/twilio/voice/requeue" in redirected
    form = a_call(CALLER_SID, CALLER, "in-progress")
    assert "<Enqueue" in desk.post(redirected.removeprefix("https://hotline.test"), form).text
    desk.ready(WANG)
    assert desk.offer() == call_id
    assert desk.call(later).state == CallState.QUEUED


def test_a_phone_that_never_joins_ends_the_claim(desk, carrier):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    with desk.database.begin() as work:
        assert sweeps.release_unjoined(work, now()) == 0
        assert sweeps.release_unjoined(work, now() + JOINS_WITHIN) == 1
    assert desk.call(call_id).state == CallState.QUEUED
    assert desk.seat(LI).state == SeatState.OFFLINE
    desk.take_back(call_id)
    assert carrier.asked("POST", f"/Calls/{leg}.json")[0].form == {"Status": ["completed"]}
    # The phone joins after all: the conference is an old one and the caller is not touched.
    document = desk.post(f"/twilio/voice/agent-leg?call=call-{'0' * 24}", {"CallSid": leg}).text
    assert "<Hangup" in document


def test_a_carrier_that_refuses_to_ring_the_phone_ends_the_claim_at_once(desk, carrier):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    carrier.answers["/Calls.json"] = (400, {"code": 21201, "message": "no"})
    desk.connect(call_id)
    assert desk.call(call_id).state == CallState.QUEUED
    assert desk.seat(LI).reason == "phone_failed"


def test_connecting_twice_rings_once(desk, carrier):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    desk.connect(call_id)
    desk.connect(call_id)
    assert len(carrier.asked("POST", "/Calls.json")) == 1


def test_a_caller_who_is_gone_when_the_agent_is_there_ends_the_call(desk, carrier):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    desk.news(call_id, "participant-join", sid=leg, label="agent", sequence=1)
    carrier.answers[f"{CALLER_SID}.json"] = (400, {"code": 21220, "message": "not in progress"})
    desk.bring_caller(call_id)
    assert desk.call(call_id).state == CallState.ENDED
    assert desk.call(call_id).outcome == CallOutcome.ABANDONED
    desk.take_back(call_id)
    assert carrier.asked("POST", f"/Calls/{leg}.json")[0].form == {"Status": ["completed"]}


def test_a_caller_who_gives_up_while_it_rings_leaves_the_agent_ready(desk):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.post("/twilio/voice/status", a_call(CALLER_SID, CALLER, "completed"))
    assert desk.call(call_id).outcome == CallOutcome.ABANDONED
    assert desk.seat(LI).state == SeatState.READY


def test_hold_and_back(desk, carrier, app):
    call_id = desk.arrive()
    desk.talk(call_id, LI)
    with app.app_context():
        connecting.hold(call_id, on=True, actor=LI)
    assert desk.call(call_id).state == CallState.HELD
    asked = carrier.asked("POST", f"/Participants/{CALLER_SID}.json")[0].form
    assert asked["Hold"] == ["true"]
    assert asked["HoldUrl"] == ["https://hotline.test/twilio/voice/hold"]
    with app.app_context():
        connecting.hold(call_id, on=False, actor=LI)
    assert desk.call(call_id).state == CallState.TALKING


def test_a_call_that_is_not_yet_through_cannot_be_held(desk, app):
    call_id = desk.arrive()
    desk.accept(call_id, LI)
    with app.app_context(), pytest.raises(Refused):
        connecting.hold(call_id, on=True, actor=LI)


def test_a_recording_is_fetched_checked_and_deleted_at_the_carrier(desk, carrier, app, announced, settings):
    call_id = desk.arrive()
    desk.talk(call_id, LI)
    with app.app_context():
        recordings.start(call_id)
        recordings.start(call_id)
    assert len(carrier.asked("POST", "/Recordings.json")) == 1
    sid = f"XX{carrier.made:032x}"
    form = {
        "CallSid": CALLER_SID,
        "RecordingSid": sid,
        "RecordingStatus": "completed",
        "RecordingDuration": "7",
    }
    desk.post("/twilio/voice/recording", form)
    desk.post("/twilio/voice/recording", form)
    (ready,) = [event for event in announced if isinstance(event, RecordingReady)]
    carrier.answers[f"{sid}.wav"] = (404, {})
    with app.app_context():
        assert recordings.fetch(ready.recording_id) is False
    carrier.answers[f"{sid}.wav"] = (200, b"RIFF....WAVE")
    with app.app_context():
        assert recordings.fetch(ready.recording_id) is True
        assert recordings.fetch(ready.recording_id) is True
    with desk.database.begin() as work:
        row = work.session.get_one(RecordingRecord, ready.recording_id)
    assert row.status == "awaiting_transcript"
    assert row.sha256 == hashlib.sha256(b"RIFF....WAVE").hexdigest()
    assert (settings.var_dir / "recordings" / row.path).read_bytes() == b"RIFF....WAVE"
    assert len(carrier.asked("DELETE", sid)) == 1


def test_a_call_the_carrier_knows_no_more_is_ended(desk, carrier, app):
    call_id = desk.arrive()
    with desk.database.begin() as work:
        assert sweeps.silent_calls(work, now()) == []
        assert sweeps.silent_calls(work, now() + sweeps.SILENT_AFTER) == [call_id]
    carrier.answers[f"{CALLER_SID}.json"] = (200, {"sid": CALLER_SID, "status": "in-progress"})
    with app.app_context():
        connecting.check_alive(call_id)
    assert desk.call(call_id).state == CallState.QUEUED
    carrier.answers[f"{CALLER_SID}.json"] = (404, {"code": 20404, "message": "not found"})
    with app.app_context():
        connecting.check_alive(call_id)
    assert desk.call(call_id).outcome == CallOutcome.ABANDONED


def test_a_caller_stranded_by_a_lost_job_is_found_and_stands_in_line_again(desk, carrier):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    leg = desk.talk(call_id, LI)
    gone = {"ReasonParticipantLeft": "participant_hung_up"}
    desk.news(call_id, "participant-leave", sid=leg, label="agent", sequence=3, **gone)
    with desk.database.begin() as work:
        assert sweeps.untidy_calls(work, now()) == []
        assert sweeps.untidy_calls(work, now() + sweeps.LOST_AFTER) == [call_id]
    desk.take_back(call_id)
    with desk.database.begin() as work:
        assert sweeps.untidy_calls(work, now() + sweeps.LOST_AFTER) == []
    redirects = [ask for ask in carrier.asked("POST", f"/Calls/{CALLER_SID}.json") if "Url" in ask.form]
    assert "requeue" in redirects[-1].form["Url"][0]


def test_legs_whose_callbacks_are_lost_are_hung_up_once_after_the_call(desk, carrier):
    call_id = desk.arrive()
    leg = desk.talk(call_id, LI)
    desk.post("/twilio/voice/status", a_call(CALLER_SID, CALLER, "completed"))
    desk.take_back(call_id)
    desk.take_back(call_id)
    assert [ask.form for ask in carrier.asked("POST", f"/Calls/{leg}.json")] == [{"Status": ["completed"]}]


def test_an_agents_leg_that_ends_without_the_conference_saying_so_frees_the_caller(desk):
    call_id = desk.arrive()
    leg = desk.talk(call_id, LI)
    path = f"/twilio/voice/status?call={desk.call(call_id).conference}"
    form = {"CallSid": leg, "To": "client:agent_1", "CallStatus": "completed", "SequenceNumber": "3"}
    desk.post(path, form)
    assert desk.call(call_id).state == CallState.TALKING
    with desk.database.begin() as work:
        assert sweeps.release_lost(work, now()) == 0
        assert sweeps.release_lost(work, now() + sweeps.LOST_AFTER) == 1
    assert desk.call(call_id).state == CallState.QUEUED
    assert desk.seat(LI).reason == "phone_lost"


def test_a_caller_who_comes_too_late_to_an_agent_stands_in_line_again(desk):
    desk.arrive()
    late = desk.post("/twilio/voice/join?call=call-gone", a_call(CALLER_SID, CALLER, "in-progress")).text
    assert "<Enqueue" in late
    assert "<Conference" not in late
