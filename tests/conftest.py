"""Real servers for every test that asks for them: one PostgreSQL and one Redis for the whole run."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from cryptography.fernet import Fernet
from redis import Redis

from core import sealed
from core.db import Database
from core.embedded import start_postgres, start_redis
from core.events import Bus

ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _vault() -> None:
    sealed.unlock([Fernet.generate_key().decode()])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, or the one that TEST_DATABASE_URL names."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Not below pytest's own folder: a second run locks that folder (0700), and a server that runs as a user
    # of its own, as it does for root, dies in the middle of the first run.
    with tempfile.TemporaryDirectory(prefix="hotline-postgres-") as folder:
        server = start_postgres(Path(folder), database="template_hotline")
        _hurry(server.url)
        yield server.url
        server.stop()


def _hurry(url: str) -> None:
    """Let this server not wait for the disk: a thousand databases come and go, and none must survive a power cut.

    The tests of what survives start servers of their own, with the settings of every day.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> str:
    """The name of a database that went through the real migrations; copied for each test."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", postgres_url.replace("%", "%%"))
    command.upgrade(config, "head")
    return psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = postgres_url.replace(f"/{migrated_template}", "/postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}" STRATEGY FILE_COPY')
    yield postgres_url.replace(f"/{migrated_template}", f"/{name}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def database(database_url: str, bus: Bus) -> Iterator[Database]:
    """core.db.Database on a fresh, migrated, empty database."""
    opened = Database(database_url, bus)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = start_redis(tmp_path_factory.mktemp("redis"))
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """The address of an empty Redis."""
    with Redis.from_url(redis_server_url) as client:
        client.flushall()
    return redis_server_url
