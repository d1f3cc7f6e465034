"""Resources as the API shows them: every field of the carrier's own, null where the line knows nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callcenter.practice.call import API_VERSION, Call
from callcenter.practice.conference import Conference
from callcenter.practice.ids import rfc2822
from callcenter.practice.membership import Participant
from callcenter.practice.messages import Message
from callcenter.practice.queues import Entry, Queue
from callcenter.practice.recording import Recording
from callcenter.practice.streams import MediaStream

Json = dict[str, Any]
_CALL_PARTS = [
    "events",
    "notifications",
    "recordings",
    "streams",
    "transcriptions",
    "payments",
    "siprec",
    "user_defined_messages",
]


def uri(account_sid: str, *parts: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/" + "/".join(parts) + ".json"


def call(it: Call) -> Json:
    own = uri(it.account_sid, "Calls", it.call_sid)
    stem = own.removesuffix(".json")
    return {
        "sid": it.call_sid,
        "account_sid": it.account_sid,
        "parent_call_sid": it.parent_sid,
        "to": it.to,
        "to_formatted": it.to,
        "from": it.from_,
        "from_formatted": it.from_,
        "phone_number_sid": None,
        # The API knows no `initiated`; only callbacks do.
        "status": "queued" if it.status == "initiated" else it.status,
        "start_time": rfc2822(it.answered_at),
        "end_time": rfc2822(it.ended_at),
        "duration": str(it.duration_s) if it.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": it.direction,
        "answered_by": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.ended_at or it.answered_at or it.created_at),
        "uri": own,
        "subresource_uris": {part: f"{stem}/{part.title().replace('_', '')}.json" for part in _CALL_PARTS},
    }


def conference(it: Conference, account_sid: str) -> Json:
    own = uri(account_sid, "Conferences", it.conference_sid)
    stem = own.removesuffix(".json")
    return {
        "sid": it.conference_sid,
        "account_sid": account_sid,
        "friendly_name": it.name,
        "status": it.status,
        "region": "us1",
        "api_version": API_VERSION,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "reason_conference_ended": it.reason_ended,
        "call_sid_ending_conference": it.ended_by.call.call_sid if it.ended_by else None,
        "uri": own,
        "subresource_uris": {
            "participants": stem + "/Participants.json",
            "recordings": stem + "/Recordings.json",
        },
    }


def participant(it: Participant, conference_sid: str) -> Json:
    account_sid = it.call.account_sid
    return {
        "account_sid": account_sid,
        "call_sid": it.call.call_sid,
        "label": it.label,
        "call_sid_to_coach": it.coach_sid,
        "coaching": it.coaching,
        "conference_sid": conference_sid,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "end_conference_on_exit": it.end_on_exit,
        "muted": it.muted,
        "hold": it.hold,
        "start_conference_on_enter": it.membership.start_on_enter,
        "status": it.status,
        "queue_time": "0",
        "uri": uri(account_sid, "Conferences", conference_sid, "Participants", it.call.call_sid),
    }


def queue(it: Queue, account_sid: str) -> Json:
    own = uri(account_sid, "Queues", it.queue_sid)
    return {
        "sid": it.queue_sid,
        "account_sid": account_sid,
        "friendly_name": it.name,
        "current_size": len(it.entries),
        "max_size": it.max_size,
        "average_wait_time": it.average_wait_s,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "uri": own,
        "subresource_uris": {"members": own.removesuffix(".json") + "/Members.json"},
    }


def member(it: Entry, of: Queue, *, position: int) -> Json:
    return {
        "call_sid": it.call.call_sid,
        "date_enqueued": rfc2822(it.enqueued_at),
        "position": position,
        "wait_time": it.waited_s,
        "queue_sid": of.queue_sid,
        "uri": uri(it.call.account_sid, "Queues", of.queue_sid, "Members", it.call.call_sid),
    }


def recording(it: Recording) -> Json:
    own = uri(it.account_sid, "Recordings", it.recording_sid)
    return {
        "sid": it.recording_sid,
        "account_sid": it.account_sid,
        "api_version": API_VERSION,
        "call_sid": it.call_sid,
        "conference_sid": it.conference_sid,
        "date_created": rfc2822(it.started_at),
        "date_updated": rfc2822(it.updated_at),
        "start_time": rfc2822(it.started_at),
        "duration": "-1" if it.live else str(round(it.duration_s)),
        "price": None,
        "price_unit": "USD",
        "status": it.status,
        "channels": it.channels,
        "source": it.source,
        "error_code": None,
        "encryption_details": None,
        "track": it.track,
        "uri": own,
        "media_url": it.url,
        "subresource_uris": {},
    }


def stream(it: MediaStream) -> Json:
    account_sid, call_sid = it.call.account_sid, it.call.call_sid
    return {
        "sid": it.stream_sid,
        "account_sid": account_sid,
        "call_sid": call_sid,
        "name": it.order.name,
        "status": it.status,
        "date_updated": rfc2822(it.updated_at),
        "uri": uri(account_sid, "Calls", call_sid, "Streams", it.stream_sid),
    }


def message(it: Message, account_sid: str) -> Json:
    own = uri(account_sid, "Messages", it.message_sid)
    return {
        "sid": it.message_sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": it.body,
        "num_segments": str(max(1, -(-len(it.body) // 67))),
        "num_media": "0",
        "direction": "outbound-api",
        "from": it.from_ or None,
        "to": it.to,
        "messaging_service_sid": it.service_sid,
        "status": it.status,
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "date_created": rfc2822(datetime.fromisoformat(it.created_at)),
        "date_updated": rfc2822(datetime.fromisoformat(it.sent_at or it.created_at)),
        "date_sent": rfc2822(datetime.fromisoformat(it.sent_at)) if it.sent_at else None,
        "uri": own,
        "subresource_uris": {"media": own.removesuffix(".json") + "/Media.json"},
    }


def notification(it: dict[str, Any], of: Call) -> Json:
    return {
        "sid": it["sid"],
        "account_sid": of.account_sid,
        "call_sid": of.call_sid,
        "api_version": API_VERSION,
        "error_code": str(it["code"]),
        "log": "0",
        "message_date": rfc2822(it["at"]),
        "message_text": it["message"],
        "more_info": f"https://www.twilio.com/docs/errors/{it['code']}",
        "request_method": "POST",
        "request_url": it["url"],
        "date_created": rfc2822(it["at"]),
        "date_updated": rfc2822(it["at"]),
        "uri": uri(of.account_sid, "Calls", of.call_sid, "Notifications", it["sid"]),
    }
