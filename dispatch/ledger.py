"""Long matters on the ledger (挂账): asked for by the unit, let in by a leader, looked at again, never lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput, Refused
from dispatch import clocks, rules, steps
from dispatch.events import CaseMoved
from dispatch.lifecycle import LIVE_ORDERS, Action, CaseState
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import PauseRecord
from dispatch.steps import Scene


def ask_ledger(scene: Scene) -> None:
    """Ask to put the case on the ledger: why it cannot be done now, the plan, the next date."""
    scene.check(Action.ASK_LEDGER)
    work, case, given = scene.work, scene.case, scene.given
    if given.code not in rules.codes(work, "ledger"):
        raise BadInput("没有这个挂账原因代码")
    assert given.until is not None  # the table has asked for it
    _review_at(scene, given.until)
    facts = {"code": given.code, "until": given.until, "unit": case.lead_unit}
    _take(scene, Action.ASK_LEDGER, facts)
    case.ledger_asked = True
    _announce(scene, Action.ASK_LEDGER)


def enter_ledger(scene: Scene) -> None:
    """Put the case on the ledger: every clock stands still until the review, which comes within the pack's limit."""
    scene.check(Action.ENTER_LEDGER)
    work, case, given = scene.work, scene.case, scene.given
    asked = _asked(work, case)
    until = given.until or date.fromisoformat(asked["until"])
    review_at = _review_at(scene, until)
    _take(scene, Action.ENTER_LEDGER, {"code": asked["code"], "until": until, "review_at": review_at})
    case.ledger_asked, case.stage_due_at = False, review_at
    clocks.pause(work, case, code=asked["code"], reason=asked["plan"], now=scene.now)
    _announce(scene, Action.ENTER_LEDGER)


def refuse_ledger(scene: Scene) -> None:
    """Say that the case can be done now; its clock has not stopped."""
    scene.check(Action.REFUSE_LEDGER)
    _take(scene, Action.REFUSE_LEDGER, {})
    scene.case.ledger_asked = False
    _announce(scene, Action.REFUSE_LEDGER)


def resume(scene: Scene) -> None:
    """Take the case off the ledger; every deadline is counted anew without the time that it stood there.

    A limit in working days counts a day on which the clock runs in the moment before the close, so a stay over
    one close moves it by that whole day, and a stay between two closes not at all (docs/working-time.md).

    Taken by the system it is the review itself: the unit goes on, or asks again with a new plan.
    """
    scene.check(Action.RESUME)
    work, case, now = scene.work, scene.case, scene.now
    before = _deadlines(case)
    clocks.end_pause(work, case, now)
    stood, times = _stood(work, case, now)
    moved = [f"{name} {_said(before[name])} → {_said(at)}" for name, at in _deadlines(case).items() if name in before]
    revisit = "挂账到期复核，" if scene.actor == SYSTEM else ""
    note = f"{revisit}第 {times} 次挂账共 {stood.days} 天，期限顺延：{'；'.join(moved)}"
    if scene.given.text:
        note = f"{scene.given.text}；{note}"
    facts = {
        "times": times,
        "paused_minutes": stood // timedelta(minutes=1),
        "revisit": scene.actor == SYSTEM,
        "promise_due_at": case.promise_due_at,
        "orders": clocks.live_orders(case),
    }
    scene.take(Action.RESUME, unit=case.lead_unit, note=note, facts=facts)


def _take(scene: Scene, action: Action, facts: dict[str, Any]) -> None:
    """Take the step without announcing it: its guards ask what the step is about to change."""
    given = scene.given
    steps.take(
        scene.work,
        scene.case,
        action,
        actor=scene.actor,
        now=scene.now,
        given=given.needs(),
        unit=scene.case.lead_unit,
        reason=given.reason,
        note=given.text,
        facts=facts,
    )


def _announce(scene: Scene, action: Action) -> None:
    steps.announce(scene.work, scene.case, partial(CaseMoved, action=action.value))


def _review_at(scene: Scene, until: date) -> datetime:
    """Return the close of that day, or the end of the longest time between two looks, whichever is sooner."""
    work, case, now = scene.work, scene.case, scene.now
    at = clocks.closing_of(work, clocks.pack_of(work, case), until)
    if at <= now:
        raise BadInput("下次复核的日期须在今天以后")
    latest = clocks.stage_due(work, case, CaseState.LEDGER, now)
    return at if latest is None else min(at, latest)


def _asked(work: Work, case: CaseRecord) -> dict[str, Any]:
    """Return the unit's latest request as its story has it: code, until, plan."""
    wanted = (
        select(TimelineRecord)
        .where(TimelineRecord.case_id == case.id, TimelineRecord.action == Action.ASK_LEDGER.value)
        .order_by(TimelineRecord.id.desc())
        .limit(1)
    )
    found = work.session.scalar(wanted)
    if found is None or found.facts is None:
        raise Refused("承办单位还没有申请挂账")
    return {**found.facts, "plan": found.note}


def _stood(work: Work, case: CaseRecord, now: datetime) -> tuple[timedelta, int]:
    """Return how long the latest stay on the ledger was, and which one it was."""
    wanted = select(PauseRecord).where(PauseRecord.case_id == case.id, PauseRecord.state == CaseState.LEDGER.value)
    found = work.session.scalars(wanted.order_by(PauseRecord.id)).all()
    return (now - found[-1].starts, len(found)) if found else (timedelta(), 0)


def _deadlines(case: CaseRecord) -> dict[str, datetime]:
    found = {f"工单 {one.order_no}": one.due_at for one in case.orders if one.stage in LIVE_ORDERS}
    return found if case.promise_due_at is None else {"承诺": case.promise_due_at, **found}


def _said(at: datetime) -> str:
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


ACTS = {
    Action.ASK_LEDGER: ask_ledger,
    Action.ENTER_LEDGER: enter_ledger,
    Action.REFUSE_LEDGER: refuse_ledger,
    Action.RESUME: resume,
}
