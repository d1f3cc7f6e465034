"""Sending a case to its units: by the responsibility list when that is sure, else by a person."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from core.actor import SYSTEM
from core.db import Work
from core.errors import BadInput, Refused
from dispatch import clocks, matching, orders, placing, rules, scope, steps
from dispatch.events import CaseDispatched, CaseMoved
from dispatch.lifecycle import Action, CaseState, Need, Part
from dispatch.records import CaseRecord
from dispatch.routing import Routed
from dispatch.steps import Scene

log = logging.getLogger(__name__)

# Units that contain others but take no work orders themselves.
_NO_ORDERS = frozenset({"city"})


def route(work: Work, case_id: int, *, now: datetime) -> CaseRecord:
    """Dispatch the case by the responsibility list if that is sure enough, else leave it to a person.

    Judged once: a second run, or a run after a person was quicker, changes nothing. A case that a unit has
    returned is never dispatched by the machine again.
    """
    case = steps.locked(work, case_id)
    if case.stage is not CaseState.TO_DISPATCH or case.judged_at is not None or case.round:
        return case
    pack = clocks.pack_of(work, case)
    verdict = placing.judged(work, case, threshold=pack.automatic_from_share, now=now)
    case.judged_at = now
    case.routing = {
        "automatic": isinstance(verdict, Routed),
        "reason": verdict.reason,
        "candidates": placing.guesses(verdict.proposals, rules.units(work)),
    }
    log.info("case.judged", extra={"case_id": case.id, "automatic": isinstance(verdict, Routed)})
    if not isinstance(verdict, Routed):
        steps.take(work, case, Action.ROUTE, actor=SYSTEM, now=now, reason=verdict.reason)
        # The version moves: whoever has the case open must hear of it, or their next step is refused as stale.
        steps.announce(work, case, partial(CaseMoved, action=Action.ROUTE.value))
        return case
    sent = orders.send(work, case, lead=verdict.unit, helpers=verdict.helpers, duty_no=verdict.duty_no, now=now)
    steps.take(
        work,
        case,
        Action.DISPATCH,
        actor=SYSTEM,
        now=now,
        given={Need.UNIT},
        unit=verdict.unit,
        reason=verdict.reason,
        facts={**sent, "by_machine": True, "overrode": False},
    )
    steps.announce(work, case, CaseDispatched)
    return case


def dispatch(scene: Scene) -> None:
    """Send the case to its lead unit and helpers; their clocks start now, signed or not.

    Raises BadInput for a unit that cannot take orders, Refused when a department's own duty would go to a
    street (国办函〔2025〕66号) or the unit is recused.
    """
    scene.check(Action.DISPATCH)
    case, now = scene.case, scene.now
    lead, helpers = checked_units(scene, scene.given.unit or "", scene.given.helpers)
    duty_no = proposed_by(case, lead)
    sent = orders.send(scene.work, case, lead=lead, helpers=helpers, duty_no=duty_no, now=now)
    facts = {**sent, "by_machine": False, "overrode": _overrode(case, lead)}
    scene.take(Action.DISPATCH, unit=lead, facts=facts, event=CaseDispatched)


def recall(scene: Scene) -> None:
    """Take the orders back before they are signed, to send the case elsewhere; the promise runs on."""
    scene.check(Action.RECALL)
    unit = scene.case.lead_unit
    orders.withdraw(scene.case, scene.now)
    scene.case.lead_unit = None
    scene.take(Action.RECALL, unit=unit)


def add_helpers(scene: Scene) -> None:
    """Give more units a part in a case that is being handled, each with a clock of its own."""
    scene.check(Action.ADD_HELPERS)
    work, case = scene.work, scene.case
    limit = clocks.pack_of(work, case).limits(case.kind, case.urgency, case.category_code).result
    taken = {order.unit_code for order in case.orders if order.round == case.round}
    units = [checked_unit(scene, code) for code in dict.fromkeys(scene.given.units)]
    if already := taken.intersection(units):
        raise Refused(f"{rules.units(work)[min(already)].name}已在办理此件")
    made = [orders.add(work, case, unit, Part.HELPER, limit, now=scene.now) for unit in units]
    scene.take(Action.ADD_HELPERS, unit=units[0], facts={"orders": [orders.facts(order) for order in made]})


def checked_units(scene: Scene, lead: str, helpers: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the lead and its helpers, each once, after `checked_unit`."""
    first = checked_unit(scene, lead)
    others = dict.fromkeys(checked_unit(scene, code) for code in helpers if code != first)
    return first, tuple(others)


def checked_unit(scene: Scene, code: str) -> str:
    """Return `code` when that unit may hold an order in this case; raises BadInput or Refused."""
    units = rules.units(scene.work)
    unit = units.get(code)
    if unit is None or unit.kind in _NO_ORDERS:
        raise BadInput("这个单位不能承办工单")
    if scope.is_recused(scene.case, code, rules.parents(scene.work)):
        raise Refused("这个单位须回避此件，不能承办")
    low = matching.is_grass_roots(code, units)
    ban = placing.street_ban(scene.work, scene.case, scene.now) if low else None
    if ban is not None:
        raise Refused(f"{ban} 规定这是部门职责，不得派给街道")
    return code


def proposed_by(case: CaseRecord, unit: str) -> str | None:
    """Return the number of the line that proposed this unit, or None."""
    proposals = (case.routing or {}).get("candidates", [])
    return next((one["duty_no"] for one in proposals if one["unit"]["code"] == unit), None)


def _overrode(case: CaseRecord, unit: str) -> bool:
    proposals = (case.routing or {}).get("candidates", [])
    return bool(proposals) and proposals[0]["unit"]["code"] != unit


ACTS = {Action.DISPATCH: dispatch, Action.RECALL: recall, Action.ADD_HELPERS: add_helpers}
