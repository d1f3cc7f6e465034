"""What happens to the other cases of an incident when one of them moves, in the same transaction."""

from __future__ import annotations

from functools import partial

from core.actor import SYSTEM
from dispatch import clocks, numbering, orders, reviewing, rules, scope, steps, story
from dispatch.events import CaseClosed, CaseMoved
from dispatch.incidents.grouping import MOVES_OTHERS, children, fresh, leave, tell
from dispatch.lifecycle import OPEN_STATES, Action, CaseState, Need, OrderState, Part
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.steps import Scene

# The head's answer has passed the review.
_ANSWERED = frozenset({CaseState.TO_CALL_BACK, CaseState.CALL_BACK_AGAIN, CaseState.CLOSED, CaseState.FILED})
# A child in one of these goes its own way.
_ALONE = frozenset({CaseState.REDO, CaseState.WITHDRAWN})
# The record of the head's handling that holds for every complainant; whom the unit called does not.
_SHARED = (
    "unit_code",
    "duty_no",
    "sent_at",
    "sign_due_at",
    "return_until",
    "limit",
    "limit_rule",
    "due_segments",
    "signed_at",
    "signed_by",
    "auto_signed",
    "reply",
    "truth",
    "solved",
    "unsolved_reason",
    "over_duty",
    "public_reply",
)


def follow_up(scene: Scene, action: Action, before: CaseState) -> None:
    """Let the rest of the incident follow what `action` has done to the case. The group is locked (grouping.py)."""
    case = scene.case
    if case.merged_into is not None and case.stage in _ALONE and before is not case.stage:
        _go_alone(scene)
    elif case.merged_into is not None and action in {Action.RECUSE, Action.SET_SECRECY}:
        _keep_apart(scene, case)
    if not case.incident_size or action not in MOVES_OTHERS:
        return
    waiting = children(scene.work, case)
    if case.stage in _ANSWERED:
        for child in waiting:
            _follow(scene, child)
    elif case.stage not in OPEN_STATES:
        _succeed(scene, waiting, "已终止")
    elif case.secrecy != "open":
        _succeed(scene, waiting, "转为保密")  # what others see of a head would tell who complained
    else:
        for child in waiting:
            _mirror(scene, child)


def _follow(scene: Scene, child: CaseRecord) -> None:
    """Give a child the answer as its own: to be called back and rated apart, or closed when nobody is to be asked."""
    head, work, now = scene.case, scene.work, scene.now
    child.reply, child.lead_unit = head.reply, head.lead_unit
    child.tries, child.next_try_at, child.changed_at = 0, None, now
    _own_answer(scene, child)
    clocks.stop(child, now)
    facts = {"into": head.case_no, "unit": head.lead_unit}
    if child.call_back_wanted:
        steps.take(work, child, Action.FOLLOW, actor=SYSTEM, now=now, unit=head.lead_unit, facts=facts)
        steps.announce(work, child, partial(CaseMoved, action=Action.FOLLOW.value))
        return
    reviewing.shut(child, now)
    steps.take(work, child, Action.CLOSE, actor=SYSTEM, now=now, unit=head.lead_unit, facts=facts)
    steps.announce(work, child, CaseClosed)


def _own_answer(scene: Scene, child: CaseRecord) -> None:
    """Write the unit's answer down as an order of the child's own: a redo is asked of this unit, on this order."""
    lead = orders.lead_of(scene.case)
    if lead is None:
        return
    child.round += 1
    order = WorkOrderRecord(
        order_no=numbering.order_no(child.case_no, len(child.orders) + 1),
        part=Part.LEAD.value,
        state=OrderState.REPLIED.value,
        round=child.round,
        due_at=child.promise_due_at or lead.due_at,
        replied_at=scene.now,
        stopped_at=scene.now,
        marks={},
        extensions=0,
        extension_open=False,
        redo=False,
        evidence_ids=[],
        **{name: getattr(lead, name) for name in _SHARED},
    )
    child.orders.append(order)
    facts = {
        "order_no": order.order_no,
        "part": order.part,
        "due_at": order.due_at,
        "round": order.round,
        "redo": False,
        "contacted_at": None,
        "contact_mode": None,
        "truth": order.truth,
        "solved": order.solved,
        "unsolved_reason": order.unsolved_reason,
        "promise_on": None,
        "over_duty": order.over_duty,
    }
    note = f"随主件 {scene.case.case_no} 答复"
    story.write(scene.work, child, Action.REPLY, actor=SYSTEM, now=scene.now, order=order, note=note, facts=facts)


def _mirror(scene: Scene, child: CaseRecord) -> None:
    """Keep the child with the unit that has the head; a unit that must not see it does not get it so."""
    head = scene.case
    if head.lead_unit == child.lead_unit:
        return
    if scope.is_recused(child, head.lead_unit, rules.parents(scene.work)):
        _take_out(scene, head, child, "主件改派至须回避的单位")
        return
    child.lead_unit, child.changed_at = head.lead_unit, scene.now
    steps.announce(scene.work, child, partial(CaseMoved, action=Action.MERGE.value))


def _keep_apart(scene: Scene, child: CaseRecord) -> None:
    """A case that has become secret, or that the head's unit must not see, does not stay with the others."""
    head = None if child.merged_into is None else fresh(scene.work, child.merged_into)
    if head is None or child.stage is not CaseState.MERGED:
        return
    recused = scope.is_recused(child, head.lead_unit, rules.parents(scene.work))
    if recused or child.secrecy != "open":
        _take_out(scene, head, child, "承办单位须回避" if recused else "保密件不能并单")
        tell(scene, head, f"{child.case_no} 已拆出", unmerged=child.case_no)


def _take_out(scene: Scene, head: CaseRecord, child: CaseRecord, reason: str) -> None:
    """Unmerge a child by the centre itself."""
    leave(scene, child)
    child.lead_unit = None
    steps.take(
        scene.work,
        child,
        Action.UNMERGE,
        actor=SYSTEM,
        now=scene.now,
        given={Need.REASON},
        reason=reason,
        note=f"自 {head.case_no} 拆出",
        facts={"from": head.case_no, "promise_due_at": child.promise_due_at},
    )
    steps.announce(scene.work, child, partial(CaseMoved, action=Action.UNMERGE.value))


def _succeed(scene: Scene, waiting: list[CaseRecord], why: str) -> None:
    """Make the oldest child the head when the head is gone: nobody's matter goes with somebody else's."""
    if not waiting:
        return
    gone, (heir, *others) = scene.case, waiting
    _take_out(scene, gone, heir, f"主件 {gone.case_no} {why}，由最早并入的一件接替")
    for child in others:
        child.merged_into, child.lead_unit = heir.id, None
        gone.incident_size -= 1
        heir.incident_size += 1
    for child in others:
        tell(scene, child, f"主件 {gone.case_no} {why}，改随 {heir.case_no} 办理", into=heir.case_no)
    tell(scene, heir, f"接替 {gone.case_no} 为并单主件，共 {heir.incident_size + 1} 件", heads=heir.incident_size)
    tell(scene, gone, f"并入的 {len(waiting)} 件改随 {heir.case_no} 办理", heir=heir.case_no)


def _go_alone(scene: Scene) -> None:
    """A child that is done again, or withdrawn, is its own matter from now on."""
    child = scene.case
    head = leave(scene, child)
    if head is None:
        return
    tell(scene, child, f"不再随 {head.case_no} 办理", left=head.case_no)
    tell(scene, head, f"{child.case_no} 单独办理", unmerged=child.case_no)
