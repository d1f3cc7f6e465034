"""What a training learns from: labelled texts, the words of the trade, the names of the categories."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.words import LEXICON

_CODE_LENGTHS = (2, 4, 6)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A labelled text. category: 2, 4 or 6 digits; kind: a `Kind`, or "" when nobody labelled it."""

    text: str
    category: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Everything a training learns from."""

    examples: tuple[Example, ...]
    terms: tuple[tuple[str, str], ...]
    kind_terms: tuple[tuple[str, str], ...]
    names: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, in the order given."""
        told = [(e.text, e.category, e.kind) for e in self.examples]
        parts = repr((told, self.terms, self.kind_terms, sorted(self.names.items())))
        return hashlib.sha256(parts.encode()).hexdigest()


def read_lesson(folders: Sequence[Path], categories: Path, *, extra: Sequence[Path] = ()) -> Lesson:
    """Return the lesson of the CSV files in `folders`, of single `extra` files, and of our term lists."""
    files = [file for folder in folders for file in sorted(folder.glob("*.csv"))]
    return Lesson(
        examples=read_examples([*files, *extra]),
        terms=read_terms(LEXICON / "terms.txt"),
        kind_terms=read_terms(LEXICON / "kind_terms.txt"),
        names=read_names(categories),
    )


def read_examples(files: Iterable[Path]) -> tuple[Example, ...]:
    """Return the rows of CSV files with columns text, category and perhaps kind, in order.

    Raises ValueError that names file and row for an empty text or a category that is no code.
    """
    return tuple(
        _example(row, f"{file.name}, row {number}")
        for file in files
        for number, row in enumerate(_rows(file), start=2)
    )


def read_terms(file: Path) -> tuple[tuple[str, str], ...]:
    """Return (label, term) pairs of a term list: a label, then its terms, one label a line."""
    lines = [line.split() for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return tuple((label, term) for label, *terms in filter(None, lines) for term in terms)


def read_names(file: Path) -> dict[str, str]:
    """Return names by code from a categories file (columns code, name)."""
    return {row["code"]: row["name"] for row in _rows(file)}


def _example(row: Mapping[str, str], where: str) -> Example:
    text, category = (row.get("text") or "").strip(), (row.get("category") or "").strip()
    if not text or not category.isdigit() or len(category) not in _CODE_LENGTHS:
        raise ValueError(f"{where}: wants a text and a category code of 2, 4 or 6 digits")
    return Example(text=text, category=category, kind=(row.get("kind") or "").strip())


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))
