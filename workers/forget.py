"""Removes what is kept for a while only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from callcenter import retention
from core import request_keys
from core.clock import now
from core.db import Work, database
from dispatch import evidence, hooks

log = logging.getLogger(__name__)


def forget() -> None:
    """Remove old webhooks, passes, request keys, deliveries, files without a row. Safe to run twice; every hour."""
    removed = sum(_emptied(one) for one in (retention.forget_old, request_keys.forget_old, hooks.forget_old))
    files = evidence.sweep(now())
    if removed or files:
        log.info("retention.forgotten", extra={"rows": removed, "files": files})


def _emptied(forget_old: Callable[[Work, datetime], int]) -> int:
    """Run batches until nothing old is left; return how many rows went."""
    removed = 0
    while True:
        # One transaction a batch: a long delete would hold its locks while calls are being written.
        with database().begin() as work:
            batch = forget_old(work, now())
        removed += batch
        if not batch:
            return removed
