"""Asks the citizen by message how it went: the number of the case and a link to rate it, nothing else."""

from __future__ import annotations

from callcenter import messages, place
from core.clock import now
from core.db import database
from dispatch import callbacks, queries, steps
from dispatch.callbacks.links import RATEABLE, make_link
from dispatch.clocks import pack_of
from dispatch.records import CaseRecord

ASK = "【12345】您的诉求（编号{case_no}）已有办理结果，请点击查看进展并评价：{link} 链接只供您本人使用，请勿转发。"
_PASSED = frozenset({"pass", "follow"})


def ask_after(case_id: int, action: str) -> None:
    """Ask when the review has passed, and once more when nobody could be reached by phone in the end."""
    with database().begin() as work:
        case = work.session.get_one(CaseRecord, case_id)
        done_trying = action == "missed" and case.tries >= pack_of(work, case).call_back_tries
        due, subject = action in _PASSED or done_trying, _subject(case.redos, last=done_trying)
    if due:
        _ask(case_id, subject)


def ask_first(case_id: int) -> None:
    """Ask for the sweep, which found a case that nobody has been asked about."""
    ask_after(case_id, "pass")


def tell_look_back(look_back_id: int) -> None:
    """Let the desks know that the day of a promise has come; once."""
    with database().begin() as work:
        callbacks.tell_look_back(work, look_back_id, now=now())


def ask_again(case_id: int, at: str) -> None:
    """Ask anew because the desk wants it; `at` tells one request of the desk from the next."""
    _ask(case_id, f"rating@{at}"[:16])


def _ask(case_id: int, subject: str) -> None:
    """Write the message and the link's hash in one transaction; the same subject is never sent twice."""
    with database().begin() as work:
        contact = queries.contact(work, case_id)
        case = steps.locked(work, case_id)
        if contact.phone is None or case.stage not in RATEABLE:
            return
        if case.case_no in messages.told(work, subject, [case.case_no]):
            return
        link = f"{place.settings().public_base_url.rstrip('/')}/rate/{make_link(work, case, now=now())}"
        body = ASK.format(case_no=case.case_no, link=link)
        messages.queue(work, to=contact.phone, body=body, about=case.case_no, at=now(), subject=subject)


def _subject(redos: int, *, last: bool) -> str:
    """Return which asking it is: one after each round's review, one after its last try."""
    first = "rating" if redos == 0 else f"rating-{redos}"
    return f"{first}-last" if last else first
