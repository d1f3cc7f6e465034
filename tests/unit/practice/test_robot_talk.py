"""A robot's mouth and ear, frame by frame."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from callcenter.practice.robot_talk import Ear, Patience, Prompts, Talk
from callcenter.practice.sounds import FRAME_SAMPLES, FRAMES_A_SECOND, QUIET_MULAW
from core.g711 import mulaw_from_pcm
from core.voice import speak

PATIENCE = Patience(pause_s=0.4, silence_s=1.0, longest_s=3.0)


def a_noise(seconds: float, *, loudness: float) -> bytes:
    samples = np.random.default_rng(7).normal(0, loudness, round(seconds * 8000))
    return mulaw_from_pcm(samples.astype(np.int16))


def silence(seconds: float) -> bytes:
    return QUIET_MULAW * round(seconds * FRAMES_A_SECOND)


def frames(mulaw: bytes) -> list[bytes]:
    return [mulaw[at : at + FRAME_SAMPLES] for at in range(0, len(mulaw), FRAME_SAMPLES)]


@pytest.fixture(scope="module")
def sentence() -> bytes:
    mulaw = mulaw_from_pcm(speak("家里停水了"))
    return mulaw + QUIET_MULAW[: -len(mulaw) % FRAME_SAMPLES]


def heard_out(sound: bytes) -> tuple[bool, int]:
    """Return whether a robot that hears `sound` heard speech, and how many frames it listened."""

    async def listens() -> tuple[bool, int]:
        talk = Talk("CA1")
        listening = asyncio.create_task(talk.listen(PATIENCE))
        await asyncio.sleep(0)
        for frame in frames(sound):
            talk.frames_for(frame)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if listening.done():
                break
        talk.close()
        return await listening, talk.ear.frames

    return asyncio.run(listens())


def test_a_caller_has_finished_after_a_pause(sentence: bytes) -> None:
    heard, listened = heard_out(silence(0.5) + sentence + silence(5))
    spoken = 25 + len(sentence) // FRAME_SAMPLES
    assert heard
    assert spoken <= listened <= spoken + PATIENCE.pause_s * FRAMES_A_SECOND + 1


def test_a_silent_caller_is_not_waited_for_long() -> None:
    assert heard_out(silence(5)) == (False, PATIENCE.silence_s * FRAMES_A_SECOND)


def test_a_noisy_line_is_no_speech() -> None:
    heard, _listened = heard_out(a_noise(5, loudness=120))
    assert not heard


def test_speech_is_heard_above_noise(sentence: bytes) -> None:
    ear = Ear()
    for frame in frames(a_noise(2, loudness=120)):
        ear.hear(frame)
    assert not ear.heard_speech
    for frame in frames(sentence):
        ear.hear(frame)
    assert ear.heard_speech


def test_a_caller_who_never_stops_is_cut_short(sentence: bytes) -> None:
    _heard, listened = heard_out(sentence * 20)
    assert listened == PATIENCE.longest_s * FRAMES_A_SECOND


def test_as_many_frames_go_out_as_come_in() -> None:
    async def talks() -> list[bytes]:
        talk = Talk("CA1")
        saying = asyncio.create_task(talk.say(b"\x01" * FRAME_SAMPLES * 3))
        await asyncio.sleep(0)
        sent = [talk.frames_for(QUIET_MULAW * 2), talk.frames_for(QUIET_MULAW * 2)]
        await saying
        return [*sent, talk.frames_for(QUIET_MULAW)]

    first, second, third = asyncio.run(talks())
    assert first == b"\x01" * FRAME_SAMPLES * 2
    assert second == b"\x01" * FRAME_SAMPLES + QUIET_MULAW
    assert third == QUIET_MULAW


def test_whoever_speaks_goes_on_when_the_caller_hangs_up() -> None:
    async def talks() -> None:
        talk = Talk("CA1")
        saying = asyncio.create_task(talk.say(b"\x01" * FRAME_SAMPLES * 500))
        await asyncio.sleep(0)
        talk.close()
        await asyncio.wait_for(saying, 5)

    asyncio.run(talks())


def test_a_prompt_is_made_once_and_of_whole_frames() -> None:
    async def made() -> tuple[bytes, bytes]:
        prompts = Prompts()
        return await prompts.of("请讲。"), await prompts.of("请讲。")

    first, second = asyncio.run(made())
    assert first is second
    assert len(first) > FRAME_SAMPLES
    assert len(first) % FRAME_SAMPLES == 0
