"""What the machine understood, in the words that a form shows."""

from __future__ import annotations

import pytest

from workers.draft_cases import in_words


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2026-11-23T23:00:00+08:00", "11月23日 23:00"),
        ("2026-11-03T07:05:00+08:00", "11月3日 07:05"),
        ("2026-01-09", "1月9日"),
    ],
)
def test_a_moment_is_shown_as_on_a_clock_on_the_wall(iso: str, words: str):
    assert in_words(iso) == words
