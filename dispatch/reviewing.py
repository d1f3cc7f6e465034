"""What the reviewer does with a unit's reply: pass it on, send it back, close; and anybody's remark."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from core.errors import BadInput
from dispatch import clocks, orders, rules, steps, supervision
from dispatch.events import CaseClosed, CaseSentBack
from dispatch.lifecycle import Action, OrderState, next_state
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import LookBackRecord
from dispatch.steps import Scene


def send_back(scene: Scene) -> None:
    """Ask the lead to do it better, naming what fails the checklist.

    Its clock runs on to the old deadline: a poor reply wins no time.
    """
    scene.check(Action.SEND_BACK)
    defects = rules.codes(scene.work, "defect")
    if unknown := [code for code in scene.given.codes if code not in defects]:
        raise BadInput(f"没有代码为 {unknown[0]} 的审核项目")
    scene.case.failed_reviews += 1
    lead = scene.order = orders.lead_of(scene.case)
    if lead is not None:
        lead.state, lead.stopped_at, lead.replied_at = OrderState.HANDLING.value, None, None
        _end_promise(scene, lead)
    clocks.run_again(scene.work, scene.case, now=scene.now)
    facts = {"defects": list(scene.given.codes), "times": scene.case.failed_reviews}
    scene.take(Action.SEND_BACK, facts=facts, event=CaseSentBack)
    _supervise_if_hopeless(scene)


def _end_promise(scene: Scene, lead: WorkOrderRecord) -> None:
    """What a reply promised goes with the reply: nobody looks back at words that the review did not let out."""
    made = update(LookBackRecord).where(
        LookBackRecord.case_id == scene.case.id,
        LookBackRecord.order_no == lead.order_no,
        LookBackRecord.done_at.is_(None),
    )
    by = scene.actor.person_id
    scene.work.session.execute(made.values(done_at=scene.now, done_by=by, note="答复未通过审核，所作承诺随之作废"))


def _supervise_if_hopeless(scene: Scene) -> None:
    """Let the chief answer for a unit whose replies fail review more often than the pack bears with."""
    case = scene.case
    if case.failed_reviews <= clocks.pack_of(scene.work, case).failed_reviews_until_supervision or case.supervised:
        return
    text = f"答复已 {case.failed_reviews} 次审核不合格，请单位负责人说明原因并签发合格的答复"
    supervision.open_order(scene, level=1, code="failed_reviews", text=text)


def pass_on(scene: Scene) -> None:
    """Find the reply good; now the citizen is asked."""
    scene.check(Action.PASS)
    scene.take(Action.PASS, unit=scene.case.lead_unit, facts={})


def close(scene: Scene) -> None:
    """Close a case whose citizen wants no callback, and every order that is still live."""
    scene.check(Action.CLOSE)
    shut(scene.case, scene.now)
    scene.take(Action.CLOSE, unit=scene.case.lead_unit, facts={}, event=CaseClosed)


def shut(case: CaseRecord, now: datetime) -> None:
    """Write the end of a case into its rows: orders done, clocks stopped."""
    orders.withdraw(case, now)
    case.closed_at = now
    clocks.stop(case, now)


def note(scene: Scene) -> None:
    """Add a remark to the story. It moves nothing, so the version stays and nobody's action is refused."""
    given = scene.given
    next_state(scene.case.stage, Action.NOTE, roles=scene.actor.roles, given=given.needs())
    steps.write(scene.work, scene.case, Action.NOTE, actor=scene.actor, now=scene.now, note=given.text)
    scene.work.session.flush()


ACTS = {Action.SEND_BACK: send_back, Action.PASS: pass_on, Action.CLOSE: close, Action.NOTE: note}
