"""Who wants to hear of cases: subscribe, pause, resume, end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from core.actor import Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, Refused, WrongRole
from dispatch.hooks import signing
from dispatch.hooks.addresses import Allowed
from dispatch.lifecycle import Action
from dispatch.outbox import DeliveryRecord, DeliveryState, SubscriptionRecord, SubscriptionState

# What happens to a draft is nobody's business outside.
ACTIONS = tuple(action.value for action in Action if action.value not in {"open", "discard"})
MOST = 50


def subscribe(
    work: Work, *, actor: Actor, name: str, to: Allowed, actions: Sequence[str], now: datetime
) -> tuple[SubscriptionRecord, str]:
    """Make a subscription; return it with its secret, which is shown this once. actions: none = all of them.

    Raises WrongRole, BadInput for an action that there is not, Refused when there are too many.
    """
    _check(actor)
    unknown = sorted(set(actions) - set(ACTIONS))
    if unknown:
        raise BadInput(f"没有这种事件：{'、'.join(unknown)}")
    if len(subscriptions(work, actor=actor)) >= MOST:
        raise Refused("订阅已达上限，请先停用不再需要的")
    secret = signing.new_secret()
    made = SubscriptionRecord(
        name=name.strip(),
        address=to.address,
        actions=sorted(set(actions)),
        secret=secret,
        state=SubscriptionState.ACTIVE.value,
        made_at=now,
        made_by=actor.person_id,
        state_since=now,
        paused_by_failure=False,
    )
    work.session.add(made)
    work.session.flush()
    return made, secret


def subscriptions(work: Work, *, actor: Actor) -> Sequence[SubscriptionRecord]:
    """Return all subscriptions that have not been ended, oldest first."""
    _check(actor)
    live = select(SubscriptionRecord).where(SubscriptionRecord.state != SubscriptionState.ENDED)
    return work.session.scalars(live.order_by(SubscriptionRecord.id)).all()


def found(work: Work, subscription_id: int, *, actor: Actor) -> SubscriptionRecord:
    """Return one subscription, ended or not. Raises NotFound."""
    _check(actor)
    one = work.session.get(SubscriptionRecord, subscription_id, with_for_update=True, populate_existing=True)
    if one is None:
        raise NotFound("没有这个订阅")
    return one


def pause(work: Work, subscription_id: int, *, actor: Actor, now: datetime) -> SubscriptionRecord:
    """Send nothing for a while; what happens meanwhile is written down and sent later."""
    return _turn(work, subscription_id, SubscriptionState.PAUSED, actor=actor, now=now)


def resume(work: Work, subscription_id: int, *, actor: Actor, now: datetime) -> SubscriptionRecord:
    """Send again, what has waited first."""
    one = _turn(work, subscription_id, SubscriptionState.ACTIVE, actor=actor, now=now)
    one.failing_since = None
    waiting = update(DeliveryRecord).where(
        DeliveryRecord.subscription_id == one.id, DeliveryRecord.state == DeliveryState.WAITING
    )
    work.session.execute(waiting.values(due_at=now))
    return one


def end(work: Work, subscription_id: int, *, actor: Actor, now: datetime) -> SubscriptionRecord:
    """End a subscription for good; its log stays, what still waits is given up."""
    one = _turn(work, subscription_id, SubscriptionState.ENDED, actor=actor, now=now)
    waiting = update(DeliveryRecord).where(
        DeliveryRecord.subscription_id == one.id, DeliveryRecord.state == DeliveryState.WAITING
    )
    work.session.execute(waiting.values(state=DeliveryState.GIVEN_UP.value, ended_at=now))
    return one


def _turn(
    work: Work, subscription_id: int, to: SubscriptionState, *, actor: Actor, now: datetime
) -> SubscriptionRecord:
    one = found(work, subscription_id, actor=actor)
    if one.state == SubscriptionState.ENDED:
        raise Refused("这个订阅已经停用")
    one.state, one.state_since, one.paused_by_failure = to.value, now, False
    return one


def _check(actor: Actor) -> None:
    if not actor.has(Role.ADMINISTRATOR):
        raise WrongRole("只有管理员可以管理事件推送")
