"""Calls by REST: placing, reading, sending elsewhere, ending; their recordings, streams and notifications."""

from __future__ import annotations

from typing import Any

from callcenter.practice.call import Call
from callcenter.practice.dialling import BUFFER_S, place
from callcenter.practice.ids import rfc2822
from callcenter.practice.line import Line
from callcenter.practice.program import Goto
from callcenter.practice.progress import Progress
from callcenter.practice.recording import Callback, Recording
from callcenter.practice.rest.answers import (
    ApiError,
    call_json,
    first,
    not_found,
    page,
    recording_json,
    required,
    stream_json,
)
from callcenter.practice.streams import MOST_TRACKS, StreamOrder

Form = dict[str, list[str]]
_OVER = ApiError(400, 21220, "Invalid call state: the call is not in-progress")


def find(line: Line, call_sid: str) -> Call:
    """Return the call. Raises ApiError 20404."""
    call = line.calls.get(call_sid)
    if call is None:
        raise not_found(f"Calls/{call_sid}")
    return call


def create(line: Line, form: Form) -> dict[str, Any]:
    """Place a call; it rings in the background."""
    to, from_ = required(form, "To"), required(form, "From")
    goto = _document(form)
    if goto is None:
        raise ApiError(400, 21205, "Url or Twiml is required")
    call = line.outgoing(to=to, from_=from_, direction="outbound-api")
    call.fallback_url, call.fallback_method = (
        first(form, "FallbackUrl") or "",
        first(form, "FallbackMethod") or "POST",
    )
    follow_status(line, call, form)
    timeout_s = float(first(form, "Timeout") or 60) + BUFFER_S
    line.in_background(place(line, call, timeout_s=timeout_s, connected=lambda: line.run(call, goto)))
    return call_json(call)


def update(line: Line, call_sid: str, form: Form) -> dict[str, Any]:
    """End the call, or let it go on with another document. Raises ApiError 21220 when it is over."""
    call, status = find(line, call_sid), first(form, "Status")
    if call.over:
        raise _OVER
    if status == "completed":
        call.finish(
            "completed" if call.up else "canceled", reason="remote_hangup" if call.up else "withdrawn"
        )
    elif status == "canceled":
        if call.up:
            raise ApiError(400, 21220, "the call is in progress and cannot be canceled")
        call.finish("canceled", reason="withdrawn", sip_code=487)
    else:
        goto = _document(form)
        if goto is None:
            raise ApiError(400, 21218, "nothing to update")
        line.run(call, goto)
    return call_json(call)


def listing(line: Line, query: Form) -> list[dict[str, Any]]:
    """Return calls, newest first, filtered as asked."""
    wanted = {name: first(query, name) for name in ("To", "From", "Status", "ParentCallSid")}
    found = [
        call
        for call in line.calls.values()
        if wanted["To"] in (None, call.to)
        and wanted["From"] in (None, call.from_)
        and wanted["Status"] in (None, call.status)
        and wanted["ParentCallSid"] in (None, call.parent_sid)
    ]
    return [call_json(call) for call in sorted(found, key=lambda one: one.created_at, reverse=True)]


def delete(line: Line, call_sid: str) -> None:
    """Forget a call that is over. Raises ApiError while it lives."""
    if not find(line, call_sid).over:
        raise ApiError(400, 20009, "Cannot delete this resource before it is complete")
    del line.calls[call_sid]


def notifications(line: Line, call_sid: str, uri: str) -> dict[str, Any]:
    """Return what went wrong with the call's documents and streams."""
    call = find(line, call_sid)
    found = [
        {
            "sid": one["sid"],
            "account_sid": call.account_sid,
            "call_sid": call.call_sid,
            "api_version": "2010-04-01",
            "error_code": str(one["code"]),
            "log": "0",
            "message_date": rfc2822(one["at"]),
            "message_text": one["message"],
            "more_info": f"https://www.twilio.com/docs/errors/{one['code']}",
            "request_method": "POST",
            "request_url": one["url"],
            "date_created": rfc2822(one["at"]),
            "date_updated": rfc2822(one["at"]),
            "uri": uri,
        }
        for one in call.notifications
    ]
    return page("notifications", found, uri)


def follow_status(line: Line, call: Call, form: Form) -> None:
    """Tell the caller of the API how the call goes; without named events only its end."""
    url = first(form, "StatusCallback")
    if url:
        events = frozenset(" ".join(form.get("StatusCallbackEvent", [])).split()) or frozenset({"completed"})
        call.on_status.append(Progress(line.outbox, url, events=events))


def record(line: Line, call_sid: str, form: Form) -> dict[str, Any]:
    """Record the call from now on."""
    call = find(line, call_sid)
    if not call.up:
        raise ApiError(400, 21220, "Requested resource is not eligible for recording")
    recording = line.recordings.begin(
        call_sid=call.call_sid,
        source="StartCallRecordingAPI",
        channels=2 if first(form, "RecordingChannels") == "dual" else 1,
        track=first(form, "RecordingTrack") or "both",
        trim=first(form, "Trim") == "trim-silence",
        callback=callback_of(form),
    )
    call.taps.append(recording)
    call.endings.append(recording.finish)
    return recording_json(recording)


def callback_of(form: Form, prefix: str = "RecordingStatusCallback") -> Callback:
    """Return whom the form's recording callback fields tell."""
    events = " ".join(form.get(f"{prefix}Event", [])).split() or ["completed"]
    return Callback(
        url=first(form, prefix) or "",
        events=frozenset(events),
        method=first(form, f"{prefix}Method") or "POST",
    )


def recording_of(line: Line, call_sid: str, key: str) -> Recording:
    """Return a recording of the call; `Twilio.CURRENT` is the one that runs."""
    find(line, call_sid)
    for recording in line.recordings.all():
        if recording.call_sid == call_sid and key in (recording.recording_sid, "Twilio.CURRENT"):
            if key != "Twilio.CURRENT" or recording.live:
                return recording
    raise not_found(f"Recordings/{key}")


def update_recording(recording: Recording, form: Form, taps: list[Any]) -> dict[str, Any]:
    """Pause, resume or stop a recording. Raises ApiError when it is over."""
    status = required(form, "Status")
    if not recording.live:
        raise ApiError(400, 21220, "the recording is over")
    if status == "paused":
        recording.pause(first(form, "PauseBehavior") or "skip")
    elif status == "in-progress":
        recording.resume()
    elif status == "stopped":
        if recording in taps:
            taps.remove(recording)
        recording.finish()
    else:
        raise ApiError(400, 20001, f"Status '{status}' is not allowed here")
    return recording_json(recording)


def open_stream(line: Line, call_sid: str, form: Form) -> dict[str, Any]:
    """Open a media stream on a live call."""
    call = find(line, call_sid)
    if call.over:
        raise _OVER
    order = StreamOrder(
        url=required(form, "Url"),
        name=first(form, "Name"),
        track=first(form, "Track") or "inbound_track",
        parameters=_parameters(form),
        callback=Callback(
            url=first(form, "StatusCallback") or "",
            events=frozenset({"stream-started", "stream-stopped", "stream-error"}),
            method=first(form, "StatusCallbackMethod") or "POST",
        ),
    )
    running = sum(len(one.tracks) for one in line.streams_of(call) if one.status == "in-progress")
    if running >= MOST_TRACKS:
        raise ApiError(400, 31941, "too many tracks are streamed")
    return stream_json(line.open_stream(call, order))


def update_stream(line: Line, call_sid: str, key: str, form: Form) -> dict[str, Any]:
    """Stop a stream, by sid or name."""
    if required(form, "Status") != "stopped":
        raise ApiError(400, 20001, "Status must be 'stopped'")
    for stream in line.streams_of(find(line, call_sid)):
        if key in (stream.stream_sid, stream.name):
            stream.stop()
            return stream_json(stream)
    raise not_found(f"Streams/{key}")


def _parameters(form: Form) -> dict[str, str]:
    found = {}
    for number in range(1, 100):
        name = first(form, f"Parameter{number}.Name")
        if name is None:
            break
        found[name] = first(form, f"Parameter{number}.Value") or ""
    return found


def _document(form: Form) -> Goto | None:
    url, text = first(form, "Url"), first(form, "Twiml")
    if url:
        return Goto(url=url, method=first(form, "Method") or "POST")
    return Goto(text=text) if text else None
