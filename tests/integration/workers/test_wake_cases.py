"""The job that fires moments: many at once, one that fails, one that the rules refuse, two jobs together."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core.clock import now
from core.config import ROOT
from core.errors import Refused
from dispatch import timers
from dispatch.city import load_city
from dispatch.records import CaseRecord
from dispatch.side_records import WakingRecord
from tests.integration.dispatch.conftest import a_sent_case
from workers import wake_cases


@pytest.fixture
def city(app: Flask):
    database = app.extensions["database"]
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    return database


def overdue(city, cases: int) -> list[str]:
    """Cases sent long ago that nobody has signed: their first moment has come."""
    long_ago = now() - timedelta(days=2)
    with city.begin() as work:
        numbers = [a_sent_case(work, now=long_ago).case_no for _ in range(cases)]
        only = WakingRecord.kind != "sign_late"
        work.session.execute(update(WakingRecord).where(only).values(due_at=now() + timedelta(days=9)))
        work.session.execute(update(WakingRecord).where(~only).values(due_at=now() - timedelta(minutes=1)))
    return numbers


def states(city) -> dict[str, int]:
    with city.begin() as work:
        counted = select(CaseRecord.state, func.count()).group_by(CaseRecord.state)
        return {state: count for state, count in work.session.execute(counted)}


def waiting(city) -> int:
    with city.begin() as work:
        return len(timers.due(work, now()))


def test_turns_of_the_job_leave_nothing_that_is_due(app, city):
    overdue(city, 30)
    with app.app_context():
        turns = 0
        while waiting(city):
            wake_cases.wake_cases()
            turns += 1
            assert turns < 60
    assert states(city) == {"handling": 30}


def test_one_that_fails_stands_back_and_keeps_nobody_waiting(app, city, monkeypatch):
    first, _second = overdue(city, 2)
    fires = timers.fire

    def fails_for_the_first(work, waking_id, *, now):
        waking = work.session.get(WakingRecord, waking_id)
        if work.session.get(CaseRecord, waking.case_id).case_no == first:
            raise RuntimeError("on purpose")
        return fires(work, waking_id, now=now)

    monkeypatch.setattr(timers, "fire", fails_for_the_first)
    with app.app_context():
        wake_cases.wake_cases()
    assert states(city) == {"to_sign": 1, "handling": 1}
    assert waiting(city) == 0  # it stands back …
    with city.begin() as work:
        back = work.session.scalars(select(WakingRecord).where(WakingRecord.retry_at.is_not(None))).one()
        assert (back.tries, back.fired_at) == (1, None)
        assert len(timers.due(work, now() + timedelta(minutes=1))) == 1  # … and its turn comes again


def test_one_that_the_rules_refuse_is_put_away_but_not_one_that_has_moved(app, city, monkeypatch):
    overdue(city, 1)

    def refused(work, waking_id, *, now):
        raise Refused("否")

    with city.begin() as work:
        (waking,) = timers.due(work, now())
        work.session.execute(update(WakingRecord).values(due_at=now() + timedelta(hours=1)))
    with app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(timers, "fire", refused)
            assert wake_cases.fire(waking) is False
        with city.begin() as work:
            assert work.session.get(WakingRecord, waking).fired_at is None
            work.session.execute(update(WakingRecord).values(due_at=now() - timedelta(hours=1)))
        monkeypatch.setattr(timers, "fire", refused)
        assert wake_cases.fire(waking) is False
    with city.begin() as work:
        assert work.session.get(WakingRecord, waking).fired_at is not None


def test_two_jobs_together_fire_each_moment_once(app, city):
    overdue(city, 12)

    def job() -> None:
        with app.app_context():
            while waiting(city):
                wake_cases.wake_cases()

    threads = [Thread(target=job) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(city) == {"handling": 12}
    with city.begin() as work:
        signed = "SELECT max(n) FROM (SELECT count(*) n FROM case_timeline WHERE action = 'sign' GROUP BY case_id) x"
        assert work.session.connection().exec_driver_sql(signed).scalar() == 1
