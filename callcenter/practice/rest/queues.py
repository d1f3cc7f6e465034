"""Queues by REST, and taking a caller out of one."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.ids import present
from callcenter.practice.program import Goto
from callcenter.practice.queues import DEFAULT_SIZE, Entry, Queue
from callcenter.practice.rest import resources
from callcenter.practice.rest.wire import LINE, RestError, form_of, needed, not_found, paged, whole


def _queue_of(request: web.Request) -> Queue:
    queue = request.app[LINE].queues.get(request.match_info["queue"])
    if queue is None:
        raise not_found(request)
    return queue


def _shown(request: web.Request, queue: Queue) -> resources.Json:
    return resources.queue(queue, request.app[LINE].settings.account_sid)


async def create(request: web.Request) -> web.Response:
    line, form = request.app[LINE], await form_of(request)
    name = needed(form, "FriendlyName", 22001)
    if line.queues.named(name):
        raise RestError(400, 22003, "A queue with this name exists already")
    queue = line.queues.open(name, whole(form, "MaxSize", DEFAULT_SIZE))
    return web.json_response(_shown(request, queue), status=201)


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(_shown(request, _queue_of(request)))


async def index(request: web.Request) -> web.Response:
    return paged(request, "queues", request.app[LINE].queues.all(), lambda q: _shown(request, q))


async def update(request: web.Request) -> web.Response:
    queue, form = _queue_of(request), await form_of(request)
    queue.name = form.get("FriendlyName") or queue.name
    queue.max_size = whole(form, "MaxSize", queue.max_size)
    queue.updated_at = present()
    return web.json_response(_shown(request, queue))


async def delete(request: web.Request) -> web.Response:
    queue = _queue_of(request)
    if queue.entries:
        raise RestError(400, 22002, "A queue with callers in it cannot be deleted")
    request.app[LINE].queues.delete(queue)
    return web.Response(status=204)


def _member_of(request: web.Request, queue: Queue) -> Entry:
    entry = queue.member(request.match_info["member"])
    if entry is None:
        raise not_found(request)
    return entry


async def members(request: web.Request) -> web.Response:
    queue = _queue_of(request)
    return paged(
        request,
        "queue_members",
        list(queue.entries),
        lambda e: resources.member(e, queue, position=queue.position(e)),
    )


async def fetch_member(request: web.Request) -> web.Response:
    queue = _queue_of(request)
    entry = _member_of(request, queue)
    return web.json_response(resources.member(entry, queue, position=queue.position(entry)))


async def update_member(request: web.Request) -> web.Response:
    """Send a waiting caller to another document; Enqueue's action hears of it at once."""
    line, queue, form = request.app[LINE], _queue_of(request), await form_of(request)
    entry = _member_of(request, queue)
    goto = Goto(url=needed(form, "Url", 21205), method=form.get("Method", "POST"))
    shown = resources.member(entry, queue, position=queue.position(entry))
    # Out of the list now, so that a second request for the same caller finds nobody.
    queue.remove(entry)
    line.run(entry.call, goto)
    return web.json_response(shown)
