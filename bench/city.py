"""A city in a database of its own, with as many cases as wanted, and the people who look at them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from bench import crowd
from core import sealed
from core.actor import Actor, Role
from core.config import ROOT
from core.db import Database
from core.embedded import start_postgres
from core.events import Bus
from dispatch.city import load_city
from workers.release import migrate

# BENCH_QUICK=1 is for a look in passing: the shape of the figures, not the figures.
SIZES = (2_000, 50_000) if os.environ.get("BENCH_QUICK") else (10_000, 1_000_000)


def person(number: int, *roles: Role, unit: str = "hotline") -> Actor:
    """Return somebody who acts."""
    return Actor(person_id=number, name="测量", roles=frozenset(roles), unit_code=unit)


AGENT = person(1, Role.AGENT)
DISPATCHER = person(3, Role.DISPATCHER)
REVIEWER = person(4, Role.REVIEWER)
SUPERVISOR = person(5, Role.SUPERVISOR)
CALLER = person(6, Role.CALLBACK)
HANDLER = person(7, Role.HANDLER, unit="qinghu-chengguan")


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL server of our own until the block ends; its address."""
    sealed.unlock([Fernet.generate_key().decode()])
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as a user of its own
        running = start_postgres(Path(folder) / "postgres")
        try:
            yield running.url
        finally:
            running.stop()


@contextmanager
def city_of(server_url: str, cases: int) -> Iterator[Database]:
    """Make a city with so many cases, and remove it when the block ends."""
    name = f"bench_{cases}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    migrate(url)
    database = Database(url, Bus())
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    crowd.fill(url, cases)
    yield database
    database.dispose()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
