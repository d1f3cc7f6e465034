"""What each page of a list costs, among few cases and among many; `make bench` prints the ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench import actions
from bench.city import DISPATCHER, HANDLER, SIZES, SUPERVISOR, city_of, server
from bench.counting import Cost, Meter
from core.actor import Actor
from core.clock import now
from core.db import Work
from dispatch import queries
from dispatch.lists import VIEWS

ROUNDS = 9
_SEARCHES = {
    "a word": queries.Terms(words=("路灯",)),
    "two words": queries.Terms(words=("路灯", "居民")),
    "a unit": queries.Terms(unit="qinghu-chengguan"),
    "a class": queries.Terms(category="0303"),
    "late": queries.Terms(clock="late"),
}


def run() -> dict[str, Any]:
    """Return pages and actions, each with its cost among few and many cases and the ratio of the two."""
    pages: list[dict[str, Cost]] = []
    steps: list[dict[str, Cost]] = []
    with server() as url:
        for cases in SIZES:
            with city_of(url, cases) as database:
                meter = Meter(database)
                pages.append(_pages(meter))
                steps.append(actions.costs(meter))
    found = {f"page {name}": _line(few, pages[1][name]) for name, few in pages[0].items()}
    found |= {f"action {name}": _line(few, steps[1][name]) for name, few in steps[0].items()}
    grown = [name for costs in (pages, steps) for name in costs[0] if _dearer(costs[0][name], costs[1][name])]
    return {"cases": f"{SIZES[0]:,} and {SIZES[1]:,}", **found, "cost_more_statements_among_many": grown or "none"}


def _pages(meter: Meter) -> dict[str, Cost]:
    at = now()
    found = {
        "counts (centre)": meter.of(lambda work: queries.view_counts(work, SUPERVISOR, now=at), times=ROUNDS),
        "counts (unit)": meter.of(lambda work: queries.view_counts(work, HANDLER, now=at), times=ROUNDS),
        "board": meter.of(lambda work: queries.board_cases(work, at), times=ROUNDS),
        "exposure": meter.of(lambda work: queries.exposure(work, SUPERVISOR, since=at, now=at), times=ROUNDS),
    }
    for name, view in VIEWS.items():
        for who, actor in (("centre", SUPERVISOR), ("unit", HANDLER)):
            if actor.has(*view.roles):
                found[f"{name} ({who})"] = meter.of(_page(actor, name, queries.Terms()), times=ROUNDS)
    for name, terms in _SEARCHES.items():
        found[f"all, {name}"] = meter.of(_page(DISPATCHER, "all", terms), times=ROUNDS)
    return found


def _page(actor: Actor, view: str, terms: queries.Terms) -> Callable[[Work], object]:
    return lambda work: queries.listing(work, actor, view=view, terms=terms, now=now())


def _dearer(few: Cost, many: Cost) -> bool:
    """Say whether it takes more statements among many; a page without a line asks for no orders."""
    return bool(few.lines) and many.statements > few.statements


def _line(few: Cost, many: Cost) -> str:
    """Return one line: processor time of both sides, its ratio, the server's part of it, statements."""
    return (
        f"{few.cpu_ms:6.1f} -> {many.cpu_ms:6.1f} ms ({many.cpu_ms / few.cpu_ms:5.2f}x), "
        f"server {few.server_ms:5.1f} -> {many.server_ms:5.1f}; statements {few.statements:g} -> {many.statements:g}"
    )
