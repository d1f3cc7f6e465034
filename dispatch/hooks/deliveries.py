"""The deliveries of webhooks: claimed under a lease, tried again with patience, given up aloud, listed."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import BigInteger, CursorResult, ForeignKey, Integer, String, delete, exists, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Actor
from core.db import Base, Instant, Work
from core.errors import NotFound, Refused
from dispatch.hooks import subscriptions
from dispatch.hooks.wire import Outcome, Parcel
from dispatch.outbox import DeliveryRecord, DeliveryState, SubscriptionRecord, SubscriptionState

log = logging.getLogger(__name__)

# After each failed try so long until the next; after the last of them it is given up.
PAUSES: Final = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 720))
# Longer than any exchange may take: a worker that is silent for so long is dead, and its claim is void.
LEASE: Final = timedelta(seconds=60)
# Of one address at once: a dead receiver must not keep the others waiting.
AT_ONCE: Final = 4
KEPT: Final = timedelta(days=30)
_PAGE = 50


class AttemptRecord(Base):
    """One try of a delivery, as it went."""

    __tablename__ = "hook_attempt"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("hook_delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    took_ms: Mapped[int] = mapped_column(Integer)
    answer_code: Mapped[int | None] = mapped_column(Integer)
    problem: Mapped[str | None] = mapped_column(String(16))


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """One page of a delivery log, newest first, with the tries of each."""

    deliveries: tuple[DeliveryRecord, ...]
    attempts: dict[int, list[AttemptRecord]]
    next_before: int | None


def claim(work: Work, now: datetime) -> list[Parcel]:
    """Take what is due, a few of each address, so that nobody else sends it until the lease is over.

    Commit before sending: a claim must be seen by others, and no transaction is open while we wait.
    """
    active = select(SubscriptionRecord).where(
        SubscriptionRecord.state == SubscriptionState.ACTIVE,
        exists().where(DeliveryRecord.subscription_id == SubscriptionRecord.id, *_due(now)),
    )
    parcels: list[Parcel] = []
    for subscription in work.session.scalars(active.order_by(SubscriptionRecord.id)).all():
        due = select(DeliveryRecord).where(DeliveryRecord.subscription_id == subscription.id, *_due(now))
        due = due.order_by(DeliveryRecord.due_at, DeliveryRecord.id).limit(AT_ONCE)
        for delivery in work.session.scalars(due.with_for_update(skip_locked=True)).all():
            delivery.claimed_until = now + LEASE
            delivery.claim += 1
            delivery.tries += 1
            parcels.append(_parcel(delivery, subscription))
    return parcels


def waiting(work: Work, now: datetime) -> bool:
    """Say whether anything is due that nobody has claimed."""
    live = (SubscriptionRecord.id == DeliveryRecord.subscription_id) & (
        SubscriptionRecord.state == SubscriptionState.ACTIVE
    )
    return bool(work.session.scalar(select(exists().where(live, *_due(now)))))


def record(work: Work, parcel: Parcel, outcome: Outcome, *, pause_after: timedelta, now: datetime) -> None:
    """Write down what came of a try, and when the next is. A claim that has been overtaken changes nothing."""
    delivery = work.session.get(DeliveryRecord, parcel.delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None:
        return
    work.session.add(
        AttemptRecord(
            delivery_id=delivery.id,
            at=now,
            took_ms=outcome.took_ms,
            answer_code=outcome.answer_code,
            problem=outcome.problem,
        )
    )
    if delivery.claim != parcel.claim:
        return
    delivery.claimed_until = None
    if outcome.problem is None:
        _delivered(work, delivery, now)
    else:
        _failed(work, delivery, pause_after, now)


def resend(work: Work, subscription_id: int, delivery_id: int, *, actor: Actor, now: datetime) -> DeliveryRecord:
    """Send a delivery again, whatever became of it; its patience begins anew. Raises NotFound, Refused."""
    subscription = subscriptions.found(work, subscription_id, actor=actor)
    delivery = work.session.get(DeliveryRecord, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.subscription_id != subscription.id:
        raise NotFound("没有这次推送")
    if subscription.state == SubscriptionState.ENDED:
        raise Refused("这个订阅已经停用")
    if delivery.claimed_until is not None and delivery.claimed_until > now:
        raise Refused("这次推送正在进行，请稍后再看")
    delivery.state, delivery.tries, delivery.due_at, delivery.ended_at = DeliveryState.WAITING.value, 0, now, None
    return delivery


def listed(
    work: Work, subscription_id: int, *, actor: Actor, state: str | None = None, before: int | None = None
) -> LogPage:
    """Return one page of the log, newest first; `before` is the last page's `next_before`."""
    subscription = subscriptions.found(work, subscription_id, actor=actor)
    wanted = select(DeliveryRecord).where(DeliveryRecord.subscription_id == subscription.id)
    if state is not None:
        wanted = wanted.where(DeliveryRecord.state == state)
    if before is not None:
        wanted = wanted.where(DeliveryRecord.id < before)
    rows = work.session.scalars(wanted.order_by(DeliveryRecord.id.desc()).limit(_PAGE + 1)).all()
    shown = tuple(rows[:_PAGE])
    attempts: dict[int, list[AttemptRecord]] = defaultdict(list)
    tried = select(AttemptRecord).where(AttemptRecord.delivery_id.in_([one.id for one in shown]))
    for attempt in work.session.scalars(tried.order_by(AttemptRecord.id)):
        attempts[attempt.delivery_id].append(attempt)
    return LogPage(deliveries=shown, attempts=dict(attempts), next_before=shown[-1].id if len(rows) > _PAGE else None)


def forget_old(work: Work, now: datetime, *, most: int = 5000) -> int:
    """Remove at most `most` deliveries that ended long ago, and give up what has waited as long in a pause."""
    until = now - KEPT
    stale = select(DeliveryRecord.id).where(DeliveryRecord.state == DeliveryState.WAITING, DeliveryRecord.at < until)
    given_up = update(DeliveryRecord).where(DeliveryRecord.id.in_(stale.limit(most)))
    work.session.execute(given_up.values(state=DeliveryState.GIVEN_UP.value, ended_at=now))
    old = select(DeliveryRecord.id).where(DeliveryRecord.ended_at < until, DeliveryRecord.at < until).limit(most)
    gone = work.session.execute(delete(DeliveryRecord).where(DeliveryRecord.id.in_(old)))
    return cast(CursorResult[Any], gone).rowcount


def _due(now: datetime) -> tuple[Any, ...]:
    free = func.coalesce(DeliveryRecord.claimed_until, now) <= now
    return DeliveryRecord.state == DeliveryState.WAITING, DeliveryRecord.due_at <= now, free


def _parcel(delivery: DeliveryRecord, subscription: SubscriptionRecord) -> Parcel:
    return Parcel(
        delivery_id=delivery.id,
        claim=delivery.claim,
        subscription_id=subscription.id,
        address=subscription.address,
        secret=subscription.secret,
        event_id=delivery.event_id,
        body=delivery.body,
    )


def _delivered(work: Work, delivery: DeliveryRecord, now: datetime) -> None:
    delivery.state, delivery.ended_at = DeliveryState.DELIVERED.value, now
    healthy = update(SubscriptionRecord).where(SubscriptionRecord.id == delivery.subscription_id)
    work.session.execute(healthy.values(failing_since=None, delivered_at=now))


def _failed(work: Work, delivery: DeliveryRecord, pause_after: timedelta, now: datetime) -> None:
    if delivery.tries > len(PAUSES):
        delivery.state, delivery.ended_at = DeliveryState.GIVEN_UP.value, now
        log.warning("hook.given_up", extra={"delivery": delivery.id, "subscription": delivery.subscription_id})
    else:
        delivery.due_at = now + PAUSES[delivery.tries - 1]
    its = SubscriptionRecord.id == delivery.subscription_id
    begun = update(SubscriptionRecord).where(its, SubscriptionRecord.failing_since.is_(None))
    work.session.execute(begun.values(failing_since=now))
    tired = update(SubscriptionRecord).where(
        its,
        SubscriptionRecord.state == SubscriptionState.ACTIVE,
        SubscriptionRecord.failing_since <= now - pause_after,
    )
    paused = tired.values(state=SubscriptionState.PAUSED.value, state_since=now, paused_by_failure=True)
    if cast(CursorResult[Any], work.session.execute(paused)).rowcount:
        log.warning("hook.paused", extra={"subscription": delivery.subscription_id})
