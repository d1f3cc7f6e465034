"""Routes a registered case by the responsibility list, or leaves it to a dispatcher."""

from __future__ import annotations

from core.clock import now
from core.db import database
from dispatch import service


def route_case(case_id: int) -> None:
    """Judge the case once. Safe to run twice: a judged case is left alone."""
    with database().begin() as work:
        service.route(work, case_id, now=now())
