"""The citizen opens the link and rates: without a script, without a cookie, without anybody's name."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from core.clock import now
from dispatch.callbacks.links import RatingLinkRecord
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.side_records import CallBackRecord

from .asking import (
    CALLBACK,
    NAME,
    PHONE,
    REPLY,
    STAFF_NAMES,
    UNIT,
    a_replied_case,
    act,
    ask,
    link_of,
    messages,
    when_the_desk_is_open,
)
from .doors import web

__all__ = ["web"]

GOOD = {"contacted": "yes", "solved": "solved", "grade": "5", "words": ""}
BAD = {"contacted": "no", "solved": "unsolved", "grade": "1", "words": "摊贩第二天又来了"}


@pytest.fixture
def case_no(web) -> str:
    number = a_replied_case(web)
    ask(web, number)
    return number


@pytest.fixture
def link(web, case_no) -> str:
    return link_of(web, case_no)


def state(web, case_no) -> str:
    with web.extensions["database"].begin() as work:
        return work.session.scalar(select(CaseRecord.state).where(CaseRecord.case_no == case_no))


def tries(web) -> list[CallBackRecord]:
    with web.extensions["database"].begin() as work:
        return list(work.session.scalars(select(CallBackRecord)))


def test_the_message_holds_the_number_of_the_case_and_a_link_and_nothing_else_of_it(web, case_no, link):
    (message,) = messages(web, case_no)
    assert message.subject == "rating"
    assert case_no in message.body
    for told in (NAME, "湖滨", "摊贩", "城市管理局"):
        assert told not in message.body
    assert len(link.removeprefix("/rate/")) >= 32


def test_asked_twice_the_citizen_gets_one_message(web, case_no):
    ask(web, case_no)
    assert len(messages(web, case_no)) == 1


def test_nothing_in_the_table_opens_the_page(web, link):
    with web.extensions["database"].begin() as work:
        stored = work.session.execute(text("SELECT rating_link::text FROM rating_link")).scalar_one()
        body = work.session.execute(text("SELECT body FROM message")).scalars().all()
    token = link.removeprefix("/rate/")
    assert token not in stored
    assert all(token not in one for one in body)


def test_the_page_says_how_it_stands_and_nobodys_name(web, case_no, link):
    answer = web.test_client().get(link)
    page = answer.text
    assert answer.status_code == 200
    assert case_no in page
    assert "已有结果，请您评价" in page
    assert "为什么还没有办结" in page
    assert "青湖区城市管理局已签收" in page
    assert REPLY in page
    for told in (NAME, PHONE, "13800001111", "138****1111", "湖滨菜市场", "内部备注", "流动摊贩占道", *STAFF_NAMES):
        assert told not in page
    assert "<script" not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_name_or_number_in_the_reply_is_not_shown(web):
    number = a_replied_case(web, reply=f"已致电{NAME}（13800001111）说明情况，摊贩已清理。")
    ask(web, number)
    page = web.test_client().get(link_of(web, number)).text
    assert "摊贩已清理" in page
    for told in (NAME, "13800001111"):
        assert told not in page


def test_the_page_speaks_english_by_the_switch(web, link):
    client = web.test_client()
    client.set_cookie("language", "en")
    page = client.get(link).text
    assert "There is a result: please rate it" in page
    assert "Are you satisfied?" in page


def test_a_good_rating_closes_the_case_and_is_recorded_as_the_citizens(web, case_no, link):
    answer = web.test_client().post(link, data=GOOD, follow_redirects=True)
    assert "谢谢，您的评价已收到" in answer.text
    assert state(web, case_no) == "closed"
    (row,) = tries(web)
    assert (row.via, row.by, row.grade, row.contacted, row.solved) == ("web", None, 5, True, "solved")
    with web.extensions["database"].begin() as work:
        line = work.session.scalars(select(TimelineRecord).where(TimelineRecord.action == "rate")).one()
    assert (line.actor_name, line.actor_id, line.facts["via"]) == ("诉求人", None, "web")


def test_a_bad_rating_has_it_done_again(web, case_no, link):
    answer = web.test_client().post(link, data=BAD, follow_redirects=True)
    assert "此件将重新办理" in answer.text
    assert "正在重新办理" in answer.text
    assert state(web, case_no) == "redo"


def test_a_bad_rating_without_a_reason_is_asked_for_one_and_keeps_what_was_chosen(web, case_no, link):
    answer = web.test_client().post(link, data=BAD | {"words": "  "})
    assert answer.status_code == 422
    assert "请写明不满意的原因" in answer.text
    assert 'value="unsolved" required\n             checked' in answer.text
    assert state(web, case_no) == "to_call_back"
    assert web.test_client().post(link, data=BAD).status_code == 303


@pytest.mark.parametrize("sent", [{}, {"grade": "6"}, {"grade": "5", "solved": "maybe"}, {"grade": "x"}])
def test_an_answer_that_makes_no_sense_changes_nothing(web, case_no, link, sent):
    assert web.test_client().post(link, data=sent).status_code == 422
    assert state(web, case_no) == "to_call_back"


def test_sent_twice_it_counts_once(web, case_no, link):
    client = web.test_client()
    client.post(link, data=GOOD)
    again = client.post(link, data=BAD, follow_redirects=True)
    assert "不需要重复提交" in again.text
    assert state(web, case_no) == "closed"
    assert len(tries(web)) == 1


def test_sent_twice_at_once_it_counts_once(web, case_no, link):
    answers = []

    def send() -> None:
        answers.append(web.test_client().post(link, data=GOOD).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [303] * 4
    assert len(tries(web)) == 1


def test_a_forged_and_an_expired_link_get_the_same_kind_page(web, case_no, link):
    client = web.test_client()
    forged = client.get("/rate/" + "x" * 32)
    with web.extensions["database"].begin() as work:
        work.session.execute(update(RatingLinkRecord).values(expires_at=now() - timedelta(seconds=1)))
    expired = client.get(link)
    for answer in (forged, expired, client.post(link, data=GOOD)):
        assert answer.status_code == 404
        assert "这个链接打不开了" in answer.text
        assert case_no not in answer.text
    assert state(web, case_no) == "to_call_back"


def test_a_link_of_the_round_before_does_not_rate_the_next(web, case_no, link):
    client = web.test_client()
    act(web, case_no, Action.REDO, CALLBACK, grade=1, reason="又来了")
    assert "这一次办理的评价已经结束" in client.get(link).text
    act(web, case_no, Action.REPLY, UNIT, text="联合交警取缔三处占道经营点，每晚巡查两次")
    with web.extensions["database"].begin() as work:
        from .asking import REVIEWER, service

        service.act(work, case_no, Action.PASS, actor=REVIEWER, now=now())
    assert client.post(link, data=GOOD, follow_redirects=True).status_code == 200
    assert state(web, case_no) == "to_call_back"
    ask(web, case_no)
    assert [one.subject for one in messages(web, case_no)] == ["rating", "rating-1"]
    client.post(link_of(web, case_no), data=GOOD)
    assert state(web, case_no) == "closed"


def test_after_the_last_try_by_phone_a_last_message_goes_out(web, case_no):
    at = when_the_desk_is_open()
    for number in (1, 2, 3):
        act(web, case_no, Action.MISSED, CALLBACK, at=at)
        ask(web, case_no, "missed")
        assert len(messages(web, case_no)) == (2 if number == 3 else 1)
        with web.extensions["database"].begin() as work:
            at = work.session.scalar(select(CaseRecord.next_try_at).where(CaseRecord.case_no == case_no)) or at
    assert messages(web, case_no)[-1].subject == "rating-last"


def test_guessing_links_is_slowed_down(web):
    client = web.test_client()
    statuses = [client.get(f"/rate/guess{number}").status_code for number in range(25)]
    assert statuses[:20] == [404] * 20
    assert statuses[-1] == 429
