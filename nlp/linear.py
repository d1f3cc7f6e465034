"""A linear text model that runs on numpy alone: counts in, shares out, and the words that decided."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.features import Recipe

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoded:
    """One text as a model sees it.

    ids: (n,) columns, ascending. values: (n,) TF-IDF, by family of features.
    """

    ids: Ints
    values: Floats

    @property
    def is_blank(self) -> bool:
        """True when nothing of the text is known."""
        return not self.ids.size


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoder:
    """Turns texts into vectors. features: names by column; idf: (len(features),)."""

    recipe: Recipe
    features: tuple[str, ...]
    idf: Floats

    @cached_property
    def columns(self) -> dict[str, int]:
        """Column by feature name."""
        return {feature: column for column, feature in enumerate(self.features)}

    def encode(self, text: str) -> Encoded:
        """Return the vector of `text`; blank when no feature of it is known."""
        return self.encode_counts(self.recipe.count(text))

    def encode_counts(self, counts: Counter[str]) -> Encoded:
        """Return the vector of a text already counted by the same recipe.

        Each family has length 1 (words: `word_weight`), however many there are of it. What is unknown may
        count in that length: a misheard text has few known words, and those few are often wrong.
        """
        lengths: dict[str, float] = {}
        known: list[tuple[int, str, float]] = []
        for feature, times in counts.items():
            column = self.columns.get(feature)
            idf = self._unknown_idf if column is None else float(self.idf[column])
            value = (1 + math.log(times)) * idf
            lengths[feature[0]] = lengths.get(feature[0], 0.0) + value * value
            if column is not None:
                known.append((column, feature[0], value))
        known.sort()
        weight = {"w": self.recipe.word_weight}
        values = [value / math.sqrt(lengths[family]) * weight.get(family, 1.0) for _, family, value in known]
        ids = np.array([column for column, _, _ in known], dtype=np.int64)
        return Encoded(ids=ids, values=np.array(values, dtype=np.float32))

    @cached_property
    def _unknown_idf(self) -> float:
        return float(self.idf.max()) * self.recipe.unknown_weight


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """One choice between labels. weights: (n_columns, n_labels); bias: (n_labels,).

    columns: ascending columns of the encoder that the rows of `weights` stand for; None for all.
    sharpness: what scores are multiplied by before softmax, fitted on held-out folds.
    """

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats
    sharpness: float = 1.0
    columns: Ints | None = None

    def scores(self, encoded: Encoded) -> Floats:
        """Return one score a label, shape (n_labels,)."""
        rows, values = self._rows(encoded)
        return np.asarray(values @ self.weights[rows] + self.bias, dtype=np.float32)

    def shares(self, encoded: Encoded) -> Floats:
        """Return one share a label, shape (n_labels,), sum 1."""
        return softmax(self.scores(encoded) * self.sharpness)

    def pull(self, encoded: Encoded, label: str) -> dict[int, float]:
        """Return by how much each known column speaks for `label` more than for the average label."""
        rows, values = self._rows(encoded)
        ids = encoded.ids if self.columns is None else self.columns[rows]
        chosen = self.weights[rows]
        gain = (chosen[:, self.labels.index(label)] - chosen.mean(axis=1)) * values
        return dict(zip(ids.tolist(), gain.tolist(), strict=True))

    def _rows(self, encoded: Encoded) -> tuple[Ints, Floats]:
        if self.columns is None:
            return encoded.ids, encoded.values
        at = np.minimum(np.searchsorted(self.columns, encoded.ids), len(self.columns) - 1)
        known = self.columns[at] == encoded.ids
        return at[known], encoded.values[known]


def softmax(scores: Floats) -> Floats:
    """Return shares that add up to 1 over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def telling_words(
    encoder: Encoder, gains: dict[int, float], text_words: Sequence[str], *, most: int
) -> tuple[str, ...]:
    """Return the words of a text that pulled hardest, strongest first.

    A word's pull is its own and that of the character runs inside it, so that words never seen whole
    count too.
    """
    by_feature = {encoder.features[column]: gain for column, gain in gains.items()}
    pulls: dict[str, float] = {}
    for word in dict.fromkeys(text_words):
        runs = {word[i:j] for i in range(len(word)) for j in range(i + 2, len(word) + 1)}
        pulls[word] = by_feature.get(f"w:{word}", 0.0) + sum(by_feature.get(f"c:{run}", 0.0) for run in runs)
    ranked = sorted((word for word in pulls if pulls[word] > 0), key=lambda word: -pulls[word])
    return tuple(ranked[:most])


def encoder_arrays(encoder: Encoder) -> dict[str, npt.NDArray[Any]]:
    """Return the encoder as plain arrays for an artefact; feature names as UTF-8 bytes, one a line."""
    names = np.frombuffer("\n".join(encoder.features).encode(), dtype=np.uint8)
    return {"features": names, "idf": encoder.idf.astype(np.float16)}


def encoder_from(arrays: dict[str, npt.NDArray[Any]], recipe: dict[str, Any]) -> Encoder:
    """Return the encoder that `encoder_arrays` wrote."""
    features = tuple(arrays["features"].tobytes().decode().split("\n"))
    return Encoder(recipe=Recipe.from_plain(recipe), features=features, idf=arrays["idf"].astype(np.float32))


def head_arrays(name: str, head: Head) -> dict[str, npt.NDArray[Any]]:
    """Return a head as plain arrays, weights in half precision; training rounds them the same way."""
    arrays: dict[str, npt.NDArray[Any]] = {
        f"{name}.labels": np.array(head.labels, dtype="S"),
        f"{name}.weights": head.weights.astype(np.float16),
        f"{name}.bias": head.bias.astype(np.float32),
        f"{name}.sharpness": np.array([head.sharpness], dtype=np.float32),
    }
    if head.columns is not None:
        arrays[f"{name}.columns"] = head.columns.astype(np.int32)
    return arrays


def head_from(arrays: dict[str, npt.NDArray[Any]], name: str) -> Head:
    """Return the head that `head_arrays` wrote under `name`."""
    columns = arrays.get(f"{name}.columns")
    return Head(
        labels=tuple(label.decode() for label in arrays[f"{name}.labels"].tolist()),
        weights=arrays[f"{name}.weights"].astype(np.float32),
        bias=arrays[f"{name}.bias"],
        sharpness=float(arrays[f"{name}.sharpness"][0]),
        columns=None if columns is None else columns.astype(np.int64),
    )


def head_names(arrays: Iterable[str]) -> list[str]:
    """Return the names of the heads held in an artefact's arrays, sorted."""
    return sorted(key.removesuffix(".labels") for key in arrays if key.endswith(".labels"))
