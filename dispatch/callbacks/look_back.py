"""Looking back (回头看): on the day that a reply has promised, somebody looks whether it was kept."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import Refused
from dispatch import steps
from dispatch.callbacks.redoing import reopen
from dispatch.given import Given
from dispatch.lifecycle import Action, CaseState
from dispatch.records import CaseRecord
from dispatch.side_records import LookBackRecord
from dispatch.steps import Scene

_LOOKED_AT = [state.value for state in (CaseState.CLOSED, CaseState.FILED)]


def look_back(scene: Scene) -> None:
    """Write down whether the promise was kept. One that was not opens the case again, by the system.

    Raises Refused when the case holds no promise, or when its day has not come.
    """
    scene.check(Action.LOOK_BACK)
    promise = _next_open(scene)
    if promise is None:
        raise Refused("此件没有待回头看的承诺")
    if promise.due_on > today(scene.now):
        raise Refused(f"承诺的日期是 {promise.due_on.isoformat()}，到期后再回头看")
    given = scene.given
    promise.done_at, promise.done_by = scene.now, scene.actor.person_id
    promise.kept, promise.note = given.agreed, given.text
    facts = {"order_no": promise.order_no, "due_on": promise.due_on, "kept": promise.kept}
    scene.take(Action.LOOK_BACK, unit=scene.case.lead_unit, facts=facts)
    if not promise.kept and scene.case.stage is CaseState.CLOSED:
        reason = f"回头看：承诺 {promise.due_on.isoformat()} 办成的事项没有兑现"
        # `agreed` tells the guard that a promise was broken: no window closes on that.
        again = Given(reason=reason, text=given.text, agreed=False)
        reopen(Scene(work=scene.work, case=scene.case, actor=SYSTEM, now=scene.now, given=again))


def due_look_backs(work: Work, now: datetime, *, limit: int = 100) -> list[int]:
    """Return the promises whose day has come and of which the desks have not been told; for the sweep."""
    due = (
        select(LookBackRecord.id)
        .join(CaseRecord, CaseRecord.id == LookBackRecord.case_id)
        .where(
            LookBackRecord.due_on <= today(now),
            LookBackRecord.done_at.is_(None),
            LookBackRecord.told_at.is_(None),
            CaseRecord.state.in_(_LOOKED_AT),
        )
    )
    return list(work.session.scalars(due.order_by(LookBackRecord.due_on, LookBackRecord.id).limit(limit)))


def tell_look_back(work: Work, look_back_id: int, *, now: datetime) -> bool:
    """Say in the story that the day of a promise has come, and push it; once, however often it is asked."""
    promise = work.session.get_one(LookBackRecord, look_back_id)
    case = steps.locked(work, promise.case_id)
    work.session.refresh(promise)
    if promise.told_at is not None or promise.done_at is not None or case.state not in _LOOKED_AT:
        return False
    promise.told_at = now
    scene = Scene(work=work, case=case, actor=SYSTEM, now=now)
    facts = {"kind": "look_back", "order_no": promise.order_no, "due_on": promise.due_on}
    scene.aside(Action.WARN, unit=case.lead_unit, note="承诺的日期已到，请回头看", facts=facts)
    return True


def today(now: datetime) -> date:
    """Return the city's day."""
    return now.astimezone(CITY_ZONE).date()


def _next_open(scene: Scene) -> LookBackRecord | None:
    """Return the earliest promise that nobody has looked at; of one order, if the request names it."""
    wanted = select(LookBackRecord).where(LookBackRecord.case_id == scene.case.id, LookBackRecord.done_at.is_(None))
    if scene.given.order_no is not None:
        wanted = wanted.where(LookBackRecord.order_no == scene.given.order_no)
    return scene.work.session.scalar(wanted.order_by(LookBackRecord.due_on, LookBackRecord.id).limit(1))
