"""What comes down a media socket, and how fast it may."""

import base64
import json

import pytest

from callcenter.media_frames import (
    BATCH_BYTES,
    BadFrame,
    Batches,
    EverySoOften,
    Ignored,
    Pace,
    Sound,
    Started,
    Stopped,
    parse,
)


def start(**changes):
    message = {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "abc"},
        },
        "streamSid": "MZ1",
    }
    message["start"] |= changes
    return message


STARTED = Started(stream_sid="MZ1", call_sid="CA1", token="abc")


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"event": "connected", "protocol": "Call", "version": "0.2.0"}, Ignored()),
        (start(), STARTED),
        (start(customParameters=None) | {"customParameters": {"token": "abc"}}, STARTED),
        (start(customParameters={}), Started(stream_sid="MZ1", call_sid="CA1", token="")),
        (
            {"event": "media", "media": {"payload": base64.b64encode(b"\xff" * 160).decode()}},
            Sound(payload=b"\xff" * 160),
        ),
        ({"event": "media", "media": {"payload": ""}}, Sound(payload=b"")),
        ({"event": "stop", "stop": {"callSid": "CA1"}}, Stopped()),
        ({"event": "mark", "mark": {"name": "x"}}, Ignored()),
        ({"event": "dtmf", "dtmf": {"digit": "1"}}, Ignored()),
        ({"event": "of tomorrow"}, Ignored()),
        ({}, Ignored()),
    ],
)
def test_messages_are_understood(message, meaning):
    assert parse(json.dumps(message)) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe",
        '{"event":"media"}',
        '{"event":"media","media":"x"}',
        '{"event":"media","media":{"payload":"***"}}',
        '{"event":"media","media":{"payload":5}}',
        '{"event":"start"}',
        '{"event":"start","start":{"callSid":7}}',
        '{"event":"start","start":{"customParameters":{"token":{}}}}',
    ],
)
def test_what_is_no_message_is_called_so(text):
    with pytest.raises(BadFrame):
        parse(text)


@pytest.mark.parametrize("size", [1, 160, 799, 800, 801, 4000])
def test_frames_of_any_size_become_batches_without_losing_a_byte(size):
    sound = bytes(number % 251 for number in range(8000))
    batches = Batches()
    out = []
    for at in range(0, len(sound), size):
        out += batches.add(sound[at : at + size])
    assert all(len(batch) == BATCH_BYTES for batch in out)
    assert b"".join(out) + batches.rest() == sound
    assert batches.rest() == b""


def test_a_pace_lets_a_burst_through_and_then_its_rate():
    pace = Pace(10)
    assert sum(pace.lets(0.0) for _ in range(20)) == 10
    assert sum(pace.lets(0.5) for _ in range(20)) == 5
    assert sum(pace.lets(60.0) for _ in range(20)) == 10


def test_partials_pass_four_times_a_second():
    gate = EverySoOften(0.25)
    assert sum(gate.lets(tick / 100) for tick in range(100)) == 4
