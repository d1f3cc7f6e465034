"""Writes down who was turned away from what: the one place, called by errors.py and by bulk work.

A case of another unit and a case that does not exist are answered alike, and both take the same look-up here;
only the record tells them apart.
"""

from __future__ import annotations

import logging
import re

from flask import request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from core.actor import Actor
from core.clock import now
from core.db import database
from core.denied import record_denied
from core.errors import NotFound, WrongRole
from dispatch.queries import case_behind

log = logging.getLogger(__name__)

# What stands in our own ids; anything else is somebody's text and is not kept.
_ID = re.compile(r"[A-Za-z0-9_-]{1,48}")
_IN_BODY = ("order_no", "into")


def turns_away(error: Exception) -> bool:
    """Say whether `error` means that this is not for the person who asked."""
    if isinstance(error, HTTPException):
        return error.code in {403, 404}
    return isinstance(error, NotFound | WrongRole)


def note(**ids: str) -> None:
    """Record that a signed-in person was turned away from something with an id.

    ids: name -> value; without them those of the address and the body. Never raises: the answer goes out.
    """
    if not current_user.is_authenticated:
        return
    asked = {name: value for name, value in (ids or _ids()).items() if _ID.fullmatch(value)}
    if asked:
        _write(current_user.actor, asked)


def _ids() -> dict[str, str]:
    # Ids only: a token is a key, and a name is somebody's own word.
    named = (request.view_args or {}).items()
    found = {name: str(value) for name, value in named if name.endswith(("_no", "_id")) or name in _IN_BODY}
    body = request.get_json(silent=True) if request.is_json else None
    if isinstance(body, dict):
        found |= {name: value for name in _IN_BODY if isinstance(value := body.get(name), str)}
    return found


def _write(person: Actor, asked: dict[str, str]) -> None:
    rule = request.url_rule.rule if request.url_rule else ""
    try:
        with database().begin() as work:
            case_no = case_behind(work, asked)
            record_denied(work, person, route=f"{request.method} {rule}", asked=asked, case_no=case_no, at=now())
    except SQLAlchemyError:
        log.exception("denied.not_recorded")
