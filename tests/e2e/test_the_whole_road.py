"""Caller, agent, unit and reviewer, each in a browser; PostgreSQL, Redis, vosk and Socket.IO between them."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.centre import Centre
from tests.e2e.sounds import microphone

MATTER = "你好，石桥新苑二号楼的井盖没有了，晚上路灯也不亮，有人摔倒了，希望尽快修好。"
GREETING = "您好，请讲。"
TITLE = "石桥新苑二号楼井盖缺失"
SOON_MS = 30_000

pytestmark = pytest.mark.browser


def signed_in(browser: Browser, centre: Centre, username: str, path: str) -> Page:
    """Sign in through the page, as a person does, and open `path`."""
    page = browser.new_context(permissions=["microphone"]).new_page()
    page.goto(f"{centre.base}/sign-in?next={path}")
    page.fill("[name=username]", username)
    page.fill("[name=password]", "practice-12345")
    page.get_by_test_id("sign-in").click()
    page.wait_for_url(f"**{path}")
    return page


def line_says(centre: Centre, path: str) -> dict:
    """Ask the practice line's own controls."""
    kept = json.loads((centre.folder / "secrets.json").read_text())
    account = f"{kept['twilio_account_sid']}:{kept['twilio_auth_token']}".encode()
    request = urllib.request.Request(
        centre.line + path, headers={"Authorization": "Basic " + base64.b64encode(account).decode()}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


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
    unit = signed_in(others, centre, handler_name, "/desk/unit")
    unit.get_by_test_id(f"case-row-{case_no}").click()
    unit.get_by_test_id("action-sign").click()
    expect(board.locator(f"[data-testid=board-case-{case_no}][data-state=handling]")).to_be_visible(timeout=SOON_MS)
    unit.get_by_test_id("reply-text").fill("已更换井盖并修复路灯，现场已恢复，来电人确认。")
    if unit.get_by_test_id("reply-done").count():
        unit.get_by_test_id("reply-done").fill("当日派人到场更换井盖，修复路灯线路。")
    unit.get_by_test_id("action-reply").click()
    expect(board.locator(f"[data-testid=board-case-{case_no}][data-state=to_review]")).to_be_visible(timeout=SOON_MS)

    # Reviewed and closed; the caller is told; the board never had to be loaded again.
    reviewer = signed_in(others, centre, "reviewer1", "/desk/review")
    reviewer.get_by_test_id(f"case-row-{case_no}").click()
    checks = reviewer.locator("[data-testid^=check-]")
    expect(checks.first).to_be_visible(timeout=SOON_MS)
    for number in range(checks.count()):
        checks.nth(number).click()
    reviewer.get_by_test_id("action-close").click()
    closed = board.locator(f"[data-testid=board-event][data-kind=case_closed][data-case-no='{case_no}']")
    expect(closed).to_be_visible(timeout=SOON_MS)
    assert board_loads == []
    bodies = [message["body"] for message in line_says(centre, "/practice/messages")["messages"]]
    assert any(case_no in body and "已办结" in body for body in bodies)


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
