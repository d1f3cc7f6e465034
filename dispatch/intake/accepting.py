"""What the desk makes of a matter: accept it, answer it, hand it to the emergency services."""

from __future__ import annotations

from core.errors import BadInput, Refused
from dispatch import clocks, drafts, relapse, rules
from dispatch.events import CaseAnswered, CaseRegistered
from dispatch.stages import Action, CaseState
from dispatch.steps import Scene


def accept(scene: Scene) -> None:
    """Accept a received matter; from here on it is routed exactly as one that came by a call.

    Raises BadInput while its kind, class or place are not known.
    """
    scene.check(Action.ACCEPT)
    work, case, now = scene.work, scene.case, scene.now
    drafts.check_matter(case)
    if case.category_code is None:
        raise BadInput("请选择事项分类")
    if case.area_code is None and not (case.place or "").strip():
        raise BadInput("请选择区域或填写地点")
    case.rejection_by = case.rejection_code = case.rejection_route = None
    drafts.protect(case)
    drafts.start_centre_clock(work, case, now)
    case.registered_at, case.registered_by = now, scene.actor.person_id
    relapse.look(work, case, now)
    scene.take(Action.ACCEPT, facts=drafts.opening_facts(case), event=CaseRegistered)


def answer(scene: Scene) -> None:
    """Answer a matter at the desk, as a call is answered on the line."""
    scene.check(Action.ANSWER)
    work, case, now = scene.work, scene.case, scene.now
    if case.stage is CaseState.DRAFT and case.left_at is None:
        raise Refused("通话或整理还没有结束，请由接听的话务员办理")
    case.answer = scene.given.text
    case.pack_id, _ = rules.pack(work)
    case.registered_at = now
    _end(scene)
    scene.take(Action.ANSWER, note="已直接答复", facts=drafts.opening_facts(case), event=CaseAnswered)


def transfer(scene: Scene) -> None:
    """Hand the matter to 110, 119, 120 or 122. The facts stay in the case; danger waits for no form.

    From a draft even while they still talk: the agent keeps the line until the other side answers.
    """
    scene.check(Action.TRANSFER)
    services = rules.codes(scene.work, "transfer")
    if scene.given.code not in services:
        raise BadInput("请选择转接到 110、119、120 还是 122")
    case = scene.case
    case.pack_id, _ = rules.pack(scene.work)
    _end(scene)
    facts = {**drafts.opening_facts(case), "code": scene.given.code}
    said = f"转 {services[scene.given.code].zh}"
    note = f"{said}：{scene.given.text}" if scene.given.text else said
    scene.take(Action.TRANSFER, note=note, facts=facts)


def _end(scene: Scene) -> None:
    case = scene.case
    # Whoever has dealt with it goes on seeing it (scope.py).
    case.registered_by = case.registered_by or scene.actor.person_id
    case.closed_at = scene.now
    clocks.stop(case, scene.now)


ACTS = {Action.ACCEPT: accept, Action.ANSWER: answer, Action.TRANSFER: transfer}
