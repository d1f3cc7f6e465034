"""Waiting lines: callers in order of arrival until somebody takes them out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.practice.call import Call
from callcenter.practice.ids import present, sid
from callcenter.practice.signing import Fields

DEFAULT_SIZE = 1000


@dataclass(kw_only=True, eq=False)
class Entry:
    """One caller in a queue. `taken`: a leg that dialled it got this caller; `parted`: they have talked."""

    call: Call
    since_s: float
    enqueued_at: datetime = field(default_factory=present)
    taken: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    parted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def waited_s(self) -> int:
        """Whole seconds of the caller's own time."""
        return int(self.call.clock.seconds - self.since_s)


@dataclass(kw_only=True, eq=False)
class Queue:
    """A named queue. Callers leave from the front, but REST may take anybody out."""

    name: str
    max_size: int = DEFAULT_SIZE
    queue_sid: str = field(default_factory=lambda: sid("QU"))
    created_at: datetime = field(default_factory=present)
    updated_at: datetime = field(default_factory=present)
    entries: list[Entry] = field(default_factory=list)

    @property
    def average_wait_s(self) -> int:
        return sum(e.waited_s for e in self.entries) // len(self.entries) if self.entries else 0

    def join(self, call: Call) -> Entry:
        entry = Entry(call=call, since_s=call.clock.seconds)
        self.entries.append(entry)
        self.updated_at = present()
        return entry

    def remove(self, entry: Entry) -> None:
        if entry in self.entries:
            self.entries.remove(entry)
            self.updated_at = present()

    def member(self, call_sid: str) -> Entry | None:
        """Return the caller `call_sid`, or the first for `Front`; None when there is none."""
        if call_sid == "Front":
            return self.entries[0] if self.entries else None
        return next((e for e in self.entries if e.call.call_sid == call_sid), None)

    def position(self, entry: Entry) -> int:
        return self.entries.index(entry) + 1

    def wait_fields(self, entry: Entry) -> Fields:
        """Return what the waiting document is asked with."""
        return [
            ("QueuePosition", str(self.position(entry))),
            ("QueueSid", self.queue_sid),
            ("QueueTime", str(entry.waited_s)),
            ("AvgQueueTime", str(self.average_wait_s)),
            ("CurrentQueueSize", str(len(self.entries))),
            ("MaxQueueSize", str(self.max_size)),
        ]


class Queues:
    """All queues of the account, made on first use."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Queue] = {}

    def all(self) -> list[Queue]:
        return list(self._by_sid.values())

    def named(self, name: str) -> Queue | None:
        return next((q for q in self._by_sid.values() if q.name == name), None)

    def open(self, name: str, max_size: int = DEFAULT_SIZE) -> Queue:
        """Return the queue of that name, new when there was none."""
        queue = self.named(name)
        if queue is None:
            queue = Queue(name=name, max_size=max_size)
            self._by_sid[queue.queue_sid] = queue
        return queue

    def get(self, queue_sid: str) -> Queue | None:
        return self._by_sid.get(queue_sid)

    def delete(self, queue: Queue) -> None:
        self._by_sid.pop(queue.queue_sid, None)
