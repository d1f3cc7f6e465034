"""Sound files for the browsers' microphones, spoken by the synthetic voice."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from core.voice import speak

RATE_HZ = 48_000  # what Chromium's fake microphone takes


def microphone(path: Path, text: str, *, silence_before_s: float, silence_after_s: float = 60.0) -> Path:
    """Write a WAV file that is silent, speaks `text`, and is silent again."""
    spoken = speak(text, sample_rate_hz=RATE_HZ) if text else np.zeros(0, np.int16)
    parts = [np.zeros(int(RATE_HZ * silence_before_s), np.int16), spoken]
    parts.append(np.zeros(int(RATE_HZ * silence_after_s), np.int16))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.concatenate(parts).tobytes())
    return path
