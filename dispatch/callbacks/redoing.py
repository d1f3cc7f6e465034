"""Having it done again (重办), with a limit of its own: after a bad rating, or when a closed case is reopened."""

from __future__ import annotations

from functools import partial
from typing import Any

from core.errors import Refused
from dispatch import clocks, orders, steps, supervision
from dispatch.callbacks.answers import note_answer
from dispatch.events import CaseMoved
from dispatch.lifecycle import LIVE_ORDERS, Action, OrderState, Part
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.steps import Scene

SATISFIED_FROM = 3  # of five grades: 基本满意


def redo(scene: Scene) -> None:
    """Give the case back to its lead because the citizen is not satisfied, was not contacted, or sees it unsolved.

    What the caller thinks of the demand is kept and decides nothing: finding it unreasonable is the panel's.
    Raises Refused when they are content, or when the panel has found the demand unreasonable: then it is closed.
    """
    scene.check(Action.REDO)
    given = scene.given
    if (given.grade or 0) >= SATISFIED_FROM and given.contacted is not False and given.solved != "unsolved":
        raise Refused("诉求人满意且问题已解决，请回访办结")
    _again(scene, Action.REDO, note_answer(scene))


def reopen(scene: Scene) -> None:
    """Open a closed case again under its own number, with the limit of a redo."""
    scene.check(Action.REOPEN)
    _again(scene, Action.REOPEN, {"redo": True})


def _again(scene: Scene, action: Action, facts: dict[str, Any]) -> None:
    case = scene.case
    order = scene.order = _new_order(scene)
    told = facts | {
        "times": case.redos + 1,
        "due_at": order.due_at,
        "order_no": order.order_no,
        "round": case.round,
        "lead": order.unit_code,
    }
    # The guards count the redos so far and how long ago it was closed, so the rows change after the step.
    steps.take(
        scene.work,
        case,
        action,
        actor=scene.actor,
        now=scene.now,
        given=scene.given.needs(),
        came=scene.given,
        order=order,
        reason=scene.given.reason,
        note=scene.given.text,
        facts=told,
    )
    case.redos += 1
    _forget_answer(case)
    clocks.show(case, started=scene.now, due=order.due_at, limit=order.limit)
    steps.announce(scene.work, case, partial(CaseMoved, action=action.value))
    _supervise_if_repeated(scene)


def _supervise_if_repeated(scene: Scene) -> None:
    """Let the chief answer for what had to be done again and again; the last time on a higher level."""
    case, pack = scene.case, clocks.pack_of(scene.work, scene.case)
    if case.redos < pack.redos_until_supervision:
        return
    text = f"此件已第 {case.redos} 次重办，请单位负责人督促办结"
    level = 2 if case.redos >= pack.redos_at_most else 1
    supervision.open_order(scene, level=level, code="repeated_redo", text=text)


def _new_order(scene: Scene) -> WorkOrderRecord:
    """Make the lead's order of the new round: signed already, for whoever has answered has accepted the duty.

    A new one, not the old one again: what was replied before stays readable, and each has its own cards.
    """
    case, before = scene.case, orders.lead_of(scene.case)
    unit = case.lead_unit or _lead_of_incident(scene)
    if unit is None:
        raise Refused("此件没有承办单位，不能重办，请另行登记")
    if before is not None and before.stage in LIVE_ORDERS:
        before.state, before.stopped_at = OrderState.DONE.value, before.stopped_at or scene.now
    case.round += 1
    case.lead_unit, case.dispatched_at = unit, case.dispatched_at or scene.now
    limit = clocks.pack_of(scene.work, case).redo_within
    duty_no = before.duty_no if before is not None else None
    order = orders.add(scene.work, case, unit, Part.LEAD, limit, now=scene.now, duty_no=duty_no)
    order.redo, order.state, order.signed_at = True, OrderState.HANDLING.value, scene.now
    return order


def _lead_of_incident(scene: Scene) -> str | None:
    """Return who leads the main case of the incident that this case was merged into."""
    into = scene.case.merged_into
    head = scene.work.session.get(CaseRecord, into) if into is not None else None
    return head.lead_unit if head is not None else None


def _forget_answer(case: CaseRecord) -> None:
    """What was said of the round before stays in its row and its story; of this one nobody has been asked."""
    case.contacted = case.solved = case.grade = None
    case.ledger_asked = False
    case.tries, case.next_try_at, case.closed_at = 0, None, None
