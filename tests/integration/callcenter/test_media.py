"""The media socket on a real server: who may speak, what is heard, what a flood does."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import simple_websocket
from flask import Flask
from werkzeug.serving import make_server

from callcenter import media as media_module
from callcenter import passes
from callcenter.calls import Part
from callcenter.events import SegmentHeard
from callcenter.records import SegmentRecord
from callcenter.signing import sign
from core.clock import now
from core.g711 import mulaw_from_pcm
from tests.integration.callcenter.conftest import CALLER_SID, MEDIA, TOKEN, RecordedFeed, an_agent

LI = an_agent(1)
REFUSED = 1008


@dataclass(frozen=True)
class Heard:
    text: str
    final: bool
    certainty: float | None = 0.9
    words: tuple = ()


class LoudSpells:
    """Calls every stretch of loud sound an utterance: a recogniser of one word, for the wire alone.

    What vosk makes of real speech is tested where speech is (tests of nlp and of the whole road).
    """

    def listener(self, sample_rate_hz: int) -> LoudSpells:
        assert sample_rate_hz == 8000
        fresh = LoudSpells()
        fresh.loud_ms = 0
        return fresh

    def hear(self, pcm: bytes) -> list[Heard]:
        sound = np.frombuffer(pcm, dtype="<i2").astype(float)
        if np.sqrt((sound**2).mean()) > 1000:
            self.loud_ms += len(sound) // 8
            return [Heard(text=f"响{self.loud_ms}毫秒", final=False)]
        return self.finish()

    def finish(self) -> list[Heard]:
        spell, self.loud_ms = self.loud_ms, 0
        return [Heard(text=f"响{spell}毫秒", final=True)] if spell else []


@pytest.fixture
def media(app, database, settings):
    """A media process of one thread a socket; yields its address."""
    server_app = Flask("media-test")
    server_app.extensions |= app.extensions | {"feed": RecordedFeed()}
    media_module.init_app(server_app, LoudSpells())
    server = make_server("127.0.0.1", 0, server_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server_app.address = f"ws://127.0.0.1:{server.server_port}/media"
    yield server_app
    server.shutdown()
    server.server_close()


@pytest.fixture
def talking(desk) -> int:
    call_id = desk.arrive()
    desk.talk(call_id, LI)
    return call_id


def opened(media, *, signature: str | None = None):
    headers = {"X-Twilio-Signature": sign(TOKEN, MEDIA) if signature is None else signature}
    return simple_websocket.Client.connect(media.address, headers=headers)


def a_token(database, call_id: int, *, at=None, call_sid: str = CALLER_SID) -> str:
    with database.begin() as work:
        return passes.issue(work, call_id=call_id, call_sid=call_sid, speaker=Part.CALLER, now=at or now())


def start(ws, token: str, *, call_sid: str = CALLER_SID, stream_sid: str = "MZ1") -> None:
    ws.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
    begin = {"callSid": call_sid, "streamSid": stream_sid, "customParameters": {"token": token}}
    ws.send(json.dumps({"event": "start", "streamSid": stream_sid, "start": begin}))


def speak(ws, *, loud_ms: int, quiet_ms: int) -> None:
    t = np.arange(loud_ms * 8) / 8000
    loud = (8000 * np.sin(2 * np.pi * 400 * t)).astype(np.int16)
    sound = mulaw_from_pcm(np.concatenate([loud, np.zeros(quiet_ms * 8, dtype=np.int16)]))
    for at in range(0, len(sound), 160):
        payload = base64.b64encode(sound[at : at + 160]).decode()
        ws.send(json.dumps({"event": "media", "media": {"track": "inbound", "payload": payload}}))


def closed_with(ws, *, within_s: float = 8.0) -> int:
    try:
        while ws.receive(timeout=within_s) is not None:
            pass
    except simple_websocket.ConnectionClosed as closed:
        return closed.reason
    pytest.fail("the socket stayed open")


def segments(database) -> list[SegmentRecord]:
    with database.begin() as work:
        return work.session.query(SegmentRecord).order_by(SegmentRecord.id).all()


def eventually(check, within_s: float = 8.0):
    ends = time.monotonic() + within_s
    while not (found := check()):
        assert time.monotonic() < ends, "did not come true"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize(
    "signature", ["", "nonsense", sign("another", MEDIA), sign(TOKEN, "wss://elsewhere.test/media")]
)
def test_a_socket_that_the_carrier_did_not_sign_is_refused_before_the_upgrade(media, signature):
    with pytest.raises(simple_websocket.ConnectionError) as refused:
        opened(media, signature=signature)
    assert "403" in str(refused.value) or refused.value.status_code == 403


def test_the_signature_may_be_for_the_address_with_a_slash_at_its_end(media):
    opened(media, signature=sign(TOKEN, MEDIA + "/")).close()


def test_words_are_pushed_as_they_are_spoken_and_stored_when_finished(media, talking, database, announced):
    ws = opened(media)
    start(ws, a_token(database, talking))
    speak(ws, loud_ms=500, quiet_ms=300)
    speak(ws, loud_ms=300, quiet_ms=300)
    first, second = eventually(lambda: len(segments(database)) == 2 and segments(database))
    assert (first.text, first.speaker, second.text) == ("响500毫秒", "caller", "响300毫秒")
    assert first.utterance != second.utterance
    assert [event.call_id for event in announced if isinstance(event, SegmentHeard)] == [talking] * 2
    pushed = eventually(
        lambda: [p for p in media.extensions["feed"].pushed if p[2]["final"]][1:] and media.extensions["feed"].pushed
    )
    assert {(room, name) for room, name, _ in pushed} == {(f"call:{talking}", "call.words")}
    assert [words["text"] for _, _, words in pushed if words["final"]] == ["响500毫秒", "响300毫秒"]
    partial = next(words for _, _, words in pushed if not words["final"])
    assert partial["utterance"] == first.utterance
    ws.close()


def test_what_was_being_said_when_the_socket_broke_is_kept(media, talking, database):
    ws = opened(media)
    start(ws, a_token(database, talking))
    speak(ws, loud_ms=400, quiet_ms=0)
    ws.sock.shutdown(socket.SHUT_RDWR)
    (segment,) = eventually(lambda: segments(database))
    assert segment.text == "响400毫秒"


def test_a_stop_ends_the_stream_in_order(media, talking, database):
    ws = opened(media)
    start(ws, a_token(database, talking))
    speak(ws, loud_ms=200, quiet_ms=0)
    ws.send(json.dumps({"event": "stop", "stop": {"callSid": CALLER_SID}}))
    assert closed_with(ws) == 1000
    assert eventually(lambda: segments(database))


@pytest.mark.parametrize("wrong", ["unknown", "used", "old", "another leg's"])
def test_a_wrong_token_closes_the_socket_before_anything_is_heard(media, talking, database, wrong):
    call_sid = CALLER_SID
    if wrong == "unknown":
        token = "made-up"
    elif wrong == "old":
        token = a_token(database, talking, at=now() - passes.VALID_FOR)
    else:
        token = a_token(database, talking)
    if wrong == "used":
        first = opened(media)
        start(first, token)
        speak(first, loud_ms=100, quiet_ms=200)
        eventually(lambda: segments(database))
        first.close()
    if wrong == "another leg's":
        call_sid = "CA" + "7" * 32
    before = len(segments(database))
    ws = opened(media)
    start(ws, token, call_sid=call_sid)
    assert closed_with(ws) == REFUSED
    assert len(segments(database)) == before


@pytest.mark.parametrize("opening", ["{}{", '{"event":"media","media":{"payload":""}}', '{"event":"stop"}'])
def test_a_socket_that_does_not_begin_like_a_stream_is_closed(media, opening):
    ws = opened(media)
    ws.send(opening)
    assert closed_with(ws) == REFUSED


def test_a_socket_that_says_nothing_is_closed_in_time(media, monkeypatch):
    monkeypatch.setattr(media_module, "STARTS_WITHIN_S", 0.3)
    assert closed_with(opened(media)) == REFUSED


def test_a_newer_stream_of_the_same_speaker_wins(media, talking, database):
    older, newer = opened(media), opened(media)
    start(older, a_token(database, talking), stream_sid="MZ-old")
    speak(older, loud_ms=100, quiet_ms=200)
    eventually(lambda: segments(database))
    start(newer, a_token(database, talking), stream_sid="MZ-new")
    assert closed_with(older) == REFUSED
    speak(newer, loud_ms=200, quiet_ms=200)
    eventually(lambda: [one for one in segments(database) if one.utterance.startswith("MZ-new")])
    newer.close()


def test_a_flood_is_cut_off(media, talking, database, monkeypatch):
    monkeypatch.setattr(media_module, "MOST_A_SECOND", 50.0)
    ws = opened(media)
    start(ws, a_token(database, talking))
    mark = json.dumps({"event": "mark"})
    sent = iter(range(200_000))
    with contextlib.suppress(simple_websocket.ConnectionClosed, OSError):
        for _ in sent:
            ws.send(mark)
    assert next(sent, None) is not None


def test_a_message_too_big_closes_the_socket(media, talking, database):
    ws = opened(media)
    start(ws, a_token(database, talking))
    ws.send("x" * (media_module.MOST_A_MESSAGE + 1))
    assert closed_with(ws) == 1009


def test_a_recogniser_that_fails_closes_the_socket_in_order_and_leaves_the_call_alone(
    media, talking, database, desk, monkeypatch
):
    def broken(_self, _pcm):
        raise RuntimeError("the engine is ill")

    monkeypatch.setattr(LoudSpells, "hear", broken)
    ws = opened(media)
    start(ws, a_token(database, talking))
    speak(ws, loud_ms=200, quiet_ms=0)
    assert closed_with(ws) == 1011
    assert desk.call(talking).state == "talking"


def test_without_a_speech_model_the_call_is_carried_all_the_same(media, talking, database):
    media.extensions["media"].recogniser = None
    ws = opened(media)
    start(ws, a_token(database, talking))
    speak(ws, loud_ms=300, quiet_ms=300)
    ws.send(json.dumps({"event": "stop"}))
    assert closed_with(ws) == 1000
    assert segments(database) == []
