"""The figures of a period as of an instant: for the whole, by dimension, with tiers and the own past."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from core.clock import CITY_ZONE
from core.db import Work
from dispatch.figures import formulas, settings, statements
from dispatch.figures.catalogue import BY_CODE, DIMENSIONS, OF_BASIS, Basis
from dispatch.figures.formulas import Counts, Kind
from dispatch.figures.periods import Period
from dispatch.figures.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What figures are wanted: the period, the instant, and which rows. only: dimension -> the keys to keep."""

    period: Period
    as_of: datetime
    only: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def filtered(self) -> tuple[str, ...]:
        """The dimensions that are limited, in the order of the list."""
        return tuple(name for name in DIMENSIONS if name in self.only)


@dataclass(frozen=True, kw_only=True)
class Group:
    """All figures of one part of the city: figure -> counts. Figures of which there was nothing are absent."""

    counts: dict[str, Counts] = field(default_factory=dict)

    def of(self, figure: str) -> Counts:
        """Return the counts of a figure."""
        return self.counts.get(figure, Counts())

    def value(self, figure: str) -> float | None:
        """Return the figure itself; None where there is nothing to divide by."""
        return formulas.value(BY_CODE[figure].kind, self.of(figure))

    def score(self, weights: formulas.Weights) -> float | None:
        """Return the score of the three rates."""
        shares = {code: self.value(code) for code in ("responded", "solved", "satisfied")}
        return formulas.score(shares, weights)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of a period. groups: dimension -> key -> group; codes: exclusion code -> cases of V."""

    asked: Asked
    settings: Settings
    whole: Group
    groups: dict[str, dict[str, Group]]
    codes: dict[str, int]

    @property
    def due(self) -> int:
        """V: the cases whose promise fell due."""
        return self.whole.of("redone").denominator

    @property
    def kept(self) -> int:
        """V′: V less those with an exclusion code."""
        return self.due - sum(self.codes.values())


def figures(work: Work, asked: Asked, *, by: Sequence[str] = (), using: Settings | None = None) -> Report:
    """Return every figure of `asked`, for the whole and by each dimension of `by`, in one statement.

    using: the settings of a stored day; else the active pack's. Keys that are unknown stand under "".
    """
    using = using or settings.current(work, asked.period, asked.as_of)
    statements.tune(work)
    statement = text(statements.report(by, asked.filtered))
    numbers: dict[str, dict[str, dict[str, Counts]]] = {name: {} for name in ("", *by)}
    codes: dict[str, int] = {}
    for basis, dimension, key, found in work.session.execute(statement, parameters(asked, using)):
        if basis == "code":
            codes[key] = int(found[0])
        else:
            numbers[dimension].setdefault(key or "", {}).update(_counts(Basis(basis), found))
    return Report(
        asked=asked,
        settings=using,
        whole=Group(counts=numbers[""].get("", {})),
        groups={name: {key: Group(counts=counts) for key, counts in sorted(numbers[name].items())} for name in by},
        codes=dict(sorted(codes.items())),
    )


def parameters(asked: Asked, using: Settings) -> dict[str, Any]:
    """Return the parameters that both statements take."""
    period = asked.period
    return {
        "starts": period.starts(CITY_ZONE),
        "ends": period.ends(CITY_ZONE),
        "as_of": asked.as_of,
        "days": list(period.dates_around()),
        "contact_minutes": using.contact_minutes,
        **settings.stretches(using.hours, period, asked.as_of),
        **{f"only_{name}": sorted(asked.only[name]) for name in asked.filtered},
    }


def past(work: Work, asked: Asked, *, periods: int, using: Settings | None = None) -> list[Report]:
    """Return the whole of the `periods` periods before, newest first, all as of the same instant."""
    found: list[Report] = []
    period = asked.period
    for _ in range(periods):
        period = period.before()
        earlier = Asked(period=period, as_of=asked.as_of, only=asked.only)
        found.append(figures(work, earlier, using=using))
    return found


def _counts(basis: Basis, numbers: Sequence[float]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for place, figure in enumerate(OF_BASIS[basis]):
        asked, total, counted, excluded = numbers[place * statements.COUNTED :][: statements.COUNTED]
        if asked or excluded:
            found[figure.code] = Counts(
                denominator=int(asked), numerator=total, counted=int(counted), excluded=int(excluded)
            )
    return found


def is_share(figure: str) -> bool:
    """Say whether a figure is a share, so that it has bounds and ranks."""
    return BY_CODE[figure].kind is Kind.SHARE
