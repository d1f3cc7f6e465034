"""Frames, files and players."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from callcenter.practice import sounds
from callcenter.practice.player import Player
from callcenter.practice.sounds import QUIET, UnknownSound, decoded, frame_of, mulaw_of, wav_of
from callcenter.practice.stream_buffer import StreamBuffer
from callcenter.practice.trimming import trimmed
from core.g711 import mulaw_from_pcm


def test_a_wav_of_any_rate_and_width_comes_out_at_8_khz_mono(tmp_path):
    import io
    import wave

    for rate, width, channels in [(16000, 2, 1), (44100, 2, 2), (8000, 1, 1), (22050, 4, 1)]:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(width)
            file.setframerate(rate)
            file.writeframes(b"\x80" * rate * width * channels)
        assert abs(len(decoded(buffer.getvalue())) - 8000) <= 2


def test_what_is_no_wav_is_refused():
    with pytest.raises(UnknownSound):
        decoded(b"ID3 this is another format")


def test_silence_is_ff_and_comes_back_as_the_silent_frame():
    assert mulaw_of(QUIET) == b"\xff" * 160
    assert frame_of(b"\xff" * 160) is QUIET
    assert len(mulaw_of(sounds.tone(400, seconds=0.02))) == 160


def test_keys_take_their_time_and_unknown_ones_are_left_out():
    assert len(sounds.keys("1w2")) == round((0.3 + 0.5 + 0.3) * 8000)
    assert len(sounds.keys("xyz")) == 0


def test_a_player_plays_in_order_and_pads_the_last_frame():
    async def play() -> list[int]:
        player = Player()
        first = asyncio.ensure_future(player.play(np.full(200, 5, dtype=np.int16)))
        await asyncio.sleep(0)
        player.start(np.full(160, 7, dtype=np.int16))
        frames = [player.frame() for _ in range(4)]
        await first
        assert player.idle
        return [int(frame.sum()) for frame in frames]

    assert asyncio.run(play()) == [800, 200, 1120, 0]


def test_a_cancelled_prompt_is_off_the_line_at_once():
    async def play() -> bool:
        player = Player()
        prompt = asyncio.ensure_future(player.play(np.full(1600, 5, dtype=np.int16)))
        await asyncio.sleep(0)
        player.frame()
        prompt.cancel()
        await asyncio.gather(prompt, return_exceptions=True)
        return player.frame() is QUIET

    assert asyncio.run(play())


def test_marks_come_back_when_what_is_before_them_was_played_or_cleared():
    told: list[str] = []
    buffer = StreamBuffer(told.append)
    buffer.mark("at once")
    buffer.play(mulaw_from_pcm(np.full(240, 1000, dtype=np.int16)))
    buffer.mark("after")
    assert told == ["at once"]
    buffer.frame()
    assert told == ["at once"]
    buffer.frame()
    assert told == ["at once", "after"]
    buffer.play(b"\x00" * 1600)
    buffer.mark("cleared")
    buffer.clear()
    assert told[-1] == "cleared"
    assert buffer.frame() is QUIET


def test_trimming_keeps_what_lies_between_the_first_and_the_last_word(tmp_path):
    path = tmp_path / "RE1.wav"
    path.write_bytes(wav_of(np.concatenate([sounds.silence(1), sounds.tone(500, seconds=2), sounds.silence(1)])))
    assert trimmed(path) == pytest.approx(2, abs=0.03)
    path.write_bytes(wav_of(sounds.silence(2)))
    assert trimmed(path) == 0
