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
