"""How alike two texts are, and what is left of a text when only its words count."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# From here on a reply says nothing new. Source: the redo step of the state list in docs/case-lifecycle.md.
SAME_FROM = 0.9
_SHINGLE = 3  # characters; Chinese words have two, so three of them carry an order
_NOT_WORDS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return the letters and figures of `text`: one width, one case, no space, no punctuation."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())


def likeness(one: str, other: str) -> float:
    """Return from 0.0 (nothing in common) to 1.0 how alike two texts are: Dice's share of common shingles.

    Linear in the lengths. Punctuation and spacing do not count; two texts without words are alike.
    """
    first, second = _shingles(plain(one)), _shingles(plain(other))
    whole = first.total() + second.total()
    return 2 * (first & second).total() / whole if whole else 1.0


def says_the_same(one: str, other: str) -> bool:
    """Say whether `one` is `other` again with hardly a word changed."""
    return likeness(one, other) >= SAME_FROM


def _shingles(text: str) -> Counter[str]:
    if len(text) < _SHINGLE:
        return Counter([text] if text else [])
    return Counter(text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1))
