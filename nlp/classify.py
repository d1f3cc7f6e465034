"""Suggests categories for a request in Chinese. Knows nothing of cases or databases."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nlp import artifacts
from nlp.artifacts import Artifact, ArtifactRefused
from nlp.linear import Encoded, telling_words
from nlp.text import matter
from nlp.tree import CategoryTree, rolled_up
from nlp.words import content_words, engine

_FAINT = 0.005


@dataclass(frozen=True, kw_only=True)
class Level:
    """One step of a category's path. share: 0 to 1, of this step whatever lies below it."""

    code: str
    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A category that may fit.

    code: the most detailed level the model knows (six digits in the practice scheme).
    share: how often a suggestion as sure as this one is right at that level (calibrated, 0 to 1).
    words: the words of the text that decided, strongest first.
    levels: the path from the top class to `code`; the share of a wider level is never smaller.
    """

    code: str
    name: str
    share: float
    words: tuple[str, ...]
    levels: tuple[Level, ...]


class Classifier:
    """A trained model with the names of its categories and what is known of its precision."""

    def __init__(
        self,
        tree: CategoryTree,
        *,
        names: Mapping[str, str],
        curves: Mapping[str, Sequence[tuple[float, float]]],
        version: str,
    ) -> None:
        self.version = version
        self._tree, self._names, self._curves = tree, dict(names), dict(curves)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier in `folder`. Raises ArtifactRefused."""
        return cls.from_artifact(artifacts.load(folder))

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> Self:
        """Return the classifier of a checked artefact. Raises ArtifactRefused for another segmenter's."""
        card = artifact.card
        if card["tokenizer"] != engine():
            raise ArtifactRefused(f"trained with {card['tokenizer']}, here is {engine()}: train again")
        curves = {level: [(a, b) for a, b in curve] for level, curve in card["precision_curves"].items()}
        tree = CategoryTree.from_arrays(artifact.arrays, card["recipe"])
        return cls(tree, names=card["labels"], curves=curves, version=artifact.version)

    def suggest(self, text: str, *, top: int = 3) -> list[Suggestion]:
        """Return the `top` likeliest categories, best first; [] for a text without words it knows."""
        encoded = self._tree.encoder.encode(text)
        leaves = self._leaves(encoded)
        best = sorted(leaves, key=lambda code: (-leaves[code], code))[:top]
        words = content_words(matter(text)) if best else []
        return [self._suggestion(code, leaves, encoded, words) for code in best]

    def level_shares(self, text: str, *, level: int) -> list[Level]:
        """Return the classes of one level (1 top, 2, 3), likeliest first, without the hopeless ones.

        What routing needs: the responsibility list speaks of the second level, and a sum over its details
        is surer than any one of them. [] for a text without words it knows.
        """
        shares = rolled_up(self._leaves(self._tree.encoder.encode(text)), level)
        return [self._level(code, share) for code, share in shares.items() if share >= _FAINT]

    def threshold_for(self, precision: float, *, level: int = 1) -> float:
        """Return the smallest share from which on guesses of `level` (1 top, 2, 3) were right that often.

        Measured on folds the model had not seen (docs/text-model.md); infinite when it never was that
        good, so that `share >= threshold_for(p)` can be asked as it is.
        """
        reached = [share for share, measured in self._curves[str(level)] if measured >= precision]
        return min(reached, default=math.inf)

    def _leaves(self, encoded: Encoded) -> dict[str, float]:
        return self._tree.leaf_shares(encoded) if self._tree.says_enough(encoded) else {}

    def _suggestion(
        self, code: str, leaves: Mapping[str, float], encoded: Encoded, words: Sequence[str]
    ) -> Suggestion:
        levels = [
            self._level(code[:digits], sum(s for c, s in leaves.items() if c.startswith(code[:digits])))
            for digits in range(2, len(code) + 1, 2)
        ]
        gains = self._tree.pull(encoded, code)
        return Suggestion(
            code=code,
            name=self._names.get(code, code),
            share=levels[-1].share,
            levels=tuple(levels),
            words=telling_words(self._tree.encoder, gains, words, most=4),
        )

    def _level(self, code: str, share: float) -> Level:
        return Level(code=code, name=self._names.get(code, code), share=min(1.0, share))
