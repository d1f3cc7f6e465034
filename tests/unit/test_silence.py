"""Silence is kept from the recogniser, words and their ends are not."""

from __future__ import annotations

import numpy as np

from nlp.silence import SilenceGate

RATE = 8000
PIECE = RATE // 10


def piece(level: int) -> bytes:
    return (np.ones(PIECE, np.int16) * level).tobytes()


def seconds(passed: list[bytes]) -> float:
    return sum(len(one) for one in passed) / 2 / RATE


def test_silence_before_anybody_speaks_is_kept_back_whole():
    gate = SilenceGate(RATE)
    assert seconds([gate.passed(piece(0), in_utterance=False) for _ in range(300)]) == 0
    assert gate.kept_back_s > 29


def test_the_first_loud_piece_brings_what_came_just_before_it():
    gate = SilenceGate(RATE)
    for _ in range(100):
        gate.passed(piece(7), in_utterance=False)
    first = np.frombuffer(gate.passed(piece(4000), in_utterance=False), np.int16)
    assert len(first) == PIECE + int(0.4 * RATE)
    assert first[0] == 7
    assert first[-1] == 4000


def test_the_silence_that_ends_an_utterance_is_heard_out():
    gate = SilenceGate(RATE)
    gate.passed(piece(4000), in_utterance=False)
    after = [gate.passed(piece(0), in_utterance=True) for _ in range(12)]
    after += [gate.passed(piece(0), in_utterance=False) for _ in range(100)]
    assert 1.2 <= seconds(after) <= 1.7


def test_open_words_are_heard_out_however_long_it_takes():
    gate = SilenceGate(RATE)
    gate.passed(piece(4000), in_utterance=False)
    assert seconds([gate.passed(piece(0), in_utterance=True) for _ in range(50)]) == 5.0


def test_a_noisy_line_is_never_kept_back():
    gate = SilenceGate(RATE)
    assert seconds([gate.passed(piece(300), in_utterance=False) for _ in range(100)]) == 10.0


def test_nothing_said_is_lost_and_time_adds_up():
    gate = SilenceGate(RATE)
    levels = [0] * 40 + [3000] * 10 + [0] * 40 + [3000] * 5 + [0] * 30
    passed = [gate.passed(piece(level), in_utterance=False) for level in levels]
    heard = np.frombuffer(b"".join(passed), np.int16)
    assert (heard == 3000).sum() == 15 * PIECE
    waiting = int(0.4 * RATE)
    assert abs(len(heard) / RATE + gate.kept_back_s + waiting / RATE - len(levels) * 0.1) < 1e-6
