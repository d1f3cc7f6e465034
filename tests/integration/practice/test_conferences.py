"""Who hears whom: callers and agents in one conference, by their tones."""

from __future__ import annotations

import time

import pytest

from tests.integration.practice.carrier import Carrier, Phone, strength, tone, until
from tests.integration.practice.centre import Centre

CALLER_HZ, AGENT_HZ, COACH_HZ = 500.0, 800.0, 1100.0
LOUD, QUIET = 2000, 200


class Talk:
    """A caller and an agent in the conference `room`, the caller singing 500 Hz for a long while."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier, self.centre = carrier, carrier.centre
        self.centre.says(
            "/voice",
            "<Dial action='/after'><Conference participantLabel='caller' beep='false' "
            "endConferenceOnExit='true' statusCallback='/room' "
            "statusCallbackEvent='start end join leave mute hold modify announcement'>"
            "room</Conference></Dial>",
        )
        self.agent = carrier.phone("agent_17")
        self.agent.saw("registered")
        self.caller_sid = carrier.call(tone(CALLER_HZ, 40), speak_at_once=True)
        rooms = carrier.rest.conferences
        self.room = rooms(until(lambda: rooms.list(friendly_name="room"))[0].sid)
        until(lambda: self.room.participants.list())
        self.agent_sid = self.bring_in(self.agent, "agent")

    def bring_in(self, phone: Phone, label: str, **wishes) -> str:
        identity = {"agent": "agent_17", "supervisor": "sup_1"}[label]
        self.carrier.rest.conferences("room").participants.create(
            from_="+8612345", to=f"client:{identity}", label=label, beep="false", **wishes
        )
        return phone.accept()

    def caller_hears(self, seconds: float = 0.4):
        caller = self.carrier.heard(self.caller_sid)
        return caller[-int(seconds * 8000) :]

    def change(self, who: str, **wishes) -> None:
        self.room.participants(who).update(**wishes)


@pytest.fixture
def talk(carrier: Carrier) -> Talk:
    return Talk(carrier)


def test_each_hears_the_other_and_not_themselves(talk: Talk) -> None:
    talk.agent.sing(AGENT_HZ, 20)
    until(lambda: strength(talk.caller_hears(), AGENT_HZ) > LOUD)
    until(lambda: strength(talk.agent.heard(0.4), CALLER_HZ) > LOUD)
    caller, agent = talk.caller_hears(), talk.agent.heard(0.4)
    assert strength(caller, AGENT_HZ) > LOUD
    assert strength(caller, CALLER_HZ) < QUIET
    assert strength(agent, CALLER_HZ) > LOUD
    assert strength(agent, AGENT_HZ) < QUIET


def test_a_caller_on_hold_hears_music_and_nobody_hears_the_caller(talk: Talk, centre: Centre) -> None:
    talk.agent.sing(AGENT_HZ, 30)
    until(lambda: strength(talk.caller_hears(), AGENT_HZ) > LOUD)
    talk.change("caller", hold=True)
    until(lambda: strength(talk.agent.heard(0.4), CALLER_HZ) < QUIET)
    until(lambda: strength(talk.caller_hears(1.0), AGENT_HZ) < QUIET)
    until(lambda: abs(talk.caller_hears(1.0).astype(int)).max() > 500)
    talk.change("caller", hold=False)
    until(lambda: strength(talk.agent.heard(0.3), CALLER_HZ) > LOUD)
    until(lambda: "participant-unhold" in centre.events("/room", "StatusCallbackEvent"))


def test_hold_music_comes_from_the_owners_url_again_and_again(talk: Talk, centre: Centre) -> None:
    centre.says("/hold", "<Play digits='5'/>")
    talk.change("caller", hold=True, hold_url=centre.url + "/hold", hold_method="POST")
    until(lambda: len(centre.told_at("/hold")) >= 2)
    until(lambda: strength(talk.caller_hears(0.2), 1336) > 500)


def test_a_muted_agent_hears_and_is_not_heard(talk: Talk) -> None:
    talk.agent.sing(AGENT_HZ, 20)
    until(lambda: strength(talk.caller_hears(), AGENT_HZ) > LOUD)
    talk.change("agent", muted=True)
    until(lambda: strength(talk.caller_hears(), AGENT_HZ) < QUIET)
    until(lambda: strength(talk.agent.heard(0.4), CALLER_HZ) > LOUD)


def test_a_coach_is_heard_by_the_coached_alone_and_by_all_after_barging_in(talk: Talk) -> None:
    coach = talk.carrier.phone("sup_1")
    coach.saw("registered")
    talk.bring_in(coach, "supervisor", coaching=True, call_sid_to_coach=talk.agent_sid)
    coach.sing(COACH_HZ, 30)
    until(lambda: strength(talk.agent.heard(0.4), COACH_HZ) > LOUD)
    assert strength(talk.caller_hears(), COACH_HZ) < QUIET
    until(lambda: strength(coach.heard(0.4), CALLER_HZ) > LOUD)
    talk.change("supervisor", coaching=False)
    until(lambda: strength(talk.caller_hears(0.3), COACH_HZ) > LOUD)


def test_an_announcement_to_one_is_heard_by_that_one(talk: Talk, centre: Centre) -> None:
    centre.says("/announce", "<Play digits='555555'/>")
    talk.change("agent", announce_url=centre.url + "/announce")
    until(lambda: strength(talk.agent.heard(0.2), 1336) > 500)
    until(lambda: "announcement-end" in centre.events("/room", "StatusCallbackEvent"))
    assert strength(talk.caller_hears(2.0), 1336) < QUIET


def test_the_room_tells_of_joins_in_order_and_of_why_it_ended(talk: Talk, centre: Centre) -> None:
    talk.carrier.control("POST", f"/calls/{talk.caller_sid}/hangup")
    until(lambda: "conference-end" in centre.events("/room", "StatusCallbackEvent"))
    told = [t.fields for t in centre.told_at("/room")]
    names = [f["StatusCallbackEvent"] for f in told]
    assert names[:3] == ["participant-join", "participant-join", "conference-start"]
    assert [f["SequenceNumber"] for f in told] == [str(n) for n in range(len(told))]
    assert told[0]["ParticipantLabel"] == "caller"
    assert told[0]["FriendlyName"] == "room"
    left = next(f for f in told if f["StatusCallbackEvent"] == "participant-leave")
    assert (left["ParticipantLabel"], left["ReasonParticipantLeft"]) == ("caller", "participant_hung_up")
    assert told[-1]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert told[-1]["CallSidEndingConference"] == talk.caller_sid
    assert talk.agent.saw("closed")["reason"] == "remote_hangup"
    after = until(lambda: centre.told_at("/after"))[0].fields
    assert after["DialCallStatus"] == "answered"
    assert after["CallStatus"] == "completed"


def test_when_the_agent_leaves_the_caller_stays_until_the_room_is_ended(talk: Talk, centre: Centre) -> None:
    talk.agent.say("hangup")
    until(lambda: "participant-leave" in centre.events("/room", "StatusCallbackEvent"))
    assert not talk.carrier.shown(talk.caller_sid)["over"]
    centre.says("/after", "<Hangup/>")
    talk.room.update(status="completed")
    talk.carrier.over(talk.caller_sid)
    assert talk.room.fetch().reason_conference_ended == "conference-ended-via-api"


def test_labels_are_unique_and_only_those_present_can_be_coached(talk: Talk) -> None:
    create = talk.carrier.rest.conferences("room").participants.create
    twice = talk.carrier.refused(lambda: create(from_="+8612345", to="client:agent_17", label="agent"))
    assert twice.code == 16025
    absent = talk.carrier.refused(lambda: talk.change("agent", coaching=True, call_sid_to_coach="CA" + "0" * 32))
    assert absent.code == 13240
    talk.change("caller", hold=True)
    held = talk.carrier.refused(lambda: talk.change("agent", coaching=True, call_sid_to_coach=talk.caller_sid))
    assert held.code == 16027


def test_a_label_is_free_again_when_the_agent_did_not_answer(talk: Talk) -> None:
    supervisor = talk.carrier.phone("sup_1")
    supervisor.saw("registered")
    create = talk.carrier.rest.conferences("room").participants.create
    create(from_="+8612345", to="client:sup_1", label="supervisor")
    supervisor.say("reject", call_sid=supervisor.saw("incoming")["call_sid"])
    until(lambda: len(talk.room.participants.list()) == 2)
    create(from_="+8612345", to="client:sup_1", label="supervisor")


def test_a_participant_can_be_read_and_let_out_by_label(talk: Talk) -> None:
    seat = talk.room.participants("agent").fetch()
    assert (seat.call_sid, seat.status, seat.muted, seat.hold) == (talk.agent_sid, "connected", False, False)
    talk.room.participants("agent").delete()
    assert talk.agent.saw("closed")["call_sid"] == talk.agent_sid
    gone = talk.carrier.refused(lambda: talk.room.participants("agent").fetch())
    assert (gone.status, gone.code) == (404, 20404)


def test_a_conference_is_recorded_from_when_two_are_in_it(carrier: Carrier, centre: Centre) -> None:
    centre.says(
        "/voice",
        "<Dial><Conference record='record-from-start' trim='do-not-trim' beep='false' "
        "endConferenceOnExit='true' "
        "recordingStatusCallback='/recording'>kept</Conference></Dial>",
    )
    agent = carrier.phone("agent_17")
    agent.saw("registered")
    caller_sid = carrier.call(tone(CALLER_HZ, 20), speak_at_once=True)
    time.sleep(0.6)
    carrier.rest.conferences("kept").participants.create(from_="+8612345", to="client:agent_17", label="agent")
    agent.accept()
    room = until(lambda: carrier.line.conferences.find("kept"))
    until(lambda: room.recording is not None and room.recording.duration_s > 1)
    carrier.control("POST", f"/calls/{caller_sid}/hangup")
    told = until(lambda: centre.told_at("/recording"))[0].fields
    assert told["RecordingStatus"] == "completed"
    assert told["RecordingSource"] == "Conference"
    assert told["ConferenceSid"].startswith("CF")
    seconds = carrier.line.recordings.get(told["RecordingSid"]).duration_s
    assert 1 < seconds < carrier.shown(caller_sid)["lived_s"] - 0.5


def test_a_waiting_participant_hears_the_waiting_document_once(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Dial><Conference waitUrl='/wait' waitMethod='POST'>alone</Conference></Dial>")
    centre.says("/wait", "<Play digits='5'/>")
    call_sid = carrier.call(speed=4)
    until(lambda: strength(carrier.heard(call_sid)[-8000:], 1336) > 100)
    time.sleep(0.5)
    assert len(centre.told_at("/wait")) == 1
