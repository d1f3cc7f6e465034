"""Dial: connecting this leg with another one, a queue or a conference."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from xml.etree.ElementTree import Element

from callcenter.practice.bridge import Bridge
from callcenter.practice.call import Call
from callcenter.practice.dialling import BUFFER_S, ring
from callcenter.practice.program import DocumentFailed, Goto, HangUp, Run
from callcenter.practice.progress import Progress
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import ring_back
from callcenter.practice.twiml import TwimlError, flag, text_of, whole
from callcenter.practice.verbs import dial_rooms
from callcenter.practice.verbs.dial_recording import recorded

LONGEST_CALL_S = 14400


async def dial(run: Run, verb: Element) -> Goto | None:
    nouns = list(verb)
    if not nouns and text_of(verb):
        number = Element("Number")
        number.text = text_of(verb)
        nouns = [number]
    if not nouns:
        raise TwimlError(12200, "Dial needs a number or a noun")
    if nouns[0].tag == "Conference":
        return await dial_rooms.conference(run, verb, nouns[0])
    if nouns[0].tag == "Queue":
        return await dial_rooms.queue(run, verb, nouns[0])
    return await _legs(run, verb, nouns)


async def _legs(run: Run, verb: Element, nouns: list[Element]) -> Goto | None:
    if not flag(verb, "answerOnBridge", False):
        run.call.answer()
    run.player.loop(ring_back())
    groups = [[noun] for noun in nouns] if flag(verb, "sequential", False) else [nouns]
    children: list[Call] = []
    fields: Fields = [("DialCallStatus", "failed"), ("DialBridged", "false")]
    try:
        for group in groups:
            children = [_child(run, verb, noun) for noun in group]
            winner, status = await _first_to_answer(children, whole(verb, "timeout", 30) + BUFFER_S)
            run.player.stop()
            if winner is None:
                fields = [
                    ("DialCallStatus", status),
                    ("DialCallSid", children[0].call_sid),
                    ("DialBridged", "false"),
                ]
                continue
            fields = await _talk(run, verb, group[children.index(winner)], winner)
            break
    except asyncio.CancelledError:
        for child in children:
            child.finish("completed" if child.up else "canceled", reason="caller_gone")
        if verb.get("action"):
            ended: Fields = [("DialCallStatus", "completed" if run.call.over else "canceled")]
            run.tell(run.goto(verb, ended, kind="dial"))
        raise
    finally:
        run.player.loop(None)
    return run.goto(verb, fields, kind="dial") if verb.get("action") else None


def _child(run: Run, verb: Element, noun: Element) -> Call:
    to = text_of(noun) if noun.tag != "Client" else "client:" + _identity(noun)
    parameters = {p.get("name", ""): p.get("value", "") for p in noun.iter("Parameter")}
    call = run.line.outgoing(
        to=to,
        from_=verb.get("callerId") or run.call.from_,
        direction="outbound-dial",
        parent_sid=run.call.call_sid,
        parameters=parameters,
    )
    callback = noun.get("statusCallback")
    if callback:
        events = (noun.get("statusCallbackEvent") or "").split()
        method = noun.get("statusCallbackMethod") or "POST"
        call.on_status.append(Progress(run.line.outbox, run.address(callback), events=events, method=method))
    run.line.take_up(call)
    return call


def _identity(noun: Element) -> str:
    inner = noun.find("Identity")
    return (inner.text or "").strip() if inner is not None else (noun.text or "").strip()


async def _first_to_answer(children: list[Call], timeout_s: float) -> tuple[Call | None, str]:
    """Ring all at once; return the first to answer, the others withdrawn, or None and how it ended."""
    ringing = {asyncio.ensure_future(ring(child, timeout_s=timeout_s)): child for child in children}
    status, waiting = "no-answer", set(ringing)
    winner: Call | None = None
    try:
        while waiting and winner is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.result() == "answered" and winner is None:
                    winner = ringing[task]
                else:
                    status = task.result()
    finally:
        for task in ringing:
            task.cancel()
    for child in children:
        if child is not winner:
            reason = "answered_elsewhere" if winner else "timeout"
            child.finish("canceled" if winner else status, reason=reason, sip_code=487)
    if winner is not None:
        winner.answer()
    return winner, status


async def _talk(run: Run, verb: Element, noun: Element, child: Call) -> Fields:
    """Connect the two until one goes; return the fields of the action."""
    if noun.get("url") and not await _screened(run, noun, child):
        child.finish()
        return [("DialCallStatus", "completed"), ("DialCallSid", child.call_sid), ("DialBridged", "false")]
    run.call.answer()
    bridge = Bridge(run.call, child)
    stars = _star_hangs_up(run.call, child) if flag(verb, "hangupOnStar", False) else None
    with recorded(run, verb) as recording_fields:
        limit = asyncio.ensure_future(run.call.clock.sleep(whole(verb, "timeLimit", LONGEST_CALL_S)))
        try:
            await asyncio.wait({bridge.over, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            bridge.close()
            if stars:
                run.call.key_listeners.remove(stars)
    child.finish()
    return [
        ("DialCallStatus", "completed"),
        ("DialCallSid", child.call_sid),
        ("DialCallDuration", str(child.duration_s)),
        ("DialBridged", "true"),
        *recording_fields(),
    ]


async def _screened(run: Run, noun: Element, child: Call) -> bool:
    """Run the noun's document on the called leg; say whether it may be connected afterwards."""
    goto = Goto(url=run.address(noun.get("url")), method=noun.get("method") or "POST", kind="voice")
    with contextlib.suppress(HangUp):
        try:
            await Run(line=run.line, call=child, player=child.player).follow(goto)
        except DocumentFailed as failed:
            child.notify(failed.code, str(failed), failed.url)
            return False
        return child.up
    return False


def _star_hangs_up(call: Call, child: Call) -> Callable[[str], None]:
    def listen(key: str) -> None:
        if key == "*":
            child.finish()

    call.key_listeners.append(listen)
    return listen
