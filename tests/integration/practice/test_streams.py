"""Media Streams, frame by frame."""

from __future__ import annotations

import base64

import numpy as np

from core.g711 import mulaw_from_pcm, pcm_from_mulaw
from tests.integration.practice.carrier import Carrier, strength, tone, until
from tests.integration.practice.centre import Centre, Media

START = (
    "<Start><Stream url='{url}' name='asr' track='{track}' statusCallback='/stream'>"
    "<Parameter name='token' value='once'/></Stream></Start>"
)


def start(centre: Centre, track: str = "inbound_track", url: str | None = None) -> str:
    url = url or f"ws://127.0.0.1:{centre.port}/media"
    return START.format(url=url, track=track)


def sound_of(media: Media, track: str) -> np.ndarray:
    frames = [m["media"] for m in media.events("media") if m["media"]["track"] == track]
    return pcm_from_mulaw(b"".join(base64.b64decode(f["payload"]) for f in frames))


def test_a_stream_sends_every_frame_once_in_order_and_only_strings(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre) + "<Pause length='3'/><Hangup/>")
    call_sid = carrier.call(tone(500, 3), speak_at_once=True)
    carrier.over(call_sid)
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0])
    assert media.signed
    kinds = [m["event"] for m in media.messages]
    assert kinds[:2] == ["connected", "start"]
    assert kinds[-1] == "stop"
    begun = media.messages[1]
    assert begun["start"]["callSid"] == call_sid
    assert begun["start"]["tracks"] == ["inbound"]
    assert begun["start"]["customParameters"] == {"token": "once"}
    assert begun["start"]["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    frames = media.events("media")
    assert 100 <= len(frames) <= 151
    assert [f["media"]["chunk"] for f in frames] == [str(n) for n in range(1, len(frames) + 1)]
    assert [m["sequenceNumber"] for m in media.messages[1:]] == [str(n) for n in range(1, len(media.messages))]
    assert {len(base64.b64decode(f["media"]["payload"])) for f in frames} == {160}
    assert strength(sound_of(media, "inbound"), 500) > 5000
    until(lambda: len(centre.told_at("/stream")) == 2)
    assert centre.events("/stream", "StreamEvent") == ["stream-started", "stream-stopped"]


def test_both_tracks_carry_what_is_said_and_what_is_heard(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre, "both_tracks") + "<Play digits='555555'/><Hangup/>")
    carrier.over(carrier.call(tone(500, 5), speak_at_once=True))
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0])
    said, heard = sound_of(media, "inbound"), sound_of(media, "outbound")
    assert len(said) == len(heard)
    assert strength(said, 500) > 5000
    assert strength(said, 1336) < 200
    assert strength(heard[:1600], 1336) > 500
    assert strength(heard, 500) < 200


def test_silence_is_sent_as_ff(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre) + "<Pause length='1'/><Hangup/>")
    carrier.over(carrier.call())
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0])
    payloads = {base64.b64decode(m["media"]["payload"]) for m in media.events("media")}
    assert payloads == {b"\xff" * 160}


def test_a_stream_goes_on_through_queue_and_conference(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre) + "<Enqueue waitUrl='/wait'>desk</Enqueue>")
    centre.says("/wait", "<Pause length='9'/>")
    centre.says("/join", "<Dial><Conference endConferenceOnExit='true'>room</Conference></Dial>")
    call_sid = carrier.call(tone(500, 20), speak_at_once=True)
    until(lambda: centre.told_at("/wait"))
    queue = carrier.rest.queues.list()[0].sid
    carrier.rest.queues(queue).members("Front").update(url=centre.url + "/join")
    until(lambda: carrier.rest.conferences.list(friendly_name="room"))
    before = len(centre.media[0].messages)
    until(lambda: len(centre.media[0].messages) > before + 25)
    carrier.control("POST", f"/calls/{call_sid}/hangup")
    until(lambda: centre.media[0].closed)
    assert len(centre.media) == 1
    assert centre.media[0].messages[-1]["event"] == "stop"


def test_rest_starts_and_stops_a_stream_by_name(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Pause length='20'/>")
    call_sid = carrier.call()
    until(lambda: carrier.shown(call_sid)["status"] == "in-progress")
    streams = carrier.rest.calls(call_sid).streams
    made = streams.create(
        url=f"ws://127.0.0.1:{centre.port}/media?secret=1",
        name="later",
        parameter1_name="token",
        parameter1_value="x",
    )
    media = until(lambda: centre.media and len(centre.media[0].messages) > 10 and centre.media[0])
    assert media.signed  # the query is neither requested nor signed
    assert media.messages[1]["start"]["customParameters"] == {"token": "x"}
    assert streams(made.sid).update(status="stopped").status == "stopped"
    until(lambda: media.closed)
    assert not carrier.shown(call_sid)["over"]


def test_a_cut_stream_ends_without_a_stop_and_the_call_goes_on(carrier: Carrier, centre: Centre) -> None:
    carrier.fault(harm="cut_stream", match="asr", after_frames=20, count=1)
    centre.says("/voice", start(centre) + "<Pause length='10'/>")
    call_sid = carrier.call()
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0])
    assert media.events("stop") == []
    assert len(media.events("media")) <= 21
    until(lambda: "stream-stopped" in centre.events("/stream", "StreamEvent"))
    assert not carrier.shown(call_sid)["over"]


def test_plain_sockets_are_for_this_machine_only(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre, url="ws://192.0.2.1/media") + "<Pause length='1'/>")
    call_sid = carrier.call()
    carrier.over(call_sid)
    assert carrier.rest.calls(call_sid).notifications.list()[0].error_code == "31922"
    errors = [t.fields["StreamError"] for t in centre.told_at("/stream") if "StreamError" in t.fields]
    assert errors
    assert errors[0].startswith("31922")


def test_a_refused_handshake_is_reported_and_harms_no_call(carrier: Carrier, centre: Centre) -> None:
    url = f"ws://127.0.0.1:{centre.port}/not-a-socket"
    centre.says("/voice", start(centre, url=url) + "<Pause length='1'/>")
    call_sid = carrier.call()
    assert carrier.over(call_sid)["status"] == "completed"
    assert carrier.rest.calls(call_sid).notifications.list()[0].error_code == "31920"


def test_a_bidirectional_stream_plays_marks_and_clears(carrier: Carrier, centre: Centre) -> None:
    async def play(media: Media, message: dict) -> None:
        if message["event"] == "start":
            sound = base64.b64encode(mulaw_from_pcm(tone(900, 0.5))).decode()
            sid = message["streamSid"]
            await media.socket.send_json({"event": "media", "streamSid": sid, "media": {"payload": sound}})
            await media.socket.send_json({"event": "mark", "streamSid": sid, "mark": {"name": "played"}})
        elif message["event"] == "mark" and message["mark"]["name"] == "played":
            long = base64.b64encode(mulaw_from_pcm(tone(1200, 30))).decode()
            await media.socket.send_json({"event": "media", "media": {"payload": long}})
            await media.socket.send_json({"event": "mark", "mark": {"name": "never played"}})
            await media.socket.send_json({"event": "clear"})
        elif message["event"] == "mark":
            await media.socket.close()

    centre.on_media = play
    centre.says(
        "/voice",
        f"<Connect><Stream url='ws://127.0.0.1:{centre.port}/media'/></Connect><Redirect>/then</Redirect>",
    )
    centre.says("/then", "<Hangup/>")
    call_sid = carrier.call()
    carrier.over(call_sid)
    assert len(centre.told_at("/then")) == 1
    assert strength(carrier.heard(call_sid)[:6000], 900) > 2000
    assert strength(carrier.heard(call_sid), 1200) < 500


def test_keys_reach_a_bidirectional_stream(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", f"<Connect><Stream url='ws://127.0.0.1:{centre.port}/media'/></Connect>")
    call_sid = carrier.call()
    until(lambda: centre.media and centre.media[0].events("media"))
    carrier.control("POST", f"/calls/{call_sid}/digits", json={"digits": "7"})
    pressed = until(lambda: centre.media[0].events("dtmf"))
    assert pressed[0]["dtmf"] == {"track": "inbound_track", "digit": "7"}


def test_a_fast_call_sends_its_frames_as_fast_as_it_lives(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", start(centre) + "<Pause length='8'/><Hangup/>")
    call_sid = carrier.call(tone(500, 8), speak_at_once=True, speed=8)
    shown = carrier.over(call_sid)
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0])
    assert shown["duration_s"] == 8
    # Opening the socket takes a moment of life, eight times as long to a fast call.
    assert 100 <= len(media.events("media")) <= 401
    assert media.events("media")[-1]["media"]["timestamp"] == str((len(media.events("media")) - 1) * 20)


def test_a_fast_call_waits_for_a_server_that_reads_slowly_and_loses_nothing(carrier: Carrier, centre: Centre) -> None:
    import asyncio

    async def slowly(media: Media, message: dict) -> None:
        if message["event"] == "media" and int(message["media"]["chunk"]) % 40 == 0:
            await asyncio.sleep(0.2)

    centre.on_media = slowly
    centre.says("/voice", start(centre) + "<Pause length='60'/><Hangup/>")
    carrier.over(carrier.call(tone(500, 60), speak_at_once=True, speed=20), within_s=60)
    media = until(lambda: centre.media and centre.media[0].closed and centre.media[0], within_s=30)
    chunks = [int(m["media"]["chunk"]) for m in media.events("media")]
    assert chunks == list(range(1, len(chunks) + 1))
    assert media.messages[-1]["event"] == "stop"
    assert len(chunks) > 2500
