"""Who sees which cases: in SQL for lists, in Python for one case, from the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, false, literal_column, or_, select, true

from core import people
from core.actor import Actor, Role
from core.db import Work
from dispatch.audience import with_units_above
from dispatch.lifecycle import LIVE_ORDERS, ORDER_STEPS, Action, CaseState
from dispatch.records import CaseRecord, WorkOrderRecord

# These see every case. An agent sees their own and what waits at the desk; a handler those of the unit and below.
CITYWIDE = (
    Role.DISPATCHER,
    Role.REVIEWER,
    Role.CALLBACK,
    Role.SUPERVISOR,
    Role.LEADER,
    Role.ADMINISTRATOR,
    Role.SYSTEM,
)
# What comes in by other channels waits for whichever agent takes it up.
AT_THE_DESK = (CaseState.RECEIVED.value, CaseState.TO_COMPLETE.value)
_NO_CASE = frozenset({CaseState.DRAFT, CaseState.DISCARDED})
_FOUND = timedelta(hours=1)  # how long what was found by phone stays open to the agent who searched
# What any unit of the case may do, not only its lead; whose supervision order it is, supervision.py asks.
_ANY_UNIT = frozenset({Action.NOTE, Action.OPINE, Action.ANSWER_SUPERVISION})


def visible(actor: Actor, parents: Mapping[str, str | None]) -> ColumnElement[bool]:
    """Return the condition on CaseRecord that keeps what this person may see."""
    if actor.has(*CITYWIDE):
        return true()
    conditions: list[ColumnElement[bool]] = []
    if actor.has(Role.AGENT) and actor.person_id is not None:
        mine = (CaseRecord.created_by == actor.person_id) | (CaseRecord.registered_by == actor.person_id)
        conditions += [mine, CaseRecord.state.in_(AT_THE_DESK)]
    if actor.has(Role.HANDLER) and actor.unit_code:
        own = with_units_above(actor.unit_code, parents)
        conditions.append(_of_units(units_of(actor, parents)) & ~CaseRecord.recused.overlap(list(own)))
    return or_(*conditions) if conditions else false()


def sees(case: CaseRecord, actor: Actor, parents: Mapping[str, str | None]) -> bool:
    """Say whether this person may see this case; the same rule as `visible`."""
    if actor.has(*CITYWIDE, Role.CITIZEN):  # a citizen comes in by the query code of this very case
        return True
    owners = (case.created_by, case.registered_by)
    known = actor.person_id is not None and (actor.person_id in owners or case.state in AT_THE_DESK)
    if actor.has(Role.AGENT) and known:
        return True
    if not actor.has(Role.HANDLER):
        return False
    units = units_of(actor, parents)
    if is_recused(case, actor.unit_code, parents):
        return False  # who is complained about does not read who complained
    return any(order.unit_code in units for order in case.orders) or not units.isdisjoint(case.parties)


def reaches(work: Work, case: CaseRecord, actor: Actor, parents: Mapping[str, str | None]) -> bool:
    """Say whether this person may open this case: what they see, and for an agent what they have just found by phone.

    Whoever rings up to object, urge or withdraw reaches any agent, not the one who took the case. The search is
    written down with its purpose; for an hour after it the agent may open what it found, which is no anonymous
    case and no draft. Nothing of it comes into their lists.
    """
    if sees(case, actor, parents):
        return True
    hidden = case.caller_fingerprint is None or case.secrecy == "anonymous" or case.stage in _NO_CASE
    if hidden or not actor.has(Role.AGENT):
        return False
    return people.has_searched(work, actor, case.caller_fingerprint or "", within=_FOUND)


def is_recused(case: CaseRecord, unit: str | None, parents: Mapping[str, str | None]) -> bool:
    """Say whether `unit` must keep out of the case (回避): it or one above it has an interest in the matter."""
    return unit is not None and not set(with_units_above(unit, parents)).isdisjoint(case.recused)


def takes_part(case: CaseRecord, action: Action, actor: Actor, parents: Mapping[str, str | None]) -> bool:
    """Say whether this person may act on the case as a whole: of the units only the lead, but for a word."""
    if not actor.has(Role.HANDLER) or actor.has(*CITYWIDE, Role.AGENT):
        return True
    return action in _ANY_UNIT or case.lead_unit in units_of(actor, parents)


def sees_as_unit(actor: Actor) -> bool:
    """Say whether this person looks from a unit, from which secret cases hide the person."""
    return not actor.has(*CITYWIDE, Role.AGENT)


def has_part(case: CaseRecord, actor: Actor, parents: Mapping[str, str | None]) -> bool:
    """Say whether the handler's unit works on the case or has answered it.

    Whoever returned it, was recalled, or is heard in its conference has no part in it: they see what the
    matter is, not who and where.
    """
    units = units_of(actor, parents)
    own = [order for order in case.orders if order.unit_code in units]
    return any(order.stage in LIVE_ORDERS or order.replied_at is not None for order in own)


def hides_person(case: CaseRecord, actor: Actor, parents: Mapping[str, str | None]) -> bool:
    """Say whether person and place are kept from this person: by the case's secrecy, or for want of a part in it."""
    if not sees_as_unit(actor):
        return False
    return case.secrecy != "open" or (actor.has(Role.HANDLER) and not has_part(case, actor, parents))


def units_of(actor: Actor, parents: Mapping[str, str | None]) -> frozenset[str]:
    """Return the handler's unit and all below it."""
    if not actor.unit_code or not actor.has(Role.HANDLER):
        return frozenset()
    return frozenset(unit for unit in parents if actor.unit_code in with_units_above(unit, parents))


def _of_units(units: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that one of `units` has an order in the case, or is a party to its conference.

    As a set of ids and not as a question to each case: a unit's list then reads the unit's own orders by their
    index, however many cases others have.
    """
    ordered = select(WorkOrderRecord.case_id).where(WorkOrderRecord.unit_code.in_(units))
    # The second condition is that of the index on parties, which nearly every case has none of.
    party = CaseRecord.parties.overlap(sorted(units)) & (CaseRecord.parties != literal_column("'{}'"))
    return CaseRecord.id.in_(ordered.union_all(select(CaseRecord.id).where(party).correlate(None)))


def own_order(
    case: CaseRecord,
    order_no: str | None,
    action: Action,
    actor: Actor,
    parents: Mapping[str, str | None],
) -> WorkOrderRecord | None:
    """Return the order on which the actor's unit means to act, or None when it has none in the case.

    Without a number: the one to which `action` fits, the lead's first; else the newest, so that the refusal
    can say in what state it is.
    """
    units = units_of(actor, parents)
    own = [order for order in case.orders if order.unit_code in units]
    if order_no is not None:
        return next((order for order in own if order.order_no == order_no), None)
    live = [order for order in own if order.stage in LIVE_ORDERS and (order.stage, action) in ORDER_STEPS]
    live.sort(key=lambda order: not order.leads)
    return live[0] if live else (own[-1] if own else None)
