"""Messages by REST."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.messages import Message
from callcenter.practice.rest import resources
from callcenter.practice.rest.wire import LINE, RestError, form_of, needed, not_found, paged

LONGEST_BODY = 1600


def _found(request: web.Request) -> Message:
    message = request.app[LINE].messages.get(request.match_info["message"])
    if message is None:
        raise not_found(request)
    return message


def _shown(request: web.Request, message: Message) -> resources.Json:
    return resources.message(message, request.app[LINE].settings.account_sid)


async def create(request: web.Request) -> web.Response:
    line, form = request.app[LINE], await form_of(request)
    to, body = needed(form, "To", 21604), needed(form, "Body", 21602)
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise RestError(400, 21603, "A 'From' or 'MessagingServiceSid' is required")
    if len(body) > LONGEST_BODY:
        raise RestError(400, 21617, "The message body exceeds the 1600 character limit")
    message = line.messages.accept(
        Message(
            to=to,
            from_=form.get("From", ""),
            service_sid=form.get("MessagingServiceSid"),
            body=body,
            callback_url=form.get("StatusCallback", ""),
        )
    )
    line.in_background(line.messages.deliver(message))
    return web.json_response(_shown(request, message), status=201)


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(_shown(request, _found(request)))


async def index(request: web.Request) -> web.Response:
    to, from_ = request.query.get("To"), request.query.get("From")
    found = [m for m in reversed(request.app[LINE].messages.all()) if to in (None, m.to) and from_ in (None, m.from_)]
    return paged(request, "messages", found, lambda m: _shown(request, m))


async def update(request: web.Request) -> web.Response:
    """Redact a message (empty Body) or cancel one that has not gone out."""
    message, form = _found(request), await form_of(request)
    if form.get("Status") == "canceled":
        if message.status != "queued":
            raise RestError(400, 30409, "The message cannot be canceled any more")
        request.app[LINE].messages.cancel(message)
    elif "Body" in form and not form["Body"]:
        request.app[LINE].messages.redact(message)
    else:
        raise RestError(400, 20009, "Only an empty Body or Status=canceled may be set")
    return web.json_response(_shown(request, message))


async def delete(request: web.Request) -> web.Response:
    request.app[LINE].messages.delete(_found(request))
    return web.Response(status=204)
