"""Sending a case to its units: by the responsibility list when that is sure, else by a person."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from core.actor import SYSTEM, Actor
from core.db import Work
from core.errors import BadInput, Refused
from dispatch import orders, placing, rules, steps
from dispatch.events import CaseDispatched
from dispatch.lifecycle import Action, CaseState, Need, next_state
from dispatch.records import CaseRecord
from dispatch.routing import Routed

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
    _, pack = rules.pack(work, case.pack_id)
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
        work.session.flush()
        return case
    steps.take(
        work,
        case,
        Action.DISPATCH,
        actor=SYSTEM,
        now=now,
        given={Need.UNIT},
        unit=verdict.unit,
        reason=verdict.reason,
    )
    orders.send(work, case, lead=verdict.unit, helpers=verdict.helpers, duty_no=verdict.duty_no, now=now)
    steps.announce(work, case, CaseDispatched)
    return case


def dispatch(
    work: Work,
    case_no: str,
    *,
    actor: Actor,
    unit_code: str | None,
    helper_codes: Sequence[str] = (),
    reason: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Send the case to its lead unit and helpers; their clocks start now, signed or not.

    Raises BadInput for a unit that cannot take orders, Refused when a department's own duty would go to a
    street (国办函〔2025〕66号).
    """
    case = steps.locked(work, case_no, version=version)
    given = {Need.UNIT} if unit_code else set()
    next_state(case.stage, Action.DISPATCH, roles=actor.roles, given=given)
    lead = _checked_unit(work, case, unit_code or "", now)
    helpers = tuple(dict.fromkeys(_checked_unit(work, case, code, now) for code in helper_codes if code != lead))
    steps.take(work, case, Action.DISPATCH, actor=actor, now=now, given=given, unit=lead, reason=reason or None)
    orders.send(work, case, lead=lead, helpers=helpers, duty_no=_proposed_by(case, lead), now=now)
    steps.announce(work, case, CaseDispatched)
    return case


def _checked_unit(work: Work, case: CaseRecord, code: str, now: datetime) -> str:
    unit = rules.units(work).get(code)
    if unit is None or unit.kind in _NO_ORDERS:
        raise BadInput("这个单位不能承办工单")
    ban = placing.street_ban(work, case, now) if unit.kind == "street" else None
    if ban is not None:
        raise Refused(f"{ban} 规定这是部门职责，不得派给街道")
    return code


def _proposed_by(case: CaseRecord, unit: str) -> str | None:
    proposals = (case.routing or {}).get("candidates", [])
    return next((one["duty_no"] for one in proposals if one["unit"]["code"] == unit), None)
