"""The JSON API of webhooks, for administrators: subscriptions, their log, sending again."""

from __future__ import annotations

from flask import Blueprint, current_app

from core.actor import Role
from core.clock import CITY_ZONE, now
from core.config import Settings
from core.db import database
from core.queues import QueueName, queues
from dashboard import hooks_shapes as shapes
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dashboard.words import Language, language
from dispatch import hooks as webhooks
from dispatch.hooks.deliveries import LogPage
from dispatch.hooks.subscriptions import ACTIONS
from dispatch.outbox import DeliveryRecord, DeliveryState, SubscriptionRecord

hooks = guard(Blueprint("hooks", __name__, url_prefix="/api/hooks"), Role.ADMINISTRATOR)

_NOTICES = {
    "paused": (
        "自 {since} 起一直送达失败，已自动暂停；修复后请恢复，期间的事件会补送",
        "Has failed since {since} and was paused; resume it once it works: what happened meanwhile will be sent",
    ),
    "failing": ("自 {since} 起送达失败，正在重试", "Has failed since {since}; being tried again"),
}


@hooks.get("")
@api.validate(resp=answers(shapes.HookList), tags=["hooks"])
def listing() -> shapes.HookList:
    """All subscriptions that have not been ended, with what is wrong with them."""
    with database().begin() as work:
        found = webhooks.subscriptions(work, actor=actor())
        return shapes.HookList(items=[_shape(one) for one in found], actions=list(ACTIONS))


@hooks.post("")
@api.validate(json=shapes.HookWish, resp=answers(shapes.NewHook), tags=["hooks"])
def subscribe(json: shapes.HookWish) -> shapes.NewHook:
    """Subscribe an address. The secret is in this answer and never again."""
    settings: Settings = current_app.extensions["settings"]
    policy = webhooks.Policy.named(settings.hooks_inside_networks, practice=settings.practice)
    to = webhooks.allow(json.address, policy)
    with database().begin() as work:
        made, secret = webhooks.subscribe(
            work,
            actor=actor(),
            name=json.name,
            to=to,
            actions=json.actions,
            now=now(),
        )
        return shapes.NewHook(hook=_shape(made), secret=secret)


@hooks.post("/<int:hook_id>/pause")
@api.validate(resp=answers(shapes.Hook), tags=["hooks"])
def pause(hook_id: int) -> shapes.Hook:
    """Send nothing for a while; what happens meanwhile is sent after `resume`."""
    with database().begin() as work:
        return _shape(webhooks.pause(work, hook_id, actor=actor(), now=now()))


@hooks.post("/<int:hook_id>/resume")
@api.validate(resp=answers(shapes.Hook), tags=["hooks"])
def resume(hook_id: int) -> shapes.Hook:
    """Send again, what has waited first."""
    with database().begin() as work:
        found = _shape(webhooks.resume(work, hook_id, actor=actor(), now=now()))
    _deliver()
    return found


@hooks.post("/<int:hook_id>/end")
@api.validate(resp=answers(shapes.Hook), tags=["hooks"])
def end(hook_id: int) -> shapes.Hook:
    """End a subscription for good; its log stays."""
    with database().begin() as work:
        return _shape(webhooks.end(work, hook_id, actor=actor(), now=now()))


@hooks.get("/<int:hook_id>/deliveries")
@api.validate(query=shapes.HookLogQuery, resp=answers(shapes.HookLog), tags=["hooks"])
def log(hook_id: int, query: shapes.HookLogQuery) -> shapes.HookLog:
    """One page of what was sent, newest first, with every try."""
    with database().begin() as work:
        page = webhooks.listed(work, hook_id, actor=actor(), state=query.state, before=query.before)
        items = [_delivery(one, page) for one in page.deliveries]
    return shapes.HookLog(items=items, next_before=page.next_before)


@hooks.post("/<int:hook_id>/deliveries/<int:delivery_id>/resend")
@api.validate(resp=answers(shapes.Resent), tags=["hooks"])
def resend(hook_id: int, delivery_id: int) -> shapes.Resent:
    """Send a delivery again, whatever became of it."""
    with database().begin() as work:
        found = webhooks.resend(work, hook_id, delivery_id, actor=actor(), now=now())
        answer = shapes.Resent(delivery_id=found.id, state=found.state)  # type: ignore[arg-type]
    _deliver()
    return answer


def _deliver() -> None:
    """Do not wait for the clock."""
    queues().put(QueueName.DEFAULT, "workers.deliver_hooks.deliver_hooks")


def _shape(one: SubscriptionRecord) -> shapes.Hook:
    return shapes.Hook(
        hook_id=one.id,
        name=one.name,
        address=one.address,
        actions=one.actions,
        state=one.state,  # type: ignore[arg-type]
        state_since=one.state_since,
        made_at=one.made_at,
        failing_since=one.failing_since,
        delivered_at=one.delivered_at,
        notice=_notice(one),
    )


def _notice(one: SubscriptionRecord) -> str | None:
    if one.failing_since is None:
        return None
    chinese, english = _NOTICES["paused" if one.paused_by_failure else "failing"]
    since = one.failing_since.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")
    return (chinese if language() is Language.ZH else english).format(since=since)


def _delivery(one: DeliveryRecord, page: LogPage) -> shapes.HookDelivery:
    return shapes.HookDelivery(
        delivery_id=one.id,
        event_id=one.event_id,
        action=one.action,
        case_no=one.case_no,
        case_version=one.case_version,
        at=one.at,
        state=one.state,  # type: ignore[arg-type]
        tries=one.tries,
        next_try_at=one.due_at if one.state == DeliveryState.WAITING else None,
        attempts=[
            shapes.HookAttempt(at=at.at, took_ms=at.took_ms, answer_code=at.answer_code, problem=at.problem)  # type: ignore[arg-type]
            for at in page.attempts.get(one.id, [])
        ],
    )
