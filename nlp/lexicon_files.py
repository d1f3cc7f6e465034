"""Reading of the word lists in `nlp/lexicon/`; they ship with the code and do not change while it runs."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "lexicon"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one word list by their column names. Raises FileNotFoundError for an unknown list."""
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def words(name: str) -> tuple[str, ...]:
    """The `word` column of one list, in file order."""
    return tuple(row["word"] for row in rows(name))
