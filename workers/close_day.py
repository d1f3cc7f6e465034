"""Stores the figures of each day that is over."""

from __future__ import annotations

import logging

from core.clock import now
from core.db import database
from dispatch.figures import days

log = logging.getLogger(__name__)

# The rest of a long gap is made up ten minutes later, so that no job runs for hours.
_AT_MOST = 31


def close_days() -> None:
    """Store the figures of every day that is over and not yet stored, in order. Safe to run twice."""
    for _ in range(_AT_MOST):
        # A transaction a day: what has been stored stays stored.
        with database().begin() as work:
            closed = days.close_next(work, now=now())
        if closed is None:
            return
        log.info("figures.day_closed", extra={"on": closed.isoformat()})
