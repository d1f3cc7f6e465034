"""Who and where is told to the unit at work and to no other that once had, or may get, the case."""

from __future__ import annotations

import pytest

from core.errors import WrongRole
from dispatch import queries, service
from dispatch.lifecycle import Action

from .conftest import (
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    LINJIANG,
    MONDAY,
    PHONE,
    REVIEWER,
    a_case,
    act,
    return_order,
)

PERSON = {"caller_name": "王小明", "content": "王小明家住湖滨菜市场门口，楼下有摊贩"}
TOLD = ("王小明", "湖滨菜市场", PHONE[-4:])


def a_sent_case(work, unit: str = "qinghu-chengguan", **fields):
    case = a_case(work, fields=PERSON | {"title": "流动摊贩占道"} | fields)
    return act(work, case, Action.DISPATCH, DISPATCHER, unit=unit)


def a_returned_case(work, **fields):
    """A case that 青湖城管 has rightly returned and 临江城管 works on."""
    case = a_sent_case(work, **fields)
    return_order(work, case, CHENGGUAN, to="linjiang-chengguan")
    act(work, case, Action.GRANT_RETURN, DISPATCHER, reason="确非职责")
    act(work, case, Action.DISPATCH, DISPATCHER, unit="linjiang-chengguan")
    return act(work, case, Action.SIGN, LINJIANG)


def told(work, case, actor) -> str:
    """What the page tells, but for titles: those are masked for everybody alike."""
    return str(queries.detail(work, case.case_no, actor, now=MONDAY))


def test_a_unit_that_returned_a_case_keeps_the_matter_without_person_and_place(city):
    with city.begin() as work:
        case = a_returned_case(work)
        with pytest.raises(WrongRole, match="没有此件在办的工单"):
            service.reveal(work, case.case_no, actor=CHENGGUAN, purpose="看看", now=MONDAY)
        seen = queries.detail(work, case.case_no, CHENGGUAN, now=MONDAY)
        assert (seen["place"], seen["caller_masked"]) == (None, None)
        assert [word for word in TOLD if word in str(seen)] == []
        assert "楼下有摊贩" in seen["content"]
        assert queries.detail(work, case.case_no, LINJIANG, now=MONDAY)["place"] == "湖滨菜市场门口"
        assert service.reveal(work, case.case_no, actor=LINJIANG, purpose="联系", now=MONDAY)["phone"] == PHONE


def test_a_party_to_the_conference_sees_the_matter_without_person_and_place(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN)
        act(work, case, Action.CONFER, DISPATCHER, units=("linjiang-chengguan",), reason="双方都不认")
        with pytest.raises(WrongRole, match="没有此件在办的工单"):
            service.reveal(work, case.case_no, actor=LINJIANG, purpose="看看", now=MONDAY)
        assert [word for word in TOLD if word in told(work, case, LINJIANG)] == []


def test_the_person_is_not_shown_to_the_unit_any_more_once_the_case_is_closed(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.REPLY, CHENGGUAN, text="已清理")
        assert service.reveal(work, case.case_no, actor=CHENGGUAN, purpose="联系", now=MONDAY)["phone"] == PHONE
        act(work, case, Action.PASS, REVIEWER)
        act(work, case, Action.RATE, CALLBACK, grade=5)
        with pytest.raises(WrongRole):
            service.reveal(work, case.case_no, actor=CHENGGUAN, purpose="联系", now=MONDAY)
        assert queries.detail(work, case.case_no, CHENGGUAN, now=MONDAY)["place"] == "湖滨菜市场门口"


@pytest.mark.parametrize("secrecy", ["open", "hidden_from_unit"])
def test_words_of_the_citizen_in_the_story_do_not_name_them_to_units(city, secrecy):
    reason = "王小明说湖滨菜市场门口的摊贩又来了"
    with city.begin() as work:
        case = a_sent_case(work, secrecy=secrecy)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.REPLY, CHENGGUAN, text="已清理")
        act(work, case, Action.PASS, REVIEWER)
        act(work, case, Action.REDO, CALLBACK, grade=1, reason=reason)
        (entry,) = [one for one in story(work, case, CHENGGUAN) if one["action"] == "redo"]
        assert "王小明" not in entry["reason"]
        assert ("湖滨菜市场" in entry["reason"]) is (secrecy == "open")
        (whole,) = [one for one in story(work, case, DISPATCHER) if one["action"] == "redo"]
        assert whole["reason"] == reason


def story(work, case, actor) -> list[dict]:
    return queries.detail(work, case.case_no, actor, now=MONDAY)["timeline"]
