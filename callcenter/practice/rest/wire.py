"""How the API speaks: who may ask, how errors look, how lists are paged."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from callcenter.practice.call import API_VERSION
from callcenter.practice.faults import Harm
from callcenter.practice.line import Line

LINE: web.AppKey[Line] = web.AppKey("line", Line)
ROOT = f"/{API_VERSION}/Accounts"
PAGE_SIZE, LARGEST_PAGE = 50, 1000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Thing = TypeVar("_Thing")


class RestError(Exception):
    """What the API refuses with: HTTP status, the carrier's code, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def not_found(request: web.Request) -> RestError:
    return RestError(404, 20404, f"The requested resource {request.path} was not found")


def error_answer(status: int, code: int, message: str) -> web.Response:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)


def is_account(request: web.Request, line: Line) -> bool:
    """Say whether HTTP Basic names the account: AccountSid and token, or API key and secret."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    settings = line.settings
    known = {settings.account_sid: settings.auth_token, settings.api_key: settings.api_secret}
    return user in known and hmac.compare_digest(known[user].encode(), password.encode())


def guarded(handler: Handler) -> Handler:
    """Let only the account in, let faults answer first, and turn refusals into the carrier's JSON."""

    async def guard(request: web.Request) -> web.StreamResponse:
        line = request.app[LINE]
        if not is_account(request, line):
            return error_answer(401, 20003, "Authentication Error - invalid username")
        if request.match_info.get("account") not in (line.settings.account_sid, None):
            return error_answer(404, 20404, f"The requested resource {request.path} was not found")
        fault = line.faults.strike(frozenset({Harm.REST}), f"{request.method} {request.path}", request.path)
        if fault is not None and not fault.done:
            return _failing(fault.status)
        try:
            answer = await handler(request)
        except RestError as refused:
            answer = error_answer(refused.status, refused.code, str(refused))
        # The nastier failure: the work is done, but whoever asked does not learn it.
        return _failing(fault.status) if fault is not None else answer

    return guard


def _failing(status: int) -> web.Response:
    if status == 429:
        return error_answer(429, 20429, "Too Many Requests")
    return error_answer(status, 20500, "An internal server error has occurred")


def paged(
    request: web.Request, key: str, things: list[_Thing], shown: Callable[[_Thing], dict[str, Any]]
) -> web.Response:
    """Return one page of `things` in the shape that the carrier's libraries walk through."""
    size = min(LARGEST_PAGE, max(1, _number(request, "PageSize", PAGE_SIZE)))
    page = max(0, _number(request, "Page", 0))
    first = page * size
    items = things[first : first + size]
    query = {k: v for k, v in request.query.items() if k not in ("Page", "PageSize", "PageToken")}

    def uri(number: int) -> str:
        return request.path + "?" + urlencode({**query, "PageSize": size, "Page": number})

    body = {
        key: [shown(item) for item in items],
        "page": page,
        "page_size": size,
        "start": first,
        "end": max(first, first + len(items) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1) if first + size < len(things) else None,
    }
    return web.json_response(body)


def _number(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isdigit() else default


async def form_of(request: web.Request) -> dict[str, str]:
    """Return the form, the last value of each field; several values of one field are joined by blanks."""
    form = await request.post()
    return {name: " ".join(str(value) for value in form.getall(name)) for name in form}


def flag(form: dict[str, str], name: str, default: bool) -> bool:
    return form[name].lower() == "true" if form.get(name) else default


def whole(form: dict[str, str], name: str, default: int) -> int:
    """Return a whole number. Raises RestError 20001."""
    if not form.get(name):
        return default
    try:
        return int(form[name])
    except ValueError as error:
        raise RestError(400, 20001, f"Invalid value for {name}") from error


def needed(form: dict[str, str], name: str, code: int) -> str:
    """Return a required field. Raises RestError with the carrier's code for its absence."""
    if not form.get(name):
        raise RestError(400, code, f"A '{name}' is required")
    return form[name]
