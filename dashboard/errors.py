"""Errors to HTTP, once: JSON for programs, a page for people, never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from core.errors import BadInput, HotlineError, NotFound, Refused, Unavailable, WrongRole

log = logging.getLogger(__name__)

# The first class that fits decides, so the narrower ones stand first.
_STATUS: tuple[tuple[type[HotlineError], int], ...] = (
    (WrongRole, 403),
    (Refused, 409),
    (BadInput, 422),
    (NotFound, 404),
    (Unavailable, 503),
    (HotlineError, 400),
)

_SENTENCES = {
    400: "这个请求不完整或不正确。",
    401: "请先登录。",
    403: "您的岗位不包含这项操作。",
    404: "没有找到这一页，或您无权查看。",
    405: "这个地址不接受这种请求。",
    413: "内容太大了。",
    415: "请用 JSON 格式提交。",
    429: "尝试次数太多，请过一分钟再试。",
    503: "系统正忙，请稍后再试。",
}


def init_app(app: Flask) -> None:
    """Answer every error with the right status and a sentence."""
    app.register_error_handler(HotlineError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: HotlineError) -> ResponseReturnValue:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _answer(status, error.code, str(error))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, "csrf", "页面已过期，请刷新后再试。您填写的内容没有提交。")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return _answer(status, f"http_{status}", _SENTENCES.get(status, "请求没有成功。"))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request.failed", exc_info=error, extra={"path": request.url_rule and request.url_rule.rule})
    return _answer(500, "unexpected", "系统出错了，已记录。请稍后再试。")


def _answer(status: int, code: str, sentence: str) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return jsonify(code=code, message=sentence), status
    return render_template("error.html", status=status, sentence=sentence), status
