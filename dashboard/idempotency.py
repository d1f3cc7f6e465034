"""Idempotency keys of the JSON API: the same request twice is one request (docs/hooks.md)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import request_keys
from core.clock import now
from core.db import database
from core.errors import BadInput
from core.request_keys import Answer, Asked, Held

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"
_LONGEST = 200

View = Callable[..., Any]


def init_app(app: Flask) -> None:
    """Let every POST of the API take the header. Call it when all blueprints are registered.

    The views themselves are wrapped, so that whoever has no key to the door is turned away before.
    """
    posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and "POST" in (rule.methods or ())
    }
    for endpoint in posts:
        app.view_functions[endpoint] = _once(app.view_functions[endpoint])


def _once(view: View) -> View:
    @wraps(view)
    def answer(*args: Any, **named: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not current_user.is_authenticated:
            return view(*args, **named)
        asked = _asked(key)
        with database().begin() as work:
            found = request_keys.claim(work, asked, now())
        if isinstance(found, Answer):
            return _again(found)
        return _answered(found, lambda: view(*args, **named))

    return answer


def _asked(key: str) -> Asked:
    if not key.strip() or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise BadInput("Idempotency-Key 须为 1 至 200 个可见的 ASCII 字符")
    route = f"{request.method} {request.path}"
    return Asked(person_id=current_user.actor.person_id, route=route, key=key, body_sha256=_body_digest())


def _body_digest() -> str:
    """Return a digest of what was sent. Of a form its fields: the line between its parts differs in every try."""
    digest = hashlib.sha256(request.query_string + b"\n")
    if not request.form and not request.files:
        digest.update(request.get_data())
        return digest.hexdigest()
    for name, value in sorted(request.form.items(multi=True)):
        digest.update(repr((name, value)).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        content = hashlib.sha256(file.stream.read()).hexdigest()
        file.stream.seek(0)
        digest.update(repr((name, file.filename, content)).encode())
    return digest.hexdigest()


def _answered(held: Held, act: View) -> Response:
    """Act, and keep what is answered, refusals too."""
    g.request_key = held
    try:
        response = current_app.make_response(act())
    except Exception as error:
        response = current_app.make_response(current_app.handle_user_exception(error))
    finally:
        g.request_key = None
    response.direct_passthrough = False
    answer = Answer(status=response.status_code, content_type=response.content_type or "", body=response.get_data())
    try:
        with database().begin() as work:
            request_keys.answered(work, held, answer, now())
    except SQLAlchemyError:
        # What was done is done and marked so; only a repeat will not get these words.
        log.exception("request_key.answer_not_kept", extra={"key_id": held.key_id})
    return response


def _again(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, content_type=answer.content_type, headers={REPLAYED: "true"})


@event.listens_for(Session, "before_commit")
def _mark(session: Session) -> None:
    """Let the transaction that acts say so itself."""
    held: Held | None = g.get("request_key") if has_request_context() else None
    if held is not None:
        request_keys.mark_acted(session, held)
