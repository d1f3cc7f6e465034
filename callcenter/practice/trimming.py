"""Cutting the silence off both ends of a finished recording."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from callcenter.practice.sounds import FRAME_SAMPLES, wav_of
from core.g711 import SAMPLE_RATE_HZ

_LOUD = 200


def trimmed(path: Path) -> float:
    """Rewrite the WAV file from its first to its last loud frame; return what is left, in seconds.

    A file in which nothing is loud is left empty: 0.0.
    """
    with wave.open(str(path)) as file:
        channels = file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, channels)
    whole_frames = len(samples) // FRAME_SAMPLES
    frames = samples[: whole_frames * FRAME_SAMPLES].reshape(whole_frames, -1)
    loud = np.flatnonzero(np.abs(frames.astype(np.int32)).max(axis=1, initial=0) > _LOUD)
    if not len(loud):
        path.write_bytes(wav_of(np.zeros((0, channels), dtype=np.int16), channels))
        return 0.0
    kept = samples[loud[0] * FRAME_SAMPLES : (loud[-1] + 1) * FRAME_SAMPLES]
    path.write_bytes(wav_of(kept.astype(np.int16), channels))
    return len(kept) / SAMPLE_RATE_HZ
