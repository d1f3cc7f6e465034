"""Sounds the line makes itself, and sound files as a telephone carries them: 8000 Hz, mono, int16."""

from __future__ import annotations

import io
import wave
from functools import cache
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from core.g711 import SAMPLE_RATE_HZ, SILENCE, mulaw_from_pcm, pcm_from_mulaw

Pcm = NDArray[np.int16]

FRAME_SAMPLES: Final = 160
FRAME_S: Final = 0.02
FRAMES_A_SECOND: Final = 50
QUIET: Final[Pcm] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
"""The one silent frame. Compared by identity, so that silence costs nothing to mix or to encode."""
QUIET.setflags(write=False)
QUIET_MULAW: Final = bytes([SILENCE]) * FRAME_SAMPLES
NOTHING: Final[Pcm] = np.zeros(0, dtype=np.int16)

_LOUD: Final = 200  # peak of a frame in which somebody speaks; far above mu-law's own noise
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS: Final = "123A456B789C*0#D"


class UnknownSound(Exception):
    """The file is not in a form that the line can play."""


def mulaw_of(frame: Pcm) -> bytes:
    """Return the frame as the carrier sends it."""
    return QUIET_MULAW if frame is QUIET else mulaw_from_pcm(frame)


def frame_of(mulaw: bytes) -> Pcm:
    """Return the samples of one mu-law frame of 160 bytes."""
    return QUIET if mulaw == QUIET_MULAW else pcm_from_mulaw(mulaw)


def is_loud(frame: Pcm) -> bool:
    """Say whether somebody can be heard in the frame."""
    return frame is not QUIET and bool(np.abs(frame.astype(np.int32)).max(initial=0) > _LOUD)


def seconds_of(pcm: Pcm) -> float:
    return len(pcm) / SAMPLE_RATE_HZ


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.int16)


def tone(*hertz: float, seconds: float, peak: int = 6000) -> Pcm:
    """Return sine waves sounded together, `peak` high in all, without clicks at the ends."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    waves = np.sum([np.sin(2 * np.pi * h * t) for h in hertz], axis=0) * (peak / len(hertz))
    edge = min(40, len(t) // 2)
    if edge:
        waves[:edge] *= np.linspace(0, 1, edge)
        waves[-edge:] *= np.linspace(1, 0, edge)
    return np.asarray(waves, dtype=np.int16)


@cache
def ring_back() -> Pcm:
    """Return one cycle of the Chinese ring-back tone: 450 Hz, 1 s on, 4 s off (GB/T 3380)."""
    return np.concatenate([tone(450, seconds=1, peak=4000), silence(4)])


@cache
def beep() -> Pcm:
    return tone(1000, seconds=0.3)


@cache
def music() -> Pcm:
    """Return the line's own waiting music, a plain pentatonic phrase of ten seconds, our own."""
    scale = {"g": 392.0, "a": 440.0, "c": 523.25, "d": 587.33, "e": 659.25, "-": 0.0}
    notes = "c-d-e-d-c-a-g-a-c-d-c---a-c-d-c-a-g-a-g-"
    sung = [tone(scale[n], scale[n] * 2, seconds=0.25, peak=2500) if scale[n] else silence(0.25) for n in notes]
    return np.concatenate(sung)


def keys(digits: str) -> Pcm:
    """Return the tones of `digits`; `w` is half a second of silence, anything unknown is left out."""
    pieces = [NOTHING]
    for key in digits.upper():
        if key == "W":
            pieces.append(silence(0.5))
        elif key in _KEYS:
            at = _KEYS.index(key)
            pieces += [tone(_ROWS[at // 4], _COLUMNS[at % 4], seconds=0.2), silence(0.1)]
    return np.concatenate(pieces)


def decoded(content: bytes, content_type: str = "audio/wav") -> Pcm:
    """Return the sound of a WAV file (PCM of 8, 16 or 32 bits, any rate) or of raw mu-law (audio/basic).

    Raises UnknownSound.
    """
    if content_type in ("audio/basic", "audio/ulaw", "audio/x-mulaw"):
        return pcm_from_mulaw(content)
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise UnknownSound(f"not a PCM WAV file: {error}") from error
    samples = _as_int16(raw, width)
    mono = samples.reshape(-1, channels).mean(axis=1).astype(np.int16) if channels > 1 else samples
    return mono if rate == SAMPLE_RATE_HZ else soxr.resample(mono, rate, SAMPLE_RATE_HZ)


def _as_int16(raw: bytes, width: int) -> Pcm:
    if width == 1:
        return ((np.frombuffer(raw, dtype=np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
    if width == 2:
        return np.frombuffer(raw, dtype="<i2").astype(np.int16)
    if width == 4:
        return (np.frombuffer(raw, dtype="<i4") >> 16).astype(np.int16)
    raise UnknownSound(f"samples of {width * 8} bits")


def wav_of(pcm: Pcm, channels: int = 1) -> bytes:
    """Return a WAV file of 16-bit samples; two channels are given as shape (n, 2)."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.ascontiguousarray(pcm, dtype="<i2").tobytes())
    return buffer.getvalue()
