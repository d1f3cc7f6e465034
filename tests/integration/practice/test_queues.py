"""Waiting: the loop, the ways out, and what the centre is told about each."""

from __future__ import annotations

import time

from tests.integration.practice.carrier import Carrier, strength, tone, until
from tests.integration.practice.centre import Centre

QUEUE = "<Enqueue waitUrl='/wait' action='/left'>desk</Enqueue>"


def test_the_waiting_document_is_asked_again_when_it_ends(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Pause length='2'/>")
    first, second = carrier.call(speed=8), carrier.call(speed=8)
    until(lambda: len(centre.told_at("/wait")) >= 6)
    asked = [t.fields for t in centre.told_at("/wait") if t.fields["CallSid"] == second]
    assert {f["QueuePosition"] for f in asked} == {"2"}
    assert int(asked[-1]["QueueTime"]) >= 2
    assert asked[-1]["CurrentQueueSize"] == "2"
    assert asked[-1]["MaxQueueSize"] == "1000"
    members = carrier.rest.queues(carrier.rest.queues.list()[0].sid).members.list()
    assert [(m.call_sid, m.position) for m in members] == [(first, 1), (second, 2)]


def test_leave_takes_the_caller_to_the_action(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Leave/>")
    centre.says("/left", "<Hangup/>")
    carrier.over(carrier.call())
    assert centre.events("/left", "QueueResult") == ["leave"]


def test_a_caller_taken_out_by_rest_goes_on_elsewhere_and_only_once(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Pause length='5'/>")
    centre.says("/join", "<Pause length='1'/><Hangup/>")
    call_sid = carrier.call()
    until(lambda: centre.told_at("/wait"))
    queue = carrier.rest.queues(carrier.rest.queues.list()[0].sid)
    queue.members(call_sid).update(url=centre.url + "/join?call=1", method="POST")
    again = carrier.refused(lambda: queue.members(call_sid).update(url=centre.url + "/join"))
    assert (again.status, again.code) == (404, 20404)
    carrier.over(call_sid)
    assert centre.events("/left", "QueueResult") == ["redirected"]
    assert len(centre.told_at("/join")) == 1
    assert centre.told_at("/join")[0].signed


def test_a_caller_who_hangs_up_is_reported(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Pause length='5'/>")
    carrier.over(carrier.call(hangup_after_s=1))
    told = until(lambda: centre.told_at("/left"))[0].fields
    assert (told["QueueResult"], told["CallStatus"]) == ("hangup", "completed")


def test_a_full_queue_and_a_broken_waiting_document_have_their_own_results(carrier: Carrier, centre: Centre) -> None:
    carrier.rest.queues.create(friendly_name="desk", max_size=1)
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Pause length='9'/>")
    centre.says("/left", "<Hangup/>")
    waiting = carrier.call()
    until(lambda: centre.told_at("/wait"))
    carrier.over(carrier.call())
    assert centre.events("/left", "QueueResult") == ["queue-full"]
    carrier.control("POST", f"/calls/{waiting}/hangup")
    until(lambda: len(centre.told_at("/left")) == 2)
    centre.says("/wait", (500, ""))
    carrier.over(carrier.call())
    assert centre.events("/left", "QueueResult")[-1] == "error"


def test_dialling_a_queue_connects_with_its_first_caller(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    centre.says("/wait", "<Pause length='9'/>")
    centre.says("/out", "<Dial action='/dialled'><Queue url='/notice'>desk</Queue></Dial>")
    centre.says("/notice", "<Pause length='1'/>")
    agent = carrier.phone("agent_17")
    agent.saw("registered")
    caller_sid = carrier.call(tone(500, 20), speak_at_once=True)
    until(lambda: centre.told_at("/wait"))
    carrier.rest.calls.create(to="client:agent_17", from_="+8612345", url=centre.url + "/out")
    agent.accept()
    until(lambda: strength(agent.heard(0.4), 500) > 2000)
    assert centre.told_at("/notice")[0].fields["DequeingCallSid"]
    carrier.control("POST", f"/calls/{caller_sid}/hangup")
    until(lambda: centre.told_at("/dialled"))
    assert centre.events("/dialled", "DialCallStatus") == ["completed"]
    assert centre.events("/left", "QueueResult") == ["bridged"]


def test_an_empty_waiting_document_is_not_asked_in_a_storm(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", QUEUE)
    carrier.call()
    time.sleep(1.5)
    assert 1 <= len(centre.told_at("/wait")) <= 3
