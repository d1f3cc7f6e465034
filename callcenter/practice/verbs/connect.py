"""Start, Stop and Connect: Media Streams from TwiML."""

from __future__ import annotations

import asyncio
from xml.etree.ElementTree import Element

from callcenter.practice.program import Goto, Run
from callcenter.practice.recording import Callback
from callcenter.practice.streams import MOST_TRACKS, StreamOrder
from callcenter.practice.twiml import TwimlError

LONGEST_PARAMETER = 500


async def start(run: Run, verb: Element) -> Goto | None:
    """Fork the call's sound; the document goes on at once."""
    for noun in verb:
        order = _order(run, noun, bidirectional=False)
        taken = sum(len(s.tracks) for s in run.line.streams_of(run.call) if s.status == "in-progress")
        wanted = 2 if order.track == "both_tracks" else 1
        if taken + wanted > MOST_TRACKS:
            run.call.notify(31941, "too many tracks are streamed", order.url)
            continue
        run.line.open_stream(run.call, order)
    return None


async def stop(run: Run, verb: Element) -> Goto | None:
    for noun in verb:
        for stream in run.line.streams_of(run.call):
            if stream.name == noun.get("name"):
                stream.stop()
    return None


async def connect(run: Run, verb: Element) -> Goto | None:
    """Give the call to a stream until the owner closes the socket."""
    noun = verb.find("Stream")
    if noun is None:
        raise TwimlError(12200, "Connect needs a Stream")
    run.call.answer()
    stream = run.line.open_stream(run.call, _order(run, noun, bidirectional=True))
    try:
        await asyncio.shield(stream.over)
    finally:
        stream.stop()
    return run.goto(verb, [], kind="voice") if verb.get("action") else None


def _order(run: Run, noun: Element, *, bidirectional: bool) -> StreamOrder:
    parameters = {p.get("name", ""): p.get("value", "") for p in noun.iter("Parameter")}
    if any(len(name + value) >= LONGEST_PARAMETER for name, value in parameters.items()):
        raise TwimlError(12200, "a stream parameter is longer than 500 characters")
    callback = noun.get("statusCallback")
    return StreamOrder(
        url=run.address(noun.get("url")) if noun.get("url") else "",
        name=noun.get("name"),
        track="inbound_track" if bidirectional else noun.get("track") or "inbound_track",
        parameters=parameters,
        callback=Callback(
            url=run.address(callback) if callback else "", method=noun.get("statusCallbackMethod") or "POST"
        ),
        bidirectional=bidirectional,
    )
