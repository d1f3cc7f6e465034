"""Chinese words: the one place that knows which segmenter stands behind them.

jieba is the choice (docs/text-model.md has the measurement): it is in the stack already, and a caller's
sentence takes it well under a millisecond. Training and serving must cut alike: an artefact names `engine()`.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).parent / "lexicon"


def engine() -> str:
    """Return the segmenter and its version, as an artefact records it."""
    return f"jieba {version('jieba')}"


class Cutter:
    """Cuts Chinese text into words with a dictionary of its own.

    Each cutter holds its own dictionary (about 1 s to read, 60 MB), so that the names added for one
    purpose, such as the city's estates for search, do not change the words that a trained model sees.
    """

    def __init__(self, *, extra: Iterable[str] = ()) -> None:
        import jieba

        # jieba writes its progress to stderr through a logger of its own; ours are JSON lines.
        jieba.setLogLevel(logging.WARNING)
        self._jieba: Any = jieba.Tokenizer()
        self._jieba.initialize()
        self.add(extra)

    def add(self, words: Iterable[str]) -> None:
        """Make each of `words` one word from now on. May be called again."""
        for word in words:
            self._jieba.add_word(word)

    def cut(self, text: str) -> list[str]:
        """Return the words of `text` in order; punctuation and spaces are left out."""
        return [word for word in self._jieba.cut(text, HMM=True) if _says_something(word)]

    def cut_for_search(self, text: str) -> list[str]:
        """Return the words of `text` and the shorter words inside long ones, as an index wants them."""
        return [word for word in self._jieba.cut_for_search(text) if _says_something(word)]

    def cut_as_known(self, text: str, *, inside: bool) -> list[str]:
        """Return the words of `text` that the dictionary has, the rest by its characters; nothing is guessed.

        inside: also the shorter words inside long ones.
        """
        cut = self._jieba.cut_for_search if inside else self._jieba.cut
        return [word for word in cut(text, HMM=False) if _says_something(word)]

    def character_counts(self) -> Counter[str]:
        """Return how often each character occurs in the words of the dictionary, by their frequency."""
        counts: Counter[str] = Counter()
        for word, frequency in self._jieba.FREQ.items():
            for letter in word:
                counts[letter] += frequency
        return counts


def character_counts() -> Counter[str]:
    """Return how often each character occurs in common Chinese, as the dictionary knows it."""
    return shared_cutter().character_counts()


@cache
def shared_cutter() -> Cutter:
    """Return the cutter with the plain dictionary that all models share; built at first use."""
    return Cutter()


@cache
def stop_words() -> frozenset[str]:
    """Return the words that say nothing about the matter (nlp/lexicon/stopwords.txt)."""
    lines = (LEXICON / "stopwords.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def content_words(text: str) -> list[str]:
    """Return the words of `text` that may tell its matter: no stop words, no bare numbers."""
    stops = stop_words()
    return [word for word in shared_cutter().cut(text) if word not in stops and not word.isdigit()]


def _says_something(word: str) -> bool:
    return any(letter.isalnum() for letter in word)
