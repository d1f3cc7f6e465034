"""Works open deadlines out again after a change of the calendar."""

from __future__ import annotations

from core.clock import now
from core.db import database
from dispatch import calendars


def recompute_deadlines(change_id: int) -> None:
    """Go through every open case that the change may touch, a few to a transaction.

    Safe to run twice and to die half-way: how far it has come is kept with the change.
    """
    done = False
    while not done:
        with database().begin() as work:
            done = calendars.recompute_batch(work, change_id, now=now()).done
