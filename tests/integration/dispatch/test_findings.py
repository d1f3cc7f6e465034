"""The panel on a demand (不合理诉求认定): who asks how often, what it rests on, and what its finding closes."""

from __future__ import annotations

import pytest

from core.actor import Role
from core.errors import Refused
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord

from .conftest import CHENGGUAN, LEADER, MONDAY, REVIEWER, a_sent_case, act, person

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
