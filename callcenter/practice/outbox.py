"""Webhooks leave here: status events in order for one subject, unless a fault says otherwise."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

from callcenter.practice.faults import ON_WEBHOOKS, Fault, Faults, Harm
from callcenter.practice.ids import iso8601, present
from callcenter.practice.signing import Fields, without_fragment
from callcenter.practice.webhook import Answer, Request, WebhookFailed, Webhooks

log = logging.getLogger(__name__)

KEPT_EVENTS = 5000
LONGEST_REORDER_S = 2.0


@dataclass(kw_only=True)
class Sent:
    """One webhook as it went out; tests and the curious read them at /practice/events."""

    number: int
    kind: str
    url: str
    token: str
    fields: Fields
    at: datetime = field(default_factory=present)
    status: int | None = None
    error: int | None = None
    tries: int = 0
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "at": iso8601(self.at), "fields": dict(self.fields)}


class Outbox:
    """The only way a webhook leaves the line, so that every one is seen and may be harmed."""

    def __init__(self, webhooks: Webhooks, faults: Faults) -> None:
        self.webhooks = webhooks
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._followed: dict[str, asyncio.Event] = {}
        self.sent: deque[Sent] = deque(maxlen=KEPT_EVENTS)
        self._count = 0

    def tell(self, kind: str, subject: str, url: str, fields: Fields, *, method: str = "POST") -> None:
        """Send a status event soon. `kind` names it for faults, `subject` (a call …) orders it."""
        if url:
            self._start(self._deliver(kind, subject, Request(url=url, fields=fields, method=method)))

    async def ask(self, kind: str, request: Request, cookies: SimpleCookie) -> Answer:
        """Return the document the centre answers to a voice request. Raises WebhookFailed."""
        fault = self._faults.strike(ON_WEBHOOKS - {Harm.REORDER}, kind)
        if fault is not None:
            if fault.harm is Harm.DELAY:
                await asyncio.sleep(fault.delay_s)
            if fault.harm is Harm.DROP:
                self._note(kind, request, fault).error = 11205
                raise WebhookFailed(11205, "lost on the way", url=request.url)
        answer = await self._send(kind, request, cookies, fault)
        if fault is not None and fault.harm is Harm.DUPLICATE:
            self._start(self._again(kind, request, fault))
        if fault is not None and fault.harm is Harm.TIMEOUT:
            raise WebhookFailed(11205, "no answer in time", url=request.url)
        return answer

    async def drain(self, longest_s: float) -> None:
        """Wait until everything told so far has been delivered, but not longer than `longest_s`."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=longest_s)

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, kind: str, subject: str, request: Request) -> None:
        fault = self._faults.strike(ON_WEBHOOKS, kind)
        if fault is not None and fault.harm is Harm.DROP:
            self._note(kind, request, fault)
            return
        if fault is not None and fault.harm is Harm.DELAY:
            await asyncio.sleep(fault.delay_s)
            await self._quietly(kind, request, fault)
            return
        if fault is not None and fault.harm is Harm.REORDER:
            await self._after_the_next(subject)
            await self._quietly(kind, request, fault)
            return
        async with self._turns[subject]:
            await self._quietly(kind, request, fault)
        waiting = self._followed.pop(subject, None)
        if waiting is not None:
            waiting.set()
        if fault is not None and fault.harm is Harm.DUPLICATE:
            await self._again(kind, request, fault)

    async def _after_the_next(self, subject: str) -> None:
        overtaken = self._followed.setdefault(subject, asyncio.Event())
        try:
            await asyncio.wait_for(overtaken.wait(), LONGEST_REORDER_S)
        except TimeoutError:
            self._followed.pop(subject, None)

    async def _again(self, kind: str, request: Request, fault: Fault) -> None:
        await self._quietly(kind, request, fault)

    async def _quietly(self, kind: str, request: Request, fault: Fault | None) -> None:
        try:
            await self._send(kind, request, SimpleCookie(), fault)
        except WebhookFailed as failed:
            log.warning("webhook.failed", extra={"kind": kind, "code": failed.code})

    async def _send(self, kind: str, request: Request, cookies: SimpleCookie, fault: Fault | None) -> Answer:
        note = self._note(kind, request, fault)
        try:
            answer = await self.webhooks.send(request, cookies)
        except WebhookFailed as failed:
            note.error, note.tries = failed.code, failed.tries
            raise
        note.status, note.tries = answer.status, answer.tries
        return answer

    def _note(self, kind: str, request: Request, fault: Fault | None) -> Sent:
        self._count += 1
        note = Sent(
            number=self._count,
            kind=kind,
            url=without_fragment(request.url),
            token=request.token,
            fields=request.fields,
            fault=str(fault.harm) if fault else None,
        )
        self.sent.append(note)
        return note
