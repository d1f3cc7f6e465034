"""Sends what the outbox of webhooks holds."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import current_app

from core.clock import now
from core.config import Settings
from core.db import database
from core.queues import QueueName, queues
from dispatch import hooks

# Other errands wait in the same queue; after this long they get their turn.
_TURN_S = 10.0
_ITSELF = "workers.deliver_hooks.deliver_hooks"


def deliver_hooks() -> None:
    """Send all that is due, for a turn. Safe to run twice, and at once: each delivery is claimed by one."""
    settings: Settings = current_app.extensions["settings"]
    policy = hooks.Policy.named(settings.hooks_inside_networks, practice=settings.practice)
    pause_after = timedelta(days=settings.hooks_pause_after_days)
    ends = time.monotonic() + _TURN_S
    while time.monotonic() < ends:
        with database().begin() as work:
            parcels = hooks.claim(work, now())
        if not parcels:
            return
        for parcel, outcome in hooks.send_all(parcels, policy, at=now()):
            # One transaction each: what one receiver did must not hang on another's row.
            with database().begin() as work:
                hooks.record(work, parcel, outcome, pause_after=pause_after, now=now())
    with database().begin() as work:
        more = hooks.waiting(work, now())
    if more:
        queues().put(QueueName.DEFAULT, _ITSELF)
