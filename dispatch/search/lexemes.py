"""Words as PostgreSQL's text search writes them. No parser of the server's ever sees Chinese."""

from __future__ import annotations

from collections.abc import Sequence

# The server's own limits: positions of a list, positions of one word, and bytes of one word.
_LAST_POSITION = 16_383
_MOST_OF_ONE = 255
_LONGEST = 2_000
_WEIGHTS = "ABCD"


def vector(parts: Sequence[Sequence[str]]) -> str:
    """Return the words of several parts as the text of a tsvector; the first part weighs most (A)."""
    places: dict[str, list[str]] = {}
    position = 0
    for weight, words in zip(_WEIGHTS, parts, strict=False):
        for word in words:
            position = min(position + 1, _LAST_POSITION)
            seen = places.setdefault(word.lower(), [])
            if len(seen) < _MOST_OF_ONE:
                seen.append(f"{position}{weight}")
    return " ".join(f"{_quoted(word)}:{','.join(seen)}" for word, seen in places.items() if _fits(word))


def query(words: Sequence[str]) -> str:
    """Return the text of a tsquery in which every one of `words` must stand."""
    return " & ".join(_quoted(word.lower()) for word in words if _fits(word))


def _quoted(word: str) -> str:
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _fits(word: str) -> bool:
    return 0 < len(word.encode()) <= _LONGEST and "\0" not in word
