"""What people do in their browser windows: sign in, open a case, choose, write, send; and what they watch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from tests.e2e.centre import Centre

SOON_MS = 30_000


def signed_in(browser: Browser, centre: Centre, username: str, path: str) -> Page:
    """Sign in through the page, as a person does, and open `path`."""
    return sign_in(browser.new_context(permissions=["microphone"]).new_page(), centre, username, path)


def sign_in(page: Page, centre: Centre, username: str, path: str) -> Page:
    """Sign in on a window that is open already."""
    page.goto(f"{centre.base}/sign-in?next={path}")
    page.fill("[name=username]", username)
    page.fill("[name=password]", "practice-12345")
    page.get_by_test_id("sign-in").click()
    page.wait_for_url(f"**{path}")
    return page


def asked(page: Page, method: str, path: str, body: object = None) -> dict:
    """Ask the API as this window's page does: with its cookie and its CSRF token."""
    answer = page.evaluate(
        """async ([method, path, body]) => {
            const { csrf_token } = await (await fetch('/api/me')).json()
            const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': csrf_token }
            const sent = body === null ? undefined : JSON.stringify(body)
            const answer = await fetch(path, { method, headers, body: sent })
            return { status: answer.status, body: await answer.json() }
        }""",
        [method, path, body],
    )
    assert answer["status"] == 200, answer
    return answer["body"]


@dataclass
class Desk:
    """One person's window on one desk, and what they do there with the case `case_no`."""

    page: Page
    case_no: str

    def open(self) -> None:
        """Open the case from the desk's list."""
        self.page.locator(f"article[data-case-no='{self.case_no}'] h3").click(timeout=SOON_MS)
        case = self.page.get_by_test_id(re.compile(f"^(case-view|callback)-{self.case_no}$"))
        expect(case).to_be_visible(timeout=SOON_MS)

    def part(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def press(self, testid: str) -> None:
        self.part(testid).click(timeout=SOON_MS)

    def write(self, testid: str, words: str) -> None:
        self.part(testid).fill(words, timeout=SOON_MS)

    def key(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)

    def start(self, action: str) -> None:
        """Open the form of an action: a button of its own, or a line in the menu of all the others."""
        expect(self.part("case-actions")).to_be_visible(timeout=SOON_MS)
        if not self.part(f"open-{action}").is_visible():
            self.press("more-works")
        self.press(f"open-{action}")

    def field(self, need: str) -> Locator:
        """The part of an open form that asks for `need`."""
        return self.page.locator(f"form [data-need={need}]")

    def choose(self, need: str, name: str, *, typed: bool = False) -> None:
        """Choose `name` from the list of a field; with `typed` it is found by typing."""
        self.pick(self.field(need), name, typed=typed)

    def pick(self, around: Locator, name: str, *, typed: bool = False) -> None:
        """Choose `name` from the list within `around`."""
        around.locator(".el-select__wrapper").click(timeout=SOON_MS)
        box = around.get_by_role("combobox")
        if typed:
            box.press_sequentially(name)
        self.page.get_by_role("option", name=name).first.click(timeout=SOON_MS)
        if box.get_attribute("aria-expanded") == "true":
            box.press("Escape")

    def place(self, picker: str, name: str) -> None:
        """Choose `name` from a tree, found by typing."""
        self.part(picker).get_by_role("textbox").press_sequentially(name)
        self.page.locator(".el-cascader__suggestion-item:visible", has_text=name).first.click(timeout=SOON_MS)

    def tick(self, need: str, name: str) -> None:
        """Choose one of the few answers of a field."""
        self.field(need).get_by_text(name, exact=True).click(timeout=SOON_MS)

    def expect_state(self, state: str) -> None:
        """Wait until the open case is in `state` here, too: a push may still be on its way to this window."""
        expect(self.part("case-state")).to_have_attribute("data-state", state, timeout=SOON_MS)

    def expect_offer(self, *works: str) -> None:
        """Wait until the page offers these works, whether at once or through a form."""
        for work in works:
            offered = self.page.locator(f"[data-testid=open-{work}], [data-testid=action-{work}]")
            expect(offered.first).to_be_visible(timeout=SOON_MS)


@dataclass
class Watcher:
    """A window that is opened once and then only looked at; a mark in its page tells whether it was loaded anew."""

    page: Page

    def __post_init__(self) -> None:
        self.page.evaluate("() => { window.neverLoadedAgain = true }")

    def is_as_opened(self) -> bool:
        """Say whether it still is the page that was opened: a reload would have wiped the mark away."""
        return bool(self.page.evaluate("() => window.neverLoadedAgain === true"))


@dataclass
class Board(Watcher):
    """The wall, and what it must say of one case."""

    case_no: str = ""

    def shows(self, state: str, kind: str | None = None, sentence: str = "") -> None:
        """Wait until the wall has the case in `state`, and as its last news of it this kind and sentence."""
        card = self.page.locator(f"[data-testid=board-case-{self.case_no}][data-state={state}]")
        expect(card).to_be_visible(timeout=SOON_MS)
        if kind is not None:
            self.says(kind, sentence)

    def says(self, kind: str, sentence: str = "") -> None:
        news = self.page.locator(f"[data-testid=board-event][data-case-no='{self.case_no}']").first
        expect(news).to_have_attribute("data-kind", kind, timeout=SOON_MS)
        expect(news).to_contain_text(sentence)


@dataclass
class Story(Watcher):
    """The case's own page, open all the time: its story grows by itself."""

    def entries(self, action: str) -> Locator:
        return self.page.locator(f"[data-testid=story-entry][data-action={action}]")

    def tells(self, action: str, times: int = 1, words: str = "", within_ms: int = SOON_MS) -> None:
        """Wait until the story has `times` entries of `action`, the last with these words."""
        expect(self.entries(action)).to_have_count(times, timeout=within_ms)
        expect(self.entries(action).last).to_contain_text(words)


class Wire:
    """The feed of a window in the hands of the test: pushes come twice, late and in the wrong order, or never."""

    def __init__(self, page: Page) -> None:
        self.mode = "twice"
        self.kept: list[str | bytes] = []
        self.dropped = 0
        self._send: Callable[[str | bytes], None] = lambda message: None
        page.route_web_socket(lambda url: "/socket.io/" in url, self._join)

    def _join(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        self._send = route.send
        server.on_message(self._take)

    def _take(self, message: str | bytes) -> None:
        if not is_news(message):
            self._send(message)
        elif self.mode == "late":
            self.kept.append(message)
        elif self.mode == "lost":
            self.dropped += 1
        else:
            self._send(message)
            self._send(message)

    def let_go(self) -> int:
        """Bring what was kept, the newest first and so in the wrong order, each twice; return how much it was."""
        kept, self.kept, self.mode = self.kept, [], "twice"
        for message in reversed(kept):
            self._send(message)
            self._send(message)
        return len(kept)


def is_news(message: str | bytes) -> bool:
    """Say whether a frame of Socket.IO pushes a card or an event; beats and the protocol's own frames do not."""
    text = message if isinstance(message, str) else ""
    start = text.find("[")
    if not text.startswith("42") or start < 0:
        return False
    return json.loads(text[start:])[0] in {"case.card", "board.event"}
