"""The words that a search goes by: the same cut for what is kept and for what is asked.

Unlike the words of the models, no word is made up: a name that no dictionary has falls into its characters,
in the text and in the question alike, and is still found.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from nlp.words import Cutter

# Files of a city's names, and the columns that hold them; the second separates its names by "|".
_NAMES = (("areas.csv", "name", "aliases"), ("places.csv", "name", "aliases"))
_LONGEST = 200


def indexed(cutter: Cutter, text: str) -> list[str]:
    """Return the words of `text` and the shorter ones inside them, in order."""
    return cutter.cut_as_known(text, inside=True)


def asked(cutter: Cutter, question: str) -> tuple[str, ...]:
    """Return the words that a case must have to answer `question`, each once; () when it says nothing."""
    return tuple(dict.fromkeys(word.lower() for word in cutter.cut_as_known(question[:_LONGEST], inside=False)))


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
