"""Recordings by REST: of calls, their pause and end, the sound itself, and deletion."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.recording import Recording
from callcenter.practice.rest import resources
from callcenter.practice.rest.calls import call_of, recording_callback
from callcenter.practice.rest.wire import LINE, RestError, form_of, needed, not_found, paged


def _found(request: web.Request, among: list[Recording] | None = None) -> Recording:
    key = request.match_info["recording"].removesuffix(".wav").removesuffix(".json")
    if among is not None and key == "Twilio.CURRENT":
        recording = next((r for r in among if r.live), None)
    else:
        recording = request.app[LINE].recordings.get(key)
    if recording is None or (among is not None and recording not in among):
        raise not_found(request)
    return recording


def _of_call(request: web.Request) -> list[Recording]:
    sid = request.match_info["call"]
    return [r for r in request.app[LINE].recordings.all() if r.call_sid == sid]


async def create(request: web.Request) -> web.Response:
    """Record a live call from now on."""
    line, call, form = request.app[LINE], call_of(request), await form_of(request)
    if not call.up:
        raise RestError(400, 21220, "Requested resource is not eligible for recording")
    recording = line.recordings.begin(
        call_sid=call.call_sid,
        source="StartCallRecordingAPI",
        channels=2 if form.get("RecordingChannels") == "dual" else 1,
        track=form.get("RecordingTrack", "both"),
        trim=form.get("Trim") == "trim-silence",
        callback=recording_callback(form),
    )
    call.taps.append(recording)
    call.endings.append(recording.finish)
    return web.json_response(resources.recording(recording), status=201)


async def of_call(request: web.Request) -> web.Response:
    return paged(request, "recordings", _of_call(request), resources.recording)


async def update(request: web.Request) -> web.Response:
    return await change(request, _of_call(request))


async def change(request: web.Request, among: list[Recording]) -> web.Response:
    """Pause, resume or stop one of `among`."""
    form = await form_of(request)
    recording, status = _found(request, among), needed(form, "Status", 20001)
    if not recording.live:
        raise RestError(400, 21220, "The recording is over")
    if status == "paused":
        recording.pause(form.get("PauseBehavior", "silence"))
    elif status == "in-progress":
        recording.resume()
    elif status == "stopped":
        recording.finish()
    else:
        raise RestError(400, 20001, f"Invalid value for Status: {status}")
    return web.json_response(resources.recording(recording))


async def index(request: web.Request) -> web.Response:
    call_sid, conference_sid = request.query.get("CallSid"), request.query.get("ConferenceSid")
    found = [
        r
        for r in request.app[LINE].recordings.all()
        if call_sid in (None, r.call_sid) and conference_sid in (None, r.conference_sid)
    ]
    return paged(request, "recordings", found, resources.recording)


async def fetch(request: web.Request) -> web.StreamResponse:
    """Return the facts for `.json`, else the sound: `.wav` or nothing at the end means WAV."""
    recording, path = _found(request), request.path
    if path.endswith(".json"):
        return web.json_response(resources.recording(recording))
    if path.endswith(".mp3"):
        raise RestError(400, 20001, "This line keeps WAV only")
    if recording.live or not recording.path.exists():
        raise not_found(request)
    return web.FileResponse(recording.path, headers={"Content-Type": "audio/x-wav"})


async def delete(request: web.Request) -> web.Response:
    recording = _found(request)
    if recording.live:
        raise RestError(409, 16114, "The recording is still being made")
    request.app[LINE].recordings.delete(recording)
    return web.Response(status=204)
