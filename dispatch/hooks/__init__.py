"""Outgoing webhooks: who subscribes, what is sent, signed and tried again, and the log of it all."""

from dispatch.hooks.addresses import Policy, allow
from dispatch.hooks.deliveries import claim, forget_old, listed, record, resend, waiting
from dispatch.hooks.subscriptions import end, found, pause, resume, subscribe, subscriptions
from dispatch.hooks.wire import send_all

__all__ = [
    "Policy",
    "allow",
    "claim",
    "end",
    "forget_old",
    "found",
    "listed",
    "pause",
    "record",
    "resend",
    "resume",
    "send_all",
    "subscribe",
    "subscriptions",
    "waiting",
]
