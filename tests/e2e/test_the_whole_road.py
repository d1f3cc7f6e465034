"""Caller, agent, unit and reviewer, each in a browser; PostgreSQL, Redis, vosk and Socket.IO between them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.centre import Centre
from tests.e2e.sounds import microphone
from tests.e2e.windows import SOON_MS, Desk, signed_in

MATTER = "你好，石桥新苑二号楼的井盖没有了，晚上路灯也不亮，有人摔倒了，希望尽快修好。"
GREETING = "您好，请讲。"
TITLE = "石桥新苑二号楼井盖缺失"

pytestmark = pytest.mark.browser


@pytest.fixture
def windows(centre: Centre, open_browser: Callable[..., Browser], tmp_path: Path) -> dict[str, Page]:
    """The board, the agent at the desk, the caller at the phone: opened before anything happens."""
    agent_says = microphone(tmp_path / "agent.wav", GREETING, silence_before_s=1.0)
    caller_says = microphone(tmp_path / "caller.wav", MATTER, silence_before_s=14.0)
    others = open_browser()
    board = signed_in(others, centre, "supervisor1", "/board")
    agent = signed_in(open_browser(agent_says), centre, "agent1", "/desk/agent")
    caller = open_browser(caller_says).new_context(permissions=["microphone"]).new_page()
    caller.goto(f"{centre.base}/phone")
    return {"board": board, "agent": agent, "caller": caller, "others": others.new_context().new_page()}


def test_a_call_becomes_a_work_order_that_everybody_sees_move(centre: Centre, windows: dict[str, Page]):
    board, agent, caller = windows["board"], windows["agent"], windows["caller"]
    others = windows["others"].context.browser
    assert others is not None
    board_loads: list[str] = []
    board.on("framenavigated", lambda frame: board_loads.append(frame.url))

    # The agent is ready; somebody calls; the call rings at the desk and is taken by key.
    agent.get_by_test_id("seat-ready").click()
    caller.get_by_test_id("phone-call").click()
    expect(agent.get_by_test_id("offer-accept")).to_be_visible(timeout=SOON_MS)
    agent.keyboard.press("Enter")
    expect(agent.get_by_test_id("call-bar")).to_be_visible(timeout=SOON_MS)
    expect(board.get_by_test_id("board-talking")).to_have_attribute("data-value", "1", timeout=SOON_MS)

    # The caller's words appear, and the form fills itself.
    transcript = agent.get_by_test_id("transcript")
    expect(transcript).to_contain_text("井盖", timeout=SOON_MS)
    expect(agent.get_by_test_id("draft-title")).to_have_value(re.compile("井盖"), timeout=SOON_MS)
    expect(agent.get_by_test_id("draft-place")).to_have_value(re.compile("石桥新苑"), timeout=SOON_MS)

    # The agent corrects the title; it is saved as typed and survives a reload of the page in the call.
    title = agent.get_by_test_id("draft-title")
    title.fill(TITLE)
    expect(agent.get_by_test_id("draft-saving")).to_have_attribute("data-saving", "saved", timeout=SOON_MS)
    agent.reload()
    expect(agent.get_by_test_id("draft-title")).to_have_value(TITLE, timeout=SOON_MS)
    expect(agent.get_by_test_id("call-bar")).to_be_visible(timeout=SOON_MS)

    # Registered by keyboard, hung up, wrapped up.
    agent.keyboard.press("Control+Enter")
    expect(board.get_by_test_id("board-registered")).not_to_have_attribute("data-value", "0", timeout=SOON_MS)
    event = board.locator("[data-testid=board-event][data-kind=case_registered]").first
    case_no = event.get_attribute("data-case-no")
    assert case_no
    agent.get_by_test_id("call-hangup").click()
    expect(caller.get_by_test_id("phone-state")).not_to_have_attribute("data-state", "open", timeout=SOON_MS)
    agent.get_by_test_id("wrap-up-end").click()
    expect(agent.get_by_test_id("seat-state")).to_contain_text("就绪", timeout=SOON_MS)

    # Routed by the list alone: the unit's handler finds it in the inbox, signs, handles, replies.
    expect(board.locator(f"[data-testid=board-case-{case_no}][data-state=to_sign]")).to_be_visible(timeout=SOON_MS)
    handler_name = handler_of(centre, case_no)
    unit = Desk(page=signed_in(others, centre, handler_name, "/desk/unit"), case_no=case_no)
    unit.open()
    unit.press("action-sign")
    expect(board.locator(f"[data-testid=board-case-{case_no}][data-state=handling]")).to_be_visible(timeout=SOON_MS)
    unit.write("reply-text", "已更换井盖并修复路灯，现场已恢复，来电人确认。")
    unit.press("action-reply")
    expect(board.locator(f"[data-testid=board-case-{case_no}][data-state=to_review]")).to_be_visible(timeout=SOON_MS)

    # Reviewed; the citizen is asked and content, and told; the board never had to be loaded again.
    reviewer = Desk(page=signed_in(others, centre, "reviewer1", "/desk/review"), case_no=case_no)
    reviewer.open()
    reviewer.press("no-defects")
    reviewer.press("action-pass")
    waits = board.locator(f"[data-testid=board-case-{case_no}][data-state=to_call_back]")
    expect(waits).to_be_visible(timeout=SOON_MS)
    asking = Desk(page=signed_in(others, centre, "callback1", "/desk/callback"), case_no=case_no)
    asking.open()
    for answer in ("contacted-true", "truth-true", "solved-solved", "grade-5"):
        asking.press(answer)
    asking.press("action-rate")
    rated = board.locator(f"[data-testid=board-event][data-kind=case_rated][data-case-no='{case_no}']")
    expect(rated).to_be_visible(timeout=SOON_MS)
    assert board_loads == []
    wait_until_told(centre, case_no, "已办结")


def wait_until_told(centre: Centre, case_no: str, words: str) -> None:
    """Wait for a message to the citizen: it goes out by a job, a moment after the board has shown the step."""
    ends = time.monotonic() + SOON_MS / 1000
    bodies: list[str] = []
    while time.monotonic() < ends:
        bodies = [message["body"] for message in centre.line_says("/practice/messages")["messages"]]
        if any(case_no in body and words in body for body in bodies):
            return
        time.sleep(0.3)
    raise AssertionError(bodies)


def handler_of(centre: Centre, case_no: str) -> str:
    """Return the user name of somebody who handles the case's unit, or a unit above it."""
    import csv

    import psycopg

    host = centre.folder / "postgres"
    with psycopg.connect(f"postgresql://postgres@/hotline?host={host}") as connection:
        unit = connection.execute("SELECT lead_unit FROM hotline_case WHERE case_no = %s", [case_no]).fetchone()[0]
    city = Path(__file__).parents[2] / "city" / "practice"
    with (city / "units.csv").open(encoding="utf-8", newline="") as lines:
        parents = {row["code"]: row["parent"] for row in csv.DictReader(lines)}
    with (city / "staff.csv").open(encoding="utf-8", newline="") as lines:
        handlers = {row["unit"]: row["username"] for row in csv.DictReader(lines) if "handler" in row["roles"]}
    while unit not in handlers:
        unit = parents[unit]
    return handlers[unit]
