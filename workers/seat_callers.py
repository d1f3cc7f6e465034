"""Gives waiting callers to free agents, and puts right what timed out."""

from __future__ import annotations

from flask import current_app

from callcenter import service, sweeps
from core.clock import now
from core.db import database
from core.presence import absent

_AT_ONCE = 50


def seat_callers() -> None:
    """Offer waiting calls to free agents until one of the two runs out. Safe to run twice."""
    for _ in range(_AT_ONCE):
        # One transaction an offer: a push must not wait for the offers after it.
        with database().begin() as work:
            if service.offer_next(work, now()) is None:
                return


def sweep_seats() -> None:
    """End claims and wrap-ups that ran out, then seat callers. Runs every second."""
    for sweep in (sweeps.expire_offers, sweeps.release_unjoined, sweeps.release_lost, sweeps.end_wrap_ups):
        with database().begin() as work:
            sweep(work, now())
    vacate_seats()
    seat_callers()


def vacate_seats() -> None:
    """Take seats out of service whose page has been gone for a while: they would ring for nobody."""
    with database().begin() as work:
        asked = sweeps.seated(work, now())
    for person_id in absent(current_app.extensions["redis"], asked):
        with database().begin() as work:
            sweeps.vacate(work, person_id, now())
