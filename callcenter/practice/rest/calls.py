"""Calls by REST: placing, reading, redirecting, ending; their notifications, events and streams."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.call import Call
from callcenter.practice.dialling import BUFFER_S, place
from callcenter.practice.line import Line
from callcenter.practice.program import Goto
from callcenter.practice.progress import Progress
from callcenter.practice.recording import Callback
from callcenter.practice.rest import resources
from callcenter.practice.rest.wire import LINE, RestError, form_of, needed, not_found, paged, whole
from callcenter.practice.streams import StreamOrder

RINGING_S = 60


def call_of(request: web.Request) -> Call:
    call = request.app[LINE].calls.get(request.match_info["call"])
    if call is None:
        raise not_found(request)
    return call


async def create(request: web.Request) -> web.Response:
    line, form = request.app[LINE], await form_of(request)
    to, from_ = needed(form, "To", 21201), needed(form, "From", 21213)
    goto = _document(form)
    if goto is None:
        raise RestError(400, 21205, "Url parameter is required.")
    call = line.outgoing(to=to, from_=from_, direction="outbound-api")
    follow(line, call, form)
    call.fallback_url = form.get("FallbackUrl", "")
    call.fallback_method = form.get("FallbackMethod", "POST")

    def connected() -> None:
        if form.get("SendDigits"):
            call.press(form["SendDigits"].replace("w", ""))
        if form.get("Record", "").lower() == "true":
            _record(line, call, form)
        line.run(call, goto)

    line.take_up(call)
    ringing_s = whole(form, "Timeout", RINGING_S) + BUFFER_S
    line.in_background(place(line, call, timeout_s=ringing_s, connected=connected))
    return web.json_response(resources.call(call), status=201)


def follow(line: Line, call: Call, form: dict[str, str]) -> None:
    """Tell the form's StatusCallback of the call's progress."""
    if form.get("StatusCallback"):
        events = form.get("StatusCallbackEvent", "").split()
        method = form.get("StatusCallbackMethod", "POST")
        call.on_status.append(Progress(line.outbox, form["StatusCallback"], events=events, method=method))


def recording_callback(form: dict[str, str], prefix: str = "") -> Callback:
    return Callback(
        url=form.get(prefix + "RecordingStatusCallback", ""),
        events=frozenset((form.get(prefix + "RecordingStatusCallbackEvent") or "completed").split()),
        method=form.get(prefix + "RecordingStatusCallbackMethod", "POST"),
    )


def _record(line: Line, call: Call, form: dict[str, str]) -> None:
    recording = line.recordings.begin(
        call_sid=call.call_sid,
        source="OutboundAPI",
        channels=2 if form.get("RecordingChannels") == "dual" else 1,
        track=form.get("RecordingTrack", "both"),
        trim=form.get("Trim", "trim-silence") == "trim-silence",
        callback=recording_callback(form),
    )
    call.taps.append(recording)
    call.endings.append(recording.finish)


def _document(form: dict[str, str]) -> Goto | None:
    if form.get("Url"):
        return Goto(url=form["Url"], method=form.get("Method", "POST"))
    return Goto(text=form["Twiml"]) if form.get("Twiml") else None


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(resources.call(call_of(request)))


async def update(request: web.Request) -> web.Response:
    """Send a live call elsewhere, or end it. 21220 when it is over."""
    line, call, form = request.app[LINE], call_of(request), await form_of(request)
    goto, status = _document(form), form.get("Status")
    if call.over:
        raise RestError(400, 21220, f"Call is not in-progress. Cannot redirect. ({call.status})")
    if form.get("FallbackUrl"):
        call.fallback_url = form["FallbackUrl"]
    follow(line, call, form)
    if status == "completed":
        call.finish("completed" if call.up else "canceled", reason="withdrawn")
    elif status == "canceled":
        if call.up:
            raise RestError(400, 21220, "Call is in progress; it can be completed, not canceled.")
        call.finish("canceled", reason="withdrawn", sip_code=487)
    elif goto is not None:
        line.run(call, goto)
    return web.json_response(resources.call(call))


async def delete(request: web.Request) -> web.Response:
    call = call_of(request)
    if not call.over:
        raise RestError(409, 20409, "A call in progress cannot be deleted")
    del request.app[LINE].calls[call.call_sid]
    return web.Response(status=204)


async def index(request: web.Request) -> web.Response:
    asked = {"to": "To", "from_": "From", "status": "Status", "parent_sid": "ParentCallSid"}
    wanted = {attr: request.query[name] for attr, name in asked.items() if name in request.query}
    calls = [
        call
        for call in reversed(request.app[LINE].calls.values())
        if all(getattr(call, attr) == value for attr, value in wanted.items())
    ]
    return paged(request, "calls", calls, resources.call)


async def notifications(request: web.Request) -> web.Response:
    call = call_of(request)
    return paged(request, "notifications", call.notifications, lambda n: resources.notification(n, call))


async def events(request: web.Request) -> web.Response:
    """What was asked and answered for this call, as the carrier's request inspector shows it."""
    call = call_of(request)
    sent = [s for s in request.app[LINE].outbox.sent if ("CallSid", call.call_sid) in s.fields]
    return paged(
        request,
        "events",
        sent,
        lambda s: {
            "request": {"url": s.url, "method": "POST", "parameters": dict(s.fields)},
            "response": {"response_code": s.status},
        },
    )


async def create_stream(request: web.Request) -> web.Response:
    line, call, form = request.app[LINE], call_of(request), await form_of(request)
    if not call.up:
        raise RestError(400, 21220, "Call is not in-progress.")
    parameters, number = {}, 1
    while form.get(f"Parameter{number}.Name"):
        parameters[form[f"Parameter{number}.Name"]] = form.get(f"Parameter{number}.Value", "")
        number += 1
    callback = Callback(url=form.get("StatusCallback", ""), method=form.get("StatusCallbackMethod", "POST"))
    order = StreamOrder(
        url=needed(form, "Url", 21205),
        name=form.get("Name"),
        track=form.get("Track", "inbound_track"),
        parameters=parameters,
        callback=callback,
    )
    return web.json_response(resources.stream(line.open_stream(call, order)), status=201)


async def update_stream(request: web.Request) -> web.Response:
    call, key = call_of(request), request.match_info["stream"]
    for stream in request.app[LINE].streams_of(call):
        if key in (stream.stream_sid, stream.order.name):
            stream.stop()
            return web.json_response({**resources.stream(stream), "status": "stopped"})
    raise not_found(request)
