"""Matters that are not taken on (不予受理), by two people and with a way to go; and those taken back (撤单)."""

from __future__ import annotations

from core.errors import BadInput
from dispatch import clocks, drafts, orders, rules, steps
from dispatch.intake.receiving import start_clock
from dispatch.stages import Action, CaseState
from dispatch.steps import Scene

_PAUSED = frozenset({CaseState.TO_COMPLETE, CaseState.LEDGER})


def propose_rejection(scene: Scene) -> None:
    """Propose not to take it on: the ground, and in `text` where the citizen can go with it."""
    scene.check(Action.PROPOSE_REJECTION)
    case, given = scene.case, scene.given
    if given.code not in rules.codes(scene.work, "rejection"):
        raise BadInput("没有这个不予受理的理由")
    case.rejection_by, case.rejection_code, case.rejection_route = scene.actor.person_id, given.code, given.text
    scene.take(Action.PROPOSE_REJECTION, facts={"code": given.code})


def reject(scene: Scene) -> None:
    """Confirm, as a second person, what the first has proposed. The citizen is told, and may object once."""
    scene.check(Action.REJECT)
    case = scene.case
    case.pack_id, _ = rules.pack(scene.work)
    clocks.stop(case, scene.now)
    case.closed_at, case.registered_by = scene.now, scene.actor.person_id
    facts = {**drafts.opening_facts(case), "code": case.rejection_code}
    scene.take(Action.REJECT, note=case.rejection_route, facts=facts)


def object_to(scene: Scene) -> None:
    """Let the desk look at it once more; again two people are needed to say no."""
    scene.check(Action.OBJECT)
    case, rejected_for = scene.case, scene.case.rejection_code
    scene.take(Action.OBJECT, facts={"code": rejected_for})
    case.objected, case.closed_at = True, None
    case.rejection_by = case.rejection_code = case.rejection_route = None
    start_clock(scene.work, case, scene.now)
    steps.settle(scene.work, case)


def withdraw(scene: Scene) -> None:
    """Take the matter back at the citizen's own wish: orders end, clocks stop, units are told by the push."""
    scene.check(Action.WITHDRAW)
    work, case, now = scene.work, scene.case, scene.now
    if case.stage in _PAUSED:
        clocks.end_pause(work, case, now)
    orders.withdraw(case, now)
    clocks.stop(case, now)
    case.closed_at, case.parties = now, []
    case.registered_by = case.registered_by or scene.actor.person_id
    scene.take(Action.WITHDRAW, unit=case.lead_unit, facts={})


ACTS = {
    Action.PROPOSE_REJECTION: propose_rejection,
    Action.REJECT: reject,
    Action.OBJECT: object_to,
    Action.WITHDRAW: withdraw,
}
