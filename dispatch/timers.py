"""What happens when a moment has come: each waking fires once, in the transaction of what it does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from core.actor import SYSTEM
from core.db import Work
from dispatch import incidents, steps, supervision
from dispatch.doors import ACTS
from dispatch.given import Given
from dispatch.lifecycle import Action, OrderState
from dispatch.records import WorkOrderRecord
from dispatch.side_records import WakingRecord
from dispatch.steps import Scene
from dispatch.table import STEPS

log = logging.getLogger(__name__)

_LONGEST_WAIT = timedelta(hours=1)


def due(work: Work, now: datetime, *, limit: int = 200) -> list[int]:
    """Return the ids of the wakings whose moment has come, the oldest first; not those that stand back."""
    waiting = select(WakingRecord.id).where(
        WakingRecord.fired_at.is_(None),
        WakingRecord.due_at <= now,
        WakingRecord.retry_at.is_(None) | (WakingRecord.retry_at <= now),
    )
    return list(work.session.scalars(waiting.order_by(WakingRecord.due_at, WakingRecord.id).limit(limit)))


def fire(work: Work, waking_id: int, *, now: datetime) -> bool:
    """Fire one waking and say whether it did: not when somebody was quicker or the case has moved on.

    The case is locked first, as by every action, so that the two never wait for each other crosswise.
    """
    case_id = work.session.scalar(select(WakingRecord.case_id).where(WakingRecord.id == waking_id))
    if case_id is None:
        return False
    # An incident's cases are locked together, as by people: what happens to the head happens to all.
    incidents.lock_group(work, case_id, Action.CLOSE)
    case = steps.locked(work, case_id)
    still = select(WakingRecord).where(WakingRecord.id == waking_id).with_for_update()
    waking = work.session.scalar(still.execution_options(populate_existing=True))
    if waking is None or waking.fired_at is not None or waking.due_at > now:
        return False
    waking.fired_at = now
    work.session.flush()
    order = next((one for one in case.orders if one.order_no == waking.order_no), None)
    fires = _warn if waking.kind.startswith("warn_") else _FIRES[waking.kind]
    fires(Scene(work=work, case=case, actor=SYSTEM, now=now, order=order), waking)
    log.info("waking.fired", extra={"case_id": case.id, "kind": waking.kind})
    return True


def give_up(work: Work, waking_id: int, *, now: datetime) -> None:
    """Mark a waking as fired that the rules refuse, so that it is not tried for ever; not one that has moved."""
    waking = _locked(work, waking_id)
    if waking is not None and waking.fired_at is None and waking.due_at <= now:
        waking.fired_at = now


def stand_back(work: Work, waking_id: int, *, now: datetime) -> None:
    """Let a waking that failed wait behind the others, longer each time, up to an hour."""
    waking = _locked(work, waking_id)
    if waking is not None and waking.fired_at is None:
        waking.tries += 1
        waking.retry_at = now + min(_LONGEST_WAIT, timedelta(seconds=5 * 2**waking.tries))


def _locked(work: Work, waking_id: int) -> WakingRecord | None:
    """Return the waking, locked after its case as everywhere."""
    case_id = work.session.scalar(select(WakingRecord.case_id).where(WakingRecord.id == waking_id))
    if case_id is None:
        return None
    steps.locked(work, case_id)
    return work.session.get(WakingRecord, waking_id, with_for_update=True, populate_existing=True)


def _auto_sign(scene: Scene, _waking: WakingRecord) -> None:
    """Unsigned at its limit means signed, with a yellow card (视同签收)."""
    order = scene.order
    if order is None or order.stage is not OrderState.TO_SIGN:
        return
    ACTS[Action.SIGN](scene)
    supervision.penalise(scene, order, "yellow", "unsigned")


def _warn(scene: Scene, waking: WakingRecord) -> None:
    share = waking.kind.removeprefix("warn_")
    _tell(scene, waking, f"办理时限已过 {share}%")


def _overdue(scene: Scene, _waking: WakingRecord) -> None:
    if _owes(scene.order):
        assert scene.order is not None
        supervision.penalise(scene, scene.order, "yellow", "overdue")


def _red(scene: Scene, _waking: WakingRecord) -> None:
    """A red card after one more working day; the lead's is also supervised from now on."""
    order = scene.order
    if not _owes(order):
        return
    assert order is not None
    supervision.penalise(scene, order, "red", "overdue")
    if order.leads and not scene.case.supervised and (scene.case.stage, Action.SUPERVISE) in STEPS:
        supervision.open_order(scene, level=1, code="overdue", text="超过办理时限一个工作日仍未办结")


def _escalate(scene: Scene, waking: WakingRecord) -> None:
    """A supervision order that is not answered in time is issued again, one level higher."""
    scene.order = None
    level = min(scene.case.supervision_level + 1, supervision.HIGHEST)
    if (scene.case.stage, Action.SUPERVISE) in STEPS and scene.case.lead_unit is not None:
        supervision.open_order(
            scene, level=level, code="overdue", text=f"督办单 {waking.order_no} 逾期未答复，提级督办"
        )
    else:
        _tell(scene, waking, f"督办单 {waking.order_no} 逾期未答复")


def _call_back_due(scene: Scene, waking: WakingRecord) -> None:
    at = steps.circumstances(scene.work, scene.case, SYSTEM, scene.now)
    if scene.case.tries >= at.tries_needed:
        ACTS[Action.CLOSE_UNRATED](scene)
    else:
        _tell(scene, waking, "可以再次回访")


def _take(
    action: Action, *, text: str | None = None, reason: str | None = None
) -> Callable[[Scene, WakingRecord], None]:
    def fires(scene: Scene, waking: WakingRecord) -> None:
        scene.given = replace(Given(), text=text, reason=reason, order_no=waking.order_no)
        if action is not Action.REFUSE_EXTENSION:
            scene.order = None
        ACTS[action](scene)

    return fires


def _say(words: str) -> Callable[[Scene, WakingRecord], None]:
    return lambda scene, waking: _tell(scene, waking, words)


def _tell(scene: Scene, waking: WakingRecord, words: str) -> None:
    scene.take(Action.WARN, note=words, facts={"kind": waking.kind, "due_at": waking.due_at})


def _owes(order: WorkOrderRecord | None) -> bool:
    return order is not None and order.stopped_at is None and order.stage in {OrderState.TO_SIGN, OrderState.HANDLING}


_FIRES: dict[str, Callable[[Scene, WakingRecord], None]] = {
    "accept_late": _say("受理已超过时限"),
    "facts_missing": _take(Action.SUPPLY, text="诉求人逾期未补充，按现有材料受理"),
    "dispatch_late": _say("派单已超过时限"),
    "ruling_late": _say("会商已超过裁定时限"),
    "return_late": _say("退单审核已超过时限"),
    "sign_late": _auto_sign,
    "due": _overdue,
    "red": _red,
    "promise_late": _say("已超过对诉求人承诺的期限"),
    "ledger_due": _take(Action.RESUME, text="挂账到期，恢复办理"),
    "review_late": _say("审核已超过时限"),
    "call_back_late": _say("回访已超过时限"),
    "call_back_due": _call_back_due,
    "file": _take(Action.FILE),
    "extension_due": _take(Action.REFUSE_EXTENSION, reason="逾期未答复，视为驳回"),
    "supervision_late": _escalate,
}
KINDS = frozenset(_FIRES)
