"""Adding voices: who hears whom in one 20 ms frame. Pure arithmetic, no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from callcenter.practice.sounds import QUIET, Pcm


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One member's frame and place in the room.

    speaks: reaches everybody else. hears: gets the mix at all.
    coaches: key of the one member who alone hears this one.
    """

    frame: Pcm
    speaks: bool = True
    hears: bool = True
    coaches: Any = None


def mixed(voices: Mapping[Any, Voice]) -> dict[Any, Pcm]:
    """Return what each member hears: all who speak, without the member's own voice, plus its coaches."""
    loud = {key: v.frame for key, v in voices.items() if v.speaks and v.frame is not QUIET}
    total = _total(list(loud.values()))
    return {key: _heard(key, voice, voices, loud, total) for key, voice in voices.items()}


def _heard(key: Any, voice: Voice, voices: Mapping[Any, Voice], loud: Mapping[Any, Pcm], total: Any) -> Pcm:
    if not voice.hears:
        return QUIET
    own = loud.get(key)
    whispers = [v.frame for v in voices.values() if v.coaches == key and v.frame is not QUIET]
    if total is None or (own is not None and len(loud) == 1):
        return added(whispers)
    heard = total if own is None else total - own
    for whisper in whispers:
        heard = heard + whisper
    return np.clip(heard, -32768, 32767).astype(np.int16)


def _total(frames: Sequence[Pcm]) -> Any:
    if not frames:
        return None
    total = frames[0].astype(np.int32)
    for frame in frames[1:]:
        total += frame
    return total


def added(frames: Sequence[Pcm]) -> Pcm:
    """Return the frames sounded together, clipped; QUIET when all are."""
    loud = [frame for frame in frames if frame is not QUIET]
    if len(loud) < 2:
        return loud[0] if loud else QUIET
    return np.clip(_total(loud), -32768, 32767).astype(np.int16)
