"""Every operation of the API that the line answers, in one table."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.rest import account, calls, conferences, messages, participants, queues, recordings
from callcenter.practice.rest.wire import ROOT, Handler, error_answer, guarded

_A = ROOT + "/{account}"
_CALL = _A + "/Calls/{call}"
_CONFERENCE = _A + "/Conferences/{conference}"
_SEAT = _CONFERENCE + "/Participants"
_QUEUE = _A + "/Queues/{queue}"

OPERATIONS: list[tuple[str, str, Handler]] = [
    ("GET", ROOT + "/{account}.json", account.fetch),
    ("POST", _A + "/Applications.json", account.create_application),
    ("POST", _A + "/Tokens.json", account.create_token),
    ("GET", _A + "/Calls.json", calls.index),
    ("POST", _A + "/Calls.json", calls.create),
    ("GET", _CALL + ".json", calls.fetch),
    ("POST", _CALL + ".json", calls.update),
    ("DELETE", _CALL + ".json", calls.delete),
    ("GET", _CALL + "/Events.json", calls.events),
    ("GET", _CALL + "/Notifications.json", calls.notifications),
    ("POST", _CALL + "/Streams.json", calls.create_stream),
    ("POST", _CALL + "/Streams/{stream}.json", calls.update_stream),
    ("GET", _CALL + "/Recordings.json", recordings.of_call),
    ("POST", _CALL + "/Recordings.json", recordings.create),
    ("GET", _CALL + "/Recordings/{recording}.json", recordings.fetch),
    ("POST", _CALL + "/Recordings/{recording}.json", recordings.update),
    ("DELETE", _CALL + "/Recordings/{recording}.json", recordings.delete),
    ("GET", _A + "/Conferences.json", conferences.index),
    ("GET", _CONFERENCE + ".json", conferences.fetch),
    ("POST", _CONFERENCE + ".json", conferences.update),
    ("GET", _CONFERENCE + "/Recordings.json", conferences.recordings),
    ("POST", _CONFERENCE + "/Recordings/{recording}.json", conferences.update_recording),
    ("GET", _SEAT + ".json", participants.index),
    ("POST", _SEAT + ".json", participants.create),
    ("GET", _SEAT + "/{participant}.json", participants.fetch),
    ("POST", _SEAT + "/{participant}.json", participants.update),
    ("DELETE", _SEAT + "/{participant}.json", participants.delete),
    ("GET", _A + "/Queues.json", queues.index),
    ("POST", _A + "/Queues.json", queues.create),
    ("GET", _QUEUE + ".json", queues.fetch),
    ("POST", _QUEUE + ".json", queues.update),
    ("DELETE", _QUEUE + ".json", queues.delete),
    ("GET", _QUEUE + "/Members.json", queues.members),
    ("GET", _QUEUE + "/Members/{member}.json", queues.fetch_member),
    ("POST", _QUEUE + "/Members/{member}.json", queues.update_member),
    ("GET", _A + "/Recordings.json", recordings.index),
    ("GET", _A + "/Recordings/{recording}", recordings.fetch),
    ("DELETE", _A + "/Recordings/{recording}", recordings.delete),
    ("GET", _A + "/Messages.json", messages.index),
    ("POST", _A + "/Messages.json", messages.create),
    ("GET", _A + "/Messages/{message}.json", messages.fetch),
    ("POST", _A + "/Messages/{message}.json", messages.update),
    ("DELETE", _A + "/Messages/{message}.json", messages.delete),
]


def add_routes(app: web.Application) -> None:
    for method, path, handler in OPERATIONS:
        app.router.add_route(method, path, guarded(handler))
    app.router.add_route("*", ROOT + "/{account}/{rest:.*}", guarded(_unknown))


async def _unknown(request: web.Request) -> web.StreamResponse:
    return error_answer(404, 20404, f"The requested resource {request.path} was not found")
