"""Who may know the person (保密级别), and which unit must keep out of the case (回避)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.actor import SYSTEM, Role
from core.errors import BadInput, Refused, WrongRole
from dispatch import clocks, drafts, orders, rules
from dispatch.audience import with_units_above
from dispatch.records import CaseRecord
from dispatch.stages import LIVE_ORDERS, Action, CaseState, OrderState
from dispatch.steps import Scene
from dispatch.table import STEPS

_RANK = {"open": 0, "hidden_from_unit": 1, "anonymous": 2}


def set_secrecy(scene: Scene) -> None:
    """Change who may know the person; from now on cards, titles and units see it so.

    Raising it may anybody of the table; lowering it only a supervisor, who answers for it.
    """
    scene.check(Action.SET_SECRECY)
    case, wanted = scene.case, scene.given.secrecy or ""
    if wanted not in _RANK:
        raise BadInput("请选择保密级别")
    before = case.secrecy
    if wanted == before:
        raise Refused("保密级别没有变化")
    if _RANK[wanted] < _RANK[before] and not scene.actor.has(Role.SUPERVISOR):
        raise WrongRole("降低保密级别须由督办员决定")
    case.secrecy = wanted
    case.touched = [*case.touched, *(["secrecy"] if "secrecy" not in case.touched else [])]
    case.call_back_wanted = drafts.wants_call_back(case)
    scene.take(Action.SET_SECRECY, facts={"before": before, "after": wanted})


def recuse(scene: Scene) -> None:
    """Keep a unit that has an interest in the matter, and all below it, out of the case from this moment.

    It loses sight of the case at once and no order goes to it. If it leads, the case goes back to the
    dispatcher; a part as helper or sub-unit ends by itself.
    """
    scene.check(Action.RECUSE)
    case, unit = scene.case, scene.given.unit or ""
    parents = rules.parents(scene.work)
    if unit not in parents:
        raise BadInput("没有这个单位")
    if unit in case.recused:
        raise Refused("这个单位已经回避")
    case.recused = [*case.recused, unit]
    case.parties = [party for party in case.parties if not _is_or_below(party, unit, parents)]
    _forget_proposals(case, unit, parents)
    _end_parts(scene, unit, parents)
    scene.take(Action.RECUSE, unit=unit, facts={"unit": unit})
    if case.lead_unit is not None and _is_or_below(case.lead_unit, unit, parents):
        _take_from_lead(scene)


def _take_from_lead(scene: Scene) -> None:
    """Give the case back to the dispatcher, or in a conference to the centre; the promise runs on."""
    case = scene.case
    lead, case.lead_unit = case.lead_unit, None
    if (case.stage, Action.RECALL) not in STEPS:
        return
    if case.stage is CaseState.LEDGER:
        clocks.end_pause(scene.work, case, scene.now)
    if case.promise_started_at is not None and case.promise_due_at is not None:
        limit = case.clock_limit or ""
        clocks.show(case, started=case.promise_started_at, due=case.promise_due_at, limit=limit)
    orders.withdraw(case, scene.now)
    given = replace(scene.given, reason="承办单位须回避，改派")
    centre = Scene(work=scene.work, case=case, actor=SYSTEM, now=scene.now, given=given)
    centre.take(Action.RECALL, unit=lead, facts={"recused": True, "promise_due_at": case.promise_due_at})


def _end_parts(scene: Scene, unit: str, parents: Mapping[str, str | None]) -> None:
    for order in scene.case.orders:
        if order.stage in LIVE_ORDERS and not order.leads and _is_or_below(order.unit_code, unit, parents):
            order.state, order.stopped_at = OrderState.DONE.value, order.stopped_at or scene.now
            order.extension_open = False


def _forget_proposals(case: CaseRecord, unit: str, parents: Mapping[str, str | None]) -> None:
    if case.routing is None:
        return
    known = case.routing.get("candidates", [])
    left = [one for one in known if not _is_or_below(one["unit"]["code"], unit, parents)]
    case.routing = {**case.routing, "candidates": left}


def _is_or_below(code: str, unit: str, parents: Mapping[str, str | None]) -> bool:
    return unit in with_units_above(code, parents)


ACTS = {Action.SET_SECRECY: set_secrecy, Action.RECUSE: recuse}
