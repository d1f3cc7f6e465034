"""Conferences by REST: reading, announcing, ending, and their recordings."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.conference import Conference
from callcenter.practice.program import Goto
from callcenter.practice.recording import Recording
from callcenter.practice.rest import resources
from callcenter.practice.rest.recordings import change
from callcenter.practice.rest.wire import LINE, form_of, not_found, paged


def conference_of(request: web.Request) -> Conference:
    found = request.app[LINE].conferences.find(request.match_info["conference"])
    if found is None:
        raise not_found(request)
    return found


def _shown(request: web.Request, it: Conference) -> resources.Json:
    return resources.conference(it, request.app[LINE].settings.account_sid)


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(_shown(request, conference_of(request)))


async def index(request: web.Request) -> web.Response:
    name, status = request.query.get("FriendlyName"), request.query.get("Status")
    found = [
        it
        for it in reversed(request.app[LINE].conferences.all())
        if name in (None, it.name) and status in (None, it.status)
    ]
    return paged(request, "conferences", found, lambda it: _shown(request, it))


async def update(request: web.Request) -> web.Response:
    line, conference, form = request.app[LINE], conference_of(request), await form_of(request)
    if form.get("Status") == "completed":
        conference.end("conference-ended-via-api")
    if form.get("AnnounceUrl"):
        goto = Goto(url=form["AnnounceUrl"], method=form.get("AnnounceMethod", "POST"), kind="announcement")
        line.in_background(line.conferences.announce(conference, goto))
    return web.json_response(_shown(request, conference))


def _recordings_of(request: web.Request) -> list[Recording]:
    sid = conference_of(request).conference_sid
    return [r for r in request.app[LINE].recordings.all() if r.conference_sid == sid]


async def recordings(request: web.Request) -> web.Response:
    return paged(request, "recordings", _recordings_of(request), resources.recording)


async def update_recording(request: web.Request) -> web.Response:
    return await change(request, _recordings_of(request))
