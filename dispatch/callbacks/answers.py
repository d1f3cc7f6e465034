"""The callback itself: answered, not answered, given up; and the case put on file in the end."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from core.actor import SYSTEM, Role
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused
from dispatch import clocks, reviewing, rules, steps
from dispatch.callbacks import budget, hours
from dispatch.events import CaseMoved
from dispatch.lifecycle import Action
from dispatch.side_records import CallBackRecord, LookBackRecord
from dispatch.steps import Scene

_SERVICE = "callback"  # whose opening hours count (city/…/hours.csv)
_FILED_AFTER_PROMISE = timedelta(days=7)  # how long filing waits for a promise to be looked at


def rate(scene: Scene) -> None:
    """Write down what the citizen says and close the case.

    Raises Refused when they are not satisfied and nothing excuses it: then it is done again.
    """
    scene.check(Action.RATE)
    facts = note_answer(scene)
    case, given = scene.case, scene.given
    case.contacted, case.solved, case.grade = given.contacted, given.solved, given.grade
    reviewing.shut(case, scene.now)
    scene.take(Action.RATE, unit=case.lead_unit, facts=facts)


def missed(scene: Scene) -> None:
    """Count a try that nobody answered, and set the next one into another part of the day.

    A person counts the calls that they made themselves: while the desk is open, in another part of the day than
    before. Messages and links that nobody answers are counted by the centre. After the last try the citizen has
    time to rate by the link that goes out to them. Raises BadInput or Refused.
    """
    scene.check(Action.MISSED)
    case, work = scene.case, scene.work
    if scene.actor != SYSTEM:
        _check_call(scene)
    if scene.given.via == budget.PHONE and case.id in budget.called_today(work, [case.id], scene.now):
        raise Refused("今天已就同一事件给这位诉求人打过回访电话，请改日再拨")
    _note(scene, connected=False)
    facts = {"via": scene.given.via, "try": case.tries + 1}
    _take(scene, Action.MISSED, facts)
    case.tries += 1
    pack = clocks.pack_of(work, case)
    if case.tries < pack.call_back_tries:
        case.next_try_at = case.stage_due_at = _next_try(scene)
    else:
        case.next_try_at = None
        case.stage_due_at = clocks.due_of(work, pack, pack.call_back_within, scene.now).at
    steps.announce(work, case, partial(CaseMoved, action=Action.MISSED.value))


def close_unrated(scene: Scene) -> None:
    """Close a case whose citizen could not be reached. Not rated (未评价) is nobody's satisfaction."""
    scene.check(Action.CLOSE_UNRATED)
    case = scene.case
    case.contacted = case.solved = case.grade = None
    reviewing.shut(case, scene.now)
    scene.take(Action.CLOSE_UNRATED, unit=case.lead_unit, facts={"tries": case.tries})


def file(scene: Scene) -> None:
    """Put a closed case on file (归档), by the system at its day; not before a promise has been looked at."""
    case, work = scene.case, scene.work
    open_ones = select(LookBackRecord.due_on).where(
        LookBackRecord.case_id == case.id, LookBackRecord.done_at.is_(None)
    )
    promised = work.session.scalar(open_ones.order_by(LookBackRecord.due_on.desc()).limit(1))
    if promised is None:
        scene.take(Action.FILE, actor=SYSTEM, facts={})
        return
    day = max(datetime.combine(promised, time(9), CITY_ZONE), scene.now)
    case.stage_due_at = day + _FILED_AFTER_PROMISE
    scene.aside(Action.NOTE, actor=SYSTEM, note="尚有承诺待回头看，暂缓归档")


def note_answer(scene: Scene) -> dict[str, Any]:
    """Keep what was answered as a row, and return the facts of it (docs/figures.md)."""
    given = scene.given
    _check_via(scene)
    _note(scene, connected=True)
    return {
        "via": given.via,
        "connected": True,
        "contacted": given.contacted,
        "truth": given.truth,
        "solved": given.solved,
        "grade": given.grade,
        "reasonable": given.reasonable,
        "duty_done": given.duty_done,
    }


def _check_call(scene: Scene) -> None:
    """Refuse a try that was no call, that comes while the desk is shut, or in a part of the day that was tried."""
    if scene.given.via != budget.PHONE:
        raise BadInput("未接通只登记电话回访；短信和网页未答由系统记录")
    calendar = rules.calendar(scene.work, _SERVICE)
    tried = [hours.part_of(at, calendar) for at in _tries(scene)]
    allowed = hours.next_try(scene.now, calendar, tried)
    if allowed <= scene.now:
        return
    when = f"{allowed.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
    if hours.is_open(scene.now, calendar):
        raise Refused(f"这个时段已拨过，请换时段，在 {when} 以后再拨")
    raise Refused(f"现在不是回访时间，请在 {when} 以后拨打")


def _check_via(scene: Scene) -> None:
    """Nobody on the staff can pass for the citizen: a rating on the web comes by the citizen's own link."""
    is_citizen = scene.actor.has(Role.CITIZEN)
    if is_citizen != (scene.given.via == budget.WEB):
        raise BadInput("网页评价只能由诉求人本人通过评价链接提交")


def _note(scene: Scene, *, connected: bool) -> None:
    given = scene.given
    scene.work.session.add(
        CallBackRecord(
            case_id=scene.case.id,
            at=scene.now,
            by=scene.actor.person_id,
            via=given.via,
            connected=connected,
            contacted=given.contacted if connected else None,
            truth=given.truth if connected else None,
            solved=given.solved if connected else None,
            grade=given.grade if connected else None,
            reasonable=given.reasonable if connected else None,
            duty_done=given.duty_done if connected else None,
            note=given.text,
        )
    )


def _next_try(scene: Scene) -> datetime:
    work, case = scene.work, scene.case
    pack, calendar = clocks.pack_of(work, case), rules.calendar(work, _SERVICE)
    earliest = clocks.due_of(work, pack, pack.call_back_apart, scene.now).at
    return hours.next_try(earliest, calendar, [hours.part_of(at, calendar) for at in _tries(scene)])


def _tries(scene: Scene) -> list[datetime]:
    scene.work.session.flush()
    return budget.tries(scene.work, [scene.case])[scene.case.id]


def _take(scene: Scene, action: Action, facts: dict[str, Any]) -> None:
    """Take the step without announcing it: the guards count what was before, so the rows change after it."""
    steps.take(
        scene.work,
        scene.case,
        action,
        actor=scene.actor,
        now=scene.now,
        given=scene.given.needs(),
        came=scene.given,
        unit=scene.case.lead_unit,
        reason=scene.given.reason,
        note=scene.given.text,
        facts=facts,
    )
