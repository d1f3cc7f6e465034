"""The JSON API of the wall board: one snapshot; the rest arrives by the feed."""

from __future__ import annotations

from flask import Blueprint

from callcenter import queries as calls
from core.clock import now
from core.db import database
from dashboard import schemas
from dashboard.access import WALL, guard
from dashboard.openapi import answers, api
from dispatch import queries

board = guard(Blueprint("board", __name__, url_prefix="/api"), *WALL)


@board.get("/board")
@api.validate(resp=answers(schemas.BoardSnapshot), tags=["board"])
def snapshot() -> schemas.BoardSnapshot:
    """Everything the wall shows, as of now."""
    # Taken before the reading, so that a push that arrives meanwhile counts as newer than the snapshot.
    as_of = now()
    with database().begin() as work:
        cards, seats, figures = calls.board_calls(work, as_of)
        found = {
            "as_of": as_of,
            "calls": cards,
            "seats": seats,
            "calls_today": figures,
            "events": queries.last_events(work),
            **queries.board_cases(work, as_of),
        }
    return schemas.BoardSnapshot.model_validate(found)
