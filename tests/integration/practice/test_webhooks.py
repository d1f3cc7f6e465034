"""What the centre is asked and told: signed, complete, retried, and harmed on demand."""

from __future__ import annotations

from aiohttp import web

from tests.integration.practice.carrier import Carrier, until
from tests.integration.practice.centre import Centre


def test_every_request_is_signed_and_carries_the_fields_of_a_call(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='1'/><Hangup/>")
    call_sid = carrier.call()
    carrier.over(call_sid)
    until(lambda: centre.told_at("/status"))
    assert all(t.signed for t in centre.told)
    asked = centre.told_at("/voice")[0].fields
    assert asked["CallSid"] == call_sid
    assert asked["CallStatus"] == "ringing"
    assert asked["Direction"] == "inbound"
    assert (asked["From"], asked["To"]) == (asked["Caller"], asked["Called"]) == ("+8613800001111", "+8612345")
    assert asked["FromCity"] == ""
    assert asked["CalledCountry"] == ""


def test_the_number_hears_once_that_the_call_is_completed(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='2'/>")
    carrier.over(carrier.call(speed=4))
    told = until(lambda: centre.told_at("/status"))
    assert [t.fields["CallStatus"] for t in told] == ["completed"]
    assert told[0].fields["CallDuration"] == "2"
    assert told[0].fields["Duration"] == "1"
    assert told[0].fields["SequenceNumber"] == "0"


def test_a_server_error_is_retried_with_the_same_token_when_the_url_asks_for_it(tmp_path) -> None:
    carrier = Carrier(tmp_path)
    try:
        object.__setattr__(carrier.settings, "voice_url", carrier.centre.url + "/voice#rc=2&rp=5xx")
        answers = iter([(500, ""), (500, ""), (200, "<Hangup/>")])
        carrier.centre.says("/voice", lambda fields: next(answers))
        carrier.over(carrier.call())
        told = carrier.centre.told_at("/voice")
        assert len(told) == 3
        assert len({t.headers["I-Twilio-Idempotency-Token"] for t in told}) == 1
        assert all(t.signed for t in told)
    finally:
        carrier.close()


def test_without_overrides_a_server_error_goes_to_the_fallback_at_once(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", (500, ""))
    centre.says("/fallback", "<Pause length='1'/>")
    call_sid = carrier.call(speed=4)
    carrier.over(call_sid)
    assert len(centre.told_at("/voice")) == 1
    fallback = centre.told_at("/fallback")[0].fields
    assert fallback["ErrorCode"] == "11200"
    assert fallback["ErrorUrl"] == centre.url + "/voice"
    notes = carrier.rest.calls(call_sid).notifications.list()
    assert [n.error_code for n in notes] == ["11200"]


def test_an_answer_that_comes_too_late_goes_to_the_fallback(tmp_path) -> None:
    carrier = Carrier(tmp_path)
    try:
        object.__setattr__(carrier.settings, "voice_url", carrier.centre.url + "/voice#tt=300&rc=0")
        carrier.centre.slow_s["/voice"] = 2.0
        carrier.centre.says("/fallback", "<Hangup/>")
        carrier.over(carrier.call())
        assert carrier.centre.told_at("/fallback")[0].fields["ErrorCode"] == "11205"
    finally:
        carrier.close()


def test_when_the_fallback_fails_too_the_caller_hears_an_apology(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", (500, ""))
    centre.says("/fallback", (503, ""))
    call_sid = carrier.call(speed=8)
    carrier.over(call_sid)
    assert abs(carrier.heard(call_sid).astype(int)).max() > 1000


def test_answers_that_are_not_twiml_are_noted_with_the_carriers_codes(carrier: Carrier, centre: Centre) -> None:
    centre.says("/fallback", "<Hangup/>")
    for answer, code in [
        ("!<Answer/>", "12100"),
        ("!<Response><Say>", "12100"),
        ("<Nonsense/>", "12200"),
        (lambda _f: web.Response(text="{}", content_type="application/json"), "12300"),
        (lambda _f: web.Response(text="<Response>" + " " * 70_000 + "</Response>"), "11750"),
    ]:
        centre.says("/voice", answer)
        call_sid = carrier.call()
        carrier.over(call_sid)
        assert carrier.rest.calls(call_sid).notifications.list()[0].error_code == code


def test_a_redirected_post_becomes_a_get_that_has_lost_the_fields(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", lambda _f: web.Response(status=302, headers={"Location": "/elsewhere"}))
    centre.says("/elsewhere", "<Hangup/>")
    carrier.over(carrier.call())
    told = centre.told_at("/elsewhere")[0]
    assert (told.method, told.fields, told.signed) == ("GET", {}, True)


def test_cookies_are_kept_for_the_call_and_not_for_the_next(carrier: Carrier, centre: Centre) -> None:
    answer = web.Response
    centre.says(
        "/voice",
        lambda _f: answer(
            text="<Response><Redirect>/next</Redirect></Response>",
            content_type="text/xml",
            headers={"Set-Cookie": "step=one"},
        ),
    )
    centre.says("/next", "<Hangup/>")
    carrier.over(carrier.call())
    carrier.over(carrier.call())
    assert [t.headers.get("Cookie") for t in centre.told_at("/next")] == ["step=one", "step=one"]
    assert [t.headers.get("Cookie") for t in centre.told_at("/voice")] == [None, None]


def test_a_password_in_the_url_is_used_only_when_the_centre_asks(tmp_path) -> None:
    carrier = Carrier(tmp_path)
    try:
        url = carrier.centre.url.replace("http://", "http://user:word@")
        object.__setattr__(carrier.settings, "voice_url", url + "/voice")
        asked: list[str | None] = []

        def answer(fields):
            asked.append(carrier.centre.told[-1].headers.get("Authorization"))
            return "<Hangup/>" if asked[-1] else web.Response(status=401)

        carrier.centre.says("/voice", answer)
        carrier.over(carrier.call())
        first, second = carrier.centre.told_at("/voice")
        assert asked[0] is None
        assert asked[1] is not None
        assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    finally:
        carrier.close()


def test_a_doubled_event_arrives_twice_with_one_token(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="duplicate", match="call-status", count=1)
    centre.says("/voice", "<Hangup/>")
    carrier.over(carrier.call())
    told = until(lambda: len(centre.told_at("/status")) == 2 and centre.told_at("/status"))
    assert told[0].fields == told[1].fields
    assert told[0].headers["I-Twilio-Idempotency-Token"] == told[1].headers["I-Twilio-Idempotency-Token"]


def test_a_doubled_voice_request_does_not_run_the_call_twice(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="duplicate", match="voice", count=1)
    centre.says("/voice", "<Pause length='1'/>")
    carrier.over(carrier.call())
    assert len(centre.told_at("/voice")) == 2
    assert len(until(lambda: centre.told_at("/status"))) == 1


def test_reordered_events_arrive_after_the_ones_that_follow_them(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="reorder", match="call-status", count=1)
    centre.says("/out", "<Hangup/>")
    carrier.rest.calls.create(
        to="+8613800002222",
        from_="+8612345",
        url=centre.url + "/out",
        status_callback=centre.url + "/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    until(lambda: len(centre.told_at("/progress")) == 4)
    assert centre.events("/progress", "CallStatus")[:2] == ["ringing", "initiated"]
    assert sorted(centre.events("/progress", "SequenceNumber")) == ["0", "1", "2", "3"]


def test_a_dropped_event_never_arrives_but_is_seen_in_the_lines_own_list(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="drop", match="call-status")
    centre.says("/voice", "<Hangup/>")
    call_sid = carrier.call()
    carrier.over(call_sid)
    events = carrier.control("GET", "/events?kind=call-status").json()["events"]
    assert [(e["fields"]["CallSid"], e["status"], e["fault"]) for e in events] == [(call_sid, None, "drop")]
    assert centre.told_at("/status") == []


def test_an_answer_that_is_lost_on_the_way_back_goes_to_the_fallback(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="timeout", match="voice", count=1)
    centre.says("/voice", "<Pause length='60'/>")
    centre.says("/fallback", "<Hangup/>")
    carrier.over(carrier.call())
    assert len(centre.told_at("/voice")) == 1
    assert centre.events("/fallback", "ErrorCode") == ["11205"]


def test_a_delayed_event_lets_those_of_other_calls_pass(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="delay", match="call-status", delay_s=1.5, count=1)
    centre.says("/voice", "<Hangup/>")
    late = carrier.call()
    carrier.over(late)
    prompt = carrier.call()
    carrier.over(prompt)
    until(lambda: len(centre.told_at("/status")) == 2)
    assert centre.events("/status", "CallSid") == [prompt, late]
