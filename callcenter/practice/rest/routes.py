"""Every address of the API, who may use it, and what goes wrong on purpose."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from callcenter.practice.faults import Harm
from callcenter.practice.line import Line
from callcenter.practice.rest import calls, conferences, waiting
from callcenter.practice.rest.answers import (
    ApiError,
    call_json,
    conference_json,
    member_json,
    message_json,
    not_found,
    page,
    participant_json,
    queue_json,
    recording_json,
)
from callcenter.practice.rest.calls import Form

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answer = Callable[[Line, web.Request, Form], Any]

ROOT = "/2010-04-01/Accounts/{account}"


def may_enter(line: Line, header: str | None) -> bool:
    """Say whether HTTP Basic carries the account's token or an API key."""
    try:
        given = aiohttp.BasicAuth.decode(header or "")
    except ValueError:
        return False
    settings = line.settings
    known = ((settings.account_sid, settings.auth_token), (settings.api_key, settings.api_secret))
    pairs = [(given.login + "\0" + given.password, name + "\0" + word) for name, word in known]
    return any([hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs])


def routes(line: Line) -> list[web.RouteDef]:
    """Return the routes of the whole API."""
    table: list[tuple[str, str, int, Answer]] = [
        ("GET", "/Calls.json", 200, lambda ln, rq, f: page("calls", calls.listing(ln, f), rq.path)),
        ("POST", "/Calls.json", 201, lambda ln, rq, f: calls.create(ln, f)),
        ("GET", "/Calls/{sid}.json", 200, lambda ln, rq, f: call_json(calls.find(ln, _sid(rq)))),
        ("POST", "/Calls/{sid}.json", 200, lambda ln, rq, f: calls.update(ln, _sid(rq), f)),
        ("DELETE", "/Calls/{sid}.json", 204, lambda ln, rq, f: calls.delete(ln, _sid(rq))),
        ("GET", "/Calls/{sid}/Events.json", 200, _call_events),
        (
            "GET",
            "/Calls/{sid}/Notifications.json",
            200,
            lambda ln, rq, f: calls.notifications(ln, _sid(rq), rq.path),
        ),
        ("GET", "/Calls/{sid}/Recordings.json", 200, _call_recordings),
        ("POST", "/Calls/{sid}/Recordings.json", 201, lambda ln, rq, f: calls.record(ln, _sid(rq), f)),
        ("POST", "/Calls/{sid}/Recordings/{sub}.json", 200, _change_recording),
        ("DELETE", "/Calls/{sid}/Recordings/{sub}.json", 204, _delete_call_recording),
        ("POST", "/Calls/{sid}/Streams.json", 201, lambda ln, rq, f: calls.open_stream(ln, _sid(rq), f)),
        ("POST", "/Calls/{sid}/Streams/{sub}.json", 200, _stop_stream),
        (
            "GET",
            "/Conferences.json",
            200,
            lambda ln, rq, f: page("conferences", conferences.listing(ln, f), rq.path),
        ),
        ("GET", "/Conferences/{sid}.json", 200, _conference),
        ("POST", "/Conferences/{sid}.json", 200, lambda ln, rq, f: conferences.update(ln, _sid(rq), f)),
        ("GET", "/Conferences/{sid}/Recordings.json", 200, _conference_recordings),
        ("POST", "/Conferences/{sid}/Recordings/{sub}.json", 200, _change_conference_recording),
        ("GET", "/Conferences/{sid}/Participants.json", 200, _participants),
        (
            "POST",
            "/Conferences/{sid}/Participants.json",
            201,
            lambda ln, rq, f: conferences.add(ln, _sid(rq), f),
        ),
        ("GET", "/Conferences/{sid}/Participants/{sub}.json", 200, _participant),
        ("POST", "/Conferences/{sid}/Participants/{sub}.json", 200, _change_participant),
        ("DELETE", "/Conferences/{sid}/Participants/{sub}.json", 204, _remove_participant),
        ("GET", "/Queues.json", 200, _queues),
        ("POST", "/Queues.json", 201, lambda ln, rq, f: waiting.create(ln, f)),
        (
            "GET",
            "/Queues/{sid}.json",
            200,
            lambda ln, rq, f: queue_json(_account(ln), waiting.find(ln, _sid(rq))),
        ),
        ("POST", "/Queues/{sid}.json", 200, lambda ln, rq, f: waiting.update(ln, _sid(rq), f)),
        ("DELETE", "/Queues/{sid}.json", 204, lambda ln, rq, f: waiting.delete(ln, _sid(rq))),
        ("GET", "/Queues/{sid}/Members.json", 200, _members),
        ("GET", "/Queues/{sid}/Members/{sub}.json", 200, _member),
        (
            "POST",
            "/Queues/{sid}/Members/{sub}.json",
            200,
            lambda ln, rq, f: waiting.take_out(ln, _sid(rq), _sub(rq), f),
        ),
        ("GET", "/Recordings.json", 200, _recordings),
        ("GET", "/Recordings/{sid}.json", 200, lambda ln, rq, f: recording_json(_recording(ln, _sid(rq)))),
        (
            "DELETE",
            "/Recordings/{sid}.json",
            204,
            lambda ln, rq, f: ln.recordings.delete(_recording(ln, _sid(rq))),
        ),
        ("GET", "/Messages.json", 200, _messages),
        ("POST", "/Messages.json", 201, lambda ln, rq, f: waiting.send(ln, f)),
        (
            "GET",
            "/Messages/{sid}.json",
            200,
            lambda ln, rq, f: message_json(_account(ln), waiting.message(ln, _sid(rq))),
        ),
        ("POST", "/Messages/{sid}.json", 200, lambda ln, rq, f: waiting.change_message(ln, _sid(rq), f)),
        (
            "DELETE",
            "/Messages/{sid}.json",
            204,
            lambda ln, rq, f: ln.messages.delete(waiting.message(ln, _sid(rq))),
        ),
    ]
    made = [
        web.route(method, ROOT + path, _handler(line, status, answer))
        for method, path, status, answer in table
    ]
    # Without .json the sound itself: a WAV file, with or without the ending.
    sounds = [
        web.get(ROOT + "/Recordings/{sid:RE[0-9a-f]+}" + ending, _sound(line)) for ending in ("", ".wav")
    ]
    return [*made, *sounds]


def _handler(line: Line, status: int, answer: Answer) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            form = await _asked(line, request)
            fault = line.faults.strike(
                frozenset({Harm.REST}), request.path, f"{request.method} {request.path}"
            )
            if fault is not None and not fault.done:
                raise _broken(fault.status)
            body = answer(line, request, form)
            if fault is not None:
                raise _broken(fault.status)
        except ApiError as error:
            return error.answer()
        except ValueError as error:
            return ApiError(400, 20001, f"a number is wrong: {error}").answer()
        return web.Response(status=204) if status == 204 else web.json_response(body, status=status)

    return handle


async def _asked(line: Line, request: web.Request) -> Form:
    """Return the form or query. Raises ApiError for strangers and other accounts."""
    if not may_enter(line, request.headers.get("Authorization")):
        raise ApiError(401, 20003, "Authenticate")
    if request.match_info["account"] != line.settings.account_sid:
        raise not_found("account")
    text = await request.text() if request.method == "POST" else request.query_string
    return parse_qs(text, keep_blank_values=True)


def _broken(status: int) -> ApiError:
    code = 20429 if status == 429 else 20500
    return ApiError(
        status, code, "Too many requests" if status == 429 else "An internal server error has occurred"
    )


def _sound(line: Line) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            await _asked(line, request)
            recording = _recording(line, _sid(request))
            if recording.live or not recording.path.exists():
                raise not_found("the sound of this recording")
        except ApiError as error:
            return error.answer()
        return web.FileResponse(recording.path, headers={"Content-Type": "audio/x-wav"})

    return handle


def _sid(request: web.Request) -> str:
    return request.match_info["sid"]


def _sub(request: web.Request) -> str:
    return request.match_info["sub"]


def _account(line: Line) -> str:
    return line.settings.account_sid


def _recording(line: Line, sid: str) -> Any:
    found = line.recordings.get(sid)
    if found is None:
        raise not_found(f"Recordings/{sid}")
    return found


def _call_events(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    calls.find(line, _sid(request))
    own = [one for one in line.outbox.sent if dict(one.fields).get("CallSid") == _sid(request)]
    listed = [
        {
            "request": {"url": one.url, "method": "POST", "parameters": dict(one.fields)},
            "response": {"response_code": one.status, "error_code": one.error},
        }
        for one in own
    ]
    return page("events", listed, request.path)


def _call_recordings(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    calls.find(line, _sid(request))
    own = [recording_json(one) for one in line.recordings.all() if one.call_sid == _sid(request)]
    return page("recordings", own, request.path)


def _change_recording(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    recording = calls.recording_of(line, _sid(request), _sub(request))
    return calls.update_recording(recording, form, calls.find(line, _sid(request)).taps)


def _delete_call_recording(line: Line, request: web.Request, _form: Form) -> None:
    line.recordings.delete(calls.recording_of(line, _sid(request), _sub(request)))


def _stop_stream(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    return calls.update_stream(line, _sid(request), _sub(request), form)


def _conference(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    return conference_json(_account(line), conferences.find(line, _sid(request)))


def _conference_recordings(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    sid = conferences.find(line, _sid(request)).conference_sid
    return page(
        "recordings",
        [recording_json(o) for o in line.recordings.all() if o.conference_sid == sid],
        request.path,
    )


def _change_conference_recording(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    conferences.find(line, _sid(request))
    return calls.update_recording(_recording(line, _sub(request)), form, [])


def _participants(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    return page("participants", conferences.participants(line, _sid(request), form), request.path)


def _participant(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    conference, seat = conferences.participant(line, _sid(request), _sub(request))
    return participant_json(_account(line), conference, seat)


def _change_participant(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    return conferences.change(line, _sid(request), _sub(request), form)


def _remove_participant(line: Line, request: web.Request, _form: Form) -> None:
    conferences.remove(line, _sid(request), _sub(request))


def _queues(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    return page("queues", [queue_json(_account(line), one) for one in line.queues.all()], request.path)


def _members(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    queue = waiting.find(line, _sid(request))
    listed = [member_json(_account(line), queue, entry) for entry in queue.entries]
    return page("queue_members", listed, request.path)


def _member(line: Line, request: web.Request, _form: Form) -> dict[str, Any]:
    queue, entry = waiting.member(line, _sid(request), _sub(request))
    return member_json(_account(line), queue, entry)


def _recordings(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    call, room = form.get("CallSid"), form.get("ConferenceSid")
    found = [
        recording_json(one)
        for one in line.recordings.all()
        if (not call or one.call_sid == call[0]) and (not room or one.conference_sid == room[0])
    ]
    return page("recordings", found, request.path)


def _messages(line: Line, request: web.Request, form: Form) -> dict[str, Any]:
    to, from_ = form.get("To"), form.get("From")
    found = [
        message_json(_account(line), one)
        for one in reversed(line.messages.all())
        if (not to or one.to == to[0]) and (not from_ or one.from_ == from_[0])
    ]
    return page("messages", found, request.path)
