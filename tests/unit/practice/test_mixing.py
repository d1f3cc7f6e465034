"""Who hears whom, in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from callcenter.practice.mixing import Voice, added, mixed
from callcenter.practice.sounds import FRAME_SAMPLES, QUIET


def level(value: int) -> np.ndarray:
    return np.full(FRAME_SAMPLES, value, dtype=np.int16)


def heard(**voices: Voice) -> dict[str, int]:
    return {key: int(frame[0]) for key, frame in mixed(voices).items()}


@pytest.mark.parametrize(
    ("voices", "wanted"),
    [
        ({"a": Voice(frame=level(1)), "b": Voice(frame=level(2))}, {"a": 2, "b": 1}),
        (
            {"a": Voice(frame=level(1)), "b": Voice(frame=level(2)), "c": Voice(frame=level(4))},
            {"a": 6, "b": 5, "c": 3},
        ),
        ({"a": Voice(frame=level(1), speaks=False), "b": Voice(frame=level(2))}, {"a": 2, "b": 0}),
        ({"a": Voice(frame=level(1)), "b": Voice(frame=level(2), hears=False)}, {"a": 2, "b": 0}),
        (
            {
                "a": Voice(frame=level(1)),
                "b": Voice(frame=level(2)),
                "c": Voice(frame=level(4), speaks=False, coaches="b"),
            },
            {"a": 2, "b": 5, "c": 3},
        ),
        (
            {"a": Voice(frame=level(30000)), "b": Voice(frame=level(30000)), "c": Voice(frame=QUIET)},
            {"a": 30000, "b": 30000, "c": 32767},
        ),
    ],
)
def test_everybody_hears_all_who_speak_but_themselves(voices, wanted):
    assert heard(**voices) == wanted


def test_silence_stays_the_one_silent_frame():
    assert mixed({"a": Voice(frame=QUIET), "b": Voice(frame=QUIET)})["a"] is QUIET
    assert added([QUIET, QUIET]) is QUIET
    assert added([QUIET, frame := level(3)]) is frame
