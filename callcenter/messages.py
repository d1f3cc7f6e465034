"""Text messages to citizens: written down first, sent once, followed by their status callbacks."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

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
RANKS: Final = {
    WAITING: 0,
    UNKNOWN: 1,
    **dict.fromkeys(("accepted", "scheduled", "queued"), 2),
    "sending": 3,
    "sent": 4,
    **dict.fromkeys(("delivered", "undelivered", "failed", "canceled"), 5),
    "read": 6,
}


def queue(work: Work, *, to: str, body: str, about: str | None, at: datetime) -> int:
    """Write a message down and return its id; it is sent after the commit."""
    message = MessageRecord(
        phone=to, phone_fingerprint=fingerprint(to), body=body, about=about, status=WAITING, rank=0, at=at
    )
    work.session.add(message)
    work.session.flush()
    work.announce(MessageQueued(message_id=message.id))
    return message.id


def told(work: Work, *, about: str, body: str) -> bool:
    """Say whether this very message about a case has been written down before."""
    found = select(MessageRecord.body).where(MessageRecord.about == about)
    return body in set(work.session.scalars(found))


def not_sent(work: Work, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the messages written down before `before` that nobody has handed over; for the sweep."""
    waiting = select(MessageRecord.id).where(MessageRecord.status == WAITING, MessageRecord.at < before)
    return list(work.session.scalars(waiting.order_by(MessageRecord.id).limit(limit)))


def send(message_id: int) -> None:
    """Hand the message to the carrier, once: who claims it sends it, and nobody sends it again."""
    with database().begin() as work:
        claimed = work.session.execute(
            update(MessageRecord)
            .where(MessageRecord.id == message_id, MessageRecord.status == WAITING)
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
        _not_sent(message_id, permanent=not isinstance(error, Unavailable) or error.permanent)
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


def _not_sent(message_id: int, *, permanent: bool) -> None:
    log.warning("message.not_sent", extra={"message_id": message_id, "permanent": permanent})
    if permanent:
        with database().begin() as work:
            work.session.execute(
                update(MessageRecord)
                .where(MessageRecord.id == message_id, MessageRecord.message_sid.is_(None))
                .values(status="failed", rank=RANKS["failed"])
            )
