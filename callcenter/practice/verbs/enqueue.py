"""Enqueue: waiting, the waiting document asked again and again, until somebody takes the caller."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from callcenter.practice.program import WAITING, DocumentFailed, Goto, LeaveQueue, Run
from callcenter.practice.queues import Entry, Queue
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import music
from callcenter.practice.twiml import TwimlError, text_of

LONGEST_NAME = 64
SHORTEST_ROUND_S = 1.0  # an empty waiting document must not become a storm of requests


async def enqueue(run: Run, verb: Element) -> Goto | None:
    name = text_of(verb)
    if not name or len(name) > LONGEST_NAME:
        raise TwimlError(12200, "Enqueue needs a queue name of at most 64 characters")
    queue = run.line.queues.open(name)
    run.call.answer()
    if len(queue.entries) >= queue.max_size:
        return _after(run, verb, queue, "queue-full", 0)
    entry = queue.join(run.call)
    try:
        result = await _waited(run, verb, queue, entry)
    except asyncio.CancelledError:
        queue.remove(entry)
        _report_the_end(run, verb, queue, entry)
        raise
    queue.remove(entry)
    run.player.stop()
    if run.call.over:
        return None
    return _after(run, verb, queue, result, entry.waited_s)


async def _waited(run: Run, verb: Element, queue: Queue, entry: Entry) -> str:
    """Return the QueueResult."""
    waiting = asyncio.ensure_future(_rounds(run, verb, queue, entry))
    try:
        either: list[asyncio.Future[Any]] = [waiting, entry.taken]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not entry.taken.done():
            return waiting.result()
    finally:
        waiting.cancel()
    run.player.stop()
    await asyncio.shield(entry.parted)
    return "bridged"


async def _rounds(run: Run, verb: Element, queue: Queue, entry: Entry) -> str:
    if not verb.get("waitUrl"):
        run.player.loop(music())
        await asyncio.get_running_loop().create_future()
    waiting_run = replace(run, allowed=WAITING)
    clock = run.call.clock
    while True:
        began = clock.seconds
        try:
            await waiting_run.follow(
                Goto(
                    url=run.address(verb.get("waitUrl")),
                    method=verb.get("waitUrlMethod") or "POST",
                    fields=queue.wait_fields(entry),
                    kind="queue-wait",
                )
            )
        except LeaveQueue:
            return "leave"
        except DocumentFailed as failed:
            run.call.notify(failed.code, str(failed), failed.url)
            return "error"
        if clock.seconds - began < SHORTEST_ROUND_S:
            await clock.sleep(SHORTEST_ROUND_S - (clock.seconds - began))


def _after(run: Run, verb: Element, queue: Queue, result: str, waited_s: int) -> Goto | None:
    if not verb.get("action"):
        return None
    return run.goto(verb, _fields(queue, result, waited_s), kind="queue-result")


def _fields(queue: Queue, result: str, waited_s: int) -> Fields:
    return [("QueueResult", result), ("QueueSid", queue.queue_sid), ("QueueTime", str(waited_s))]


def _report_the_end(run: Run, verb: Element, queue: Queue, entry: Entry) -> None:
    """Tell the action that the caller has gone or was sent elsewhere; its answer is not executed."""
    if not verb.get("action"):
        return
    bridged = entry.taken.done()
    result = "hangup" if run.call.over else "redirected-from-bridged" if bridged else "redirected"
    if bridged and run.call.over:
        result = "bridged"
    run.tell(run.goto(verb, _fields(queue, result, entry.waited_s), kind="queue-result"))
