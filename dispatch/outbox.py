"""The outbox of webhooks: what has happened is written down in the transaction in which it happens.

Nothing is sent from here (dispatch/hooks/ does that, later, from the rows), so a fact is lost only together
with the transaction that made it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, UniqueConstraint, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant, Work
from core.events import Event
from core.sealed import Sealed
from dispatch import cards, events
from dispatch.records import CaseRecord
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord

# A case that is still a draft, or never became more, is nobody's news outside.
_PRIVATE = frozenset({"draft", "discarded"})


# The action that an event of its own tells of; dispatch.events.CaseMoved names its action itself.
_TOLD: dict[type[Event], str] = {
    events.CaseRegistered: "register",
    events.CaseAnswered: "answer",
    events.CaseDispatched: "dispatch",
    events.OrderSigned: "sign",
    events.OrderReturned: "return",
    events.OrderReplied: "reply",
    events.CaseSentBack: "send_back",
    events.CaseClosed: "close",
}


class SubscriptionState(StrEnum):
    """Whether news goes to a subscription's address."""

    ACTIVE = "active"
    PAUSED = "paused"  # written down, and sent once it is resumed
    ENDED = "ended"


class DeliveryState(StrEnum):
    """What became of one piece of news for one address."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class SubscriptionRecord(Base):
    """An address that wants to hear of cases."""

    __tablename__ = "hook_subscription"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Sealed)  # people put tokens into addresses
    actions: Mapped[list[str]] = mapped_column(ARRAY(String(32)))  # empty: every action
    secret: Mapped[str] = mapped_column(Sealed)
    state: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    state_since: Mapped[datetime] = mapped_column(Instant)
    paused_by_failure: Mapped[bool] = mapped_column(Boolean, default=False)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)  # of the failures since the last success
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliveryRecord(Base):
    """One piece of news for one address, with how often it has been tried."""

    __tablename__ = "hook_delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id", name="uq_hook_delivery_subscription_id_event_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("hook_subscription.id"))
    event_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(32))
    case_no: Mapped[str] = mapped_column(String(32))
    case_version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    claim: Mapped[int] = mapped_column(Integer, default=0)  # the fencing token: only the newest claim counts
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


def tell(work: Work, case: CaseRecord, event: Event) -> int:
    """Write down the news that `event` is, if it is any: what dispatch/steps.py calls with all it announces."""
    action = event.action if isinstance(event, events.CaseMoved) else _TOLD.get(type(event))
    return 0 if action is None else write_down(work, case, action, case.changed_at)


def write_down(work: Work, case: CaseRecord, action: str, now: datetime) -> int:
    """Write the news of `action` for every subscription that wants it; return how many do.

    Call it after the step, in the step's own transaction. Without subscriptions it costs one look into a
    table of a few rows; the card is made only when somebody wants it.
    """
    wanting = _wanting(work, action)
    if not wanting or case.state in _PRIVATE:
        return 0
    work.session.flush()  # so that the card carries the version after the fact
    event_id = str(uuid.uuid4())
    body = {
        "event_id": event_id,
        "action": str(action),
        "at": now.isoformat(),
        "case": cards.case_card(case, _names(work, case)),
    }
    row = {
        "event_id": event_id,
        "action": str(action),
        "case_no": case.case_no,
        "case_version": case.version,
        "at": now,
        "body": body,
        "state": DeliveryState.WAITING.value,
        "tries": 0,
        "claim": 0,
        "due_at": now,
    }
    work.session.execute(insert(DeliveryRecord), [row | {"subscription_id": one} for one in wanting])
    return len(wanting)


def _wanting(work: Work, action: str) -> Sequence[int]:
    wanted = (func.cardinality(SubscriptionRecord.actions) == 0) | SubscriptionRecord.actions.contains([str(action)])
    live = SubscriptionRecord.state != SubscriptionState.ENDED
    return work.session.scalars(select(SubscriptionRecord.id).where(live, wanted)).all()


def _names(work: Work, case: CaseRecord) -> cards.Names:
    """Return the names that the card of this one case shows."""
    units = select(UnitRecord.code, UnitRecord.name).where(UnitRecord.code == case.lead_unit)
    categories = select(CategoryRecord.code, CategoryRecord.name).where(CategoryRecord.code == case.category_code)
    areas = select(AreaRecord.code, AreaRecord.name).where(AreaRecord.code == case.area_code)
    found = [{code: name for code, name in work.session.execute(one)} for one in (units, categories, areas)]
    return cards.Names(units=found[0], categories=found[1], areas=found[2])
