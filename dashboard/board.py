"""The JSON API of the wall board: one snapshot; the rest arrives by the feed."""

from __future__ import annotations

from flask import Blueprint

from dashboard import schemas
from dashboard.openapi import answers, api

board = Blueprint("board", __name__, url_prefix="/api")


@board.get("/board")
@api.validate(resp=answers(schemas.BoardSnapshot), tags=["board"])
def snapshot() -> schemas.BoardSnapshot:
    """Everything the wall shows, as of now."""
    raise NotImplementedError
