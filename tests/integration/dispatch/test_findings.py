"""The panel on a demand (不合理诉求认定): who asks how often, what it rests on, and what its finding closes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.actor import Role
from core.errors import BadInput, Refused
from dispatch.evidence.records import EvidenceRecord
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord
from dispatch.side_records import FindingRecord

from .conftest import CALLBACK, CHENGGUAN, LEADER, MONDAY, REVIEWER, a_sent_case, act, person

SECOND_REVIEWER = person(31, "审核员二", Role.REVIEWER)
PANEL = (REVIEWER, SECOND_REVIEWER, LEADER)


def a_replied_case(work) -> CaseRecord:
    case = a_sent_case(work)
    act(work, case, Action.SIGN, CHENGGUAN)
    said = {"text": "已劝离全部流动摊贩", "contacted_at": MONDAY, "contact_mode": "phone", "solved": "solved"}
    return act(work, case, Action.REPLY, CHENGGUAN, truth="true", **said)


def found(work, case: CaseRecord, *votes: tuple[bool, bool]) -> CaseRecord:
    """The unit asks, and the panel votes one after the other: (reasonable, duty_done)."""
    act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="要求超出政策")
    for member, (reasonable, duty_done) in zip(PANEL, votes, strict=False):
        act(work, case, Action.VOTE_FINDING, member, reasonable=reasonable, duty_done=duty_done)
    return case


@pytest.mark.parametrize("reasonable", [True, False])
def test_a_unit_asks_the_panel_once_whatever_it_found(city, reasonable):
    with city.begin() as work:
        case = found(work, a_replied_case(work), (reasonable, False), (reasonable, False))
        assert case.finding == ("reasonable" if reasonable else "unreasonable")
        with pytest.raises(Refused, match="已申请过"):
            act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="再申请一次")


def test_what_the_panel_finds_unreasonable_is_closed_and_not_redone(city):
    with city.begin() as work:
        case = found(work, a_replied_case(work), (False, False), (False, False))
        act(work, case, Action.PASS, REVIEWER)
        with pytest.raises(Refused, match="不合理"):
            act(work, case, Action.REDO, CALLBACK, grade=1, reason="不满意")
        act(work, case, Action.RATE, CALLBACK, grade=1, contacted=True, solved="unsolved")
        assert (case.state, case.grade) == ("closed", 1)


@pytest.mark.parametrize(
    ("votes", "closes"),
    [
        (((True, True), (True, True)), True),
        (((True, False), (True, False)), False),
        (((True, True), (True, False)), False),  # one of two is no finding
        (((True, True), (False, False), (True, True)), True),
    ],
)
def test_a_unit_is_excused_by_two_of_the_panel_who_find_that_it_did_its_duty(city, votes, closes):
    with city.begin() as work:
        case = found(work, a_replied_case(work), *votes)
        act(work, case, Action.PASS, REVIEWER)
        answer = {"grade": 2, "contacted": True, "solved": "unsolved"}
        if closes:
            act(work, case, Action.RATE, CALLBACK, **answer)
            assert case.state == "closed"
            return
        with pytest.raises(Refused, match="应转重办"):
            act(work, case, Action.RATE, CALLBACK, **answer)


def test_a_question_that_the_panel_has_not_decided_excuses_nobody(city):
    with city.begin() as work:
        case = found(work, a_replied_case(work), (False, True))
        act(work, case, Action.PASS, REVIEWER)
        with pytest.raises(Refused, match="应转重办"):
            act(work, case, Action.RATE, CALLBACK, grade=1)


def a_file(work, case: CaseRecord, order_no: str | None, unit: str, **more) -> int:
    kept = EvidenceRecord(
        case_id=case.id,
        order_no=order_no,
        unit_code=unit,
        at=MONDAY,
        person_name="经办人",
        name="现场.jpg",
        kind="jpeg",
        size_bytes=1,
        sha256="0" * 64,
        original_sha256="0" * 64,
        look_parts=[],
        reused_in=[],
        had_place=False,
        **more,
    )
    work.session.add(kept)
    work.session.flush()
    return kept.id


def test_a_request_to_the_panel_rests_on_the_units_own_evidence_in_this_case(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-shijian")
        act(work, case, Action.SIGN, CHENGGUAN)
        lead, helper = case.orders
        own = a_file(work, case, lead.order_no, "qinghu-chengguan")
        withdrawn = a_file(work, case, lead.order_no, "qinghu-chengguan", withdrawn_at=MONDAY)
        helpers = a_file(work, case, helper.order_no, "qinghu-shijian")
        for files in ((own, helpers), (withdrawn,), (own + 10**6,)):
            with pytest.raises(BadInput, match="不属于本单位"):
                act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="要求超出政策", files=files)
        act(work, case, Action.ASK_FINDING, CHENGGUAN, reason="要求超出政策", files=(own,))
        assert work.session.scalars(select(FindingRecord.evidence_ids)).all() == [[own]]
