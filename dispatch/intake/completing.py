"""Facts are missing (待补充): the clocks stand still while the citizen is asked, once and not for ever."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from core.actor import SYSTEM
from core.errors import Refused
from dispatch import clocks, steps
from dispatch.events import CaseMoved
from dispatch.records import TimelineRecord
from dispatch.stages import Action
from dispatch.steps import Scene


def ask_facts(scene: Scene) -> None:
    """Ask the citizen for what is missing. The clocks stop until they answer, or the pack's limit is over.

    Raises Refused when they have been asked before and did not answer: then it is handled as it is.
    """
    scene.check(Action.ASK_FACTS)
    if _left_unanswered(scene):
        raise Refused("诉求人上次逾期未补充，请按现有材料受理")
    work, case, now = scene.work, scene.case, scene.now
    _step(scene, Action.ASK_FACTS, note=scene.given.text)
    clocks.pause(work, case, code=None, reason="等诉求人补充情况", now=now)
    steps.announce(work, case, partial(CaseMoved, action=Action.ASK_FACTS.value))


def supply(scene: Scene) -> None:
    """Add what the citizen says to the matter and let the clocks run on; the system does so when time is up."""
    scene.check(Action.SUPPLY)
    work, case, now = scene.work, scene.case, scene.now
    late = scene.actor == SYSTEM
    if not late:
        case.content = "\n".join(filter(None, [case.content, f"【补充】{(scene.given.text or '').strip()}"]))
    # What they say may name people and places: the story tells that they did, the matter what.
    said = scene.given.text if late else "诉求人已补充情况，见诉求内容"
    _step(scene, Action.SUPPLY, note=said)
    clocks.end_pause(work, case, now)
    # What was left of the desk's limit, not a new one: asking for facts wins no time.
    case.stage_due_at = case.clock_due_at = clocks.desk_due(work, case)
    steps.announce(work, case, partial(CaseMoved, action=Action.SUPPLY.value))


def _step(scene: Scene, action: Action, *, note: str | None) -> None:
    """Take the step without announcing it: the clocks are still to follow."""
    steps.take(
        scene.work,
        scene.case,
        action,
        actor=scene.actor,
        now=scene.now,
        given=scene.given.needs(),
        came=scene.given,
        note=note,
        facts={"due_at": scene.case.stage_due_at, "by_system": scene.actor == SYSTEM},
    )


def _left_unanswered(scene: Scene) -> bool:
    unanswered = select(TimelineRecord.id).where(
        TimelineRecord.case_id == scene.case.id,
        TimelineRecord.action == Action.SUPPLY.value,
        TimelineRecord.actor_id.is_(None),
        TimelineRecord.actor_name == SYSTEM.name,
    )
    return scene.work.session.scalar(unanswered.limit(1)) is not None


ACTS = {Action.ASK_FACTS: ask_facts, Action.SUPPLY: supply}
