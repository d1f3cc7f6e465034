"""Answering a webhook once: the first of its kind acts, a repeat gets the same answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, request

from callcenter import journal, repeats, twiml
from core.clock import now
from core.db import Work, database


def document_once(make: Callable[[Work], str]) -> Response:
    """Answer with a new document; a repeat of the request gets the one that was answered first."""
    if "CallSid" not in request.form:
        abort(Response(status=400))
    path = request.full_path.rstrip("?")
    key = repeats.document_key(path, request.form, request.headers.get("I-Twilio-Idempotency-Token"))
    with database().begin() as work:
        if journal.enter(work, key, request.form, at=now()):
            document = make(work)
            journal.keep_answer(work, key, document)
        else:
            document = journal.answer_of(work, key) or twiml.nothing()
    return xml(document)


def callback_once(key: str, act: Callable[[Work], None]) -> Response:
    """Act on a callback unless it is a repeat; the answer is the same, and empty."""
    with database().begin() as work:
        if journal.enter(work, key, request.form, at=now()):
            act(work)
    return Response(status=204)


def xml(document: str) -> Response:
    """Return a document as the carrier wants it."""
    return Response(document, mimetype="text/xml")
