"""What became of a practice call, for the practice line's command; absent with a real carrier."""

from __future__ import annotations

from flask import Blueprint

from dashboard import schemas
from dashboard.openapi import answers, api

practice = Blueprint("practice", __name__, url_prefix="/api/practice")


@practice.get("/calls/<call_sid>")
@api.validate(resp=answers(schemas.PracticeCall), tags=["practice"])
def call(call_sid: str) -> schemas.PracticeCall:
    """What was said, decided and routed so far."""
    raise NotImplementedError
