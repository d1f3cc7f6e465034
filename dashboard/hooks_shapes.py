"""The shapes of the webhook API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dashboard.schemas import Shape

HookState = Literal["active", "paused", "ended"]
HookDeliveryState = Literal["waiting", "delivered", "given_up"]


class HookWish(Shape):
    name: str = Field(min_length=1, max_length=64)
    address: str = Field(min_length=8, max_length=500)
    actions: list[str] = Field(default_factory=list, max_length=100)  # none: every action


class Hook(Shape):
    hook_id: int
    name: str
    address: str
    actions: list[str]
    state: HookState
    state_since: datetime
    made_at: datetime
    failing_since: datetime | None
    delivered_at: datetime | None
    notice: str | None  # what an administrator should know: it fails, or has been paused


class NewHook(Shape):
    """A subscription just made. `secret` signs what is sent; it is shown this once."""

    hook: Hook
    secret: str


class HookList(Shape):
    items: list[Hook]
    actions: list[str]  # that can be subscribed to


class HookAttempt(Shape):
    at: datetime
    took_ms: int
    answer_code: int | None
    problem: Literal["timeout", "unreachable", "tls", "name", "address", "status", "broken"] | None


class HookDelivery(Shape):
    delivery_id: int
    event_id: str
    action: str
    case_no: str
    case_version: int
    at: datetime
    state: HookDeliveryState
    tries: int
    next_try_at: datetime | None
    attempts: list[HookAttempt]


class HookLog(Shape):
    items: list[HookDelivery]
    next_before: int | None


class HookLogQuery(Shape):
    state: HookDeliveryState | None = None
    before: int | None = None


class Resent(Shape):
    delivery_id: int
    state: HookDeliveryState
