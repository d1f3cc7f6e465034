"""Text messages to citizens: written down first, sent once, followed by their status callbacks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ARRAY, String, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from callcenter import place
from callcenter.events import MessageQueued
from callcenter.records import MessageRecord
from callcenter.telephony import CallGone, line
from core.clock import now
from core.db import Work, database
from core.errors import Unavailable
from core.sealed import fingerprint

log = logging.getLogger(__name__)

WAITING: Final = "waiting"  # ours: not handed to the carrier yet
UNKNOWN: Final = "unknown"  # ours: handed over, but no answer came; a person decides whether to send again
# Between tries of what the carrier did not take at all (busy, or not to be reached); the sweep comes back.
FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(hours=1)
RANKS: Final = {
    WAITING: 0,
    UNKNOWN: 1,
    **dict.fromkeys(("accepted", "scheduled", "queued"), 2),
    "sending": 3,
    "sent": 4,
    **dict.fromkeys(("delivered", "undelivered", "failed", "canceled"), 5),
    "read": 6,
}


def queue(
    work: Work, *, to: str, body: str, about: str | None, at: datetime, subject: str | None = None
) -> int | None:
    """Write a message down and return its id; it is sent after the commit.

    subject: which news of the case `about` it is; None comes back when this very news was written before.
    """
    row = {
        "phone": to,
        "phone_fingerprint": fingerprint(to),
        "body": body,
        "about": about,
        "subject": subject,
        "status": WAITING,
        "rank": RANKS[WAITING],
        "at": at,
    }
    inserted = insert(MessageRecord).values(row).on_conflict_do_nothing(index_elements=["about", "subject"])
    message_id = work.session.scalar(inserted.returning(MessageRecord.id))
    if message_id is not None:
        work.announce(MessageQueued(message_id=message_id))
    return message_id


def told(work: Work, subject: str, abouts: Sequence[str]) -> set[str]:
    """Return those of `abouts` about which this news has been written down."""
    wanted = MessageRecord.about == any_(literal(list(abouts), ARRAY(String)))
    found = select(MessageRecord.about).where(MessageRecord.subject == subject, wanted)
    return {about for about in work.session.scalars(found) if about}


def written(work: Work, abouts: Sequence[str], subjects: Sequence[str]) -> set[tuple[str, str]]:
    """Return (about, subject) of the messages with such news about these that have been written down."""
    wanted = MessageRecord.about == any_(literal(list(abouts), ARRAY(String)))
    named = MessageRecord.subject == any_(literal(list(subjects), ARRAY(String)))
    found = select(MessageRecord.about, MessageRecord.subject).where(wanted, named)
    return {(about, subject) for about, subject in work.session.execute(found) if about and subject}


def not_sent(work: Work, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the messages that were due before `before` and that nobody has handed over; for the sweep."""
    due_at = func.coalesce(MessageRecord.next_try_at, MessageRecord.at)
    waiting = select(MessageRecord.id).where(MessageRecord.status == WAITING, due_at < before)
    return list(work.session.scalars(waiting.order_by(due_at).limit(limit)))


def send(message_id: int) -> None:
    """Hand the message to the carrier, once: who claims it sends it, and nobody sends it again."""
    with database().begin() as work:
        claimed = work.session.execute(
            update(MessageRecord)
            .where(
                MessageRecord.id == message_id,
                MessageRecord.status == WAITING,
                func.coalesce(MessageRecord.next_try_at, now()) <= now(),
            )
            .values(status=UNKNOWN, rank=RANKS[UNKNOWN])
            .returning(MessageRecord.phone, MessageRecord.body)
        ).one_or_none()
    if claimed is None:
        return
    try:
        sid = line().send_message(
            claimed.phone,
            claimed.body,
            callback=place.addresses().at("message/status", message=str(message_id)),
        )
    except (Unavailable, CallGone) as error:
        _not_sent(message_id, error)
        return
    with database().begin() as work:
        moved(work, message_id=message_id, message_sid=sid, status="queued", error_code=None, at=now())


def moved(
    work: Work, *, message_id: int | None, message_sid: str, status: str, error_code: str | None, at: datetime
) -> None:
    """Apply a status, forward only. The callback may be faster than the answer that names the sid."""
    by_sid = MessageRecord.message_sid == message_sid
    which = by_sid if message_id is None else by_sid | (MessageRecord.id == message_id)
    message = work.session.scalar(select(MessageRecord).where(which).with_for_update().limit(1))
    if message is None:
        return
    message.message_sid = message.message_sid or message_sid
    if RANKS.get(status, -1) > message.rank:
        message.status, message.rank, message.at = status, RANKS[status], at
        message.error_code = error_code or message.error_code


def _not_sent(message_id: int, error: Unavailable | CallGone) -> None:
    """A plain no ends it; what never reached the carrier waits again; in between, nobody knows."""
    permanent = isinstance(error, CallGone) or error.permanent
    untouched = isinstance(error, Unavailable) and error.untouched
    log.warning(
        "message.not_sent",
        extra={"message_id": message_id, "permanent": permanent, "untouched": untouched},
    )
    if not permanent and not untouched:
        return
    with database().begin() as work:
        message = work.session.get_one(MessageRecord, message_id, with_for_update=True)
        if message.message_sid is not None or message.status != UNKNOWN:
            return  # a callback was faster: it was sent after all
        message.status = "failed" if permanent else WAITING
        message.rank = RANKS[message.status]
        if not permanent:
            message.next_try_at = now() + min(FIRST_PAUSE * 2 ** min(message.tries, 10), LONGEST_PAUSE)
            message.tries += 1
