"""Every figure of docs/figures.md, computed case by case in Python: slow, plain, and written beside the product's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import floor
from typing import Any

from core.clock import CITY_ZONE
from dispatch.simulate.by_hand import CaseByHand, Entry, OrderByHand, read, within_a_day

Spans = Callable[[date], list[tuple[int, int]]]
_DAY = timedelta(days=1)
_CLOSED = {"closed", "filed"}
_SOLVED = {"solved": 1.0, "partly": 0.5}
_ROUNDS = ("first", "second", "third")
# Shares of V by what happened to a case: figure -> the entry of its story.
_MISHAPS = {
    "returned": "return",
    "extended": "grant_extension",
    "supervised": "supervise",
    "urged": "urge",
    "sent_back": "send_back",
}


@dataclass(frozen=True, kw_only=True)
class Slow:
    """One figure: rows by key -> what each counts, and the keys that are excluded."""

    counted: dict[str, float]
    excluded: frozenset[str]

    @property
    def numbers(self) -> list[float]:
        """Return denominator, numerator, excluded."""
        return [float(len(self.counted)), round(sum(self.counted.values()), 6), float(len(self.excluded))]


def figures(
    stories: Mapping[str, Iterable[Entry]],
    first: date,
    last: date,
    as_of: datetime,
    *,
    unit: str | None,
    spans: Spans,
) -> dict[str, Slow]:
    """Return figure -> rows for the days from `first` to `last`, as of an instant; for one unit if it is given."""
    starts, ends = _midnight(first), _midnight(last + _DAY)
    cases = [found for case_no, story in stories.items() if (found := read(case_no, story, as_of)) is not None]

    def inside(at: datetime | None) -> bool:
        return at is not None and starts <= at < ends and at <= as_of

    def mine(code: str | None) -> bool:
        return unit is None or code == unit

    due = [case for case in cases if inside(case.due_at) and mine(case.unit)]
    opened = [case for case in cases if inside(case.opened_at) and mine(case.unit)]
    sent = [case for case in cases if inside(case.first_sent_at) and mine(case.first_unit)]
    orders = [(case, order) for case in cases for order in case.orders if mine(order.unit)]
    to_sign = [one for one in orders if inside(one[1].sign_due_at)]
    to_reply = [one for one in orders if inside(one[1].due_at)]
    cards = [one for case_no, story in stories.items() for one in story if one.action == "penalty"]
    cards = [one for one in cards if inside(one.at) and mine(one.facts.get("unit") or one.unit)]
    return {
        **_of_due(due, spans),
        **_of_volume(opened, sent),
        **_of_orders(to_sign, to_reply),
        "yellow_cards": _cards(cards, "yellow"),
        "red_cards": _cards(cards, "red"),
    }


Asks = Callable[[CaseByHand], bool]
Counting = Callable[[CaseByHand], float]


def _of_due(cases: list[CaseByHand], spans: Spans) -> dict[str, Slow]:
    return {**_of_answers(cases), **_of_time(cases, spans), **_of_mishaps(cases)}


def _of_answers(cases: list[CaseByHand]) -> dict[str, Slow]:
    """Return what the citizens said in the end: the three rates and what belongs to them."""
    return {
        "responded": _kept(
            cases,
            lambda case: _said(case, "contacted") is True and within_a_day(case),
            leaves=lambda case: case.no_callback or case.followed,
        ),
        "solved": _kept(
            cases,
            lambda case: _SOLVED.get(_said(case, "solved"), 0.0),
            leaves=lambda case: case.no_callback or _said(case, "solved") is None,
        ),
        "satisfied": _kept(cases, _satisfied, leaves=_ungraded),
        "satisfied_deemed": _kept(cases, lambda case: case.not_reached or _satisfied(case), leaves=_not_even_deemed),
        "grade_mean": _kept(cases, lambda case: _said(case, "grade"), leaves=_ungraded),
        "called_back": _kept(cases, lambda case: case.evaluation is not None, asks=lambda case: case.to_call_back),
        **{f"solved_{name}": _solved_in(cases, number) for number, name in enumerate(_ROUNDS, start=1)},
    }


def _of_time(cases: list[CaseByHand], spans: Spans) -> dict[str, Slow]:
    return {
        "on_time": _kept(cases, lambda case: _by(case.done_at, case.due_at)),
        "handling_working": _kept(cases, lambda case: _worked(case, spans), asks=_done),
        "handling_natural": _kept(cases, _lasted, asks=_done),
    }


def _of_mishaps(cases: list[CaseByHand]) -> dict[str, Slow]:
    found = {name: _all(cases, _has(action)) for name, action in _MISHAPS.items()}
    found["redone"] = _all(cases, lambda case: not {"redo", "reopen"}.isdisjoint(case.had))
    found["sendings_mean"] = _all(cases, lambda case: case.sendings)
    return found


def _kept(cases: list[CaseByHand], counts: Counting, *, asks: Asks | None = None, leaves: Asks | None = None) -> Slow:
    """Count of V′: the rows asked, less those with an exclusion code and those left out."""
    rows = [case for case in cases if asks is None or asks(case)]
    out = {case.case_no for case in rows if case.exclusion is not None or (leaves is not None and leaves(case))}
    counted = {case.case_no: float(counts(case)) for case in rows if case.case_no not in out}
    return Slow(counted=counted, excluded=frozenset(out))


def _all(cases: list[CaseByHand], counts: Counting) -> Slow:
    return Slow(counted={case.case_no: float(counts(case)) for case in cases}, excluded=frozenset())


def _has(action: str) -> Counting:
    return lambda case: action in case.had


def _said(case: CaseByHand, name: str) -> Any:
    return (case.evaluation or {}).get(name)


def _satisfied(case: CaseByHand) -> bool:
    return _said(case, "grade") is not None and _said(case, "grade") >= 3


def _ungraded(case: CaseByHand) -> bool:
    return case.no_callback or _said(case, "grade") is None


def _not_even_deemed(case: CaseByHand) -> bool:
    if case.evaluation is None:
        return case.no_callback or not case.not_reached
    return _ungraded(case)


def _done(case: CaseByHand) -> bool:
    return case.done_at is not None and case.first_sent_at is not None and case.done_at >= case.first_sent_at


def _solved_in(cases: list[CaseByHand], number: int) -> Slow:
    return _kept(
        cases,
        lambda case: _said(case, "solved") == "solved" and case.evaluated_round == number,
        asks=lambda case: case.state in _CLOSED,
        leaves=lambda case: case.no_callback,
    )


def _of_volume(opened: list[CaseByHand], sent: list[CaseByHand]) -> dict[str, Slow]:
    def rows(cases: list[CaseByHand], counts: Callable[[CaseByHand], float]) -> Slow:
        return Slow(counted={case.case_no: float(counts(case)) for case in cases}, excluded=frozenset())

    return {
        "opened": rows(opened, lambda case: 1),
        "direct": rows(opened, lambda case: "answer" in case.had and case.sendings == 0),
        "repeated": rows(opened, lambda case: case.state == "merged"),
        "sent": rows(sent, lambda case: 1),
        "first_right": rows(sent, lambda case: "return" not in case.had and case.sendings == 1),
        "by_machine": rows(sent, lambda case: case.by_machine),
    }


def _of_orders(
    to_sign: list[tuple[CaseByHand, OrderByHand]], to_reply: list[tuple[CaseByHand, OrderByHand]]
) -> dict[str, Slow]:
    def rows(
        found: list[tuple[CaseByHand, OrderByHand]],
        leaves: Callable[[OrderByHand], bool],
        counts: Callable[[OrderByHand], float],
    ) -> Slow:
        out = {order.order_no for case, order in found if case.exclusion is not None or leaves(order)}
        counted = {order.order_no: float(counts(order)) for _, order in found if order.order_no not in out}
        return Slow(counted=counted, excluded=frozenset(out))

    def unsigned(order: OrderByHand) -> bool:
        return order.signed_at is None and (order.returned or order.superseded)

    def unanswered(order: OrderByHand) -> bool:
        return (order.returned and order.done_at is None) or order.superseded or order.not_needed

    return {
        "signed_on_time": rows(
            to_sign,
            unsigned,
            lambda order: not order.signed_by_clock and _by(order.signed_at, order.sign_due_at),
        ),
        "replied_on_time": rows(to_reply, unanswered, lambda order: _by(order.done_at, order.due_at)),
        "overdue": rows(to_reply, unanswered, lambda order: not _by(order.done_at, order.due_at)),
        "overdue_open": rows(to_reply, unanswered, lambda order: order.done_at is None),
    }


def _cards(cards: list[Entry], colour: str) -> Slow:
    counted = {str(one.id): float(one.facts.get("colour") == colour) for one in cards}
    return Slow(counted=counted, excluded=frozenset())


def _by(at: datetime | None, limit: datetime | None) -> bool:
    return at is not None and limit is not None and at <= limit


def _lasted(case: CaseByHand) -> float:
    assert case.done_at is not None
    assert case.first_sent_at is not None
    return floor((case.done_at - case.first_sent_at).total_seconds() / 60)


def _worked(case: CaseByHand, spans: Spans) -> float:
    """Return the working minutes between first sending and done, day by day, rounded down."""
    assert case.done_at is not None
    assert case.first_sent_at is not None
    seconds = 0.0
    day = case.first_sent_at.astimezone(CITY_ZONE).date()
    while day <= case.done_at.astimezone(CITY_ZONE).date():
        for opens, closes in spans(day):
            starts = max(_midnight(day) + timedelta(minutes=opens), case.first_sent_at)
            ends = min(_midnight(day) + timedelta(minutes=closes), case.done_at)
            seconds += max(0.0, (ends - starts).total_seconds())
        day += _DAY
    return floor(round(seconds, 6) / 60)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY_ZONE)
