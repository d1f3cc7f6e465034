"""The language model: which word follows which, smoothed by Kneser and Ney's counts."""

import logging
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import jieba

START, END = "<s>", "</s>"
_NUMERALS: Final = set("零一二三四五六七八九十百千万幺两点")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_DISCOUNT: Final = 0.75
# The share of a word's own chance that comes from general Chinese (jieba's frequencies).
_GENERAL_SHARE: Final = 0.2

History = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LanguageModel:
    """words: the vocabulary. chances: natural-log chance of a word after a history of 0, 1 or 2 words.
    backoffs: natural-log weight of forgetting the oldest word of a history."""

    words: tuple[str, ...]
    chances: dict[History, dict[str, float]]
    backoffs: dict[History, float]


class Vocabulary:
    """The words that can be recognised, and how a clause falls into them."""

    def __init__(self, clauses: list[str], names: list[str], *, general_words: int, characters: int) -> None:
        jieba.setLogLevel(logging.ERROR)
        jieba.initialize()
        self._general: dict[str, int] = {
            word: count for word, count in jieba.dt.FREQ.items() if count and _HAN.fullmatch(word)
        }
        for name in names:
            if 2 <= len(name) <= 4 and _HAN.fullmatch(name):
                jieba.add_word(name)
        pieces = Counter(piece for clause in clauses for piece in _cut(clause))
        ranked = sorted(self._general, key=lambda word: -self._general[word])
        self.words = {piece for piece in pieces if len(piece) <= 5}
        self.words |= set([word for word in ranked if 2 <= len(word) <= 4][:general_words])
        self.words |= set([word for word in ranked if len(word) == 1][:characters])
        self.words |= {sign for piece in pieces for sign in piece} | _NUMERALS

    def split(self, clause: str) -> list[str]:
        """Return the clause in words of the vocabulary; longer pieces fall into characters."""
        parts: list[str] = []
        for piece in _cut(clause):
            parts += [piece] if piece in self.words else list(piece)
        return parts

    def general_chance(self) -> dict[str, float]:
        """Return each word's share of general Chinese, summing to 1; unseen words get a token count."""
        counts = {word: self._general.get(word, 1) for word in self.words}
        total = sum(counts.values())
        return {word: count / total for word, count in counts.items()}


def _cut(clause: str) -> list[str]:
    """Return jieba's pieces, with numbers one character each, so that any number can be said."""
    parts: list[str] = []
    for piece in jieba.cut(clause, HMM=False):
        parts += list(piece) if set(piece) <= _NUMERALS or piece.isascii() else [piece]
    return parts


def estimate(sentences: list[list[str]], vocabulary: Vocabulary, *, rarest: tuple[int, int]) -> LanguageModel:
    """Return a trigram model; a sentence counts once. rarest: the least count of a pair, of a triple."""
    counts = _counts([list(words) for words in dict.fromkeys(map(tuple, sentences))])
    chances: dict[History, dict[str, float]] = {(): _word_chances(counts[()], vocabulary)}
    backoffs: dict[History, float] = {}
    for length, least in ((1, rarest[0]), (2, rarest[1])):
        for history in sorted(key for key in counts if len(key) == length):
            # A longer history that the model left out one word earlier cannot be reached.
            if length == 2 and history[1] not in chances.get(history[:1], {}):
                continue
            kept = {word: count for word, count in counts[history].items() if count >= least}
            if kept:
                chances[history], backoffs[history] = _discounted(history, kept, counts, chances, backoffs)
    return LanguageModel(
        words=tuple(sorted(vocabulary.words)),
        chances={history: {w: math.log(p) for w, p in after.items()} for history, after in chances.items()},
        backoffs={history: math.log(weight) for history, weight in backoffs.items()},
    )


def _counts(sentences: Iterable[list[str]]) -> dict[History, Counter[str]]:
    """Return how often a word follows two words; after fewer, behind how many different ones it stands.

    A template says its words a hundred times, always in the same place: what it repeats must not count
    as usual elsewhere. Source: R. Kneser, H. Ney, Improved backing-off for m-gram language modeling (1995).
    """
    counts: dict[History, Counter[str]] = defaultdict(Counter)
    for words in sentences:
        line = [START, *words, END]
        # Nothing stands before the start: there the pairs themselves are counted.
        counts[(START,)][line[1]] += 1
        for first, second, third in zip(line, line[1:], line[2:], strict=False):
            counts[(first, second)][third] += 1
    for first, second in [key for key in counts if len(key) == 2]:
        for third in counts[(first, second)]:
            counts[(second,)][third] += 1
    for (first,) in [key for key in counts if len(key) == 1]:
        counts[()].update(counts[(first,)].keys())
    return counts


def _word_chances(seen: Counter[str], vocabulary: Vocabulary) -> dict[str, float]:
    total = sum(seen.values())
    ends = seen[END] / total
    own = total - seen[END]
    general = vocabulary.general_chance()
    mixed = {
        word: (1 - ends) * ((1 - _GENERAL_SHARE) * seen[word] / own + _GENERAL_SHARE * share)
        for word, share in general.items()
    }
    return mixed | {END: ends}


def _discounted(
    history: History,
    kept: dict[str, int],
    counts: dict[History, Counter[str]],
    chances: dict[History, dict[str, float]],
    backoffs: dict[History, float],
) -> tuple[dict[str, float], float]:
    """Return the chances of the kept words, and the weight with which the shorter history has all others."""
    total = sum(counts[history].values())
    shorter = {word: _chance(word, history[1:], chances, backoffs) for word in kept}
    left = 1 - sum(count - _DISCOUNT for count in kept.values()) / total
    after = {word: (count - _DISCOUNT) / total + left * shorter[word] for word, count in kept.items()}
    unseen = max(1 - sum(shorter.values()), 1e-3)
    return after, max(1 - sum(after.values()), 1e-4) / unseen


def _chance(
    word: str, history: History, chances: dict[History, dict[str, float]], backoffs: dict[History, float]
) -> float:
    if word in chances.get(history, {}):
        return chances[history][word]
    return backoffs.get(history, 1.0) * _chance(word, history[1:], chances, backoffs)
