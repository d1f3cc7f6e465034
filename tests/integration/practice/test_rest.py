"""The API as twilio-python sees it."""

from __future__ import annotations

import requests
from twilio.rest import Client

from tests.integration.practice.carrier import ACCOUNT, KEY, SECRET, TOKEN, Carrier, ToTheLine, until
from tests.integration.practice.centre import Centre


def test_only_the_account_and_its_key_are_let_in(carrier: Carrier) -> None:
    base = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT}"
    assert requests.get(base + "/Calls.json", timeout=5).status_code == 401
    refused = requests.get(base + "/Calls.json", auth=(ACCOUNT, "wrong"), timeout=5)
    assert (refused.status_code, refused.json()["code"]) == (401, 20003)
    other = base.replace(ACCOUNT, "AC" + "9" * 32)
    assert requests.get(other + "/Calls.json", auth=(ACCOUNT, TOKEN), timeout=5).status_code == 404
    by_key = Client(KEY, SECRET, ACCOUNT, http_client=ToTheLine(carrier.base))
    assert by_key.calls.list() == []
    assert carrier.control("GET", "/calls").status_code == 200
    assert requests.get(carrier.base + "/practice/calls", timeout=5).status_code == 401
    assert requests.get(carrier.base + "/healthz", timeout=5).status_code == 200


def test_a_placed_call_reports_its_progress_and_runs_its_document(carrier: Carrier, centre: Centre) -> None:
    centre.says("/out", "<Pause length='1'/><Hangup/>")
    made = carrier.rest.calls.create(
        to="+8613800002222",
        from_="+8612345",
        url=centre.url + "/out",
        status_callback=centre.url + "/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert (made.status, made.direction) == ("queued", "outbound-api")
    until(lambda: len(centre.told_at("/progress")) == 4)
    assert centre.events("/progress", "CallStatus") == ["initiated", "ringing", "in-progress", "completed"]
    last = centre.told_at("/progress")[-1].fields
    assert (last["CallDuration"], last["SipResponseCode"]) == ("1", "200")
    assert "CallDuration" not in centre.told_at("/progress")[0].fields
    assert carrier.rest.calls(made.sid).fetch().duration == "1"
    assert centre.told_at("/out")[0].fields["Direction"] == "outbound-api"


def test_a_ringing_call_can_be_canceled_and_a_call_over_cannot_be_changed(carrier: Carrier, centre: Centre) -> None:
    carrier.control("POST", "/numbers", json={"number": "+8613800009999", "does": "no-answer"})
    made = carrier.rest.calls.create(
        to="+8613800009999", from_="+8612345", twiml="<Response/>", status_callback=centre.url + "/progress"
    )
    until(lambda: carrier.rest.calls(made.sid).fetch().status == "ringing")
    assert carrier.rest.calls(made.sid).update(status="canceled").status == "canceled"
    until(lambda: centre.events("/progress", "CallStatus") == ["canceled"])
    error = carrier.refused(lambda: carrier.rest.calls(made.sid).update(status="completed"))
    assert (error.status, error.code) == (400, 21220)


def test_a_live_call_is_ended_by_rest(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='60'/>")
    call_sid = carrier.call()
    until(lambda: carrier.rest.calls(call_sid).fetch().status == "in-progress")
    carrier.rest.calls(call_sid).update(status="completed")
    assert carrier.over(call_sid)["status"] == "completed"


def test_refusals_carry_the_carriers_codes(carrier: Carrier) -> None:
    rest = carrier.rest
    nobody = "CA" + "0" * 32
    for work, status, code in [
        (lambda: rest.calls(nobody).fetch(), 404, 20404),
        (lambda: rest.calls(nobody).update(status="completed"), 404, 20404),
        (lambda: rest.calls.create(to="", from_="+8612345", url="http://x"), 400, 21201),
        (lambda: rest.calls.create(to="+8613800001111", from_="+8612345"), 400, 21205),
        (lambda: rest.conferences("CF" + "0" * 32).fetch(), 404, 20404),
        (lambda: rest.queues("QU" + "0" * 32).members("Front").update(url="http://x"), 404, 20404),
        (lambda: rest.recordings("RE" + "0" * 32).delete(), 404, 20404),
        (lambda: rest.messages.create(to="+8613800001111", from_="12345"), 400, 21602),
        (lambda: rest.addresses("AD" + "0" * 32).fetch(), 404, 20404),
    ]:
        error = carrier.refused(work)
        assert (error.status, error.code) == (status, code)


def test_lists_are_walked_page_by_page(carrier: Carrier) -> None:
    for number in range(7):
        carrier.rest.queues.create(friendly_name=f"queue {number}")
    names = [q.friendly_name for q in carrier.rest.queues.list(page_size=3)]
    assert names == [f"queue {number}" for number in range(7)]
    assert len(carrier.rest.queues.list(limit=2)) == 2
    first = carrier.rest.queues.list()[0]
    assert carrier.rest.queues(first.sid).update(max_size=5).max_size == 5
    assert carrier.rest.queues(first.sid).delete()
    assert len(carrier.rest.queues.list()) == 6


def test_a_message_is_sent_and_delivered_and_says_so(carrier: Carrier, centre: Centre) -> None:
    made = carrier.rest.messages.create(
        to="+8613800001111",
        from_="12345",
        body="您反映的路灯问题已由临江区城管局办结。",
        status_callback=centre.url + "/message",
    )
    assert made.status == "queued"
    until(lambda: centre.events("/message", "MessageStatus") == ["sent", "delivered"])
    assert {t.fields["MessageSid"] for t in centre.told_at("/message")} == {made.sid}
    assert all(t.signed for t in centre.told_at("/message"))
    shown = carrier.control("GET", "/messages").json()["messages"]
    assert [m["status"] for m in shown] == ["delivered"]
    carrier.rest.messages(made.sid).update(body="")
    assert carrier.rest.messages(made.sid).fetch().body == ""


def test_the_api_fails_as_often_as_it_is_told_to(carrier: Carrier) -> None:
    carrier.fault(harm="rest", match="*/Queues.json", status=429, count=2)
    for _time in range(2):
        error = carrier.refused(lambda: carrier.rest.queues.create(friendly_name="desk"))
        assert (error.status, error.code) == (429, 20429)
    carrier.rest.queues.create(friendly_name="desk")
    assert carrier.control("GET", "/faults").json()["faults"][0]["hits"] == 2


def test_an_answer_may_be_lost_after_the_work_was_done(carrier: Carrier) -> None:
    carrier.fault(harm="rest", match="POST */Messages.json", status=500, count=1, done=True)
    error = carrier.refused(lambda: carrier.rest.messages.create(to="+8613800001111", from_="12345", body="一"))
    assert error.status == 500
    assert len(carrier.rest.messages.list()) == 1
    assert carrier.control("DELETE", "/faults").status_code == 204
    assert carrier.control("GET", "/faults").json()["faults"] == []


def test_a_fault_that_nobody_knows_is_refused(carrier: Carrier) -> None:
    assert carrier.control("POST", "/faults", json={"harm": "earthquake"}).status_code == 400
    assert carrier.control("POST", "/faults", json={"harm": "drop", "colour": "red"}).status_code == 400


def test_a_call_is_recorded_paused_and_stopped_by_rest(carrier: Carrier, centre: Centre) -> None:
    from tests.integration.practice.carrier import tone

    centre.says("/voice", "<Pause length='60'/>")
    call_sid = carrier.call(tone(500, 60), speak_at_once=True, speed=4)
    until(lambda: carrier.shown(call_sid)["status"] == "in-progress")
    recordings = carrier.rest.calls(call_sid).recordings
    made = recordings.create(recording_channels="dual", recording_status_callback=centre.url + "/recording")
    assert (made.status, made.channels) == ("in-progress", 2)
    assert recordings("Twilio.CURRENT").update(status="paused", pause_behavior="skip").status == "paused"
    assert recordings("Twilio.CURRENT").update(status="in-progress").status == "in-progress"
    before = carrier.line.recordings.get(made.sid).duration_s
    until(lambda: carrier.line.recordings.get(made.sid).duration_s > before + 1)
    still = carrier.refused(lambda: carrier.rest.recordings(made.sid).delete())
    assert still.code == 16114
    assert recordings("Twilio.CURRENT").update(status="stopped").status == "completed"
    told = until(lambda: centre.told_at("/recording"))[0].fields
    assert (told["RecordingSid"], told["RecordingChannels"]) == (made.sid, "2")
    assert [r.sid for r in recordings.list()] == [made.sid]


def test_a_leg_is_lost_when_its_network_is(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='60'/>")
    carrier.fault(harm="lose_leg", match="+8613800007777", after_frames=20, count=1)
    lost, kept = carrier.call(**{"from": "+8613800007777"}), carrier.call()
    assert carrier.over(lost)["ended_because"] == "lost"
    assert not carrier.shown(kept)["over"]
