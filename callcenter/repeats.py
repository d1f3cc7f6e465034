"""Telling a webhook from its repeat: one key for each fact, whatever order it comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def progress_key(form: Mapping[str, str]) -> str:
    """Key of a call status callback; some carriers send no sequence number."""
    step = form.get("SequenceNumber") or form.get("CallStatus", "")
    return f"progress:{form.get('CallSid', '')}:{step}"


def conference_key(form: Mapping[str, str]) -> str:
    """Key of a conference callback; without a sequence number, event and participant stand for it."""
    step = form.get("SequenceNumber") or f"{form.get('StatusCallbackEvent')}:{form.get('CallSid', '')}"
    return f"conference:{form.get('ConferenceSid', '')}:{step}"


def recording_key(form: Mapping[str, str]) -> str:
    """Key of a recording callback."""
    return f"recording:{form.get('RecordingSid', '')}:{form.get('RecordingStatus', '')}"


def stream_key(form: Mapping[str, str]) -> str:
    """Key of a media stream callback."""
    return f"stream:{form.get('StreamSid', '')}:{form.get('StreamEvent', '')}"


def message_key(form: Mapping[str, str]) -> str:
    """Key of a message callback; one message has several statuses."""
    return f"message:{form.get('MessageSid', '')}:{form.get('MessageStatus', '')}"


def document_key(path_and_query: str, form: Mapping[str, str], idempotency: str | None) -> str:
    """Key of a request for a document: the carrier's own token, else all that was asked.

    The signature carries no time stamp, so the same body posted twice is a repeat.
    """
    if idempotency:
        # With the path: one token must not fetch another document's answer.
        return _digest(f"{path_and_query.partition('?')[0]}\n{idempotency}")
    return _digest("\n".join([path_and_query, *(f"{name}={form[name]}" for name in sorted(form))]))


def _digest(asked: str) -> str:
    return "document:" + hashlib.sha256(asked.encode()).hexdigest()
