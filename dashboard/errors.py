"""Errors to HTTP, once: JSON for programs, a page for people, never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from core.errors import BadInput, HotlineError, NotFound, NotKnown, Refused, Unavailable, WrongRole
from dashboard import denied
from dashboard.refusals import sentence_of
from dashboard.words import WORDS, t

log = logging.getLogger(__name__)

# The first class that fits decides, so the narrower ones stand first.
_STATUS: tuple[tuple[type[HotlineError], int], ...] = (
    (WrongRole, 403),
    (Refused, 409),
    (NotKnown, 401),
    (BadInput, 422),
    (NotFound, 404),
    (Unavailable, 503),
    (HotlineError, 400),
)


def init_app(app: Flask) -> None:
    """Answer every error with the right status and a sentence."""
    app.register_error_handler(HotlineError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(OverflowError, _out_of_range)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: HotlineError) -> ResponseReturnValue:
    if denied.turns_away(error):
        denied.note()
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _answer(status, error.code, sentence_of(error))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, "csrf", t("error.csrf"))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if denied.turns_away(error):
        denied.note()
    code = f"http_{status}"
    return _answer(status, code, t(f"error.{code}" if f"error.{code}" in WORDS else "error.other"))


def _out_of_range(_error: Exception) -> ResponseReturnValue:
    """Say that what came cannot be kept or counted with: a number in an address, a field of a form, a far year."""
    log.warning("request.out_of_range", extra={"path": request.url_rule and request.url_rule.rule})
    return _ours(BadInput("内容里有不能保存的字符，或数字、日期超出可以使用的范围"))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request.failed", exc_info=error, extra={"path": request.url_rule and request.url_rule.rule})
    return _answer(500, "unexpected", t("error.unexpected"))


def _answer(status: int, code: str, sentence: str) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return jsonify(code=code, message=sentence), status
    return render_template("error.html", status=status, sentence=sentence), status
