"""Callbacks come twice and in any order; what they leave behind is the same."""

from __future__ import annotations

import itertools
import random

import pytest

from callcenter import messages
from callcenter.calls import CallState, SeatState
from callcenter.records import CallEventRecord, LegRecord, MessageRecord, RecordingRecord
from core.clock import now
from tests.integration.callcenter.conftest import CALLER, CALLER_SID, a_call, an_agent, conference_form

LI = an_agent(1)


MESSAGE_SID = "SM" + "1" * 32


def story(conference: str, leg: str, message_id: int) -> list[tuple[str, dict[str, str]]]:
    """Every request of one answered call in which the caller hangs up, in the order of events.

    The talk is recorded, and the caller is told by a message how their case stands.
    """
    to_agent = {"CallSid": leg, "From": "+8612345", "To": "client:agent_1", "Direction": "outbound-api"}
    progress = f"/twilio/voice/status?call={conference}"

    def step(status: str, number: int) -> tuple[str, dict[str, str]]:
        return progress, to_agent | {"CallStatus": status, "SequenceNumber": str(number)}

    def news(event: str, number: int, sid: str, label: str, **more: str) -> tuple[str, dict[str, str]]:
        return "/twilio/voice/conference", conference_form(conference, event, sid, label, number) | more

    def recorded(sid: str, status: str, **more: str) -> tuple[str, dict[str, str]]:
        form = {"CallSid": CALLER_SID, "From": CALLER, "RecordingSid": sid, "RecordingStatus": status}
        return "/twilio/voice/recording", form | {"RecordingSource": "StartCallRecordingAPI"} | more

    def sent(status: str) -> tuple[str, dict[str, str]]:
        form = {"MessageSid": MESSAGE_SID, "MessageStatus": status, "To": CALLER}
        return f"/twilio/message/status?message={message_id}", form

    return [
        step("initiated", 0),
        step("ringing", 1),
        step("in-progress", 2),
        news("conference-start", 1, leg, "agent"),
        news("participant-join", 2, leg, "agent"),
        news("participant-join", 3, CALLER_SID, "caller"),
        news("participant-hold", 4, CALLER_SID, "caller"),
        news("participant-unhold", 5, CALLER_SID, "caller"),
        news("participant-leave", 6, CALLER_SID, "caller", ReasonParticipantLeft="participant_hung_up"),
        news("participant-leave", 7, leg, "agent", ReasonParticipantLeft="moderator_ended_conference"),
        news(
            "conference-end",
            8,
            CALLER_SID,
            "caller",
            ReasonConferenceEnded="participant-with-end-conference-on-exit-left",
        ),
        ("/twilio/voice/status", a_call(CALLER_SID, CALLER, "completed") | {"CallDuration": "61"}),
        step("completed", 3),
        recorded("RE" + "1" * 32, "in-progress"),
        recorded("RE" + "1" * 32, "completed", RecordingDuration="58", RecordingChannels="2"),
        recorded("RE" + "2" * 32, "in-progress"),
        recorded("RE" + "2" * 32, "absent"),
        sent("queued"),
        sent("sending"),
        sent("sent"),
        sent("delivered"),
        # What is asked for, not told: a document comes back, and nothing else changes.
        ("/twilio/voice/incoming", a_call(CALLER_SID, CALLER, "ringing")),
        (f"/twilio/voice/agent-leg?call={conference}", to_agent | {"CallStatus": "in-progress"}),
        (f"/twilio/voice/join?call={conference}", a_call(CALLER_SID, CALLER, "in-progress")),
        ("/twilio/voice/join-done", a_call(CALLER_SID, CALLER, "in-progress")),
        ("/twilio/voice/agent-done", to_agent | {"CallStatus": "completed"}),
    ]


def told(desk, order) -> tuple:
    """Tell one call's story in `order`, every callback twice; return what is left behind."""
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    with desk.database.begin() as work:
        message_id = messages.queue(work, to=CALLER, body="……", about="1", at=now())
    callbacks = story(desk.call(call_id).conference, leg, message_id)
    for number in order(len(callbacks)):
        for _ in range(2):
            assert desk.post(*callbacks[number]).status_code in (200, 204)
    call = desk.call(call_id)
    with desk.database.begin() as work:
        legs = work.session.query(LegRecord).order_by(LegRecord.part).all()
        recordings = work.session.query(RecordingRecord).order_by(RecordingRecord.recording_sid).all()
        (message,) = work.session.query(MessageRecord).all()
        events = work.session.query(CallEventRecord).count()
    return (
        call.state,
        call.outcome,
        call.answered_at is not None,
        call.ended_at is not None,
        call.agent_id,
        desk.seat(LI).state,
        [(leg.part, leg.status, leg.presence, leg.duration_s) for leg in legs],
        [(one.call_id == call_id, one.status, one.duration_s, one.channels) for one in recordings],
        (message.message_sid, message.status),
        events,
    )


def shuffled(seed: int):
    return lambda count: random.Random(seed).sample(range(count), count)


ORDERS = {
    "backwards": lambda count: reversed(range(count)),
    "odd ones first": lambda count: itertools.chain(range(1, count, 2), range(0, count, 2)),
    **{f"shuffle {seed}": shuffled(seed) for seed in range(6)},
}


def finals_first(count: int) -> list[int]:
    """The last word of each tale (legs, recordings, message) before all others."""
    finals = [10, 11, 12, 14, 16, 20]
    return [*finals, *(number for number in range(count) if number not in finals)]


ORDERS["finals first"] = finals_first


def test_told_in_order_the_call_was_answered_and_is_over(desk):
    assert told(desk, range) == LEFT_BEHIND


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_told_in_any_order_and_twice_the_same_is_left_behind(desk, order):
    assert told(desk, order) == LEFT_BEHIND


LEFT_BEHIND = (
    CallState.ENDED,
    None,
    True,
    True,
    1,
    SeatState.WRAP_UP,
    [("agent", "completed", "left", None), ("caller", "completed", "left", 61)],
    [(True, "completed", 58, 2), (True, "failed", None, None)],
    (MESSAGE_SID, "delivered"),
    # ring and one round of waiting, each callback once, and three documents that are kept for a repeat
    2 + 13 + 4 + 4 + 3,
)


def test_a_call_whose_first_word_is_its_end_is_abandoned_all_the_same(desk):
    done = a_call(CALLER_SID, CALLER, "completed")
    desk.post("/twilio/voice/status", done)
    desk.post("/twilio/voice/status", done)
    desk.wait()
    desk.post("/twilio/voice/incoming", a_call(CALLER_SID, CALLER, "ringing"))
    call = desk.call_by_sid(CALLER_SID)
    assert (call.state, call.outcome) == (CallState.ENDED, "abandoned")
    assert call.queued_at is not None


def test_a_repeated_request_gets_the_same_document_even_with_its_one_time_token(desk):
    call_id = desk.arrive()
    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    path = f"/twilio/voice/agent-leg?call={desk.call(call_id).conference}"
    first = desk.post(path, {"CallSid": leg}, headers={"I-Twilio-Idempotency-Token": "abc"}).text
    again = desk.post(path, {"CallSid": leg}, headers={"I-Twilio-Idempotency-Token": "abc"}).text
    other = desk.post(path, {"CallSid": leg}, headers={"I-Twilio-Idempotency-Token": "def"}).text
    assert first == again
    assert "token" in first
    assert other != first


def test_a_status_that_nobody_knows_moves_nothing(desk):
    call_id = desk.arrive()
    desk.post("/twilio/voice/status", a_call(CALLER_SID, CALLER, "teleported"))
    assert desk.call(call_id).state == CallState.QUEUED


def test_an_agents_leg_that_fails_frees_the_call(desk):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    path = f"/twilio/voice/status?call={desk.call(call_id).conference}"
    # The callback is faster than the answer to the request that made the leg.
    form = {"CallSid": "CA" + "9" * 32, "To": "client:agent_1", "CallStatus": "busy", "SequenceNumber": "2"}
    desk.post(path, form)
    assert desk.call(call_id).state == CallState.QUEUED
    assert desk.seat(LI).state == SeatState.OFFLINE


def test_a_join_of_an_older_conference_does_not_touch_the_call(desk, announced):
    call_id = desk.arrive()
    desk.ready(LI)
    desk.offer()
    desk.accept(call_id, LI)
    leg = desk.connect(call_id)
    old = desk.call(call_id).conference
    desk.post(
        f"/twilio/voice/status?call={old}",
        {"CallSid": leg, "To": "client:agent_1", "CallStatus": "no-answer", "SequenceNumber": "3"},
    )
    wang = an_agent(2)
    desk.accept(call_id, wang)
    desk.post("/twilio/voice/conference", conference_form(old, "participant-join", leg, "agent", 1))
    call = desk.call(call_id)
    assert (call.state, call.agent_id) == (CallState.CONNECTING, 2)
