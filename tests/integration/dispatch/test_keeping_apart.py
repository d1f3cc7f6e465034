"""Who must keep out stays out, whichever way in: conferences, returns, incidents; and what a split keeps."""

from __future__ import annotations

import pytest

from core.errors import Refused
from dispatch.lifecycle import Action, CaseState

from .conftest import CHENGGUAN, DISPATCHER, MONDAY, SUPERVISOR, a_case, a_sent_case, act, return_order

BELOW = "qinghu-shijian"  # below 青湖区


def test_a_unit_below_a_recused_one_cannot_be_called_to_a_conference(city):
    with city.begin() as work:
        case = a_sent_case(work, "linjiang-chengguan")
        act(work, case, Action.RECALL, DISPATCHER, reason="派错单位")
        act(work, case, Action.RECUSE, DISPATCHER, unit="qinghu", reason="被投诉单位")
        with pytest.raises(Refused, match="须回避"):
            act(work, case, Action.CONFER, DISPATCHER, units=(BELOW, "jiaotong"), reason="双方都不认")


def test_a_unit_below_a_recused_one_that_returned_is_no_party(city):
    with city.begin() as work:
        case = a_sent_case(work)
        return_order(work, case, CHENGGUAN, to="jiaotong")
        act(work, case, Action.GRANT_RETURN, DISPATCHER, reason="确非职责")
        act(work, case, Action.RECUSE, DISPATCHER, unit="qinghu", reason="被投诉单位")
        act(work, case, Action.CONFER, DISPATCHER, units=("jiaotong",), reason="须裁定")
        assert case.parties == ["jiaotong"]


def test_a_head_that_becomes_secret_hands_its_incident_to_the_oldest_child(city):
    with city.begin() as work:
        head = a_sent_case(work)
        act(work, head, Action.SIGN, CHENGGUAN)
        heir, other = (a_case(work, phone=f"+861380000300{number}") for number in range(2))
        for child in (heir, other):
            act(work, child, Action.MERGE, DISPATCHER, into=head.case_no)
        reason = "诉求人担心报复"
        act(work, head, Action.SET_SECRECY, SUPERVISOR, secrecy="hidden_from_unit", reason=reason, now=MONDAY)
        assert (head.incident_size, heir.incident_size) == (0, 1)
        assert (heir.stage, heir.merged_into) == (CaseState.TO_DISPATCH, None)
        assert (other.stage, other.merged_into) == (CaseState.MERGED, heir.id)
        assert head.stage is CaseState.HANDLING


def test_a_part_that_is_split_off_reaches_its_citizen_as_the_whole_does(city):
    with city.begin() as work:
        case = a_case(work)
        case.contact_wish = "message"
        act(work, case, Action.SPLIT, DISPATCHER, title="路灯不亮", text="门口路灯也不亮")
        part = work.session.query(type(case)).filter_by(parent_id=case.id).one()
        assert part.contact_wish == "message"
