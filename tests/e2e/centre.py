"""A whole centre on free ports, started the way a person starts it: `python run.py`."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from core.embedded import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_WITHIN_S = 120
_NEEDED = ("PATH", "HOME", "LANG", "TMPDIR", "CHROMIUM", "TEST_DATABASE_URL", "TEST_REDIS_URL")


@dataclass
class Centre:
    """A running centre and everything a test needs to reach it."""

    folder: Path
    port: int = field(default_factory=free_port)
    media_port: int = field(default_factory=free_port)
    practice_port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def line(self) -> str:
        return f"http://127.0.0.1:{self.practice_port}"

    def env(self) -> dict[str, str]:
        # Nothing of the outer environment but what a process needs to run: an exported DATABASE_URL must
        # never lead a test to somebody's real database.
        outer = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        return outer | {
            "VAR_DIR": str(self.folder),
            "PORT": str(self.port),
            "MEDIA_PORT": str(self.media_port),
            "PRACTICE_PORT": str(self.practice_port),
            **self.extra,
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "terminal.log").open("ab") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "run.py"], cwd=ROOT, env=self.env(), stdout=terminal, stderr=terminal
            )
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the centre ended early:\n{self.said()}"
            if self.health_status() == 200:
                return
            time.sleep(0.2)
        raise AssertionError(f"the centre is not ready:\n{self.said()}\n{self.health()}")

    def health_status(self) -> int | None:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=3) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return int(answer.code)
        except OSError:
            return None

    def health(self) -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=3) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            return json.load(answer)
        except OSError as error:
            return {"error": str(error)}

    def family(self) -> list[psutil.Process]:
        """Every process that belongs to this centre now, the embedded PostgreSQL included."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children(recursive=True)
        postmaster = self.folder / "postgres" / "postmaster.pid"
        if postmaster.exists():
            children.append(psutil.Process(int(postmaster.read_text().splitlines()[0])))
        return children

    def child(self, *words: str) -> psutil.Process:
        """The oldest process of the centre whose command line has all `words`."""
        return min(self.matching(*words), key=lambda one: one.create_time())

    def matching(self, *words: str) -> list[psutil.Process]:
        """Every process of the centre whose command line has all `words`."""
        return [one for one in self.family() if all(word in command_of(one) for word in words)]

    def born_since(self, at: float, *words: str) -> bool:
        """Say whether such a process has been started since `at`, a time as psutil tells it."""
        try:
            return any(one.create_time() > at for one in self.matching(*words))
        except psutil.NoSuchProcess:
            return False  # one was just ending: look again

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def said(self) -> str:
        return (self.folder / "terminal.log").read_text(errors="replace")[-4000:]

    def log(self, name: str) -> str:
        path = self.folder / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def line_says(self, path: str) -> dict[str, Any]:
        """Ask the practice line's own controls."""
        kept = json.loads((self.folder / "secrets.json").read_text())
        account = f"{kept['twilio_account_sid']}:{kept['twilio_auth_token']}".encode()
        request = urllib.request.Request(
            self.line + path, headers={"Authorization": "Basic " + base64.b64encode(account).decode()}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def practice(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of the practice line against this centre."""
        kept = json.loads((self.folder / "secrets.json").read_text())
        names = ("twilio_account_sid", "twilio_auth_token", "twilio_api_key", "twilio_api_secret")
        env = self.env() | {name.upper(): kept[name] for name in names}
        env |= {"PUBLIC_BASE_URL": self.base, "PRACTICE_LINE_URL": self.line}
        command = [sys.executable, "-m", "callcenter.practice", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
        )


def command_of(process: psutil.Process) -> str:
    """Return the command line; "" of one that has just been killed and not been buried yet."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
