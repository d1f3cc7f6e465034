"""How the API answers: resources as JSON, pages of them, and errors in the carrier's own shape."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from aiohttp import web

from callcenter.practice.call import Call
from callcenter.practice.conference import Conference, Participant
from callcenter.practice.ids import rfc2822
from callcenter.practice.messages import Message
from callcenter.practice.queues import Entry, Queue
from callcenter.practice.recording import Recording
from callcenter.practice.streams import MediaStream

API = "/2010-04-01/Accounts/"
_PAGE = 1000


class ApiError(Exception):
    """A refusal. `status` is HTTP's, `code` the carrier's."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def answer(self) -> web.Response:
        """Return the error as twilio-python reads it."""
        return web.json_response(
            {
                "code": self.code,
                "message": str(self),
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            status=self.status,
        )


def not_found(what: str) -> ApiError:
    """Return the refusal for something that is not there."""
    return ApiError(404, 20404, f"The requested resource {what} was not found")


def required(form: dict[str, list[str]], name: str) -> str:
    """Return a field of the form. Raises ApiError when it is missing or empty."""
    value = first(form, name)
    if not value:
        raise ApiError(400, 21201 if name == "To" else 20001, f"'{name}' is required")
    return value


def first(form: dict[str, list[str]], name: str) -> str | None:
    """Return the first value of a field, None when it was not sent."""
    values = form.get(name)
    return values[0] if values else None


def yes(form: dict[str, list[str]], name: str, default: bool = False) -> bool:
    """Return a boolean field; anything but `true` is false, as with the carrier."""
    value = first(form, name)
    return default if value is None else value.lower() == "true"


def page(kind: str, items: Iterable[dict[str, Any]], uri: str) -> dict[str, Any]:
    """Return a list in the shape that twilio-python's list() and stream() read; one page holds all."""
    listed = list(items)[:_PAGE]
    return {
        kind: listed,
        "page": 0,
        "page_size": _PAGE,
        "start": 0,
        "end": max(0, len(listed) - 1),
        "first_page_uri": uri,
        "next_page_uri": None,
        "previous_page_uri": None,
        "uri": uri,
    }


def call_json(call: Call) -> dict[str, Any]:
    """Return a call. Durations are strings, as the API writes them."""
    base = f"{API}{call.account_sid}/Calls/{call.call_sid}"
    return {
        "sid": call.call_sid,
        "account_sid": call.account_sid,
        "parent_call_sid": call.parent_sid,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": None,
        "status": "queued" if call.status == "initiated" else call.status,
        "direction": call.direction,
        "api_version": "2010-04-01",
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.ended_at or call.answered_at or call.created_at),
        "start_time": rfc2822(call.answered_at),
        "end_time": rfc2822(call.ended_at),
        "duration": str(call.duration_s) if call.over else None,
        "price": None,
        "price_unit": "USD",
        "answered_by": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": base + ".json",
        "subresource_uris": {
            name: f"{base}/{path}.json"
            for name, path in (("recordings", "Recordings"), ("notifications", "Notifications"))
        },
    }


def conference_json(account_sid: str, conference: Conference) -> dict[str, Any]:
    """Return a conference."""
    base = f"{API}{account_sid}/Conferences/{conference.conference_sid}"
    return {
        "sid": conference.conference_sid,
        "account_sid": account_sid,
        "friendly_name": conference.name,
        "status": conference.status,
        "region": "us1",
        "api_version": "2010-04-01",
        "date_created": rfc2822(conference.created_at),
        "date_updated": rfc2822(conference.updated_at),
        "reason_conference_ended": conference.reason_ended,
        "call_sid_ending_conference": conference.ended_by and conference.ended_by.call.call_sid,
        "uri": base + ".json",
        "subresource_uris": {"participants": base + "/Participants.json"},
    }


def participant_json(account_sid: str, conference: Conference, one: Participant) -> dict[str, Any]:
    """Return a participant of a conference."""
    sid = conference.conference_sid
    return {
        "call_sid": one.call.call_sid,
        "account_sid": account_sid,
        "conference_sid": sid,
        "label": one.label,
        "muted": one.muted,
        "hold": one.hold,
        "coaching": one.coaching,
        "call_sid_to_coach": one.coach_sid,
        "end_conference_on_exit": one.end_on_exit,
        "start_conference_on_enter": one.membership.start_on_enter,
        "status": one.status,
        "queue_time": "0",
        "date_created": rfc2822(one.created_at),
        "date_updated": rfc2822(one.updated_at),
        "uri": f"{API}{account_sid}/Conferences/{sid}/Participants/{one.call.call_sid}.json",
    }


def queue_json(account_sid: str, queue: Queue) -> dict[str, Any]:
    """Return a queue."""
    base = f"{API}{account_sid}/Queues/{queue.queue_sid}"
    return {
        "sid": queue.queue_sid,
        "account_sid": account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.entries),
        "max_size": queue.max_size,
        "average_wait_time": queue.average_wait_s,
        "date_created": rfc2822(queue.created_at),
        "date_updated": rfc2822(queue.updated_at),
        "uri": base + ".json",
        "subresource_uris": {"members": base + "/Members.json"},
    }


def member_json(account_sid: str, queue: Queue, entry: Entry) -> dict[str, Any]:
    """Return a caller who waits; after having been taken out the position is 0."""
    sid = entry.call.call_sid
    return {
        "call_sid": sid,
        "queue_sid": queue.queue_sid,
        "position": queue.position(entry) if entry in queue.entries else 0,
        "wait_time": entry.waited_s,
        "date_enqueued": rfc2822(entry.enqueued_at),
        "uri": f"{API}{account_sid}/Queues/{queue.queue_sid}/Members/{sid}.json",
    }


def recording_json(recording: Recording) -> dict[str, Any]:
    """Return a recording."""
    uri = f"{API}{recording.account_sid}/Recordings/{recording.recording_sid}.json"
    return {
        "sid": recording.recording_sid,
        "account_sid": recording.account_sid,
        "call_sid": recording.call_sid,
        "conference_sid": recording.conference_sid,
        "status": recording.status,
        "source": recording.source,
        "channels": recording.channels,
        "track": recording.track,
        "duration": str(round(recording.duration_s)) if not recording.live else None,
        "start_time": rfc2822(recording.started_at),
        "date_created": rfc2822(recording.started_at),
        "date_updated": rfc2822(recording.updated_at),
        "api_version": "2010-04-01",
        "price": None,
        "price_unit": None,
        "error_code": None,
        "encryption_details": None,
        "media_url": recording.url,
        "uri": uri,
        "subresource_uris": {},
    }


def message_json(account_sid: str, message: Message) -> dict[str, Any]:
    """Return a text message."""
    created, sent = datetime.fromisoformat(message.created_at), message.sent_at
    return {
        "sid": message.message_sid,
        "account_sid": account_sid,
        "to": message.to,
        "from": message.from_,
        "messaging_service_sid": message.service_sid,
        "body": message.body,
        "status": message.status,
        "direction": "outbound-api",
        "num_segments": str(max(1, -(-len(message.body) // 67))),
        "num_media": "0",
        "price": None,
        "price_unit": None,
        "error_code": None,
        "error_message": None,
        "api_version": "2010-04-01",
        "date_created": rfc2822(created),
        "date_updated": rfc2822(created),
        "date_sent": rfc2822(datetime.fromisoformat(sent)) if sent else None,
        "uri": f"{API}{account_sid}/Messages/{message.message_sid}.json",
        "subresource_uris": {},
    }


def stream_json(stream: MediaStream) -> dict[str, Any]:
    """Return a media stream."""
    call = stream.call
    return {
        "sid": stream.stream_sid,
        "account_sid": call.account_sid,
        "call_sid": call.call_sid,
        "name": stream.name,
        "status": stream.status,
        "date_updated": rfc2822(stream.updated_at),
        "uri": f"{API}{call.account_sid}/Calls/{call.call_sid}/Streams/{stream.stream_sid}.json",
    }
