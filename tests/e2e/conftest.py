"""One whole centre for all tests of this folder, and real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser_ready import FLAGS, chromium
from tests.e2e.centre import Centre


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    running = Centre(folder=tmp_path_factory.mktemp("centre"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The browser tool. Not for the whole run: while it lives, no other test can start an event loop."""
    with sync_playwright() as tool:
        yield tool


@pytest.fixture
def open_browser(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Start a Chromium; with `microphone` it speaks that sound file once."""
    path = chromium()
    assert path, "no Chromium: run python -m tests.browser_ready"
    opened: list[Browser] = []

    def start(microphone: Path | None = None) -> Browser:
        flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        if microphone:
            flags.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
        settings: dict[str, Any] = {
            "executable_path": path,
            "args": [*flags, "--autoplay-policy=no-user-gesture-required"],
        }
        browser = playwright.chromium.launch(**settings)
        opened.append(browser)
        return browser

    yield start
    for browser in opened:
        browser.close()
