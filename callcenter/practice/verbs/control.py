"""Redirect, Reject, Hangup and Leave: where a call goes next."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from callcenter.practice.program import Goto, HangUp, LeaveQueue, Run
from callcenter.practice.twiml import TwimlError, text_of


async def redirect(run: Run, verb: Element) -> Goto | None:
    target = text_of(verb)
    if not target:
        raise TwimlError(12200, "Redirect needs a URL")
    return Goto(url=run.address(target), method=verb.get("method") or "POST", kind="voice")


async def reject(run: Run, verb: Element) -> Goto | None:
    """Refuse a call that has not been answered; one that has is hung up."""
    if run.call.up:
        raise HangUp()
    busy = verb.get("reason") == "busy"
    raise HangUp("busy" if busy else "failed", 486 if busy else 603)


async def hang_up(run: Run, verb: Element) -> Goto | None:
    raise HangUp() if run.call.up else HangUp("busy", 486)


async def leave(run: Run, verb: Element) -> Goto | None:
    raise LeaveQueue()
