"""Removes what is kept for a while only."""

from __future__ import annotations

import logging

from callcenter import retention
from core.clock import now
from core.db import database

log = logging.getLogger(__name__)


def forget() -> None:
    """Remove old webhooks and used passes, some at a time. Safe to run twice; runs every hour."""
    removed = 0
    while True:
        # One transaction a batch: a long delete would hold its locks while calls are being written.
        with database().begin() as work:
            batch = retention.forget_old(work, now())
        removed += batch
        if not batch:
            break
    if removed:
        log.info("retention.forgotten", extra={"rows": removed})
