"""Dialling a conference, and dialling the first caller of a queue."""

from __future__ import annotations

import asyncio
from xml.etree.ElementTree import Element

from callcenter.practice.bridge import Bridge
from callcenter.practice.membership import Membership, Taken
from callcenter.practice.program import DocumentFailed, Goto, HangUp, Run
from callcenter.practice.queues import Entry, Queue
from callcenter.practice.recording import Callback
from callcenter.practice.signing import Fields
from callcenter.practice.twiml import TwimlError, flag, text_of, whole
from callcenter.practice.verbs.dial_recording import callback_of


async def conference(run: Run, verb: Element, noun: Element) -> Goto | None:
    """Sit in the conference until it ends or this leg is let out."""
    name = text_of(noun)
    if not name:
        raise TwimlError(12200, "Conference needs a name")
    run.call.answer()
    try:
        room = run.line.conferences.open(name)
        participant = room.admit(run.call, _membership(run, noun))
    except Taken as taken:
        raise TwimlError(taken.code, str(taken)) from taken
    room.join(participant)
    fields: Fields = [("DialCallStatus", "answered"), ("DialBridged", "true")]
    try:
        await asyncio.shield(participant.gone)
    except asyncio.CancelledError:
        room.leave(participant, "participant_hung_up" if run.call.over else "participant_updated_via_api")
        if verb.get("action"):
            run.tell(run.goto(verb, fields, kind="dial"))
        raise
    return run.goto(verb, fields, kind="dial") if verb.get("action") else None


def _membership(run: Run, noun: Element) -> Membership:
    callback, wait_url = noun.get("statusCallback"), noun.get("waitUrl")
    return Membership(
        label=noun.get("participantLabel") or None,
        muted=flag(noun, "muted", False),
        beep=noun.get("beep") or "true",
        start_on_enter=flag(noun, "startConferenceOnEnter", True),
        end_on_exit=flag(noun, "endConferenceOnExit", False),
        coach_sid=noun.get("coach") or None,
        wait_url=run.address(wait_url) if wait_url else wait_url,
        wait_method=noun.get("waitMethod") or "POST",
        most=whole(noun, "maxParticipants", 250),
        record=noun.get("record") in ("record-from-start", "true"),
        trim=(noun.get("trim") or "trim-silence") == "trim-silence",
        events=Callback(
            url=run.address(callback) if callback else "",
            events=frozenset((noun.get("statusCallbackEvent") or "").split()),
            method=noun.get("statusCallbackMethod") or "POST",
        ),
        recording=callback_of(run, noun),
    )


async def queue(run: Run, verb: Element, noun: Element) -> Goto | None:
    """Take the first caller out of the queue and talk; wait for one for at most the Dial's timeout."""
    waiting = run.line.queues.named(text_of(noun))
    if waiting is None:
        raise TwimlError(12200, "there is no such queue")
    run.call.answer()
    entry = await _front(run, waiting, whole(verb, "timeout", 30))
    fields: Fields = [("DialCallStatus", "no-answer"), ("DialBridged", "false")]
    if entry is not None:
        fields = await _talk(run, noun, waiting, entry)
    return run.goto(verb, fields, kind="dial") if verb.get("action") else None


async def _front(run: Run, waiting: Queue, timeout_s: int) -> Entry | None:
    deadline = run.call.clock.seconds + timeout_s
    while run.call.clock.seconds < deadline:
        entry = waiting.member("Front")
        if entry is not None:
            waiting.remove(entry)
            return entry
        await run.call.clock.sleep(0.1)
    return None


async def _talk(run: Run, noun: Element, waiting: Queue, entry: Entry) -> Fields:
    entry.taken.set_result(None)
    try:
        if noun.get("url"):
            await _announced(run, noun, waiting, entry)
        if entry.call.over:
            return [("DialCallStatus", "canceled"), ("DialBridged", "false")]
        bridge, began = Bridge(run.call, entry.call), run.call.clock.seconds
        try:
            await asyncio.shield(bridge.over)
        finally:
            bridge.close()
    finally:
        if not entry.parted.done():
            entry.parted.set_result(None)
    return [
        ("DialCallStatus", "completed"),
        ("DialCallSid", entry.call.call_sid),
        ("DialCallDuration", str(round(run.call.clock.seconds - began))),
        ("DialBridged", "true"),
    ]


async def _announced(run: Run, noun: Element, waiting: Queue, entry: Entry) -> None:
    """Run the noun's document on the caller's leg, before the two hear each other."""
    fields: Fields = [
        ("QueueSid", waiting.queue_sid),
        ("QueueTime", str(entry.waited_s)),
        ("DequeingCallSid", run.call.call_sid),  # the carrier's own spelling
    ]
    goto = Goto(url=run.address(noun.get("url")), method=noun.get("method") or "POST", fields=fields, kind="voice")
    try:
        await Run(line=run.line, call=entry.call, player=entry.call.player).follow(goto)
    except HangUp:
        entry.call.finish()
    except DocumentFailed as failed:
        entry.call.notify(failed.code, str(failed), failed.url)
