"""Fires what has become due on cases: auto-signing, warnings, cards, callbacks, filing."""

from __future__ import annotations

import logging
import time

from core.clock import now
from core.db import database
from core.errors import HotlineError, Stale
from dispatch import timers

log = logging.getLogger(__name__)

# A turn is short: callers' jobs wait in the same queue. What is left over is taken a second later; some fifty
# in each turn, so the three thousand limits that end at the close of the offices are done within the minute.
_TURN_S = 0.6


def wake_cases() -> None:
    """Fire due wakings, each in a transaction of its own, until none is left or the turn is over."""
    with database().begin() as work:
        waiting = timers.due(work, now())
    ends = time.monotonic() + _TURN_S
    for waking_id in waiting:
        fire(waking_id)
        if time.monotonic() > ends:
            return


def fire(waking_id: int) -> bool:
    """Fire one waking; one that the rules refuse is put away, one that fails is tried again later."""
    try:
        with database().begin() as work:
            return timers.fire(work, waking_id, now=now())
    except Stale:
        return False  # somebody acts on the case at this moment; a second later it is looked at again
    except HotlineError as error:
        log.warning("waking.refused", extra={"waking_id": waking_id, "refusal": error.code})
        put_aside = timers.give_up
    except Exception:
        log.exception("waking.failed", extra={"waking_id": waking_id})
        put_aside = timers.stand_back
    with database().begin() as work:
        put_aside(work, waking_id, now=now())
    return False
