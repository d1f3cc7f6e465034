"""Twenty thousand cases: no hot list reads them all, and no page costs more statements than at ten."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from bench import crowd
from core.clock import now
from core.config import ROOT
from core.db import Database
from core.events import Bus
from dispatch import queries
from dispatch.city import load_city
from dispatch.lists import VIEWS

from .conftest import AGENT, CHENGGUAN, DISPATCHER, MONDAY, SUPERVISOR, a_case

CASES = 20_000
WHOLE = ("Seq Scan on hotline_case", "Seq Scan on work_order", "Seq Scan on case_words")


class Heard:
    """Every statement that a database runs, with what was given."""

    def __init__(self, database: Database) -> None:
        self.statements = []
        event.listen(database.engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection, _cursor, statement, parameters, _context, _many):
        self.statements.append((statement, parameters))


@pytest.fixture(scope="module")
def crowded(postgres_url, migrated_template):
    """A city with a crowd of cases; made once, the tests only read it."""
    import psycopg

    name, admin = "test_crowd", postgres_url.replace(f"/{migrated_template}", "/postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    url = postgres_url.replace(f"/{migrated_template}", f"/{name}")
    database = Database(url, Bus())
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    crowd.fill(url, CASES)
    yield database
    database.dispose()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def plans(database: Database, read) -> str:
    """Return how the server runs what `read` asks, with nothing switched off."""
    heard = Heard(database)
    with database.begin() as work:
        read(work)
    asked, found = list(heard.statements), []
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                explained = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                found += [row[0] for row in explained]
    assert any("hotline_case" in line for line in found)
    return "\n".join(found)


@pytest.mark.parametrize("actor", [DISPATCHER, SUPERVISOR, CHENGGUAN, AGENT], ids=lambda one: next(iter(one.roles)))
def test_the_counts_of_all_lists_read_no_table_whole(crowded, actor):
    plan = plans(crowded, lambda work: queries.view_counts(work, actor, now=now()))
    assert not [whole for whole in WHOLE if whole in plan], plan


@pytest.mark.parametrize("view", [name for name in VIEWS if name != "all"])
@pytest.mark.parametrize("actor", [SUPERVISOR, CHENGGUAN], ids=["centre", "unit"])
def test_no_work_list_reads_a_table_whole(crowded, view, actor):
    def first_and_second_page(work):
        page = queries.listing(work, actor, view=view, now=now(), limit=5)
        if page["next"]:
            queries.listing(work, actor, view=view, now=now(), limit=5, cursor=page["next"])

    plan = plans(crowded, first_and_second_page)
    assert not [whole for whole in WHOLE if whole in plan], plan


@pytest.mark.parametrize(
    "terms",
    [
        queries.Terms(words=("路灯",)),
        queries.Terms(number="20261101-000001-0"),
        queries.Terms(number="202611"),
        queries.Terms(unit="qinghu-chengguan"),
        queries.Terms(clock="late"),
        queries.Terms(place_words=("观澜华庭",)),
    ],
    ids=["words", "number", "beginning", "unit", "late", "place"],
)
def test_no_search_reads_the_cases_whole(crowded, terms):
    plan = plans(crowded, lambda work: queries.listing(work, DISPATCHER, view="open", terms=terms, now=now()))
    assert not [whole for whole in WHOLE if whole in plan], plan


def test_a_page_and_the_counts_take_as_many_statements_as_with_ten_cases(crowded, city):
    with city.begin() as work:
        for _ in range(10):
            a_case(work)

    def cost(database, read):
        heard = Heard(database)
        with database.begin() as work:
            read(work)
        return len(heard.statements)

    for read, at in (
        (lambda work, at: queries.listing(work, DISPATCHER, view="open", now=at), None),
        (lambda work, at: queries.view_counts(work, DISPATCHER, now=at), None),
    ):
        few = cost(city, lambda work, read=read: read(work, MONDAY))
        many = cost(crowded, lambda work, read=read: read(work, now()))
        assert many <= few + 1, "an order's names are one statement more than no order's"
        assert at is None


def test_counts_stop_at_a_thousand_and_say_so(crowded):
    with crowded.begin() as work:
        counts = {one["view"]: one for one in queries.view_counts(work, SUPERVISOR, now=now())["views"]}
        page = queries.listing(work, SUPERVISOR, view="filed", now=now())
    assert (counts["filed"]["count"], counts["filed"]["more"]) == (1000, True)
    assert (page["total"], page["more"]) == (1000, True)
    assert counts["to_review"]["more"] is False


def test_every_view_of_every_role_lists_exactly_what_it_counts(crowded):
    with crowded.begin() as work:
        at = now()
        for actor in (SUPERVISOR, CHENGGUAN):
            for one in queries.view_counts(work, actor, now=at)["views"]:
                page = queries.listing(work, actor, view=one["view"], now=at, limit=1)
                assert (page["total"], page["more"]) == (one["count"], one["more"]), one["view"]
