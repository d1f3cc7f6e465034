"""Every kind of webhook of the contract is taken, alone, twice, and with everything it may carry."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from callcenter.calls import CallOutcome
from callcenter.records import CallEventRecord, CallRecord

FOLDER = Path(__file__).resolve().parents[2] / "payloads" / "twilio"
PAYLOADS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


@pytest.mark.parametrize("name", PAYLOADS)
def test_each_alone_and_twice_is_answered_and_kept_once(desk, name):
    sent = PAYLOADS[name]
    first, again = (desk.post(sent["path"], sent["form"]) for _ in range(2))
    assert first.status_code in (200, 204)
    assert (first.status_code, first.data) == (again.status_code, again.data)
    with desk.database.begin() as work:
        (kept,) = work.session.query(CallEventRecord).all()
    assert json.loads(kept.payload) == sent["form"]


@pytest.mark.parametrize("seed", range(4))
def test_all_together_in_any_order_leave_the_same(desk, seed):
    for name in random.Random(seed).sample(sorted(PAYLOADS), len(PAYLOADS)):
        assert desk.post(PAYLOADS[name]["path"], PAYLOADS[name]["form"]).status_code in (200, 204)
    with desk.database.begin() as work:
        calls = work.session.query(CallRecord).order_by(CallRecord.call_sid).all()
    assert [(call.call_sid[2], call.state, call.outcome, call.phone) for call in calls] == [
        ("1", "ended", CallOutcome.ABANDONED, "+8613800001111"),
        ("2", "arrived", None, None),
        ("3", "arrived", CallOutcome.VOICEMAIL, None),
        ("4", "arrived", None, "+8613800001111"),
    ]


def test_a_queue_that_is_full_leads_to_the_apology_and_a_message(desk):
    sent = PAYLOADS["queue_full"]
    assert "<Record" in desk.post(sent["path"], sent["form"]).text
