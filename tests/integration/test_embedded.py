"""The embedded servers are real, keep what they are given, and end cleanly."""

from __future__ import annotations

import psutil
import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from core.embedded import start_postgres, start_redis


def runs(pid: int) -> bool:
    """Say whether the process still does anything; one that ended but was not yet collected does not."""
    try:
        psutil.Process(pid).wait(5)
    except psutil.NoSuchProcess:
        return False
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_postgres_keeps_its_rows_over_a_restart_and_leaves_no_process(tmp_path):
    first = start_postgres(tmp_path / "pg")
    with psycopg.connect(first.url) as connection:
        assert connection.execute("SHOW server_version_num").fetchone()[0].startswith("18")
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('诉求')")
    first.stop()
    assert not runs(first.pid)

    second = start_postgres(tmp_path / "pg")
    with psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("诉求",)
    second.stop()


def test_a_stale_pid_file_of_another_program_does_not_stop_postgres(tmp_path):
    server = start_postgres(tmp_path / "pg")
    lines = (tmp_path / "pg" / "postmaster.pid").read_text()
    server.stop()
    own_pid = str(psutil.Process().pid)
    (tmp_path / "pg" / "postmaster.pid").write_text("\n".join([own_pid, *lines.splitlines()[1:]]) + "\n")

    again = start_postgres(tmp_path / "pg")
    with psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    again.stop()


def test_redis_keeps_its_keys_over_a_restart_and_leaves_no_process(tmp_path):
    first = start_redis(tmp_path / "redis")
    with Redis.from_url(first.url) as client:
        client.set("kept", "工单")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    first.stop()
    assert not runs(first.pid)

    second = start_redis(tmp_path / "redis")
    with Redis.from_url(second.url, decode_responses=True) as client:
        assert client.get("kept") == "工单"
    second.stop()


def test_a_stranger_without_the_password_is_refused_by_redis(redis_server_url):
    host_and_port = redis_server_url.rpartition("@")[2]
    with Redis.from_url(f"redis://{host_and_port}") as client, pytest.raises(AuthenticationError):
        client.ping()
