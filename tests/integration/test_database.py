"""What the database does to two who wait for each other, and to one whose connection dies: a sentence, no crash."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from core.db import Database
from core.errors import Stale, Unavailable


@pytest.fixture
def rows(database: Database) -> Database:
    with database.begin() as work:
        work.session.execute(text("CREATE TABLE pair (id int PRIMARY KEY, n int)"))
        work.session.execute(text("INSERT INTO pair VALUES (1, 0), (2, 0)"))
    return database


def test_of_two_who_wait_for_each_other_one_is_told_and_the_other_goes_on(rows: Database):
    both_hold, became = Barrier(2), []

    def cross(first: int, second: int) -> None:
        try:
            with rows.begin() as work:
                work.session.execute(text("UPDATE pair SET n = n + 1 WHERE id = :id"), {"id": first})
                both_hold.wait()
                work.session.execute(text("UPDATE pair SET n = n + 1 WHERE id = :id"), {"id": second})
            became.append("done")
        except Stale:
            became.append("told")

    threads = [Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(became) == ["done", "told"]
    with rows.begin() as work:
        assert work.session.scalar(text("SELECT sum(n) FROM pair")) == 2


def test_a_lost_connection_is_said_and_the_next_transaction_has_a_new_one(rows: Database):
    def lose() -> None:
        with rows.begin() as work:
            mine = work.session.scalar(text("SELECT pg_backend_pid()"))
            with rows.begin() as other:
                other.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            work.session.execute(text("UPDATE pair SET n = 9"))

    with pytest.raises(Unavailable, match="数据库"):
        lose()
    with rows.begin() as work:
        assert work.session.scalar(text("SELECT sum(n) FROM pair")) == 0
