"""A seat whose page is gone goes out of service; one whose page is open, or which talks, does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis

from callcenter import moves, queries, seats
from callcenter.calls import SeatState
from core.actor import Actor, Role
from core.clock import now
from core.db import Database
from core.presence import absent, say_present
from workers.seat_callers import vacate_seats

AGENT = Actor(person_id=7, name="林晓岚", roles=frozenset({Role.AGENT}))


@pytest.fixture
def app(database: Database, redis_url: str):
    app = Flask(__name__)
    with Redis.from_url(redis_url) as redis:
        app.extensions |= {"database": database, "redis": redis}
        with app.app_context():
            yield app


def sit_down(database: Database, state: SeatState) -> None:
    """Take a seat a while ago, so that it counts as settled."""
    earlier = now() - timedelta(minutes=1)
    with database.begin() as work:
        seats.change_seat(work, actor=AGENT, state=SeatState.READY, reason=None, now=earlier)
        if state is SeatState.TALKING:
            seat = moves.lock_seat(work, 7, now=earlier)
            moves.set_seat(work, seat, SeatState.TALKING, now=earlier)


def seat_of(database: Database) -> dict:
    with database.begin() as work:
        return queries.seat(work, 7, now=now())


def test_a_seat_whose_page_is_open_stays_ready(app: Flask, database: Database):
    sit_down(database, SeatState.READY)
    say_present(app.extensions["redis"], [7])
    vacate_seats()
    assert seat_of(database)["state"] == "ready"


def test_a_seat_whose_page_is_gone_goes_offline_and_says_why(app: Flask, database: Database):
    sit_down(database, SeatState.READY)
    vacate_seats()
    assert seat_of(database)["state"] == "offline"
    assert seat_of(database)["reason"] == "page_closed"


def test_somebody_who_talks_is_left_alone(app: Flask, database: Database):
    sit_down(database, SeatState.TALKING)
    vacate_seats()
    assert seat_of(database)["state"] == "talking"


def test_only_those_not_heard_of_are_absent(redis_url: str):
    with Redis.from_url(redis_url) as redis:
        say_present(redis, [1, 3])
        assert absent(redis, [1, 2, 3, 4]) == {2, 4}
        assert absent(redis, []) == set()
