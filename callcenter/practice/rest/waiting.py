"""Queues, their members, and text messages by REST."""

from __future__ import annotations

from typing import Any

from callcenter.practice.line import Line
from callcenter.practice.messages import Message
from callcenter.practice.program import Goto
from callcenter.practice.queues import DEFAULT_SIZE, Entry, Queue
from callcenter.practice.rest.answers import (
    ApiError,
    first,
    member_json,
    message_json,
    not_found,
    queue_json,
    required,
)
from callcenter.practice.rest.calls import Form

_LONGEST_BODY = 1600


def find(line: Line, queue_sid: str) -> Queue:
    """Return the queue. Raises ApiError 20404."""
    queue = line.queues.get(queue_sid)
    if queue is None:
        raise not_found(f"Queues/{queue_sid}")
    return queue


def create(line: Line, form: Form) -> dict[str, Any]:
    """Make a queue. Raises ApiError 22003 for a name that is taken."""
    name = required(form, "FriendlyName")
    if line.queues.named(name) is not None:
        raise ApiError(400, 22003, "a queue of this name exists")
    queue = line.queues.open(name, int(first(form, "MaxSize") or DEFAULT_SIZE))
    return queue_json(line.settings.account_sid, queue)


def update(line: Line, queue_sid: str, form: Form) -> dict[str, Any]:
    """Change a queue's name or size."""
    queue = find(line, queue_sid)
    queue.name = first(form, "FriendlyName") or queue.name
    queue.max_size = int(first(form, "MaxSize") or queue.max_size)
    return queue_json(line.settings.account_sid, queue)


def delete(line: Line, queue_sid: str) -> None:
    """Delete an empty queue. Raises ApiError 22002 when callers wait in it."""
    queue = find(line, queue_sid)
    if queue.entries:
        raise ApiError(400, 22002, "the queue is not empty")
    line.queues.delete(queue)


def member(line: Line, queue_sid: str, key: str) -> tuple[Queue, Entry]:
    """Return a waiting caller by CallSid, or the first by `Front`. Raises ApiError 20404."""
    queue = find(line, queue_sid)
    entry = queue.member(key)
    if entry is None:
        raise not_found(f"Members/{key}")
    return queue, entry


def take_out(line: Line, queue_sid: str, key: str, form: Form) -> dict[str, Any]:
    """Take a caller out of the queue and let them go on with another document."""
    queue, entry = member(line, queue_sid, key)
    goto = Goto(url=required(form, "Url"), method=first(form, "Method") or "POST")
    shown = member_json(line.settings.account_sid, queue, entry)
    line.run(entry.call, goto)
    return shown


def send(line: Line, form: Form) -> dict[str, Any]:
    """Take a text message; it goes out soon."""
    body = first(form, "Body")
    if not body:
        raise ApiError(400, 21602, "Message body is required")
    if len(body) > _LONGEST_BODY:
        raise ApiError(400, 21617, "The message body exceeds 1600 characters")
    service = first(form, "MessagingServiceSid")
    message = Message(
        to=required(form, "To"),
        from_=first(form, "From") or ("" if service else required(form, "From")),
        service_sid=service,
        body=body,
        callback_url=first(form, "StatusCallback") or "",
    )
    line.messages.accept(message)
    line.in_background(line.messages.deliver(message))
    return message_json(line.settings.account_sid, message)


def message(line: Line, sid: str) -> Message:
    """Return a message. Raises ApiError 20404."""
    found = line.messages.get(sid)
    if found is None:
        raise not_found(f"Messages/{sid}")
    return found


def change_message(line: Line, sid: str, form: Form) -> dict[str, Any]:
    """Redact a message, or cancel one that has not gone out."""
    found = message(line, sid)
    if first(form, "Status") == "canceled":
        if found.status != "queued":
            raise ApiError(400, 30409, "the message has gone out")
        line.messages.cancel(found)
    elif first(form, "Body") == "":
        line.messages.redact(found)
    else:
        raise ApiError(400, 20001, "only Status=canceled or an empty Body is allowed")
    return message_json(line.settings.account_sid, found)
