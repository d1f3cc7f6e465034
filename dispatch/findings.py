"""Judging a case fairly: was the demand reasonable (不合理诉求认定), does it count, and a unit's objection."""

from __future__ import annotations

from collections import Counter
from functools import partial

from sqlalchemy import select

from core.actor import SYSTEM
from core.errors import BadInput, NotFound
from dispatch import evidence, rules, steps
from dispatch.events import CaseMoved
from dispatch.lifecycle import Action, Need
from dispatch.side_records import AppealRecord, FindingRecord
from dispatch.steps import Scene

# Two of three reviewers decide; none sees the others' votes before (own default, after the practice of panels).
_AGREE = 2
_UNREASONABLE = "unreasonable"
_APPEALED = "appeal"


def ask(scene: Scene) -> None:
    """Ask the panel to find the demand unreasonable; the case goes on meanwhile."""
    scene.check(Action.ASK_FINDING)
    case, given = scene.case, scene.given
    own = [order.order_no for order in case.orders if order.unit_code == scene.actor.unit_code]
    if given.files and not evidence.belongs(scene.work, own, given.files):
        raise BadInput("所列佐证材料不属于本单位在此件的工单或已撤回")
    finding = FindingRecord(
        case_id=case.id,
        unit_code=scene.actor.unit_code,
        asked_at=scene.now,
        asked_by=scene.actor.person_id,
        reason=given.reason or "",
        evidence_ids=list(given.files),
    )
    scene.work.session.add(finding)
    case.finding, case.votes = "open", {}
    scene.take(Action.ASK_FINDING, unit=scene.actor.unit_code, facts={})


def vote(scene: Scene) -> None:
    """Cast one vote; the second that agrees with another decides. The votes stay unseen until then."""
    scene.check(Action.VOTE_FINDING)
    case, given = scene.case, scene.given
    cast = {"reasonable": bool(given.reasonable), "duty_done": bool(given.duty_done)}
    case.votes = {**case.votes, str(scene.actor.person_id): cast}
    decided = _agreed([one["reasonable"] for one in case.votes.values()])
    if decided is None:
        _write_vote(scene, facts={"votes": len(case.votes)}, note=None)
        return
    _decide(scene, reasonable=decided)


def exclude(scene: Scene) -> None:
    """Leave the case out of the assessment, on a listed ground; it stays in every total."""
    scene.check(Action.EXCLUDE)
    if scene.given.code not in rules.codes(scene.work, "exclusion"):
        raise BadInput("没有这个不计入考核的原因代码")
    scene.case.assessed, scene.case.exclusion_code = False, scene.given.code
    scene.take(Action.EXCLUDE, unit=scene.case.lead_unit, facts={"code": scene.given.code})


def include(scene: Scene) -> None:
    """Let the case count again."""
    scene.check(Action.INCLUDE)
    scene.case.assessed, scene.case.exclusion_code = True, None
    scene.take(Action.INCLUDE, unit=scene.case.lead_unit, facts={})


def appeal(scene: Scene) -> None:
    """Object to how the case counts for one's unit; within the pack's window after closing."""
    scene.check(Action.APPEAL)
    asked = AppealRecord(
        case_id=scene.case.id,
        unit_code=scene.case.lead_unit,
        asked_at=scene.now,
        asked_by=scene.actor.person_id,
        reason=scene.given.reason or "",
    )
    scene.work.session.add(asked)
    scene.case.appeal = "open"
    scene.take(Action.APPEAL, unit=scene.case.lead_unit, facts={})


def rule_appeal(scene: Scene) -> None:
    """Decide an appeal, with the reason; upheld, the case is left out of the assessment."""
    scene.check(Action.RULE_APPEAL)
    work, case, given = scene.work, scene.case, scene.given
    if given.code is not None and given.code not in rules.codes(work, "exclusion"):
        raise BadInput("没有这个不计入考核的原因代码")
    waiting = select(AppealRecord).where(AppealRecord.case_id == case.id, AppealRecord.decided_at.is_(None))
    asked = work.session.scalar(waiting.limit(1))
    if asked is None:
        raise NotFound("没有待裁定的考核申诉")
    asked.decided_at, asked.decided_by = scene.now, scene.actor.person_id
    asked.accepted, asked.answer = given.agreed, given.reason
    case.appeal = "upheld" if given.agreed else "dismissed"
    scene.take(Action.RULE_APPEAL, unit=asked.unit_code, facts={"agreed": given.agreed})
    if given.agreed and case.assessed:
        _leave_out(scene, given.code or _APPEALED)


def _agreed(votes: list[bool]) -> bool | None:
    verdict, count = Counter(votes).most_common(1)[0]
    return verdict if count >= _AGREE else None


def _decide(scene: Scene, *, reasonable: bool) -> None:
    case = scene.case
    # Two against each other say nothing for the unit: its duty too takes two who agree.
    duty = sum(one["duty_done"] for one in case.votes.values()) >= _AGREE
    waiting = select(FindingRecord).where(FindingRecord.case_id == case.id, FindingRecord.decided_at.is_(None))
    for finding in scene.work.session.scalars(waiting):
        finding.decided_at, finding.reasonable, finding.duty_done = scene.now, reasonable, duty
    case.finding = "reasonable" if reasonable else _UNREASONABLE
    said = "诉求合理" if reasonable else "诉求不合理"
    facts = {"votes": len(case.votes), "reasonable": reasonable, "duty_done": duty}
    _write_vote(scene, facts=facts, note=f"评议结果：{said}，单位{'已' if duty else '未'}尽责")
    if not reasonable and case.assessed:
        _leave_out(scene, _UNREASONABLE)


def _write_vote(scene: Scene, *, facts: dict[str, object], note: str | None) -> None:
    """Write the vote down without its reason: the reason would tell the vote before the panel has decided."""
    steps.take(
        scene.work,
        scene.case,
        Action.VOTE_FINDING,
        actor=scene.actor,
        now=scene.now,
        given=scene.given.needs(),
        note=note,
        facts=facts,
        guarded=False,
    )
    steps.announce(scene.work, scene.case, partial(CaseMoved, action=Action.VOTE_FINDING.value))


def _leave_out(scene: Scene, code: str) -> None:
    """What a ruling means for the figures: the case is listed among the exclusions, by its ground."""
    steps.take(
        scene.work,
        scene.case,
        Action.EXCLUDE,
        actor=SYSTEM,
        now=scene.now,
        given={Need.CODE, Need.REASON},
        unit=scene.case.lead_unit,
        reason=code,
        facts={"code": code},
    )
    scene.case.assessed, scene.case.exclusion_code = False, code
    steps.announce(scene.work, scene.case, partial(CaseMoved, action=Action.EXCLUDE.value))


ACTS = {
    Action.ASK_FINDING: ask,
    Action.VOTE_FINDING: vote,
    Action.EXCLUDE: exclude,
    Action.INCLUDE: include,
    Action.APPEAL: appeal,
    Action.RULE_APPEAL: rule_appeal,
}
