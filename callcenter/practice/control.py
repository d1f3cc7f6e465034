"""The line's own controls, for its commands and for tests: placing callers, misbehaving, looking at what was sent."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from callcenter.practice.call import Call
from callcenter.practice.ends.callee import Behaviour
from callcenter.practice.ends.caller import Manners, SoundCaller
from callcenter.practice.faults import Fault
from callcenter.practice.line import Line
from callcenter.practice.rest.routes import may_enter
from callcenter.practice.sounds import NOTHING, Pcm, UnknownSound, decoded, mulaw_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FASTEST = 16.0


class BadOrder(Exception):
    """The request cannot be understood; the sentence says which field."""


def routes(line: Line) -> list[web.RouteDef]:
    """Return the routes below /practice; all want the account's credentials."""

    def guarded(handle: Callable[[Line, web.Request], Awaitable[web.StreamResponse]]) -> Handler:
        async def enter(request: web.Request) -> web.StreamResponse:
            if not may_enter(line, request.headers.get("Authorization")):
                return web.json_response({"message": "Authenticate"}, status=401)
            try:
                return await handle(line, request)
            except BadOrder as error:
                return web.json_response({"message": str(error)}, status=422)

        return enter

    return [
        web.post("/practice/calls", guarded(_place)),
        web.get("/practice/calls", guarded(_calls)),
        web.get("/practice/calls/{sid}", guarded(_call)),
        web.get("/practice/calls/{sid}/heard", guarded(_heard)),
        web.post("/practice/calls/{sid}/hang-up", guarded(_hang_up)),
        web.post("/practice/faults", guarded(_add_fault)),
        web.get("/practice/faults", guarded(_faults)),
        web.delete("/practice/faults", guarded(_clear_faults)),
        web.get("/practice/events", guarded(_events)),
        web.get("/practice/messages", guarded(_messages)),
        web.post("/practice/numbers", guarded(_numbers)),
    ]


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError as error:
        raise BadOrder("the body must be JSON") from error
    if not isinstance(given, dict):
        raise BadOrder("the body must be a JSON object")
    return given


async def _place(line: Line, request: web.Request) -> web.Response:
    """Place a caller: wav (base64) or text, from, digits, speed, how long to stay."""
    order = await _json(request)
    speed = float(order.get("speed", 1.0))
    if not 0.1 <= speed <= FASTEST:
        raise BadOrder(f"speed must lie between 0.1 and {FASTEST:g}")
    caller = SoundCaller(await _sound(line, order), _manners(order))
    extra = [("PracticeAgent", str(order["agent"]))] if order.get("agent") else []
    call = line.incoming(
        from_=order.get("from") or "+8613800001111", far_end=caller, speed=speed, extra=extra
    )
    return web.json_response(_shown(call), status=201)


async def _sound(line: Line, order: dict[str, Any]) -> Pcm:
    wav, text = order.get("wav_base64"), order.get("text")
    if wav:
        try:
            return decoded(base64.b64decode(wav, validate=True), "audio/wav")
        except (binascii.Error, UnknownSound) as error:
            raise BadOrder(f"wav_base64 is not a sound: {error}") from error
    return await line.sounds.spoken(text) if text else NOTHING


def _manners(order: dict[str, Any]) -> Manners:
    known = {
        name: order[name]
        for name in ("digits", "hangs_up_after_s", "greeting_s", "pause_s", "alone_s", "patience_s")
        if order.get(name) is not None
    }
    return Manners(speaks_at_once=bool(order.get("speak_at_once")), **known)


async def _calls(line: Line, _request: web.Request) -> web.Response:
    return web.json_response({"calls": [_shown(call) for call in line.calls.values()]})


async def _call(line: Line, request: web.Request) -> web.Response:
    call = line.calls.get(request.match_info["sid"])
    if call is None:
        return web.json_response({"message": "no such call"}, status=404)
    return web.json_response(_shown(call))


async def _heard(line: Line, request: web.Request) -> web.Response:
    """What a placed caller heard, as raw mu-law."""
    call = line.calls.get(request.match_info["sid"])
    if call is None or not isinstance(call.far_end, SoundCaller):
        return web.json_response({"message": "no such caller"}, status=404)
    return web.Response(body=b"".join(mulaw_of(frame) for frame in call.far_end.heard))


async def _hang_up(line: Line, request: web.Request) -> web.Response:
    call = line.calls.get(request.match_info["sid"])
    if call is None:
        return web.json_response({"message": "no such call"}, status=404)
    call.finish(reason="hangup")
    return web.json_response(_shown(call))


async def _add_fault(line: Line, request: web.Request) -> web.Response:
    try:
        fault = line.faults.add(Fault.from_json(await _json(request)))
    except (ValueError, TypeError) as error:
        raise BadOrder(str(error)) from error
    return web.json_response(fault.as_json(), status=201)


async def _faults(line: Line, _request: web.Request) -> web.Response:
    return web.json_response({"faults": [fault.as_json() for fault in line.faults.all()]})


async def _clear_faults(line: Line, request: web.Request) -> web.Response:
    line.faults.clear(request.query.get("fault_id"))
    return web.Response(status=204)


async def _events(line: Line, request: web.Request) -> web.Response:
    after = int(request.query.get("after", 0))
    return web.json_response({"events": [one.as_json() for one in line.outbox.sent if one.number > after]})


async def _messages(line: Line, _request: web.Request) -> web.Response:
    return web.json_response({"messages": line.messages.as_json()})


async def _numbers(line: Line, request: web.Request) -> web.Response:
    """Teach an ordinary telephone how to behave when it is called."""
    order = await _json(request)
    try:
        number = order.pop("number")
        line.numbers.by_number[number] = Behaviour(**order)
    except (KeyError, TypeError) as error:
        raise BadOrder(f"a field is missing or unknown: {error}") from error
    return web.Response(status=204)


def _shown(call: Call) -> dict[str, Any]:
    caller = call.far_end if isinstance(call.far_end, SoundCaller) else None
    return {
        "call_sid": call.call_sid,
        "status": call.status,
        "direction": call.direction,
        "seconds": round(call.clock.seconds, 2),
        "duration_s": call.duration_s,
        "over": call.over,
        "met_somebody": caller.met_somebody if caller else None,
        "has_spoken": caller.has_spoken if caller else None,
        "ended_because": caller.ended_because if caller else None,
    }
