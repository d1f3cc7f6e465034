"""Makes sure that a Chromium is there for the browser tests: `python -m tests.browser_ready`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the path of a Chromium: CHROMIUM, one on the PATH, or the browser test tool's own."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        path = tool.chromium.executable_path
    return path if Path(path).exists() else None


def by_system_packages() -> None:
    """Install Chromium and a Chinese font with apt, when we may."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update", "-q"], **quiet)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = ["chromium", "fonts-noto-cjk"]
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], env=env, **quiet)


def by_the_tool() -> None:
    """Let the browser test tool fetch its own."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Find a Chromium, else install one; else say what to do."""
    for try_to_install in (None, by_system_packages, by_the_tool):
        if try_to_install:
            print(
                f"browser tests: no Chromium yet, trying {try_to_install.__name__.replace('_', ' ')}",
                flush=True,
            )
            try_to_install()
        path = chromium()
        if path:
            print(f"browser tests: {path}")
            return 0
    print(
        "The browser tests need a Chromium and none could be installed.\n"
        "Install one (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM=/path/to/it.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
