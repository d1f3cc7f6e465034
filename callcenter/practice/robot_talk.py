"""One talk of a robot: its mouth and its ear, both paced by the frames that the line sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from callcenter.practice.sounds import FRAME_SAMPLES, FRAMES_A_SECOND, QUIET_MULAW
from core.g711 import mulaw_from_pcm, pcm_from_mulaw
from core.voice import speak

SPEAKS_AT: Final = 190  # words a minute: brisk, so that nobody waits for a robot
# A few frames are sent ahead, so that the line's buffer does not run dry between two of its bursts.
_LEAD_FRAMES: Final = 4
_LEAST_LOUDNESS: Final = 200.0  # root mean square of a frame; the hiss of mu-law stays far below
_ABOVE_NOISE: Final = 3.0
_SPEECH_FRAMES: Final = 10  # shorter sounds are clicks


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a robot listens; all in seconds of the call's own time."""

    pause_s: float = 1.6  # quiet after speech that means: finished
    silence_s: float = 12.0  # nothing said at all
    longest_s: float = 120.0


class Ear:
    """Tells speech from quiet by the loudness of frames, above whatever noise there always is."""

    def __init__(self) -> None:
        self.frames = 0
        self.speech_frames = 0
        self.quiet_frames = 0
        self._noise = _LEAST_LOUDNESS / _ABOVE_NOISE

    @property
    def heard_speech(self) -> bool:
        return self.speech_frames >= _SPEECH_FRAMES

    def hear(self, mulaw: bytes) -> None:
        """Take one frame of 160 bytes."""
        self.frames += 1
        loudness = 0.0
        if mulaw != QUIET_MULAW:
            samples = pcm_from_mulaw(mulaw).astype(np.float32)
            loudness = float(np.sqrt(np.mean(samples * samples)))
        loud = loudness > max(_LEAST_LOUDNESS, _ABOVE_NOISE * self._noise)
        # The noise is the quietest of late: it falls at once and rises slowly, 5 % a second.
        self._noise = min(loudness, self._noise * 1.001 + 0.01)
        self.speech_frames += loud
        self.quiet_frames = 0 if loud else self.quiet_frames + 1


class Talk:
    """A call on the robot's phone, from the first ring to the end."""

    def __init__(self, call_sid: str) -> None:
        self.call_sid = call_sid
        self.ear = Ear()
        self.is_open = asyncio.Event()
        self.over = False
        self._mouth = b""
        self._moved = asyncio.Event()

    @property
    def lasted_ms(self) -> int:
        """How long the call has been open, in its own time."""
        return self.ear.frames * 1000 // FRAMES_A_SECOND

    def frames_for(self, heard: bytes) -> bytes:
        """Take what the line sent and return as much to send back: what is to be said, or silence."""
        for at in range(0, len(heard) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self.ear.hear(heard[at : at + FRAME_SAMPLES])
        wanted = len(heard) // FRAME_SAMPLES * FRAME_SAMPLES
        said, self._mouth = self._mouth[:wanted], self._mouth[wanted:]
        self._moved.set()
        return said + QUIET_MULAW * ((wanted - len(said)) // FRAME_SAMPLES)

    def opened(self) -> bytes:
        """Note that sound flows; return the frames that are sent ahead."""
        self.is_open.set()
        return QUIET_MULAW * _LEAD_FRAMES

    def close(self) -> None:
        """Note that the call is over; whoever speaks or listens goes on at once."""
        self.over = True
        self.is_open.set()
        self._moved.set()

    async def say(self, mulaw: bytes) -> None:
        """Say whole frames; return when they have been said, or the call is over."""
        self._mouth += mulaw
        await self._until(lambda: not self._mouth)

    async def listen(self, patience: Patience) -> bool:
        """Return when the caller has finished; True if they have said something since the talk began."""
        began, ear = self.ear.frames, self.ear

        def finished() -> bool:
            listened = ear.frames - began
            if ear.heard_speech and ear.quiet_frames >= patience.pause_s * FRAMES_A_SECOND:
                return True
            longest_s = patience.longest_s if ear.heard_speech else patience.silence_s
            return listened >= longest_s * FRAMES_A_SECOND

        await self._until(finished)
        return ear.heard_speech

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not self.over and not reached():
            self._moved.clear()
            await self._moved.wait()


class Prompts:
    """Sentences as mu-law, each made once; the voice is C code and works in a thread of its own."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    async def of(self, text: str, *, keep: bool = True) -> bytes:
        """Return `text` spoken: whole frames of 160 bytes. keep: False for what is said only once."""
        if text in self._made:
            return self._made[text]
        made = await asyncio.to_thread(_spoken, text)
        if keep:
            self._made[text] = made
        return made


def _spoken(text: str) -> bytes:
    mulaw = mulaw_from_pcm(speak(text, words_per_minute=SPEAKS_AT))
    return mulaw + QUIET_MULAW[: -len(mulaw) % FRAME_SAMPLES]
