"""How good shares are: accuracy, macro-F1, calibration, and precision by coverage. Pure arithmetic."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One text of known label with the shares a model gave, likeliest first; {} when it abstained."""

    truth: str
    shares: Mapping[str, float]

    @property
    def guess(self) -> str:
        """The likeliest label, "" for an abstention."""
        return next(iter(self.shares), "")

    @property
    def share(self) -> float:
        """The share of the likeliest label, 0 for an abstention."""
        return next(iter(self.shares.values()), 0.0)

    @property
    def is_right(self) -> bool:
        """True when the likeliest label is the true one."""
        return self.guess == self.truth


def accuracy(outcomes: Sequence[Outcome], *, top: int = 1) -> float:
    """Return the part of texts whose label is among the `top` likeliest; abstentions count as wrong."""
    return float(np.mean([one.truth in list(one.shares)[:top] for one in outcomes]))


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """Return the mean F1 over the labels that occur."""
    wanted = Counter(one.truth for one in outcomes)
    given = Counter(one.guess for one in outcomes)
    right = Counter(one.truth for one in outcomes if one.is_right)
    return float(np.mean([2 * right[label] / (wanted[label] + given[label]) for label in wanted]))


def calibration_error(outcomes: Sequence[Outcome], *, bins: int = 10) -> float:
    """Return the expected calibration error: |share - precision|, weighted over `bins` of equal width.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.
    """
    held: dict[int, list[Outcome]] = {}
    for one in outcomes:
        held.setdefault(min(bins - 1, int(one.share * bins)), []).append(one)
    gaps = [abs(sum(one.share - one.is_right for one in group)) for group in held.values()]
    return sum(gaps) / len(outcomes)


def accuracy_at(outcomes: Sequence[Outcome], coverage: float) -> float:
    """Return the accuracy on the surest part (0 to 1) of the texts."""
    surest = sorted(outcomes, key=lambda one: -one.share)[: max(1, round(coverage * len(outcomes)))]
    return accuracy(surest)


def precision_curve(outcomes: Sequence[Outcome], *, steps: int = 40) -> list[tuple[float, float]]:
    """Return (share, precision of all texts at least that sure), from the surest down, about `steps` points.

    Fewer than 20 texts above a share say nothing: such points are left out.
    """
    surest = sorted(outcomes, key=lambda one: -one.share)
    hits = np.cumsum([one.is_right for one in surest])
    ends = sorted({int(n) for n in np.linspace(20, len(surest), steps)}) if len(surest) >= 20 else []
    return [(round(surest[n - 1].share, 4), round(float(hits[n - 1] / n), 4)) for n in ends]


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the figures of a model card, four digits."""
    figures = {
        "texts": float(len(outcomes)),
        "top1": accuracy(outcomes),
        "top3": accuracy(outcomes, top=3),
        "macro_f1": macro_f1(outcomes),
        "ece": calibration_error(outcomes),
        "acc_at_50": accuracy_at(outcomes, 0.5),
        "acc_at_80": accuracy_at(outcomes, 0.8),
    }
    return {name: round(figure, 4) for name, figure in figures.items()}
