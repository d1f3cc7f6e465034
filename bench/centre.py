"""A whole centre of its own for the benches, on free ports and a folder that is thrown away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config import ROOT
from core.embedded import EmbeddedServer, free_port, start_postgres, start_redis


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Where the centre of the benches answers."""

    base: str
    database_url: str
    redis_url: str
    env: dict[str, str]

    def sign_in(self, username: str) -> str:
        """Sign in and return the session cookie."""
        body = json.dumps({"username": username, "password": "practice-12345"}).encode()
        request = urllib.request.Request(
            f"{self.base}/api/sign-in", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.headers["Set-Cookie"]).partition(";")[0]

    def wait_for(self, address: str, *, within_s: float = 60) -> None:
        """Wait until something answers at `address`, whatever it says."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(address, timeout=2).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"nothing answers at {address}")


@contextmanager
def running_centre() -> Iterator[Rig]:
    """Run the embedded servers and the whole centre until the block ends."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        var = Path(folder)
        var.chmod(0o755)  # PostgreSQL may run as a user of its own
        postgres, redis = start_postgres(var / "postgres"), start_redis(var / "redis")
        centre = _start(var, postgres, redis)
        try:
            yield centre[1]
        finally:
            centre[0].send_signal(signal.SIGTERM)
            centre[0].wait(60)
            redis.stop()
            postgres.stop()


def _start(var: Path, postgres: EmbeddedServer, redis: EmbeddedServer) -> tuple[subprocess.Popen[bytes], Rig]:
    port, media, practice = free_port(), free_port(), free_port()
    outer = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    env = outer | {
        "VAR_DIR": str(var),
        "PORT": str(port),
        "MEDIA_PORT": str(media),
        "PRACTICE_PORT": str(practice),
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
    }
    with (var / "terminal.log").open("wb") as terminal:
        process = subprocess.Popen([sys.executable, "run.py"], cwd=ROOT, env=env, stdout=terminal, stderr=terminal)
    rig = Rig(base=f"http://127.0.0.1:{port}", database_url=postgres.url, redis_url=redis.url, env=env)
    _await_ready(process, rig, var)
    return process, rig


def _await_ready(process: subprocess.Popen[bytes], rig: Rig, var: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{rig.base}/healthz", timeout=3).close()
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the centre did not start:\n" + (var / "terminal.log").read_text()[-3000:])
