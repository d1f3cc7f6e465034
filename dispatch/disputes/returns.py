"""A unit says that a case is not its own, and the dispatcher rules: granted, or refused for good."""

from __future__ import annotations

from datetime import datetime

from core.actor import SYSTEM
from core.errors import Refused
from dispatch import clocks, handling, orders, rules, scope
from dispatch.deadlines import Pause
from dispatch.disputes import conferences
from dispatch.given import Given
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.stages import Action, OrderState
from dispatch.steps import Scene


def return_order(scene: Scene) -> None:
    """Take a unit's return. The lead's opens a dispute, and from the pack's number on a conference by itself.

    A helper's or sub-unit's return ends only that order: nobody disputes whose case it is.
    """
    handling.return_order(scene)
    if scene.order is None or not scene.order.leads:
        return
    case = scene.case
    if case.disputes >= clocks.pack_of(scene.work, case).adjudicate_from_dispute:
        parties = conferences.concerned(scene.work, case)
        given = Given(units=parties, reason=f"第 {case.disputes} 次争议，按规则转会商裁定")
        conferences.confer(Scene(work=scene.work, case=case, actor=SYSTEM, now=scene.now, given=given))


def grant_return(scene: Scene) -> None:
    """Find the unit right: its order stays returned, the others of the round end, and the case waits anew.

    What was promised to the citizen stays as it was. The unit is not proposed for this case again.
    """
    scene.check(Action.GRANT_RETURN)
    case, returned = scene.case, _returned(scene.case)
    scene.order = returned
    orders.withdraw(case, scene.now)
    case.lead_unit = None
    _forget_proposals(case)
    scene.take(
        Action.GRANT_RETURN,
        unit=returned.unit_code,
        facts={"unit": returned.unit_code, "order_no": returned.order_no},
    )


def refuse_return(scene: Scene) -> None:
    """Find the unit responsible: the order is to be signed again, within what was left, and not returned again."""
    scene.check(Action.REFUSE_RETURN)
    case, order = scene.case, _returned(scene.case)
    if scope.is_recused(case, order.unit_code, rules.parents(scene.work)):
        raise Refused("这个单位须回避此件，不能驳回退单，请同意退单后改派")
    scene.order = order
    order.sign_due_at = _what_was_left(scene, order)
    order.state, order.stopped_at = OrderState.TO_SIGN.value, None
    clocks.run_again(scene.work, case, now=scene.now)
    case.no_return = True
    facts = {"unit": order.unit_code, "order_no": order.order_no, "sign_due_at": order.sign_due_at}
    scene.take(Action.REFUSE_RETURN, unit=order.unit_code, facts=facts)


def _returned(case: CaseRecord) -> WorkOrderRecord:
    """Return the order that is disputed: the lead's of this round."""
    order = orders.lead_of(case)
    if order is None or order.stage is not OrderState.RETURNED:
        raise Refused("没有待审核的退单")
    return order


def _what_was_left(scene: Scene, order: WorkOrderRecord) -> datetime:
    """Return when the unit must have signed: its limit, stopped from the return until now, and not a minute more."""
    work, case = scene.work, scene.case
    pack = clocks.pack_of(work, case)
    limit = pack.limits(case.kind, case.urgency, case.category_code).sign
    stopped = Pause(starts=order.stopped_at or scene.now, ends=scene.now)
    pauses = (*clocks.pauses(work, case), stopped)
    return clocks.due_of(work, pack, limit, order.sent_at, unit=order.unit_code, pauses=pauses).at


def _forget_proposals(case: CaseRecord) -> None:
    """Take the units that have returned the case out of what the machine proposes for it."""
    if case.routing is None:
        return
    returned = orders.returned_units(case)
    left = [one for one in case.routing.get("candidates", []) if one["unit"]["code"] not in returned]
    # A new object: a change inside the old one would go unnoticed and unsaved.
    case.routing = {**case.routing, "candidates": left}


ACTS = {Action.RETURN: return_order, Action.GRANT_RETURN: grant_return, Action.REFUSE_RETURN: refuse_return}
