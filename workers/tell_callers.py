"""Tells the caller how the case stands, in a message without any detail of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter import messages
from core.clock import now
from core.db import Work, database
from dispatch import queries

# A message can be read by others on the same phone: it names the number of the case and nothing else.
REGISTERED = "【12345】您的诉求已受理，编号{case_no}。处理进展可凭编号拨打12345查询。"
CLOSED = "【12345】您的诉求（编号{case_no}）已办结。如仍有问题，请拨打12345。"
_REGISTERED = "registered"
# News that is older than this would only confuse.
WITHIN = timedelta(days=1)


def tell_registered(case_id: int) -> None:
    """Send the case's number, once."""
    with database().begin() as work:
        _write(work, queries.contact(work, case_id), _REGISTERED, REGISTERED)


# What the citizen hears of while the case is under way; the number of the case and nothing else of it.
MOVED = {
    "receive": "【12345】您的诉求已收到，编号{case_no}，受理结果将另行告知。",
    "reject": "【12345】您的诉求（编号{case_no}）经审核不予受理，理由和途径可凭编号拨打12345查询，可提出一次异议。",
    "ask_facts": "【12345】您的诉求（编号{case_no}）还缺少必要情况，请尽快拨打12345补充。",
    "grant_extension": "【12345】您的诉求（编号{case_no}）办理期限已延长，新的期限可凭编号拨打12345查询。",
    "enter_ledger": "【12345】您的诉求（编号{case_no}）暂不具备办理条件，已挂账跟踪，进展可凭编号拨打12345查询。",
    "withdraw": "【12345】您的诉求（编号{case_no}）已撤回。如需再次反映，请拨打12345。",
    "rate": CLOSED,
    "close": CLOSED,
    "close_unrated": CLOSED,
}


def tell_moved(case_id: int, action: str) -> None:
    """Send word of a step that concerns the citizen."""
    if action in MOVED:
        tell_news(case_id)


def tell_closed(case_id: int) -> None:
    """Say that the case is closed."""
    tell_news(case_id)


def tell_news(case_id: int) -> None:
    """Send word of each recent step of the case that concerns the citizen: once for each entry of its story."""
    with database().begin() as work:
        at = now()
        contact = queries.contact(work, case_id)
        for entry in queries.news_between(work, MOVED, at - WITHIN, at, case_id=case_id):
            _write(work, contact, _subject(entry), MOVED[entry.action])


def untold(work: Work, since: datetime, before: datetime) -> dict[str, list[int]]:
    """Return for each job of this module the cases whose news is due and not written down; for the sweep."""
    registered = queries.registered_between(work, since, before)
    told = messages.told(work, _REGISTERED, list(registered))
    steps = queries.news_between(work, MOVED, since, before)
    written = messages.written(work, [entry.case_no for entry in steps], [_subject(entry) for entry in steps])
    waiting = {entry.case_id for entry in steps if (entry.case_no, _subject(entry)) not in written}
    return {
        "tell_registered": [case_id for case_no, case_id in registered.items() if case_no not in told],
        "tell_news": sorted(waiting),
    }


def _subject(entry: queries.News) -> str:
    """Return which news it is: a second extension is other news than the first."""
    return f"step-{entry.entry_id}"


def _write(work: Work, contact: queries.Contact, subject: str, text: str) -> None:
    if contact.phone:
        body = text.format(case_no=contact.case_no)
        messages.queue(work, to=contact.phone, body=body, about=contact.case_no, at=now(), subject=subject)
