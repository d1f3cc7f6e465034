"""How often the machine's first proposal was the unit that did the work, by how sure the machine was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from core.db import Work
from dispatch import rules
from dispatch.figures.formulas import bounds
from dispatch.lifecycle import CaseState
from dispatch.records import CaseRecord

# Below this number of cases no share is shown as if it meant something: domain finding 7, small samples.
MIN_CASES = 30
_THRESHOLDS = tuple(share / 100 for share in range(30, 100, 5))
_SETTLED = (CaseState.CLOSED.value, CaseState.FILED.value)

# How sure the machine was of its first proposal, in hundredths; how many cases; how many of them rightly.
Ledger = list[tuple[int, int, int]]


def precision_at(
    work: Work, threshold: float, *, since: datetime | None = None, until: datetime | None = None
) -> dict[str, Any]:
    """Return the precision to expect of dispatching automatically from `threshold` on, with its counts.

    Counted are cases that the machine had judged and that were closed in the period. Right: its first proposal
    from the list is the unit that had the case in the end, all returns and rulings done. The interval is
    Wilson's at 95 %.
    """
    return _at(_ledger(work, since, until), threshold)


def curve(work: Work, *, since: datetime | None = None, until: datetime | None = None) -> dict[str, Any]:
    """Return the precision at every twentieth from 0.30 on, and at the threshold in force."""
    ledger = _ledger(work, since, until)
    _, pack = rules.pack(work)
    return {
        "judged": sum(cases for _, cases, _ in ledger),
        "min_cases": MIN_CASES,
        "in_force": _at(ledger, pack.automatic_from_share),
        "points": [_at(ledger, threshold) for threshold in _THRESHOLDS],
    }


def _ledger(work: Work, since: datetime | None, until: datetime | None) -> Ledger:
    # The desk's own wish stands among the proposals without a line; it is not the machine's.
    by_a_line = cast("$.candidates[*] ? (@.duty_no != null)", JSONPATH)
    first: Any = func.jsonb_path_query_first(CaseRecord.routing, by_a_line, type_=JSONB)
    share = cast(func.floor(cast(first["share"].astext, Float) * 100 + 1e-6), Integer).label("share")
    right = func.count().filter(first["unit"]["code"].astext == CaseRecord.lead_unit)
    wanted: list[ColumnElement[bool]] = [
        CaseRecord.judged_at.is_not(None),
        CaseRecord.lead_unit.is_not(None),
        CaseRecord.state.in_(_SETTLED),
        first.is_not(None),
    ]
    if since is not None:
        wanted.append(CaseRecord.closed_at >= since)
    if until is not None:
        wanted.append(CaseRecord.closed_at < until)
    found = select(share, func.count(), right).where(*wanted).group_by(share)
    return [(sure, cases, rightly) for sure, cases, rightly in work.session.execute(found)]


def _at(ledger: Sequence[tuple[int, int, int]], threshold: float) -> dict[str, Any]:
    least = round(threshold * 100)
    n = sum(cases for sure, cases, _ in ledger if sure >= least)
    x = sum(rightly for sure, _, rightly in ledger if sure >= least)
    judged = sum(cases for _, cases, _ in ledger)
    interval = bounds(x, n)
    return {
        "threshold": threshold,
        "cases": n,
        "right": x,
        "precision": x / n if n else None,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "automatic_share": n / judged if judged else None,
        "enough": n >= MIN_CASES,
        "sentence": _sentence(threshold, x, n, interval),
    }


def _sentence(threshold: float, x: int, n: int, interval: tuple[float, float] | None) -> str:
    if n < MIN_CASES or interval is None:
        return f"样本太少：只有 {n} 件（至少 {MIN_CASES} 件），还不能判断自动派单线 {threshold:.0%} 的准确率"
    low, high = interval
    counts = f"{n} 件中 {x} 件；95% 置信区间 {low:.1%}–{high:.1%}"
    return f"把自动派单线设为 {threshold:.0%}，预计派对 {x / n:.1%}（{counts}）"
