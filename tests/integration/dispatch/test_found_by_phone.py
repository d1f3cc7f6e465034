"""Whoever rings up about their case reaches any agent: by the recorded search, for an hour, and no further."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.clock import now
from core.errors import NotFound
from core.people import DisclosureRecord, record_search
from dispatch import queries, service
from dispatch.lifecycle import Action

from . import scenes
from .conftest import CHENGGUAN, DISPATCHER, OTHER_AGENT, PHONE, SUPERVISOR, a_case, a_sent_case, act

ACTS = {
    "object": (scenes.rejected, {"reason": "不服，请复核"}),
    "urge": (scenes.handling, {"text": "请抓紧"}),
    "withdraw": (scenes.handling, {"reason": "诉求人自行解决"}),
    "reopen": (scenes.closed, {"reason": "问题又出现"}),
}


def search(work, phone: str = PHONE, *, ago: timedelta = timedelta()) -> None:
    queries.cases_of_phone(work, phone, actor=OTHER_AGENT, purpose="来电查询", now=now() - ago)


@pytest.mark.parametrize("action", ACTS)
def test_another_agent_takes_what_the_citizen_asks_for_once_they_have_searched(city, action):
    build, given = ACTS[action]
    with city.begin() as work:
        built = build(work)
        take = {"now": built.now} | given
        with pytest.raises(NotFound):
            act(work, built.case, Action(action), OTHER_AGENT, **take)
        search(work, built.case.caller_phone)
        act(work, built.case, Action(action), OTHER_AGENT, **take)
        assert queries.detail(work, built.case.case_no, OTHER_AGENT, now=built.now)["card"]


@pytest.mark.parametrize("searched", ["another number", "long ago", "by somebody else"])
def test_no_other_search_opens_the_case(city, searched):
    with city.begin() as work:
        case = a_sent_case(work)
        if searched == "another number":
            search(work, "+8613800009999")
        elif searched == "long ago":
            search(work, ago=timedelta(minutes=61))
        else:
            queries.cases_of_phone(work, PHONE, actor=DISPATCHER, purpose="查询", now=now())
        with pytest.raises(NotFound):
            queries.visible(work, case.case_no, OTHER_AGENT)


def test_a_search_opens_neither_anonymous_cases_nor_anything_to_a_unit(city):
    with city.begin() as work:
        hidden, other = a_case(work, fields={"secrecy": "anonymous"}), a_sent_case(work, "linjiang-chengguan")
        search(work)
        with pytest.raises(NotFound):
            queries.visible(work, hidden.case_no, OTHER_AGENT)
        assert queries.visible(work, hidden.case_no, SUPERVISOR) is hidden
        record_search(work, CHENGGUAN, other.caller_fingerprint, purpose="看看", at=now())
        with pytest.raises(NotFound):
            queries.visible(work, other.case_no, CHENGGUAN)


def test_looking_the_person_up_after_a_search_is_written_down_again(city):
    with city.begin() as work:
        case = a_sent_case(work)
        search(work)
        service.reveal(work, case.case_no, actor=OTHER_AGENT, purpose="核对身份", now=now())
        work.session.flush()
        subjects = work.session.scalars(select(DisclosureRecord.subject).order_by(DisclosureRecord.id)).all()
    assert subjects == ["person_search", "case"]
