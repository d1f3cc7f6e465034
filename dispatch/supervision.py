"""Pressure on a case: urging (催办), supervision orders (督办), yellow and red cards (黄红牌)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.actor import SYSTEM, Actor
from core.db import Work
from core.errors import BadInput, NotFound, Refused
from dispatch import clocks, rules, scope, steps, story
from dispatch.events import CaseMoved
from dispatch.lifecycle import Action, Need
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import PenaltyRecord, SupervisionRecord
from dispatch.steps import Scene

HIGHEST = 4  # 提请问责
ENDED = "承办单位已变更"  # the answer of an order that nobody has answered, for its unit has lost the case


def urge(scene: Scene) -> None:
    """Nudge whoever has the case. It counts and is shown; it changes no priority and no clock."""
    scene.check(Action.URGE)
    scene.case.urgings += 1
    scene.take(Action.URGE, unit=scene.case.lead_unit, facts={"times": scene.case.urgings})


def supervise(scene: Scene) -> None:
    """Issue a supervision order to the lead unit; its chief answers within the pack's limit."""
    scene.check(Action.SUPERVISE)
    given = scene.given
    if given.code not in rules.codes(scene.work, "supervision"):
        raise BadInput("没有这个督办原因代码")
    open_order(scene, level=given.level or 1, code=given.code or "", text=given.text or "", actor=scene.actor)


def open_order(scene: Scene, *, level: int, code: str, text: str, actor: Actor = SYSTEM) -> SupervisionRecord:
    """Open a supervision order on the case's lead; the centre does so by itself when the rules say it must."""
    work, case, now = scene.work, scene.case, scene.now
    if case.lead_unit is None:
        raise Refused("此件没有承办单位，先派单再督办")
    issued = work.session.scalar(
        select(func.count()).select_from(SupervisionRecord).where(SupervisionRecord.case_id == case.id)
    )
    pack = clocks.pack_of(work, case)
    order = SupervisionRecord(
        no=f"{case.case_no}-D{(issued or 0) + 1}",
        case_id=case.id,
        unit_code=case.lead_unit,
        level=min(level, HIGHEST),
        code=code,
        text=text,
        issued_at=now,
        issued_by=actor.person_id,
        due_at=clocks.due_of(work, pack, pack.supervision_within, now, unit=case.lead_unit).at,
    )
    work.session.add(order)
    case.supervised, case.supervision_level = True, max(case.supervision_level, order.level)
    steps.take(
        work,
        case,
        Action.SUPERVISE,
        actor=actor,
        now=now,
        given={Need.LEVEL, Need.CODE, Need.TEXT},
        unit=case.lead_unit,
        reason=code,
        note=text,
        facts={"level": order.level, "no": order.no, "due_at": order.due_at, "code": code},
    )
    steps.announce(work, case, partial(CaseMoved, action=Action.SUPERVISE.value))
    return order


def answer(scene: Scene) -> None:
    """Answer every open supervision order of one's own unit; only its chief may."""
    scene.check(Action.ANSWER_SUPERVISION)
    work, case = scene.work, scene.case
    units = scope.units_of(scene.actor, rules.parents(work))
    found = _waiting(work, case)
    own = [order for order in found if order.unit_code in units]
    if not own:
        raise NotFound("没有发给本单位的督办单")
    for order in own:
        order.answered_at, order.answered_by, order.answer = scene.now, scene.actor.person_id, scene.given.text
    case.supervised = len(own) < len(found)
    late = [order.no for order in own if order.due_at < scene.now]
    facts = {"orders": [order.no for order in own], "late": late}
    scene.take(Action.ANSWER_SUPERVISION, unit=own[0].unit_code, facts=facts)


def follow_up(scene: Scene) -> None:
    """End the open orders of a unit that leads the case no more: it cannot answer for what others do now.

    How high the case was supervised stays; the new lead answers for what is issued to it.
    """
    work, case = scene.work, scene.case
    if not case.supervised:
        return
    others = [order for order in _waiting(work, case) if order.unit_code != case.lead_unit]
    if not others:
        return
    for order in others:
        order.answered_at, order.answered_by, order.answer = scene.now, None, ENDED
    work.session.flush()
    case.supervised, case.changed_at = bool(_waiting(work, case)), scene.now
    numbers = [order.no for order in others]
    note = f"{ENDED}，督办单 {'、'.join(numbers)} 终止"
    unit = others[0].unit_code
    story.write(work, case, Action.NOTE, actor=SYSTEM, now=scene.now, unit=unit, note=note, facts={"ended": numbers})
    steps.announce(work, case, partial(CaseMoved, action=Action.NOTE.value))


def penalise(scene: Scene, order: WorkOrderRecord, colour: str, cause: str) -> bool:
    """Give the order's unit a card, once for each colour and cause; say whether it is new."""
    card = insert(PenaltyRecord).values(
        case_id=scene.case.id,
        order_no=order.order_no,
        unit_code=order.unit_code,
        colour=colour,
        cause=cause,
        at=scene.now,
    )
    once = card.on_conflict_do_nothing(constraint="uq_penalty_once").returning(PenaltyRecord.id)
    if scene.work.session.scalar(once) is None:
        return False
    scene.order = order
    facts = {"unit": order.unit_code, "order_no": order.order_no, "colour": colour, "cause": cause}
    scene.take(Action.PENALTY, actor=SYSTEM, facts=facts)
    return True


def _waiting(work: Work, case: CaseRecord) -> Sequence[SupervisionRecord]:
    """Return the orders of a case that are not answered, the oldest first."""
    waiting = select(SupervisionRecord).where(
        SupervisionRecord.case_id == case.id, SupervisionRecord.answered_at.is_(None)
    )
    return work.session.scalars(waiting.order_by(SupervisionRecord.id)).all()


ACTS = {Action.URGE: urge, Action.SUPERVISE: supervise, Action.ANSWER_SUPERVISION: answer}
