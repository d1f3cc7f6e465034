"""Stored days: written once, in order, and the same whenever they are computed again."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from core.clock import CITY_ZONE
from core.config import ROOT
from core.db import Database
from core.errors import NotFound
from dispatch.city import load_city
from dispatch.figures import days, settings
from dispatch.figures.periods import day_of, month_of
from dispatch.figures.records import FigureDayRecord
from dispatch.records import TimelineRecord
from dispatch.rules import PackRecord
from tests.integration.dispatch.stories import OPENED, Story, a_good_case

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
LATER = datetime(2026, 11, 9, 8, tzinfo=CITY_ZONE)


@pytest.fixture
def city(database: Database) -> Database:
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
        for hours in range(0, 40, 3):
            at = OPENED + timedelta(hours=hours)
            Story(work, at=at).send("zhujian", "shuiwu", due_in=8).sign().reply().passed().rated(4, "partly")
    return database


def close_all(database: Database, now: datetime = LATER) -> list[date]:
    closed = []
    while True:
        with database.begin() as work:
            on = days.close_next(work, now=now)
        if on is None:
            return closed
        closed.append(on)


def test_every_missed_day_is_made_up_in_order_and_none_twice(city: Database):
    assert close_all(city) == [date(2026, 11, day) for day in range(2, 9)]
    assert close_all(city) == []
    with city.begin() as work:
        assert days.stored_days(work, month_of(MONDAY))[0] == MONDAY
        assert days.stored_days(work, day_of(date(2026, 11, 9))) == []


def test_a_day_is_closed_ten_minutes_after_it_is_over(city: Database):
    midnight = datetime(2026, 11, 3, tzinfo=CITY_ZONE)
    assert close_all(city, midnight + timedelta(minutes=9)) == []
    assert close_all(city, midnight + timedelta(minutes=10)) == [MONDAY]


def test_an_empty_centre_has_no_day_to_close(database: Database):
    assert close_all(database) == []


def test_a_day_gives_the_same_numbers_however_much_happens_later(city: Database):
    close_all(city)
    with city.begin() as work:
        first = days.recompute(work, TUESDAY)
    assert first.stored["day"]["whole"]["on_time"][0] > 0
    with city.begin() as work:
        for case_id in work.session.scalars(select(TimelineRecord.case_id).distinct()).all():
            for action, to in (("reopen", "handling"), ("exclude", None), ("redo", "redo")):
                entry = TimelineRecord(
                    case_id=case_id, at=LATER, action=action, actor_name="x", to_state=to, facts={"code": "appeal"}
                )
                work.session.add(entry)
        a_good_case(work, at=LATER)
        # The settings of today are other ones; the day keeps its own.
        body = work.session.scalar(select(PackRecord.body).where(PackRecord.active))
        weights = {"responded": 0.8, "solved": 0.1, "satisfied": 0.1}
        changed = body | {"version": "new", "figures": {"rate_weights": weights, "rank_from": 3}}
        work.session.execute(update(PackRecord).values(active=False))
        work.session.add(
            PackRecord(name="new", version="new", sha256="0" * 64, body=changed, active=True, loaded_at=LATER)
        )
        work.session.flush()
        work.session.execute(text("UPDATE opening_hours SET closes = closes - 30 WHERE service = 'offices'"))
        work.session.execute(text("UPDATE calendar_stamp SET stamp = gen_random_uuid()"))
    with city.begin() as work:
        assert settings.current(work, day_of(TUESDAY), LATER).rank_from == 3
        again = days.recompute(work, TUESDAY)
    assert again.equal
    assert again.intact
    assert again.chained
    assert again.recomputed == first.recomputed == again.stored


def test_a_row_cannot_be_changed_or_removed(city: Database):
    close_all(city)
    for statement in ("UPDATE figure_day SET sha256 = ''", "DELETE FROM figure_day", "TRUNCATE figure_day"):
        with pytest.raises(IntegrityError, match="append-only"), city.begin() as work:
            work.session.execute(text(statement))


def tamper(database: Database, *, with_seal: bool) -> None:
    """Change what was stored of Monday behind the trigger's back, as somebody with the disk could."""
    with database.begin() as work:
        row = work.session.get(FigureDayRecord, MONDAY)
        body = row.body | {"codes": {"appeal": 12}, "day": row.body["day"] | {"score": 100.0}}
        row.body = body
        seal = days.seal(row) if with_seal else row.sha256
        work.session.expunge(row)
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        changed = update(FigureDayRecord).where(FigureDayRecord.on == MONDAY)
        work.session.execute(changed.values(body=body, sha256=seal))


def test_a_row_that_was_tampered_with_is_found(city: Database):
    close_all(city)
    tamper(city, with_seal=False)
    with city.begin() as work:
        found = days.recompute(work, MONDAY)
    assert not found.equal
    assert not found.intact
    assert "/day/score" in found.differences


def test_a_row_that_was_tampered_with_and_sealed_anew_breaks_the_chain(city: Database):
    close_all(city)
    tamper(city, with_seal=True)
    with city.begin() as work:
        monday, tuesday = days.recompute(work, MONDAY), days.recompute(work, TUESDAY)
    assert monday.intact
    assert not monday.equal
    assert tuesday.equal
    assert not tuesday.chained


def test_a_late_entry_with_an_old_time_is_found(city: Database):
    close_all(city)
    with city.begin() as work:
        Story(work, at=OPENED)
        found = days.recompute(work, MONDAY)
    assert found.intact
    assert not found.equal
    assert "/day/whole/opened" in found.differences


def test_a_day_that_was_not_stored_is_not_there(city: Database):
    with city.begin() as work, pytest.raises(NotFound):
        days.recompute(work, MONDAY)


def test_two_at_once_store_a_day_once(city: Database):
    start, closed = threading.Barrier(4), []

    def close() -> None:
        start.wait()
        closed.extend(close_all(city))

    threads = [threading.Thread(target=close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(closed) == [date(2026, 11, day) for day in range(2, 9)]


def test_the_days_opened_add_up_to_the_month_so_far(city: Database):
    close_all(city)
    with city.begin() as work:
        stored = list(work.session.scalars(select(FigureDayRecord).order_by(FigureDayRecord.on)))
    total = sum(row.body["day"]["whole"].get("opened", [0])[0] for row in stored)
    assert stored[-1].body["month"]["whole"]["opened"][0] == total == 14
