"""The verbs of TwiML, one road each."""

from __future__ import annotations

import requests

from tests.integration.practice.carrier import ACCOUNT, TOKEN, Carrier, strength, tone, until
from tests.integration.practice.centre import Centre


def test_gather_sends_the_digits_that_were_pressed_into_the_prompt(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Gather numDigits='2' action='/menu'><Say>请按键，请按键，请按键。</Say></Gather>")
    centre.says("/menu", "<Hangup/>")
    call_sid = carrier.call(digits="42")
    carrier.over(call_sid)
    assert centre.events("/menu", "Digits") == ["42"]
    assert len(carrier.heard(call_sid)) < 2 * 8000  # the prompt was cut short


def test_gather_ends_by_its_key_and_leaves_the_key_out(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Gather action='/menu'/>")
    centre.says("/menu", "<Hangup/>")
    carrier.over(carrier.call(digits="123#"))
    told = centre.told_at("/menu")[0].fields
    assert (told["Digits"], told["FinishedOnKey"]) == ("123", "#")


def test_gather_without_keys_goes_on_or_asks_its_action_as_it_was_told(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Gather timeout='2' action='/menu'/><Redirect>/silent</Redirect>")
    centre.says("/silent", "<Hangup/>")
    carrier.over(carrier.call(speed=8))
    assert (len(centre.told_at("/silent")), len(centre.told_at("/menu"))) == (1, 0)
    centre.says("/voice", "<Gather timeout='2' action='/menu' actionOnEmptyResult='true'/>")
    centre.says("/menu", "<Hangup/>")
    carrier.over(carrier.call(speed=8))
    assert centre.events("/menu", "Digits") == [""]


def test_reject_and_hangup_refuse_a_call_that_was_never_answered(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Reject reason='busy'/>")
    shown = carrier.over(carrier.call())
    assert (shown["status"], shown["answered_at"]) == ("busy", None)
    centre.says("/voice", "<Reject/>")
    assert carrier.over(carrier.call())["status"] == "failed"


def test_say_and_play_reach_the_caller_and_a_file_is_fetched_once(carrier: Carrier, centre: Centre) -> None:
    from aiohttp import web

    from callcenter.practice.sounds import wav_of

    asked: list[str | None] = []

    def file(_fields):
        asked.append(centre.told[-1].headers.get("If-None-Match"))
        if asked[-1] == '"one"':
            return web.Response(status=304)
        return web.Response(body=wav_of(tone(700, 0.5)), content_type="audio/x-wav", headers={"ETag": '"one"'})

    centre.says("/tune.wav", file)
    centre.says("/voice", "<Play loop='2'>/tune.wav</Play><Say>您好</Say><Hangup/>")
    first, second = carrier.call(), carrier.call()
    for call_sid in (first, second):
        carrier.over(call_sid)
        heard = carrier.heard(call_sid)
        assert strength(heard[:4000], 700) > 4000
        assert abs(heard[8000:].astype(int)).max() > 500
    carrier.over(carrier.call())
    assert asked[-1] == '"one"'


def test_a_missing_sound_file_goes_to_the_fallback(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Play>/gone.wav</Play>")
    centre.says("/gone.wav", (404, ""))
    centre.says("/fallback", "<Hangup/>")
    carrier.over(carrier.call())
    assert centre.events("/fallback", "ErrorCode") == ["11200"]


def test_a_voice_message_is_recorded_trimmed_fetched_and_deleted(carrier: Carrier, centre: Centre) -> None:
    centre.says(
        "/voice",
        "<Record action='/recorded' maxLength='60' timeout='4' recordingStatusCallback='/recording' "
        "recordingStatusCallbackEvent='in-progress completed'/>",
    )
    centre.says("/recorded", "<Hangup/>")
    carrier.over(carrier.call(tone(600, 3), speed=4))
    told = until(lambda: len(centre.told_at("/recording")) == 2 and centre.told_at("/recording")[1].fields)
    assert centre.events("/recording", "RecordingStatus") == ["in-progress", "completed"]
    assert (told["RecordingDuration"], told["RecordingSource"]) == ("3", "RecordVerb")
    url = told["RecordingUrl"]
    assert requests.get(url, timeout=5).status_code == 401
    sound = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
    assert sound.content[:4] == b"RIFF"
    recording = carrier.rest.recordings(told["RecordingSid"])
    assert recording.fetch().duration == "3"
    assert recording.delete()
    assert carrier.refused(recording.fetch).code == 20404
    assert requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 404


def test_a_message_of_nothing_is_absent_and_the_next_verb_runs(carrier: Carrier, centre: Centre) -> None:
    centre.says(
        "/voice",
        "<Record timeout='2' recordingStatusCallback='/recording' "
        "recordingStatusCallbackEvent='completed absent'/><Redirect>/silent</Redirect>",
    )
    centre.says("/silent", "<Hangup/>")
    carrier.over(carrier.call(speed=8, after_message_s=60))
    until(lambda: centre.told_at("/recording"))
    assert centre.events("/recording", "RecordingStatus") == ["absent"]
    assert len(centre.told_at("/silent")) == 1


def test_a_dialled_phone_rings_is_answered_recorded_on_two_channels_and_reported(
    carrier: Carrier, centre: Centre
) -> None:
    centre.says(
        "/voice",
        "<Dial answerOnBridge='true' action='/dialled' record='record-from-answer-dual' "
        "recordingStatusCallback='/recording'><Client statusCallback='/leg' "
        "statusCallbackEvent='initiated ringing answered completed'><Identity>agent_17</Identity>"
        "<Parameter name='call' value='42'/></Client></Dial>",
    )
    centre.says("/dialled", "<Hangup/>")
    agent = carrier.phone("agent_17")
    agent.saw("registered")
    caller_sid = carrier.call(tone(500, 20), speak_at_once=True)
    incoming = agent.saw("incoming")
    assert incoming["parameters"] == {"call": "42"}
    assert carrier.shown(caller_sid)["status"] == "ringing"
    agent.accept()
    until(lambda: strength(agent.heard(0.4), 500) > 2000)
    agent.say("hangup")
    carrier.over(caller_sid)
    told = centre.told_at("/dialled")[0].fields
    assert (told["DialCallStatus"], told["DialCallSid"]) == ("completed", incoming["call_sid"])
    assert told["RecordingUrl"]
    until(lambda: len(centre.told_at("/leg")) == 4)
    assert centre.events("/leg", "CallStatus") == ["initiated", "ringing", "in-progress", "completed"]
    assert centre.events("/leg", "SequenceNumber") == ["0", "1", "2", "3"]
    assert {t.fields["ParentCallSid"] for t in centre.told_at("/leg")} == {caller_sid}
    recorded = until(lambda: centre.told_at("/recording"))[0].fields
    assert (recorded["RecordingChannels"], recorded["CallSid"]) == ("2", caller_sid)


def test_nobody_at_the_phone_a_refusal_and_a_busy_number_have_their_own_results(
    carrier: Carrier, centre: Centre
) -> None:
    centre.says("/dialled", "<Hangup/>")
    centre.says("/voice", "<Dial action='/dialled'><Client>agent_99</Client></Dial>")
    carrier.over(carrier.call())
    carrier.control("POST", "/numbers", json={"number": "+8613800009999", "does": "busy", "after_s": 0.2})
    centre.says("/voice", "<Dial action='/dialled'>+8613800009999</Dial>")
    carrier.over(carrier.call())
    carrier.control("POST", "/numbers", json={"number": "+8613800009999", "does": "no-answer"})
    centre.says("/voice", "<Dial action='/dialled' timeout='5'>+8613800009999</Dial>")
    carrier.over(carrier.call(speed=8), within_s=20)
    assert centre.events("/dialled", "DialCallStatus") == ["no-answer", "busy", "no-answer"]


def test_a_call_sent_elsewhere_by_rest_leaves_what_it_was_doing(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='60'/>")
    centre.says("/new", "<Play digits='5'/><Hangup/>")
    call_sid = carrier.call()
    until(lambda: carrier.shown(call_sid)["status"] == "in-progress")
    carrier.rest.calls(call_sid).update(url=centre.url + "/new")
    carrier.over(call_sid)
    assert strength(carrier.heard(call_sid)[-2400:-800], 1336) > 500
    error = carrier.refused(lambda: carrier.rest.calls(call_sid).update(url=centre.url + "/new"))
    assert error.code == 21220


def test_a_fast_call_is_over_before_its_own_length_has_passed(carrier: Carrier, centre: Centre) -> None:
    import time

    centre.says("/voice", "<Pause length='16'/><Hangup/>")
    began = time.monotonic()
    shown = carrier.over(carrier.call(speed=8))
    assert time.monotonic() - began < 16
    assert shown["duration_s"] == 16


def test_legs_still_up_are_ended_and_reported_when_the_line_goes_down(tmp_path) -> None:
    carrier = Carrier(tmp_path)
    carrier.centre.says("/voice", "<Pause length='60'/>")
    call_sid = carrier.call()
    until(lambda: carrier.shown(call_sid)["status"] == "in-progress")
    carrier.close()
    told = carrier.centre.told_at("/status")
    assert [t.fields["CallStatus"] for t in told] == ["completed"]


def test_recordings_and_messages_outlive_the_line(tmp_path) -> None:
    carrier = Carrier(tmp_path)
    carrier.centre.says("/voice", "<Record timeout='3'/>")
    call_sid = carrier.call(tone(600, 2), speed=8)
    carrier.over(call_sid)
    sent = carrier.rest.messages.create(to="+8613800001111", from_="12345", body="您的诉求已受理。")
    until(lambda: carrier.rest.messages(sent.sid).fetch().status == "delivered")
    carrier.close()
    again = Carrier(tmp_path)
    try:
        assert [r.call_sid for r in again.rest.recordings.list()] == [call_sid]
        assert [m.body for m in again.rest.messages.list()] == ["您的诉求已受理。"]
        assert again.rest.calls.list() == []
    finally:
        again.close()
