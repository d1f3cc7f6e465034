"""What the carrier told us is kept for a month and no longer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from callcenter import retention
from callcenter.calls import Part
from callcenter.passes import issue
from callcenter.records import CallEventRecord, CallRecord, MediaTokenRecord
from core.clock import now
from tests.integration.callcenter.conftest import Desk


def count(database, record: type) -> int:
    with database.begin() as work:
        return work.session.scalar(select(func.count()).select_from(record))


def a_month_ago(desk: Desk, call_id: int, **more: float) -> None:
    """Write down a webhook and a pass of the time before."""
    then = now() - timedelta(days=30, **more)
    with desk.database.begin() as work:
        for number in range(3):
            work.session.add(CallEventRecord(key=f"old-{number}-{more}", payload="{}", at=then))
        issue(work, call_id=call_id, call_sid="CA1", speaker=Part.CALLER, now=then)


def test_what_is_older_goes_and_what_is_younger_stays(desk):
    call_id = desk.arrive()
    fresh = count(desk.database, CallEventRecord)
    a_month_ago(desk, call_id, hours=1)
    a_month_ago(desk, call_id, hours=-1)
    with desk.database.begin() as work:
        assert retention.forget_old(work, now()) == 3 + 1
    assert count(desk.database, CallEventRecord) == fresh + 3
    assert count(desk.database, MediaTokenRecord) == 1
    assert count(desk.database, CallRecord) == 1
    with desk.database.begin() as work:
        assert retention.forget_old(work, now()) == 0


def test_a_large_heap_goes_batch_by_batch(desk):
    a_month_ago(desk, desk.arrive(), hours=1)
    gone = []
    for _ in range(3):
        with desk.database.begin() as work:
            gone.append(retention.forget_old(work, now(), most=2))
    assert gone == [2 + 1, 1, 0]
