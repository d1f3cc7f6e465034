"""Runs the whole centre on this machine: `make run`. Ends every process it started, however it is ended.

Starts the embedded servers where no address is given, the release step and every process of the
Procfile, and the practice line where no real carrier is configured; watches them, starts again what dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shlex
import signal
import socket
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from core.embedded import EmbeddedError, EmbeddedServer, die_with_parent, start_postgres, start_redis

ROOT = Path(__file__).resolve().parent
PATIENCE_S = 12  # for a clean end, before a process is killed
READY_WITHIN_S = 90
CARRIER = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "TWILIO_APPLICATION_SID",  # without one a soft-phone may be rung, but may not call
)
# These ask the database nothing before a call comes, so they may load while it is brought up to date.
EARLY = ("media", "practice")
RESTART_PAUSE_S = (1, 2, 5, 10, 30)


@dataclass
class Child:
    """One process of the centre, and how often it has died lately."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float = 0.0


@dataclass
class Centre:
    """All that is running, in the order in which it was started."""

    env: dict[str, str]
    log_dir: Path
    children: list[Child] = field(default_factory=list)
    servers: list[EmbeddedServer] = field(default_factory=list)
    stopping: bool = False

    def start(self, child: Child) -> None:
        """Start `child` with its output in a file of its own."""
        with (self.log_dir / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches only us; we end the others in order
                preexec_fn=die_with_parent,
            )
        child.started_at = time.monotonic()

    def watch(self) -> None:
        """Start again whatever has died, after a pause that grows with every early death."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                lived_s = time.monotonic() - child.started_at
                child.deaths = 0 if lived_s > 60 else child.deaths
                pause = RESTART_PAUSE_S[min(child.deaths, len(RESTART_PAUSE_S) - 1)]
                say(f"{child.name} ended with {child.process.returncode}; starting it again in {pause} s")
                child.process, child.deaths = None, child.deaths + 1
                child.start_again_at = time.monotonic() + pause
            elif child.process is None and time.monotonic() >= child.start_again_at:
                self.start(child)

    def stop(self) -> None:
        """End every process: first those that take calls, last the servers that hold the facts."""
        self.stopping = True
        running = [child for child in reversed(self.children) if child.process is not None]
        for child in running:
            signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        for child in running:
            assert child.process is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            signal_group(child, signal.SIGKILL)  # whatever is left of its group
        for server in reversed(self.servers):
            server.stop()


def signal_group(child: Child, number: int) -> None:
    """Signal the child and everything it started."""
    assert child.process is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def say(sentence: str) -> None:
    """Tell the person at the terminal."""
    print(sentence, flush=True)


def main() -> int:
    """Run until told to end. Returns the exit status."""
    env = dict(os.environ)
    if env.get("MAKELEVEL"):
        die_with_parent()  # make does not pass signals on; without it we are to end
    var = Path(env.setdefault("VAR_DIR", str(ROOT / "var"))).resolve()
    var.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if not stack.enter_context(only_one(var)):
            say(f"The centre of {var} is running already; end it first, or choose another folder by VAR_DIR.")
            return 1
        centre = Centre(env=env, log_dir=var / "log")
        centre.log_dir.mkdir(exist_ok=True)
        stop_on_signals(centre)
        try:
            return run(centre, var)
        except (EmbeddedError, Ended) as error:
            say(str(error))
            return 1 if isinstance(error, EmbeddedError) else 0
        finally:
            centre.stop()


def run(centre: Centre, var: Path) -> int:
    """Start everything in order, say where to look, and watch."""
    began = time.monotonic()
    practice = not centre.env.get("TWILIO_ACCOUNT_SID")
    complete(centre.env, var, practice=practice)
    taken = ports_taken(centre.env, practice=practice)
    if taken:
        say(f"Port {taken[0]} is taken by another program. Choose another, e.g. PORT=9000 make run")
        return 1
    start_servers(centre, var)
    commands = procfile(centre.env)
    releasing = commands.pop("release")
    if practice:
        line = [sys.executable, "-m", "callcenter.practice", "serve", "--port", centre.env["PRACTICE_PORT"]]
        commands["practice"] = [*line, "--state", str(var / "practice")]
    early: dict[str, list[str]] = {name: commands.pop(name) for name in EARLY if name in commands}
    start_all(centre, early)
    release(centre, releasing)
    start_all(centre, commands)
    if not await_ready(centre):
        return 1
    announce(centre.env, seconds=time.monotonic() - began, practice=practice)
    while True:
        time.sleep(0.5)
        centre.watch()


def start_all(centre: Centre, commands: dict[str, list[str]]) -> None:
    """Start a process for each named command."""
    for name, command in commands.items():
        child = Child(name=name, command=command)
        centre.children.append(child)
        centre.start(child)


def complete(env: dict[str, str], var: Path, *, practice: bool) -> None:
    """Fill in what was not given: ports, addresses, and secrets that are kept in `var`."""
    kept = kept_secrets(var / "secrets.json")
    env.setdefault("HOST", "127.0.0.1")
    port = int(env.setdefault("PORT", "8000"))
    env.setdefault("MEDIA_PORT", str(port + 1))
    env.setdefault("PRACTICE_PORT", str(port + 2))
    env.setdefault("SECRET_KEY", kept["secret_key"])
    env.setdefault("PUBLIC_BASE_URL", f"http://127.0.0.1:{port}")
    env.setdefault("MEDIA_URL", f"ws://127.0.0.1:{env['MEDIA_PORT']}/media")
    env.setdefault("TZ", "Asia/Shanghai")
    if practice:
        env.setdefault("PRACTICE_LINE_URL", f"http://127.0.0.1:{env['PRACTICE_PORT']}")
        for name in CARRIER:
            env[name] = kept[name.lower()]
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    env["PYTHONUNBUFFERED"] = "1"


def ports_taken(env: dict[str, str], *, practice: bool) -> list[int]:
    """Return the ports we need that somebody listens on already."""
    wanted = [int(env["PORT"]), int(env["MEDIA_PORT"]), *([int(env["PRACTICE_PORT"])] if practice else [])]
    taken = []
    for port in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((env["HOST"], port))
            except OSError:
                taken.append(port)
    return taken


def kept_secrets(path: Path) -> dict[str, str]:
    """Return this installation's own secrets, made once and readable by the owner only."""
    if not path.exists():
        made = {
            "secret_key": secrets.token_urlsafe(48),
            "twilio_account_sid": "AC" + secrets.token_hex(16),
            "twilio_auth_token": secrets.token_hex(16),
            "twilio_api_key": "SK" + secrets.token_hex(16),
            "twilio_api_secret": secrets.token_urlsafe(24),
            "twilio_application_sid": "AP" + secrets.token_hex(16),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def start_servers(centre: Centre, var: Path) -> None:
    """Start PostgreSQL and Redis from `var` unless their addresses are given."""
    wanted: tuple[tuple[str, Callable[[Path], EmbeddedServer], str], ...] = (
        ("DATABASE_URL", start_postgres, "postgres"),
        ("REDIS_URL", start_redis, "redis"),
    )
    for name, start, folder in wanted:
        if not centre.env.get(name):
            server = start(var / folder)
            centre.servers.append(server)
            centre.env[name] = server.url


def procfile(env: dict[str, str]) -> dict[str, list[str]]:
    """Return the commands of the Procfile with its variables filled in."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    named = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    return {name: shlex.split(string.Template(command.strip()).substitute(env)) for name, command in named}


def release(centre: Centre, command: list[str]) -> None:
    """Bring the database up to date before anything uses it. Raises EmbeddedError when that fails."""
    done = subprocess.run(command, cwd=ROOT, env=centre.env, preexec_fn=die_with_parent, check=False)
    if done.returncode:
        raise EmbeddedError("The release step failed; nothing was started. What it said stands above.")


def await_ready(centre: Centre) -> bool:
    """Wait until every part says it is ready; else say which is not."""
    address = f"http://127.0.0.1:{centre.env['PORT']}/healthz"
    deadline, why = time.monotonic() + READY_WITHIN_S, "it does not answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=3):
                return True
        except urllib.error.HTTPError as answer:
            parts = json.load(answer).get("parts", {})
            why = "; ".join(f"{name}: {part.get('why')}" for name, part in parts.items() if not part["ready"])
        except (OSError, ValueError):
            pass
        centre.watch()
        time.sleep(0.2)
    say(f"Not ready after {READY_WITHIN_S} s ({why}). The logs are in {centre.log_dir}.")
    return False


def announce(env: dict[str, str], *, seconds: float, practice: bool) -> None:
    """Print where to look and how to sign in."""
    base = f"http://127.0.0.1:{env['PORT']}"
    say(f"\n  12345 is up in {seconds:.1f} s   {base}\n")
    say(f"  staff sign-in      {base}/sign-in")
    say(f"  live board         {base}/board")
    if practice:
        password = env.get("PRACTICE_PASSWORD", "practice-12345")
        say(f"  a caller's phone   {base}/phone")
        say("\n  practice sign-ins  agent1  dispatcher1  qinghu-chengguan1 (a unit)  reviewer1  supervisor1  admin")
        say(f"  password           {password}\n")
        say("  make demo          a dozen calls, while you watch the board")
    say("  Ctrl-C             ends everything\n")


class Ended(Exception):
    """Somebody asked us to end."""


def stop_on_signals(centre: Centre) -> None:
    """Turn the first Ctrl-C or SIGTERM into a clean end; further ones change nothing."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if not centre.stopping:
            centre.stopping = True
            raise Ended("\n  ending …")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[IO[str] | None]:
    """Hold the lock of `var`, or give None when another centre holds it."""
    with (var / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield lock


if __name__ == "__main__":
    sys.exit(main())
