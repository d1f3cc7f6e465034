"""The arithmetic of the figures: shares, means, the score, Wilson bounds, tiers and ranks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

_Z = 1.96  # 95 %
# A unit with ten times what a rank needs carries a heavy load and is compared with its like.
_HIGH_LOAD = 10


class Kind(StrEnum):
    """How a figure is made of its counts."""

    SHARE = "share"  # numerator ÷ denominator, 0 to 1
    MEAN = "mean"  # sum ÷ denominator, in the figure's own unit
    COUNT = "count"  # the numerator itself


class Load(StrEnum):
    """How much a unit has to do, by the denominator of the figure in question."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"  # too few for a rank


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What was counted for one figure.

    numerator: the sum of what each row counts. counted: how many rows count more than nothing.
    """

    denominator: int = 0
    numerator: float = 0.0
    counted: int = 0
    excluded: int = 0


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What the three rates weigh in the score; any positive numbers."""

    responded: float
    solved: float
    satisfied: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A unit's place among its like for one figure; rank None where n is too small."""

    unit: str
    type: str
    load: Load
    rank: int | None


def value(kind: Kind, counts: Counts) -> float | None:
    """Return the figure; None for a share or mean of nothing, which is neither 0 nor 100 %."""
    if kind is Kind.COUNT:
        return counts.numerator
    return counts.numerator / counts.denominator if counts.denominator else None


def score(shares: Mapping[str, float | None], weights: Weights) -> float | None:
    """Return the score, 0 to 100, of the shares `responded`, `solved`, `satisfied`; None if one is missing.

    Source: docs/figures.md, `score`.
    """
    parts = [
        (weights.responded, shares.get("responded")),
        (weights.solved, shares.get("solved")),
        (weights.satisfied, shares.get("satisfied")),
    ]
    total = sum(weight for weight, _ in parts)
    known = [weight * share for weight, share in parts if share is not None]
    return 100 * sum(known) / total if len(known) == len(parts) and total > 0 else None


def bounds(x: float, n: int) -> tuple[float, float] | None:
    """Return the lower and upper end of the 95 % Wilson interval of x of n; None for n = 0.

    x may be a half number: a half-solved case. Source: docs/figures.md, section 4.
    """
    if n <= 0:
        return None
    share = x / n
    middle = share + _Z**2 / (2 * n)
    # A share a rounding error beyond 0 or 1 must not reach the root as a negative number.
    width = _Z * sqrt(max(0.0, share * (1 - share) / n + _Z**2 / (4 * n**2)))
    scale = 1 + _Z**2 / n
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def load(n: int, rank_from: int) -> Load:
    """Return the band of a unit with `n` rows in the denominator."""
    if n < rank_from:
        return Load.LOW
    return Load.HIGH if n >= _HIGH_LOAD * rank_from else Load.NORMAL


def standings(
    counts: Mapping[str, Counts], types: Mapping[str, str], *, rank_from: int, less_is_better: bool
) -> list[Standing]:
    """Return every unit's standing within its tier (type and load), best first, the unranked last.

    Units with the same bound share a rank and the next one is skipped. types: unit -> type.
    """
    tiers: dict[tuple[str, Load], list[tuple[float, str]]] = {}
    for unit, of_unit in counts.items():
        key = (types.get(unit, "other"), load(of_unit.denominator, rank_from))
        ends = bounds(of_unit.numerator, of_unit.denominator) or (0.0, 1.0)
        # Sorted upwards: the cautious end of the interval, turned so that the best comes first.
        tiers.setdefault(key, []).append((ends[1] if less_is_better else -ends[0], unit))
    order = list(Load)
    found: list[Standing] = []
    for of_type, of_load in sorted(tiers, key=lambda tier: (tier[0], order.index(tier[1]))):
        found += _ranked(sorted(tiers[of_type, of_load]), of_type, of_load)
    return found


def _ranked(best_first: Sequence[tuple[float, str]], of_type: str, of_load: Load) -> list[Standing]:
    bests = [bound for bound, _ in best_first]
    return [
        Standing(
            unit=unit,
            type=of_type,
            load=of_load,
            rank=None if of_load is Load.LOW else bests.index(bound) + 1,
        )
        for bound, unit in best_first
    ]
