"""Text messages: a log instead of a network. Each one is sent, delivered, and its owner told so."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from callcenter.practice.ids import present, sid
from callcenter.practice.outbox import Outbox
from callcenter.practice.signing import Fields

STEP_S = 0.2


@dataclass(kw_only=True)
class Message:
    """One message, as the log keeps it."""

    message_sid: str = field(default_factory=lambda: sid("SM"))
    to: str
    from_: str
    service_sid: str | None = None
    body: str
    status: str = "queued"
    callback_url: str = ""
    created_at: str = field(default_factory=lambda: present().isoformat())
    sent_at: str | None = None


class Messages:
    """All messages of the account, newest last, one JSON line each in the state directory."""

    def __init__(self, folder: Path, *, account_sid: str, outbox: Outbox) -> None:
        self._path, self._account_sid, self._outbox = folder / "messages.jsonl", account_sid, outbox
        self._by_sid: dict[str, Message] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                message = Message(**json.loads(line))
                self._by_sid[message.message_sid] = message

    def all(self) -> list[Message]:
        return list(self._by_sid.values())

    def get(self, message_sid: str) -> Message | None:
        return self._by_sid.get(message_sid)

    def accept(self, message: Message) -> Message:
        """Take a message; it goes out soon."""
        self._by_sid[message.message_sid] = message
        self._write()
        return message

    async def deliver(self, message: Message) -> None:
        """Send and deliver, telling the owner of each step; the first status is never told."""
        for status in ("sending", "sent", "delivered"):
            await asyncio.sleep(STEP_S)
            if message.status == "canceled" or message.message_sid not in self._by_sid:
                return
            message.status = status
            if status == "sent":
                message.sent_at = present().isoformat()
            if status != "sending":
                self._tell(message)
        self._write()

    def cancel(self, message: Message) -> None:
        message.status = "canceled"
        self._write()

    def redact(self, message: Message) -> None:
        message.body = ""
        self._write()

    def delete(self, message: Message) -> None:
        self._by_sid.pop(message.message_sid, None)
        self._write()

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(message) for message in self.all()]

    def _tell(self, message: Message) -> None:
        fields: Fields = [
            ("MessageSid", message.message_sid),
            ("MessageStatus", message.status),
            ("SmsSid", message.message_sid),
            ("SmsStatus", message.status),
            ("To", message.to),
            ("From", message.from_),
            ("AccountSid", self._account_sid),
            ("ApiVersion", "2010-04-01"),
        ]
        if message.status == "delivered":
            fields.append(("RawDlrDoneDate", datetime.fromisoformat(message.created_at).strftime("%y%m%d%H%M")))
        self._outbox.tell("message", message.message_sid, message.callback_url, fields)

    def _write(self) -> None:
        lines = [json.dumps(asdict(message), ensure_ascii=False) for message in self._by_sid.values()]
        partial = self._path.with_suffix(".partial")
        partial.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        partial.replace(self._path)
