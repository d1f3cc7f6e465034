"""What a model sees of a text: counts of words, character runs and syllables, in training as in serving."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Self

from nlp.text import matter
from nlp.words import content_words, shared_cutter

_DIGITS = re.compile(r"\d+")
_RUN = re.compile(r"[0-9a-z\u3400-\u9fff]+")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Which features are counted; part of an artefact, so that a model is always fed as it was trained."""

    words: int = 2  # longest run of words
    chars: int = 3  # longest run of characters
    syllables: int = 0  # longest run of syllables (pinyin without tones); 0 for none
    drop_stop_words: bool = True
    word_weight: float = 1.0  # beside characters and syllables; mishearing spoils words most
    unknown_weight: float = 0.0  # how much unknown features dilute the known ones; 1 is as if known

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the recipe that `to_plain` wrote. Raises TypeError for unknown fields."""
        return cls(**plain)

    def to_plain(self) -> dict[str, Any]:
        """Return the recipe as JSON can hold it."""
        return asdict(self)

    def count(self, text: str) -> Counter[str]:
        """Return how often each feature occurs in `text`.

        Names start with w: (words), c: (characters) or p: (syllables).
        """
        plain = _DIGITS.sub("0", matter(text))
        return Counter(self._features(plain))

    def _features(self, plain: str) -> Iterator[str]:
        if self.words:
            yield from (f"w:{run}" for run in _runs(self._words(plain), self.words, "_"))
        for piece in _RUN.findall(plain):
            yield from (f"c:{run}" for run in _runs(piece, self.chars, ""))
            if self.syllables:
                spoken = [syllable(letter) for letter in piece]
                # One syllable alone says next to nothing: Chinese has some 400 of them.
                yield from (f"p:{run}" for run in _runs(spoken, self.syllables, "_", shortest=2))

    def _words(self, plain: str) -> list[str]:
        return content_words(plain) if self.drop_stop_words else shared_cutter().cut(plain)


def _runs(units: Iterable[str], longest: int, glue: str, shortest: int = 1) -> Iterator[str]:
    held = list(units)
    for length in range(shortest, longest + 1):
        for start in range(len(held) - length + 1):
            yield glue.join(held[start : start + length])


@lru_cache(maxsize=20_000)
def syllable(letter: str) -> str:
    """Return how one character sounds to a tired ear: no tone, zh=z, n=l, -ng=-n; itself if it has no sound.

    One sound for what recognisers and callers mix up is what makes a misheard word meet the right one.
    """
    from nlp import syllables

    sounds = syllables.of_name(letter)
    return syllables.rough(sounds[0]) if sounds else letter
