"""One case through its whole life, by everybody's own window: disputed, ruled, delegated, redone, closed, filed.

Beside them stand two windows that nobody touches: the wall, whose pushes come twice, late or never, and the
case's own page. Both must tell the truth at every step without ever being loaded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.centre import Centre
from tests.e2e.life import MATTER, TITLE, Life, filed_soon_pack, give_back, picture, switch_to, write_record
from tests.e2e.windows import SOON_MS, Board, Story, Wire, asked, sign_in, signed_in

# Twenty-five steps of nine people and the minute until filing.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(360)]

CITY_MANAGEMENT, HOUSING = "青湖区城市管理局", "青湖区住房和城乡建设局"
DISTRICT, STREET = "青湖区人民政府", "青湖区湖滨街道办事处"
FILED_WITHIN_MS = 120_000  # a minute by the pack, at most a minute more by the promise of every timer
FIRST_REPLY = "已联系诉求人，垃圾当日清运完毕，现场清洗一遍。"
NEW_MEASURES = "增派两辆清运车，改为每日早晚两次；加装满溢报警器，由街道网格员每晚巡查并拍照留存。"


@pytest.fixture
def filed_soon(centre: Centre, open_browser: Callable[..., Browser]) -> Iterator[Callable[[], None]]:
    """A pack under which a closed case is filed after a minute is in force; call to put the old one back."""
    admin = signed_in(open_browser(), centre, "admin", "/desk")
    before = next(one for one in asked(admin, "GET", "/api/packs")["packs"] if one["active"])
    loaded = asked(admin, "POST", "/api/packs", {"content": filed_soon_pack()})
    switch_to(admin, loaded["pack_id"])

    yield lambda: switch_to(admin, before["pack_id"])
    switch_to(admin, before["pack_id"])


@pytest.fixture
def life(centre: Centre, open_browser: Callable[..., Browser], filed_soon: Callable[[], None]) -> Life:
    """A matter has come in by the web and been accepted under the pack; the wall and its page stand open."""
    browser = open_browser()
    wall = browser.new_context().new_page()
    wire = Wire(wall)
    sign_in(wall, centre, "supervisor1", "/board")
    page = signed_in(browser, centre, "supervisor1", "/desk/supervise")
    case_no = asked(page, "POST", "/api/cases", {"channel": "web", "form": MATTER})["case_no"]
    page.goto(f"{centre.base}/cases/{case_no}")
    begun = Life(
        centre=centre,
        browser=browser,
        case_no=case_no,
        board=Board(page=wall, case_no=case_no),
        wire=wire,
        story=Story(page=page),
    )
    accept(begun)
    filed_soon()  # the old pack is back; the case keeps the one it was accepted under
    return begun


def test_a_case_lives_from_dispute_to_file_and_the_wall_tells_it(life: Life):
    dispatch_and_return(life)
    dispute_again(life)
    rule(life)
    sign_and_delegate(life)
    answer_from_below(life)
    fail_the_review(life)
    pass_the_review(life, FIRST_REPLY)
    call_back_in_vain(life)
    redo(life)
    close_to_the_citizens_content(life)
    file_after_a_crash(life)
    assert life.board.is_as_opened()
    assert life.story.is_as_opened()


def accept(life: Life) -> None:
    """The dispatcher gives the matter its kind, class and place while accepting it."""
    life.board.shows("received")
    life.story.tells("receive")
    desk = life.at("dispatcher1", "dispatch")
    desk.press("view-received")
    desk.open()
    desk.part("finish-kind").get_by_text("投诉").click()
    desk.place("category-picker", "垃圾分类")
    desk.place("area-picker", "青湖区")
    desk.press("action-accept")
    life.board.shows("to_dispatch", "case_accepted", TITLE)
    life.story.tells("accept", words="待派单")
    life.story.tells("route")  # no street is named, so that a person must say whose it is


def dispatch_and_return(life: Life) -> None:
    """Sent to the first unit, which gives it back with a reason, its law and another's name; granted."""
    desk = life.at("dispatcher1", "dispatch")
    third = desk.page.get_by_role("listitem").filter(has=desk.part("action-dispatch-3"))
    expect(third).to_contain_text(CITY_MANAGEMENT, timeout=SOON_MS)
    desk.key("3")  # one of the three best, by one key
    life.board.shows("to_sign", "case_dispatched", f"派给{CITY_MANAGEMENT}")
    life.story.tells("dispatch", words=CITY_MANAGEMENT)

    give_back(life.at("qinghu-chengguan1", "unit"), "不属于本单位职责", HOUSING)
    life.board.shows("return_review", "order_returned", f"{CITY_MANAGEMENT}退回")
    life.story.tells("return", words="国办函〔2025〕66号")

    expect(desk.part("action-grant_return")).to_be_visible(timeout=SOON_MS)
    desk.key("1")  # the ruling has opened beside the list: granted
    life.board.shows("to_dispatch", "return_granted", CITY_MANAGEMENT)
    life.story.tells("grant_return")


def dispute_again(life: Life) -> None:
    """Whom the first unit named does not want it either: now a conference opens by itself, and a party speaks."""
    desk = life.at("dispatcher1", "dispatch")
    desk.press("action-dispatch-named")
    life.board.shows("to_sign", "case_dispatched", f"派给{HOUSING}")
    life.story.tells("dispatch", times=2, words=HOUSING)

    give_back(life.at("qinghu-zhujian1", "unit"), "涉及多个单位须明确主办", STREET)
    life.board.shows("adjudication", "adjudication_opened", TITLE)
    life.story.tells("return", times=2, words="首接负责")
    life.story.tells("confer", words="第 2 次争议")

    party = life.at("qinghu-chengguan1", "unit")
    party.press("view-adjudication")
    party.open()
    party.start("opine")
    party.write("opine-text", "清运由物业与街道约定，我局只负责中转站以后的环节。")
    party.key("Control+Enter")
    life.story.tells("opine", words="中转站")


def rule(life: Life) -> None:
    """The leader says whose it is, by which law; nobody may give it back again."""
    leader = life.at("leader1", "supervise")
    leader.press("view-adjudication")
    leader.open()
    leader.start("rule")
    leader.choose("unit", DISTRICT, typed=True)
    leader.write("rule-text", "由区政府牵头，街道和城管按分工办理。")
    leader.write("rule-basis", "《固体废物污染环境防治法》第四十九条")
    leader.key("Control+Enter")
    life.board.shows("to_sign", "case_ruled", f"裁定由{DISTRICT}办理")
    life.story.tells("rule", words="第四十九条")


def sign_and_delegate(life: Life) -> None:
    """The unit can only sign; it gives the work to a unit below, and stays responsible."""
    unit = life.at("qinghu1", "unit")
    unit.open()
    unit.expect_offer("sign")
    expect(unit.page.get_by_text("不得再退").first).to_be_visible()
    expect(unit.part("open-return")).to_have_count(0)
    unit.key("s")
    life.board.shows("handling", "order_signed", f"{DISTRICT}已签收")
    life.story.tells("sign", words=DISTRICT)

    unit.start("delegate")
    unit.choose("units", STREET, typed=True)
    unit.write("delegate-text", "今晚清运完毕，报清运前后照片。")
    unit.key("Control+Enter")
    life.board.shows("delegated", "case_delegated", f"{DISTRICT}下派")
    life.story.tells("delegate", words=STREET)


def answer_from_below(life: Life) -> None:
    """The street signs and answers while the wall hears late and in the wrong order; the lead has it again."""
    life.wire.mode = "late"
    street = life.at("qinghu-hubin1", "unit")
    street.open()
    street.press("action-sign")
    life.story.tells("sign", times=2, words=STREET)
    street.write("reply-text", "已于今晚七点清运完毕。")
    street.key("Control+Enter")
    life.story.tells("reply", words=STREET)
    life.story.tells("gather", words="下级单位均已办完")
    assert life.wire.let_go() > 0
    life.board.shows("handling", "order_replied", f"{STREET}已答复")


def fail_the_review(life: Life) -> None:
    """The unit replies with its record and a picture; the reviewer finds two points of the checklist unmet."""
    unit = life.at("qinghu1", "unit")
    unit.expect_state("handling")  # no longer with the street, whose order this unit could fill in as well
    write_record(unit, FIRST_REPLY, solved="已解决")
    unit.part("evidence-input").set_input_files({"name": "清运后.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    expect(unit.field("files")).to_contain_text("拍摄地点已去除", timeout=SOON_MS)
    unit.key("Control+Enter")
    life.board.shows("to_review", "order_replied", f"{DISTRICT}已答复")
    life.story.tells("reply", times=2, words="属实")

    reviewer = life.at("reviewer1", "review")
    reviewer.open()
    reviewer.press("defect-no_date")
    reviewer.press("defect-no_evidence")
    reviewer.write("send-back-reason", "没有写明今后多久清运一次，也缺清运前的照片。")
    reviewer.key("Control+Enter")
    life.board.shows("handling", "case_sent_back", DISTRICT)
    life.story.tells("send_back", words="有承诺无日期")


def pass_the_review(life: Life, reply: str) -> None:
    """The unit replies (again); the reviewer finds nothing wrong, by two keys."""
    unit, reviewer = life.at("qinghu1", "unit"), life.at("reviewer1", "review")
    replies, passes = life.story.entries("reply").count(), life.story.entries("pass").count()
    write_record(unit, reply, solved="已解决")
    unit.key("Control+Enter")
    life.story.tells("reply", times=replies + 1, words=DISTRICT)
    expect(reviewer.part("reply-shown")).to_be_visible(timeout=SOON_MS)
    reviewer.part("no-defects").wait_for()
    reviewer.key("0", "Control+Enter")
    life.story.tells("pass", times=passes + 1, words="待回访")
    life.board.shows("to_call_back", "reply_passed", "待回访")


def call_back_in_vain(life: Life) -> None:
    """The citizen says that nothing was solved: by keys alone, and it is done again."""
    caller = life.at("callback1", "callback")
    caller.open()
    expect(caller.part("contacted-true")).to_be_visible(timeout=SOON_MS)
    caller.key("q", "w", "e", "e", "e", "1", "r", "t", "t")  # contacted, true, unsolved, 1, reasonable, not done
    caller.write("callback-reason", "第二天又满了，没有人来。")
    caller.key("Control+Enter")
    life.board.shows("redo", "case_redone", f"{DISTRICT}重办")
    life.story.tells("redo", words="非常不满意")


def redo(life: Life) -> None:
    """The same words again are refused and stay in the form; new measures pass. The wall hears nothing of it."""
    life.wire.mode = "lost"
    unit, reviewer = life.at("qinghu1", "unit"), life.at("reviewer1", "review")
    write_record(unit, FIRST_REPLY, solved="已解决")
    unit.key("Control+Enter")
    expect(unit.page.get_by_text("重办答复与上次几乎相同")).to_be_visible(timeout=SOON_MS)
    unit.write("reply-text", NEW_MEASURES)
    unit.press("action-reply")
    life.story.tells("reply", times=4, words=DISTRICT)
    reviewer.part("no-defects").wait_for()
    reviewer.key("0", "Control+Enter")
    life.story.tells("pass", times=2)


def close_to_the_citizens_content(life: Life) -> None:
    """Asked again, the citizen is content: closed. No push of it reaches the wall."""
    caller = life.at("callback1", "callback")
    expect(caller.part("contacted-true")).to_be_visible(timeout=SOON_MS)
    caller.key("q", "w", "e", "5", "Control+Enter")
    life.story.tells("rate", words="非常满意")
    assert life.wire.dropped > 0


def file_after_a_crash(life: Life) -> None:
    """The web process dies. The case is filed all the same, and when it is back both windows know by themselves."""
    feed = life.board.page.get_by_test_id("feed-state")
    life.centre.child("wsgi:application").kill()
    expect(feed).to_have_attribute("data-state", "offline", timeout=SOON_MS)
    life.story.tells("file", words="已归档", within_ms=FILED_WITHIN_MS)
    expect(feed).to_have_attribute("data-state", "live", timeout=SOON_MS)
    life.board.says("case_rated", "回访办结")
    expect(life.board.page.get_by_test_id(f"board-case-{life.case_no}")).to_have_count(0, timeout=SOON_MS)
    bodies = [message["body"] for message in life.centre.line_says("/practice/messages")["messages"]]
    assert any(life.case_no in body and "已办结" in body for body in bodies)
