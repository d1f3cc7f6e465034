"""More time (延期): how often it is given over the life of a case, and whose request waits for whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from core.actor import Role
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused
from dispatch.lifecycle import Action

from .conftest import CHENGGUAN, DISPATCHER, MONDAY, QINGHU, a_sent_case, act, person

SHIJIAN = person(21, "青湖市监", Role.HANDLER, unit="qinghu-shijian")
UNTIL = date(2026, 12, 3)
HOUR = timedelta(hours=1)


def test_a_case_sent_anew_has_no_new_extension_of_what_was_promised(city):
    with city.begin() as work:
        case = a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(work, case, Action.ASK_EXTENSION, CHENGGUAN, until=UNTIL, reason="须联合执法")
        act(work, case, Action.GRANT_EXTENSION, DISPATCHER)
        promised = case.promise_due_at
        act(work, case, Action.RECUSE, DISPATCHER, unit="qinghu-chengguan", reason="被投诉人")
        act(work, case, Action.DISPATCH, DISPATCHER, unit="qinghu-shijian")
        act(work, case, Action.SIGN, SHIJIAN)
        with pytest.raises(Refused, match="次数已用完"):
            act(work, case, Action.ASK_EXTENSION, SHIJIAN, until=UNTIL + timedelta(days=1), reason="须等材料")
        assert case.promise_due_at == promised


def test_a_helpers_request_does_not_keep_the_lead_from_asking_nor_use_up_its_extension(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu", "qinghu-shijian")
        lead, helper = case.orders
        act(work, case, Action.SIGN, QINGHU, order_no=lead.order_no)
        act(work, case, Action.SIGN, SHIJIAN)
        act(work, case, Action.ASK_EXTENSION, SHIJIAN, until=UNTIL, reason="须检测")
        with pytest.raises(Refused, match="在等答复"):
            act(work, case, Action.ASK_EXTENSION, SHIJIAN, until=UNTIL, reason="再要")
        act(work, case, Action.ASK_EXTENSION, QINGHU, until=UNTIL, reason="须等设备", order_no=lead.order_no)
        act(work, case, Action.GRANT_EXTENSION, DISPATCHER, order_no=helper.order_no)
        act(work, case, Action.GRANT_EXTENSION, DISPATCHER, order_no=lead.order_no)
        assert [(one.extensions, one.extension_open) for one in case.orders] == [(1, False), (1, False)]
        assert case.promise_due_at == datetime(2026, 12, 3, 17, 30, tzinfo=CITY_ZONE)


def test_a_contact_is_not_claimed_for_a_time_before_the_order(city):
    with city.begin() as work:
        case = a_sent_case(work, now=MONDAY + timedelta(seconds=40))
        act(work, case, Action.SIGN, CHENGGUAN, now=MONDAY + HOUR)
        said = {"contact_mode": "phone", "now": MONDAY + 2 * HOUR}
        for action, more in ((Action.CONTACT, {}), (Action.REPLY, {"text": "已劝离"})):
            with pytest.raises(BadInput, match="不能早于派单时间"):
                act(work, case, action, CHENGGUAN, contacted_at=MONDAY - timedelta(minutes=1), **said, **more)
        act(work, case, Action.CONTACT, CHENGGUAN, contacted_at=MONDAY, **said)  # the minute of the sending
        assert case.orders[0].contacted_at == MONDAY
