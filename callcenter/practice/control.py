"""The line's own controls under /practice: placing calls, faults, numbers, and what was sent."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import numpy as np
from aiohttp import web

from callcenter.practice import sounds
from callcenter.practice.call import Call
from callcenter.practice.ends.callee import Behaviour
from callcenter.practice.ends.caller import Manners, SoundCaller
from callcenter.practice.ends.socket import PRACTICE_NUMBER
from callcenter.practice.faults import Fault
from callcenter.practice.ids import iso8601
from callcenter.practice.rest.wire import LINE, Handler, RestError, guarded
from callcenter.practice.sounds import FRAME_S, NOTHING, Pcm

FASTEST = 20.0
LONGEST_WAIT_S = 600.0
_MANNERS = ("hangs_up_after_s", "greeting_s", "pause_s", "alone_s", "patience_s", "after_message_s")
PLACED: web.AppKey[dict[str, SoundCaller]] = web.AppKey("placed", dict)


async def place_call(request: web.Request) -> web.Response:
    """Place a call from a sound or a text, in JSON or as a multipart form with the file in `wav`."""
    line, (given, wav) = request.app[LINE], await _given(request)
    from_ = str(given.get("from") or "+8613800001111")
    if not PRACTICE_NUMBER.fullmatch(from_) and from_ not in ("anonymous", "Restricted", "unknown"):
        raise RestError(422, 21210, "practice calls come from +86138000xxxxx")
    speed = float(given.get("speed") or 1.0)
    if not 0.5 <= speed <= FASTEST:
        raise RestError(422, 20001, f"speed is between 0.5 and {FASTEST:g}")
    if given.get("agent") not in (None, "", "robot", "none"):
        raise RestError(422, 20001, "agent is robot or none")
    caller = SoundCaller(await _sound(request, given, wav), _manners(given))
    over = asyncio.Event()
    caller.on_ended.append(over.set)
    call = line.incoming(from_=from_, far_end=caller, speed=speed)
    if given.get("agent") == "none":
        line.without_robots.add(call.call_sid)
    request.app[PLACED][call.call_sid] = caller
    if str(given.get("wait", "")).lower() in ("true", "1"):
        await asyncio.wait_for(over.wait(), LONGEST_WAIT_S)
    return web.json_response(_shown(call, caller), status=201)


async def _given(request: web.Request) -> tuple[dict[str, Any], bytes | None]:
    if request.content_type == "application/json":
        try:
            given = dict(await request.json())
            wav64 = given.get("wav_base64")
            return given, base64.b64decode(wav64, validate=True) if wav64 else None
        except (ValueError, TypeError) as error:
            raise RestError(422, 20001, "the body is not a JSON object, or wav_base64 not base64") from error
    form = await request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    wav = form.get("wav")
    return given, wav.file.read() if isinstance(wav, web.FileField) else None


async def _sound(request: web.Request, given: dict[str, Any], wav: bytes | None) -> Pcm:
    if wav is not None:
        try:
            return await asyncio.to_thread(sounds.decoded, wav)
        except sounds.UnknownSound as error:
            raise RestError(422, 20001, str(error)) from error
    return await request.app[LINE].sounds.spoken(str(given["text"])) if given.get("text") else NOTHING


def _manners(given: dict[str, Any]) -> Manners:
    if "hangup_after_s" in given:
        given["hangs_up_after_s"] = given["hangup_after_s"]
    numbers = {name: float(given[name]) for name in _MANNERS if given.get(name) not in (None, "")}
    at_once = str(given.get("speak_at_once", "")).lower() in ("true", "1")
    return Manners(digits=str(given.get("digits") or ""), speaks_at_once=at_once, **numbers)


def _shown(call: Call, caller: SoundCaller) -> dict[str, Any]:
    began = caller.began_at_frame
    return {
        "call_sid": call.call_sid,
        "status": call.status,
        "over": call.over,
        "ended_because": caller.ended_because,
        "met_somebody": caller.met_somebody,
        "has_spoken": caller.has_spoken,
        "began_to_speak_s": round(began * FRAME_S, 2) if began is not None else None,
        "lived_s": round(call.clock.seconds, 2),
        "duration_s": call.duration_s,
        "speed": call.speed,
        "created_at": iso8601(call.created_at),
        "answered_at": iso8601(call.answered_at) if call.answered_at else None,
        "ended_at": iso8601(call.ended_at) if call.ended_at else None,
    }


def _placed(request: web.Request) -> tuple[Call, SoundCaller]:
    key = request.match_info["call"]
    call, caller = request.app[LINE].calls.get(key), request.app[PLACED].get(key)
    if call is None or caller is None:
        raise RestError(404, 20404, "no such practice call")
    return call, caller


async def fetch_call(request: web.Request) -> web.Response:
    return web.json_response(_shown(*_placed(request)))


async def list_calls(request: web.Request) -> web.Response:
    line, placed = request.app[LINE], request.app[PLACED]
    shown = [_shown(line.calls[key], caller) for key, caller in placed.items() if key in line.calls]
    return web.json_response({"calls": shown})


async def heard(request: web.Request) -> web.Response:
    """Return what the caller has heard so far, as a WAV file."""
    _call, caller = _placed(request)
    pcm = np.concatenate([NOTHING, *caller.heard])
    return web.Response(body=sounds.wav_of(pcm), content_type="audio/wav")


async def hang_up(request: web.Request) -> web.Response:
    call, caller = _placed(request)
    call.finish("completed" if call.up else "canceled", reason="hangup")
    return web.json_response(_shown(call, caller))


async def press(request: web.Request) -> web.Response:
    call, caller = _placed(request)
    call.press(str((await request.json())["digits"]))
    return web.json_response(_shown(call, caller))


async def add_fault(request: web.Request) -> web.Response:
    try:
        fault = Fault.from_json(await request.json())
    except (ValueError, TypeError, json.JSONDecodeError) as error:
        raise RestError(400, 20001, str(error)) from error
    return web.json_response(request.app[LINE].faults.add(fault).as_json(), status=201)


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": [fault.as_json() for fault in request.app[LINE].faults.all()]})


async def clear_faults(request: web.Request) -> web.Response:
    request.app[LINE].faults.clear(request.query.get("fault_id"))
    return web.Response(status=204)


async def events(request: web.Request) -> web.Response:
    """Return what was sent, oldest first; `after` gives only what has a higher number."""
    after, kind = int(request.query.get("after", "0")), request.query.get("kind")
    sent = [s.as_json() for s in request.app[LINE].outbox.sent if s.number > after and kind in (None, s.kind)]
    return web.json_response({"events": sent})


async def messages(request: web.Request) -> web.Response:
    return web.json_response({"messages": request.app[LINE].messages.as_json()})


async def set_number(request: web.Request) -> web.Response:
    """Say how a number behaves when the centre calls it."""
    given = dict(await request.json())
    number = str(given.pop("number"))
    try:
        request.app[LINE].numbers.by_number[number] = Behaviour(**given)
    except TypeError as error:
        raise RestError(400, 20001, str(error)) from error
    return web.Response(status=204)


async def phones(request: web.Request) -> web.Response:
    return web.json_response({"identities": request.app[LINE].phones.identities()})


_ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/practice/calls", place_call),
    ("GET", "/practice/calls", list_calls),
    ("GET", "/practice/calls/{call}", fetch_call),
    ("GET", "/practice/calls/{call}/heard.wav", heard),
    ("POST", "/practice/calls/{call}/hangup", hang_up),
    ("POST", "/practice/calls/{call}/digits", press),
    ("POST", "/practice/faults", add_fault),
    ("GET", "/practice/faults", list_faults),
    ("DELETE", "/practice/faults", clear_faults),
    ("GET", "/practice/events", events),
    ("GET", "/practice/messages", messages),
    ("POST", "/practice/numbers", set_number),
    ("GET", "/practice/phones", phones),
]


def add_routes(app: web.Application) -> None:
    app[PLACED] = {}
    for method, path, handler in _ROUTES:
        app.router.add_route(method, path, guarded(handler))
