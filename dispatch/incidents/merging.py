"""A case becomes part of another's incident, and leaves it again."""

from __future__ import annotations

from core.db import Work
from core.errors import BadInput, Refused
from dispatch import clocks, orders, rules, scope
from dispatch.deadlines import Limit, LimitUnit
from dispatch.incidents.grouping import fresh, leave, tell
from dispatch.lifecycle import STATE_NAMES, Action, CaseState
from dispatch.records import CaseRecord
from dispatch.steps import Scene

# A head still has its answer before it: whoever joins later would wait for an answer that was given already.
_HEADS = frozenset(
    {
        CaseState.TO_DISPATCH,
        CaseState.ADJUDICATION,
        CaseState.TO_SIGN,
        CaseState.RETURN_REVIEW,
        CaseState.HANDLING,
        CaseState.DELEGATED,
        CaseState.LEDGER,
        CaseState.TO_REVIEW,
        CaseState.REDO,
    }
)


def merge(scene: Scene) -> None:
    """Let the case follow another one: its orders end, its promise to its own citizen stays.

    Two steps for people: incidents.preview shows both sides first. Raises BadInput for a number that is no
    case, Refused when that case cannot be a head.
    """
    scene.check(Action.MERGE)
    child, now = scene.case, scene.now
    head = _head(scene)
    same = same_person(child, head)
    if child.stage is CaseState.LEDGER:
        clocks.end_pause(scene.work, child, now)
    orders.withdraw(child, now)
    child.merged_into, child.lead_unit, child.ledger_asked = head.id, head.lead_unit, False
    child.parties = []  # nobody confers on it any more, so nobody sees it for that
    head.incident_size += 1
    _keep_promise(scene.work, scene, head, same=same)
    facts = {
        "into": head.case_no,
        "same_person": same,
        "promise_started_at": child.promise_started_at,
        "promise_due_at": child.promise_due_at,
    }
    repeated = "；同一诉求人的重复诉求，不另计时" if same else ""
    scene.take(Action.MERGE, unit=head.lead_unit, facts=facts, note=f"并入 {head.case_no}{repeated}")
    tell(scene, head, f"{child.case_no} 并入此件{repeated}，共 {head.incident_size + 1} 件", merged=child.case_no)


def unmerge(scene: Scene) -> None:
    """Let the case be a matter of its own again; what was promised to its citizen stays promised."""
    scene.check(Action.UNMERGE)
    child = scene.case
    head = leave(scene, child)
    child.lead_unit = None
    number = head.case_no if head is not None else None
    scene.take(
        Action.UNMERGE, facts={"from": number, "promise_due_at": child.promise_due_at}, note=f"自 {number} 拆出"
    )
    if head is not None:
        tell(scene, head, f"{child.case_no} 已拆出", unmerged=child.case_no)


def same_person(child: CaseRecord, head: CaseRecord) -> bool:
    """Say whether both came from the same number; hidden numbers are nobody's."""
    return child.caller_fingerprint is not None and child.caller_fingerprint == head.caller_fingerprint


def head_refusal(work: Work, child: CaseRecord, head: CaseRecord) -> str | None:
    """Return why `head` cannot be the head for `child`, or None."""
    if head.id == child.id:
        return "不能并入自己"
    if head.stage is CaseState.MERGED:
        above = None if head.merged_into is None else fresh(work, head.merged_into)
        number = above.case_no if above is not None else ""
        return f"{head.case_no} 已并入 {number}，请并入主件 {number}"
    if head.stage not in _HEADS:
        return f"主件现在是“{STATE_NAMES[head.stage]}”，不能再并入；已答复的请另行办理"
    if head.kind == "report" or head.secrecy != "open":
        return "举报件和保密件不能作为主件，以免暴露诉求人"
    if scope.is_recused(child, head.lead_unit, rules.parents(work)):
        return "正在办理主件的单位须回避此件，不能并单"
    return None


def _head(scene: Scene) -> CaseRecord:
    number = (scene.given.into or "").strip()
    head = fresh(scene.work, number) if number else None
    if head is None or head.stage in {CaseState.DRAFT, CaseState.DISCARDED}:
        raise BadInput(f"没有编号为 {number} 的办件")
    refused = head_refusal(scene.work, scene.case, head)
    if refused is not None:
        raise Refused(refused)
    return head


def _keep_promise(work: Work, scene: Scene, head: CaseRecord, *, same: bool) -> None:
    """Promise a day to whoever has none yet: to a repeated caller the day they were told before."""
    child = scene.case
    if child.promise_due_at is not None:
        return
    if not same or head.promise_limit is None or head.promise_started_at is None or head.promise_due_at is None:
        result = clocks.pack_of(work, child).limits(child.kind, child.urgency, child.category_code).result
        clocks.set_promise(work, child, result, scene.now)
        return
    rule = head.promise_limit
    child.promise_started_at, child.promise_due_at = head.promise_started_at, head.promise_due_at
    child.promise_limit = dict(rule)
    words = Limit(quantity=rule["quantity"], unit=LimitUnit(rule["unit"])).words()
    clocks.show(child, started=head.promise_started_at, due=head.promise_due_at, limit=words)


ACTS = {Action.MERGE: merge, Action.UNMERGE: unmerge}
