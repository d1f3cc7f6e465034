"""The words that a search goes by: what is kept of a text, and what is asked for.

A cutter decides differently in different company: it finds 路灯 in 路灯坏了, but 灯不亮 in 路灯不亮. So beside
the words of a text the pairs of neighbouring characters are kept, and a longer word is asked for by its pairs: it
is found wherever it stands. No word is made up, so a name that no dictionary has is found by its pairs too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from nlp.words import Cutter

# Files of a city's names, and the columns that hold them; the second separates its names by "|".
_NAMES = (("areas.csv", "name", "aliases"), ("places.csv", "name", "aliases"))
_LONGEST = 200
_HAN = re.compile(r"[\u3400-\u9fff]+")
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff_]+")


def indexed(cutter: Cutter, text: str) -> list[str]:
    """Return the words of `text`, the shorter ones inside them, and the pairs of characters that are no words."""
    words = cutter.cut_as_known(text, inside=True)
    known = set(words)
    return words + [pair for run in _HAN.findall(text) for pair in _pairs(run) if pair not in known]


def asked(cutter: Cutter, question: str) -> tuple[str, ...]:
    """Return what a case must have to answer `question`, each once; () when it says nothing.

    A single character counts only where there is nothing longer: it stands in half of all texts.
    """
    words = [
        word for part in question[:_LONGEST].split() for word in _joined(cutter.cut_as_known(part, inside=False))
    ]
    found = [piece.lower() for word in words for run in _RUNS.findall(word) for piece in _pieces(run)]
    long = [piece for piece in found if len(piece) > 1]
    return tuple(dict.fromkeys(long or found))


def _joined(words: Iterable[str]) -> list[str]:
    """Join characters that stand alone side by side: together they are a name that no dictionary has."""
    found: list[str] = []
    alone = False
    for word in words:
        if alone and _is_one(word):
            found[-1] += word
        else:
            found.append(word)
        alone = _is_one(word)
    return found


def _is_one(word: str) -> bool:
    return len(word) == 1 and _HAN.fullmatch(word) is not None


def _pieces(run: str) -> list[str]:
    return _pairs(run) if len(run) > 2 and _HAN.fullmatch(run) else [run]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


@cache
def city_cutter(folder: Path) -> Cutter:
    """Return the cutter that also knows the city's own names; read at first use, about a second."""
    return Cutter(extra=_names(folder))


def _names(folder: Path) -> Iterator[str]:
    for file, *columns in _NAMES:
        if (path := folder / file).exists():
            with path.open(encoding="utf-8", newline="") as lines:
                yield from _of_rows(csv.DictReader(lines), columns)


def _of_rows(rows: Iterable[dict[str, str]], columns: list[str]) -> Iterator[str]:
    for row in rows:
        for column in columns:
            yield from (name for name in (row.get(column) or "").split("|") if len(name) > 1)
