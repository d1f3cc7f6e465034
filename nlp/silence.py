"""Keeps long silence from the recogniser: in it there is nothing to hear, and it is the dearest sound of all.

Digital silence cost the practice model twenty times what speech costs (0.18 of real time against 0.009), and
most of a call is silence on one of its two tracks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Below this peak nobody speaks: mu-law's quiet steps and a good line's noise. A noisy line is never gated.
_QUIET_PEAK: Final = 160
# Longer than any pause that ends an utterance (0.5 to 1 s in the models), so that endpoints still come.
_HEARD_OUT_S: Final = 1.5
# What came just before a loud piece: a word may begin softly.
_LEAD_IN_S: Final = 0.4


class SilenceGate:
    """Passes sound on, but for silence that has lasted; one a stream."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._quiet_s = _HEARD_OUT_S  # nobody has spoken yet
        self._lead_in = np.zeros(0, np.int16)
        self._noise = np.random.default_rng(0).normal(0, 3, sample_rate_hz).astype(np.int16)
        self.kept_back_s = 0.0

    def passed(self, pcm16le: bytes, *, in_utterance: bool) -> bytes:
        """Return what the recogniser is to hear of this piece; often nothing.

        in_utterance: words are open, so their end must be heard out, however long the silence is.
        """
        sound = np.frombuffer(pcm16le, np.int16)
        if not len(sound):
            return b""
        if np.abs(sound.astype(np.int32)).max() > _QUIET_PEAK:
            self._quiet_s = 0.0
            sound, self._lead_in = np.concatenate([self._lead_in, sound]), self._lead_in[:0]
            return sound.tobytes()
        if self._quiet_s < _HEARD_OUT_S or in_utterance:
            self._quiet_s += len(sound) / self._rate_hz
            return self._breathed(sound).tobytes()
        self._keep_back(sound)
        return b""

    def _keep_back(self, sound: NDArray[np.int16]) -> None:
        held = np.concatenate([self._lead_in, sound])
        most = int(_LEAD_IN_S * self._rate_hz)
        self._lead_in = held[-most:]
        self.kept_back_s += (len(held) - len(self._lead_in)) / self._rate_hz

    def _breathed(self, sound: NDArray[np.int16]) -> NDArray[np.int16]:
        """Put a breath of noise under digital silence, which no line of flesh and copper has."""
        return sound + np.resize(self._noise, len(sound))
