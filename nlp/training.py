"""Fits models from labelled texts and measures them on folds they did not see. Needs scikit-learn."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nlp.features import Recipe
from nlp.linear import Encoder, Floats, Head, softmax
from nlp.metrics import Outcome
from nlp.tree import CategoryTree, rolled_up

SEED = 12345
_FOLDS = 3  # five told the same within a point and took two thirds longer
Flat = tuple[Encoder, Head]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a model is fitted.

    inverse_penalty: C of the linear support-vector machine.
    term_weight: what a lexicon term counts beside a whole example.
    """

    recipe: Recipe
    inverse_penalty: float = 1.0
    term_weight: float = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """Counted texts with a label and a weight each; the three have the same length."""

    counts: Sequence[Counter[str]]
    labels: Sequence[str]
    weights: Sequence[float]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], recipe: Recipe, *, weight: float = 1.0) -> Self:
        """Return (label, text) pairs counted by `recipe`, all of one weight."""
        held = list(pairs)
        counts = [recipe.count(text) for _, text in held]
        return cls(counts=counts, labels=[label for label, _ in held], weights=[weight] * len(held))

    def __add__(self, other: "Labelled") -> "Labelled":
        return Labelled(
            counts=[*self.counts, *other.counts],
            labels=[*self.labels, *other.labels],
            weights=[*self.weights, *other.weights],
        )


def fit_encoder(labelled: Labelled, recipe: Recipe) -> Encoder:
    """Return an encoder that knows every feature of the texts, in the order of their names."""
    texts = Counter(feature for one in labelled.counts for feature in one)
    features = tuple(sorted(texts))
    idf = [math.log((1 + len(labelled.counts)) / (1 + texts[feature])) + 1 for feature in features]
    return Encoder(recipe=recipe, features=features, idf=_half(np.array(idf)))


def fit_flat(labelled: Labelled, settings: Settings) -> Flat:
    """Return an encoder and one head over all labels."""
    encoder = fit_encoder(labelled, settings.recipe)
    every = list(range(len(labelled.labels)))
    return encoder, _fit_head(_matrix(encoder, labelled), labelled.labels, labelled.weights, every, settings)


def fit_tree(learned: Labelled, terms: Labelled, settings: Settings) -> CategoryTree:
    """Return an unsharpened tree; every text and term teaches at the levels that its code reaches."""
    both = learned + terms
    encoder = fit_encoder(both, settings.recipe)
    vectors = _matrix(encoder, both)
    every = list(range(len(both.labels)))
    top = _fit_head(vectors, [label[:2] for label in both.labels], both.weights, every, settings)
    below = {}
    for code in top.labels:
        rows = [i for i in every if len(both.labels[i]) == 6 and both.labels[i].startswith(code)]
        if rows:
            below[code] = _fit_head(vectors, both.labels, both.weights, rows, settings, own_columns=True)
    return CategoryTree(encoder=encoder, top=top, below=below)


def flat_out_of_fold(learned: Labelled, terms: Labelled, settings: Settings) -> tuple[float, list[Outcome]]:
    """Return the sharpness that suits held-out folds best, and the outcomes on them with it."""
    blocks, right, names = [], [], []
    for rest, held in _folds(learned.labels):
        encoder, head = fit_flat(_pick(learned, rest) + terms, settings)
        # The label of a single text is in one fold only, so that nothing else could teach it.
        asked = [i for i in held if learned.labels[i] in head.labels]
        blocks.append(np.vstack([head.scores(encoder.encode_counts(learned.counts[i])) for i in asked]))
        right.append([head.labels.index(learned.labels[i]) for i in asked])
        names.append(head.labels)
    sharpness = best_sharpness(blocks, right)
    outcomes = [
        Outcome(truth=labels[column], shares=_ranked(labels, shares))
        for block, columns, labels in zip(blocks, right, names, strict=True)
        for column, shares in zip(columns, softmax(block * sharpness).tolist(), strict=True)
    ]
    return sharpness, outcomes


def tree_out_of_fold(
    learned: Labelled, terms: Labelled, settings: Settings
) -> tuple[tuple[float, float], dict[int, list[Outcome]]]:
    """Return the sharpness of the top head and of those below, and the outcomes by level on held folds.

    Levels that no label reaches are left out.
    """
    folds = [
        (fit_tree(_pick(learned, rest), terms, settings), held)
        for rest, held in _folds([label[:2] for label in learned.labels])
    ]
    sharpness = _tree_sharpness(folds, learned)
    outcomes: dict[int, list[Outcome]] = {1: [], 2: [], 3: []}
    for raw, held in folds:
        tree = sharpened_tree(raw, *sharpness)
        for i in held:
            leaves = tree.leaf_shares(tree.encoder.encode_counts(learned.counts[i]))
            for level in range(1, len(learned.labels[i]) // 2 + 1):
                shares = rolled_up(leaves, level)
                outcomes[level].append(Outcome(truth=learned.labels[i][: 2 * level], shares=shares))
    return sharpness, {level: some for level, some in outcomes.items() if some}


def best_sharpness(scores: Sequence[Floats], right: Sequence[Sequence[int]]) -> float:
    """Return the factor (0.5 to 30) on scores with the least log loss over blocks of held-out texts.

    scores: blocks of shape (n, n_labels); right: the column of the true label of each text.
    Source: temperature scaling, Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """

    def loss(factor: float) -> float:
        blocks = zip(scores, right, strict=True)
        picked = [softmax(block * factor)[range(len(some)), some] for block, some in blocks]
        return -float(np.log(np.maximum(np.concatenate(picked), 1e-9)).sum())

    return min((round(float(factor), 3) for factor in np.geomspace(0.5, 30, 80)), key=loss)


def sharpened_tree(tree: CategoryTree, top: float, low: float) -> CategoryTree:
    """Return the tree with the given sharpness; all heads below share one, each alone sees too little."""
    below = {code: replace(head, sharpness=low) for code, head in tree.below.items()}
    return replace(tree, top=replace(tree.top, sharpness=top), below=below)


def sharpened_flat(flat: Flat, sharpness: float) -> Flat:
    """Return encoder and head with the given sharpness."""
    return flat[0], replace(flat[1], sharpness=sharpness)


def _tree_sharpness(folds: Sequence[tuple[CategoryTree, Sequence[int]]], learned: Labelled) -> tuple[float, float]:
    scores: dict[str, list[Floats]] = {"top": [], "low": []}
    right: dict[str, list[list[int]]] = {"top": [], "low": []}
    for tree, held in folds:
        for i in held:
            encoded, label = tree.encoder.encode_counts(learned.counts[i]), learned.labels[i]
            below = tree.below.get(label[:2])
            for step, head, wanted in (("top", tree.top, label[:2]), ("low", below, label)):
                if head is not None and wanted in head.labels:
                    scores[step].append(head.scores(encoded)[None, :])
                    right[step].append([head.labels.index(wanted)])
    top, low = (_sharpness_by_width(scores[step], right[step]) for step in ("top", "low"))
    return top, low


def _sharpness_by_width(scores: Sequence[Floats], right: Sequence[Sequence[int]]) -> float:
    """Stack the single rows of equally many labels, so that each factor is tried on few large blocks."""
    if not scores:
        return 1.0
    blocks: dict[int, tuple[list[Floats], list[int]]] = {}
    for row, some in zip(scores, right, strict=True):
        rows, columns = blocks.setdefault(row.shape[1], ([], []))
        rows.append(row)
        columns.extend(some)
    stacked = [np.vstack(rows) for rows, _ in blocks.values()]
    return best_sharpness(stacked, [columns for _, columns in blocks.values()])


def _fit_head(
    vectors: Any,
    labels: Sequence[str],
    weights: Sequence[float],
    rows: Sequence[int],
    settings: Settings,
    *,
    own_columns: bool = False,
) -> Head:
    """Return a head over the given rows; own_columns keeps only the columns that occur in them."""
    chosen = vectors[rows]
    columns = np.unique(chosen.indices).astype(np.int64) if own_columns else None
    told = [labels[i] for i in rows]
    names = tuple(sorted(set(told)))
    if columns is not None:
        chosen = chosen[:, columns]
    if len(names) == 1:
        nothing = np.zeros((chosen.shape[1], 1), np.float32)
        return Head(labels=names, columns=columns, weights=nothing, bias=np.zeros(1, np.float32))
    plane, bias = _separate(chosen, told, [weights[i] for i in rows], settings)
    return Head(labels=names, columns=columns, weights=plane, bias=bias)


def _separate(
    vectors: Any, labels: Sequence[str], weights: Sequence[float], settings: Settings
) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=settings.inverse_penalty, random_state=SEED, max_iter=5000)
    machine.fit(vectors, labels, sample_weight=weights)
    plane, bias = machine.coef_, machine.intercept_
    if len(plane) == 1:  # one plane tells two classes apart; a head keeps one score for each
        plane, bias = np.vstack([-plane, plane]) / 2, np.concatenate([-bias, bias]) / 2
    return _half(plane.T), bias.astype(np.float32)


def _matrix(encoder: Encoder, labelled: Labelled) -> Any:
    """Return the texts' vectors as a scipy CSR matrix, one row a text."""
    from scipy.sparse import csr_matrix

    rows = [encoder.encode_counts(one) for one in labelled.counts]
    starts = np.cumsum([0, *(row.ids.size for row in rows)])
    values, columns = np.concatenate([r.values for r in rows]), np.concatenate([r.ids for r in rows])
    return csr_matrix((values, columns, starts), shape=(len(rows), len(encoder.features)))


def _folds(labels: Sequence[str]) -> list[tuple[list[int], list[int]]]:
    from sklearn.model_selection import StratifiedKFold

    parts = StratifiedKFold(_FOLDS, shuffle=True, random_state=SEED).split(np.zeros(len(labels)), labels)
    return [(rest.tolist(), held.tolist()) for rest, held in parts]


def _pick(labelled: Labelled, rows: Sequence[int]) -> Labelled:
    return Labelled(
        counts=[labelled.counts[i] for i in rows],
        labels=[labelled.labels[i] for i in rows],
        weights=[labelled.weights[i] for i in rows],
    )


def _ranked(labels: Sequence[str], shares: Sequence[float]) -> dict[str, float]:
    return dict(sorted(zip(labels, shares, strict=True), key=lambda pair: -pair[1]))


def _half(values: npt.NDArray[Any]) -> Floats:
    """Round to what the artefact keeps, so that what is measured is what will be served."""
    return values.astype(np.float16).astype(np.float32)
