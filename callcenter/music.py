"""The tune callers hear while they wait, made here so that no one else's music is needed."""

from __future__ import annotations

import io
import wave
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 8000
BEAT_S: Final = 0.6
ROUND_S: Final = 19.2

# A slow pentatonic phrase (degree above C4, length in beats); the low notes carry it.
_TUNE: Final = ((7, 2), (9, 1), (12, 1), (9, 2), (7, 2), (4, 2), (7, 1), (9, 1), (4, 2), (2, 2))
_ANSWER: Final = ((2, 2), (4, 1), (7, 1), (9, 2), (4, 2), (2, 2), (0, 1), (2, 1), (0, 4))
_BASS: Final = ((-12, 4), (-15, 4), (-17, 4), (-17, 4), (-15, 4), (-17, 4), (-12, 4), (-12, 4))
_C4_HZ: Final = 261.63


@cache
def wav() -> bytes:
    """Return the tune as a WAV file: 16-bit mono, 8000 Hz, ROUND_S long, joined to itself without a click."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(tune().tobytes())
    return out.getvalue()


def tune() -> NDArray[np.int16]:
    """Return the tune as samples at 8000 Hz; quiet, for it is heard for minutes."""
    mix = _voice((*_TUNE, *_ANSWER), loudness=0.6) + _voice(_BASS, loudness=0.35)
    return (mix * 7000).astype(np.int16)


def _voice(notes: tuple[tuple[int, int], ...], *, loudness: float) -> NDArray[np.float64]:
    line = np.zeros(int(ROUND_S * SAMPLE_RATE_HZ))
    at = 0
    for degree, beats in notes:
        note = _note(_C4_HZ * 2 ** (degree / 12), beats * BEAT_S)[: len(line) - at]
        line[at : at + len(note)] += note * loudness
        at += int(beats * BEAT_S * SAMPLE_RATE_HZ)
    return line


def _note(pitch_hz: float, length_s: float) -> NDArray[np.float64]:
    """One soft bell: three partials that swell in 30 ms and die away before the next note."""
    t = np.arange(int(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    wave_form = sum(np.sin(2 * np.pi * pitch_hz * n * t) / n**2 for n in (1, 2, 3))
    swell = np.minimum(t / 0.03, 1.0) * np.minimum((length_s - t) / 0.05, 1.0)
    return np.asarray(wave_form * swell * np.exp(-1.6 * t / length_s))
