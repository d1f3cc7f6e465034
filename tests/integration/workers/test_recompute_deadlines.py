"""A change of the calendar reaches every open deadline, whatever process dies on the way."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from core.actor import Actor, Role
from core.clock import CITY_ZONE, now
from dispatch import calendars, service
from dispatch.calendars import DayRow
from dispatch.calendars.records import CalendarRecomputeRecord
from dispatch.given import Given
from dispatch.records import CaseRecord
from dispatch.stages import Action
from workers.recompute_deadlines import recompute_deadlines
from workers.sweep import sweep

JOB = "recompute_deadlines.recompute_deadlines"
ADMIN = Actor(person_id=9, name="管理员", roles=frozenset({Role.ADMINISTRATOR}))
AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
DISPATCHER = Actor(person_id=3, name="派单员", roles=frozenset({Role.DISPATCHER}), unit_code="hotline")
FIELDS = {"kind": "complaint", "title": "流动摊贩占道", "content": "门口有摊贩", "category_code": "030301"}


def a_sent_case(app) -> CaseRecord:
    with app.extensions["database"].begin() as work:
        case = service.open_draft(work, call_id=1, actor=AGENT, caller=service.Caller(phone=None), now=now())
        service.change_draft(work, case.id, FIELDS, actor=AGENT, now=now())
        service.register(work, case.id, actor=AGENT, now=now())
        given = Given(unit="qinghu-chengguan", reason="按职责")
        return service.act(work, case.case_no, Action.DISPATCH, actor=DISPATCHER, given=given, now=now())


def close_the_day_of(app, case: CaseRecord) -> None:
    """Make the last day of the case's limit a day off."""
    with app.extensions["database"].begin() as work:
        day = DayRow(on=_day_of(case), name="临时放假", works=False)
        calendars.set_day(work, day, actor=ADMIN, now=now())


def _day_of(case: CaseRecord) -> date:
    return case.orders[0].due_at.astimezone(CITY_ZONE).date()


def jobs(later) -> list[str]:
    return [job for _, job, _ in later.waiting() if job == JOB]


def test_the_job_that_a_change_puts_moves_the_deadline(app, city, later):
    case = a_sent_case(app)
    close_the_day_of(app, case)
    found = [ids for _, job, ids in later.waiting() if job == JOB]
    assert len(found) == 1
    with app.app_context():
        recompute_deadlines(**found[0])
        recompute_deadlines(**found[0])  # safe to run twice
    with app.extensions["database"].begin() as work:
        assert work.session.get_one(CaseRecord, case.id).orders[0].due_at > case.orders[0].due_at


def test_the_sweep_finds_a_change_that_redis_forgot_and_leaves_a_young_one_alone(app, city, later):
    case = a_sent_case(app)
    close_the_day_of(app, case)
    later.forget()
    with app.app_context():
        sweep()
    assert jobs(later) == []  # its own job is most likely still on its way
    with app.extensions["database"].begin() as work:
        work.session.execute(update(CalendarRecomputeRecord).values(due_since=now() - timedelta(minutes=1)))
    with app.app_context():
        sweep()
        sweep()
    assert jobs(later) == [JOB]
