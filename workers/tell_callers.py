"""Tells the caller how the case stands, in a message without any detail of it."""

from __future__ import annotations

from datetime import datetime

from callcenter import messages
from core.clock import now
from core.db import Work, database
from dispatch import queries

# A message can be read by others on the same phone: it names the number of the case and nothing else.
REGISTERED = "【12345】您的诉求已受理，编号{case_no}。处理进展可凭编号拨打12345查询。"
CLOSED = "【12345】您的诉求（编号{case_no}）已办结。如仍有问题，请拨打12345。"
_REGISTERED, _CLOSED = "registered", "closed"


def tell_registered(case_id: int) -> None:
    """Send the case's number, once."""
    _tell(case_id, _REGISTERED, REGISTERED)


# What the citizen hears of while the case is under way; the number of the case and nothing else of it.
MOVED = {
    "receive": "【12345】您的诉求已收到，编号{case_no}，受理结果将另行告知。",
    "reject": "【12345】您的诉求（编号{case_no}）经审核不予受理，理由和途径可凭编号拨打12345查询，可提出一次异议。",
    "ask_facts": "【12345】您的诉求（编号{case_no}）还缺少必要情况，请尽快拨打12345补充。",
    "grant_extension": "【12345】您的诉求（编号{case_no}）办理期限已延长，新的期限可凭编号拨打12345查询。",
    "enter_ledger": "【12345】您的诉求（编号{case_no}）暂不具备办理条件，已挂账跟踪，进展可凭编号拨打12345查询。",
    "rate": CLOSED,
    "close_unrated": CLOSED,
}


def tell_moved(case_id: int, action: str) -> None:
    """Send word of a step that concerns the citizen; once for each entry of the story."""
    if action in MOVED:
        _tell(case_id, _CLOSED if MOVED[action] is CLOSED else action, MOVED[action])


def tell_closed(case_id: int) -> None:
    """Say that the case is closed, once."""
    _tell(case_id, _CLOSED, CLOSED)


def untold(work: Work, since: datetime, before: datetime) -> dict[str, list[int]]:
    """Return for each job of this module the cases whose news is due and not written down; for the sweep."""
    found = {
        "tell_registered": (_REGISTERED, queries.registered_between(work, since, before)),
        "tell_closed": (_CLOSED, queries.closed_between(work, since, before)),
    }
    return {job: _not_told(work, subject, cases) for job, (subject, cases) in found.items()}


def _not_told(work: Work, subject: str, cases: dict[str, int]) -> list[int]:
    told = messages.told(work, subject, list(cases))
    return [case_id for case_no, case_id in cases.items() if case_no not in told]


def _tell(case_id: int, subject: str, text: str) -> None:
    with database().begin() as work:
        case = queries.contact(work, case_id)
        if case.phone:
            body = text.format(case_no=case.case_no)
            messages.queue(work, to=case.phone, body=body, about=case.case_no, at=now(), subject=subject)
