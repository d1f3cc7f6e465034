"""Tells the caller how the case stands, in a message without any detail of it."""

from __future__ import annotations

from callcenter import messages
from core.clock import now
from core.db import database
from dispatch import queries

# A message can be read by others on the same phone: it names the number of the case and nothing else.
REGISTERED = "【12345】您的诉求已受理，编号{case_no}。处理进展可凭编号拨打12345查询。"
CLOSED = "【12345】您的诉求（编号{case_no}）已办结。如仍有问题，请拨打12345。"


def tell_registered(case_id: int) -> None:
    """Send the case's number, once."""
    _tell(case_id, REGISTERED)


def tell_closed(case_id: int) -> None:
    """Say that the case is closed, once."""
    _tell(case_id, CLOSED)


def _tell(case_id: int, text: str) -> None:
    with database().begin() as work:
        case = queries.contact(work, case_id)
        body = text.format(case_no=case.case_no)
        if case.phone and not messages.told(work, about=case.case_no, body=body):
            messages.queue(work, to=case.phone, body=body, about=case.case_no, at=now())
