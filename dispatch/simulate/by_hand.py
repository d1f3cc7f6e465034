"""What docs/figures.md says of one case and of its work orders, read entry by entry, slowly and plainly.

Written from that page alone, so that the product's statements have something to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

_SENDINGS = {"dispatch", "rule"}
_ENDING = {"dispatch", "rule", "recall", "grant_return", "merge"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the timeline."""

    id: int
    at: datetime
    action: str
    order_no: str | None
    unit: str | None
    to_state: str | None
    facts: dict[str, Any]


@dataclass(kw_only=True)
class OrderByHand:
    """A work order as the page describes it."""

    order_no: str
    created: tuple[datetime, int]
    unit: str | None
    part: str
    parent: str | None
    signed_at: datetime | None = None
    signed_by_clock: bool = False
    sign_due_at: datetime | None = None
    returned: bool = False
    due_at: datetime | None = None
    done_at: datetime | None = None
    superseded: bool = False
    not_needed: bool = False


@dataclass(kw_only=True)
class CaseByHand:
    """A case as the page describes it."""

    case_no: str
    opened_at: datetime
    opening: dict[str, Any]
    first_sent_at: datetime | None = None
    first_unit: str | None = None
    by_machine: bool = False
    last_sent_at: datetime | None = None
    unit: str | None = None
    followed: bool = False
    sendings: int = 0
    due_at: datetime | None = None
    state: str | None = None
    done_at: datetime | None = None
    contacted_at: datetime | None = None
    evaluation: dict[str, Any] | None = None
    evaluated_round: int = 0
    to_call_back: bool = False
    not_reached: bool = False
    no_callback: bool = False
    exclusion: str | None = None
    had: set[str] = field(default_factory=set)
    orders: list[OrderByHand] = field(default_factory=list)


def read(case_no: str, entries: Iterable[Entry], as_of: datetime) -> CaseByHand | None:
    """Return what was known of a case at `as_of`; None before its opening."""
    known = sorted((one for one in entries if one.at <= as_of), key=lambda one: (one.at, one.id))
    opening = next((one for one in known if one.action in {"register", "accept", "answer"}), None)
    if opening is None:
        return None
    case = CaseByHand(case_no=case_no, opened_at=opening.at, opening=opening.facts)
    case.had = {one.action for one in known}
    case.state = next((one.to_state for one in reversed(known) if one.to_state), None)
    _read_sendings(case, known)
    _read_promise(case, known)
    _read_done(case, known)
    _read_answers(case, known)
    _read_exclusion(case, known)
    case.orders = _read_orders(case, known)
    return case


def instant(value: Any) -> datetime | None:
    """Return an instant of the facts, or None."""
    return datetime.fromisoformat(value) if value else None


def _read_sendings(case: CaseByHand, known: list[Entry]) -> None:
    sendings = [one for one in known if one.action in _SENDINGS]
    case.sendings = len(sendings)
    if sendings:
        first, last = sendings[0], sendings[-1]
        case.first_sent_at, case.first_unit = first.at, first.facts.get("lead")
        case.by_machine = first.facts.get("by_machine") is True
        case.last_sent_at = last.at
    for one in known:
        if one.action in _SENDINGS:
            case.unit, case.followed = one.facts.get("lead"), False
        elif one.action == "follow" or (one.action == "close" and one.facts.get("into") is not None):
            case.unit, case.followed = one.facts.get("unit"), True


def _read_promise(case: CaseByHand, known: list[Entry]) -> None:
    for one in known:
        if one.facts.get("promise_due_at") is not None:
            case.due_at = instant(one.facts["promise_due_at"])


def _standing(known: list[Entry], order_no: str | None = None) -> Entry | None:
    """Return the first lead reply that is no redo's and was not sent back; of one order, if it is given."""
    telling = [one for one in known if _is_lead_reply(one) or one.action in {"send_back", "pass", "close"}]
    for place, one in enumerate(telling):
        if not _is_lead_reply(one) or one.facts.get("redo") is True:
            continue
        if order_no is not None and _order_no(one) != order_no:
            continue
        after = telling[place + 1] if place + 1 < len(telling) else None
        if after is None or after.action != "send_back":
            return one
    return None


def _is_lead_reply(one: Entry) -> bool:
    return one.action == "reply" and (one.facts.get("part") or "lead") == "lead"


def _order_no(one: Entry) -> str | None:
    return one.order_no or one.facts.get("order_no")


def _read_done(case: CaseByHand, known: list[Entry]) -> None:
    reply = _standing(known)
    if reply is not None:
        case.done_at = reply.at
    else:
        case.done_at = next((one.at for one in known if one.to_state == "closed" or one.action == "follow"), None)
    contacts = [_contact(one) for one in known if one.facts.get("contacted_at") or one.action == "contact"]
    case.contacted_at = min(contacts, default=None)


def _contact(one: Entry) -> datetime:
    """Return the time claimed when it was written down within a day of it, otherwise the time of the writing."""
    claimed = instant(one.facts.get("contacted_at"))
    if claimed is None or one.at - claimed > timedelta(hours=24):
        return one.at
    return claimed


def _read_answers(case: CaseByHand, known: list[Entry]) -> None:
    rounds = 1
    for one in known:
        said = any(one.facts.get(name) is not None for name in ("contacted", "solved", "grade"))
        if one.action in {"rate", "redo"} and one.facts.get("connected") is not False and said:
            case.evaluation, case.evaluated_round = one.facts, rounds
        if one.action in {"redo", "reopen"}:
            rounds += 1
    asked = any(one.to_state in {"to_call_back", "call_back_again"} for one in known)
    case.to_call_back = asked or case.evaluation is not None
    given_up = "close_unrated" in case.had
    case.not_reached = case.evaluation is None and given_up
    case.no_callback = case.state in {"closed", "filed"} and not case.to_call_back and not given_up


def _read_exclusion(case: CaseByHand, known: list[Entry]) -> None:
    said = [one for one in known if one.action in {"exclude", "include"}]
    if said and said[-1].action == "exclude":
        case.exclusion = said[-1].facts.get("code") or "other"
    elif case.state in {"merged", "withdrawn"}:
        case.exclusion = case.state


def _read_orders(case: CaseByHand, known: list[Entry]) -> list[OrderByHand]:
    found: dict[str, OrderByHand] = {}
    dues: dict[str, list[tuple[datetime, int, Any]]] = {}
    sign_dues: dict[str, list[tuple[datetime, int, Any]]] = {}
    for one in known:
        for named in one.facts.get("orders") or []:
            if not isinstance(named, dict):
                continue
            no = named["order_no"]
            if no not in found:
                found[no] = OrderByHand(
                    order_no=no,
                    created=(one.at, one.id),
                    unit=named.get("unit"),
                    part=named.get("part") or "lead",
                    parent=one.facts.get("parent_order_no"),
                )
            dues.setdefault(no, []).append((one.at, one.id, named.get("due_at")))
            sign_dues.setdefault(no, []).append((one.at, one.id, named.get("sign_due_at")))
    for order in found.values():
        own = [one for one in known if _order_no(one) == order.order_no]
        _read_order(order, own, known, dues[order.order_no], sign_dues[order.order_no])
    _read_not_needed(case, found, known)
    return list(found.values())


def _read_order(
    order: OrderByHand,
    own: list[Entry],
    known: list[Entry],
    dues: list[tuple[datetime, int, Any]],
    sign_dues: list[tuple[datetime, int, Any]],
) -> None:
    signed = next((one for one in own if one.action == "sign"), None)
    if signed is not None:
        order.signed_at, order.signed_by_clock = signed.at, signed.facts.get("auto") is True
    refused = [(one.at, one.id, one.facts.get("sign_due_at")) for one in own if one.action == "refuse_return"]
    of_sign = signed.facts.get("sign_due_at") if signed else None
    order.sign_due_at = instant(of_sign) or _newest([*sign_dues, *refused])
    moved = [
        (one.at, one.id, one.facts.get("due_at"))
        for one in own
        if one.action in {"grant_extension", "reply"} and one.facts.get("redo") is not True
    ]
    order.due_at = _newest([*dues, *moved])
    returns = [one for one in own if one.action == "return"]
    order.returned = bool(returns) and not any(
        one.action == "refuse_return" and one.at >= returns[-1].at for one in own
    )
    if order.part == "lead":
        reply = _standing(known, order.order_no)
    else:
        reply = next((one for one in own if one.action == "reply" and one.facts.get("redo") is not True), None)
    order.done_at = reply.at if reply else None
    ending = [(one.at, one.id) for one in known if one.action in _ENDING]
    order.superseded = order.done_at is None and bool(ending) and order.created < ending[-1]


def _read_not_needed(case: CaseByHand, found: dict[str, OrderByHand], known: list[Entry]) -> None:
    for order in found.values():
        if order.part == "lead" or order.done_at is not None or order.due_at is None:
            continue
        parent = found.get(order.parent or "")
        gathered = [
            one.at for one in known if one.action == "gather" and order.order_no in (one.facts.get("withdrawn") or [])
        ]
        ends = [at for at in (case.done_at, parent.done_at if parent else None, *gathered) if at is not None]
        order.not_needed = bool(ends) and min(ends) <= order.due_at


def _newest(said: list[tuple[datetime, int, Any]]) -> datetime | None:
    for _, _, value in sorted(said, key=lambda one: one[:2], reverse=True):
        if value:
            return instant(value)
    return None


def within_a_day(case: CaseByHand) -> bool:
    """Say whether somebody spoke with the citizen within 24 hours of the last sending."""
    if case.contacted_at is None or case.last_sent_at is None:
        return False
    return case.contacted_at <= case.last_sent_at + timedelta(hours=24)
