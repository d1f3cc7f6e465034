"""Calls that the line places itself: ringing a telephone and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from callcenter.practice.call import Call

if TYPE_CHECKING:
    from callcenter.practice.line import Line

BUFFER_S = 5  # the carrier adds this to every ringing time


async def ring(call: Call, *, timeout_s: float) -> str:
    """Ring until answered, refused or `timeout_s` of the call's time has passed.

    Returns answered, busy, no-answer, failed, or what the call was ended as meanwhile.
    """
    call.move_to("initiated")
    call.far_end.ring(call)
    if not call.outcome.done():
        call.move_to("ringing")
    late = asyncio.ensure_future(call.clock.sleep(timeout_s))
    try:
        either: list[asyncio.Future[Any]] = [call.outcome, late]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        late.cancel()
    return call.outcome.result() if call.outcome.done() else "no-answer"


async def place(line: Line, call: Call, *, timeout_s: float, connected: Callable[[], None]) -> None:
    """Ring a leg that REST asked for; `connected` runs when it has been answered."""
    line.take_up(call)
    outcome = await ring(call, timeout_s=timeout_s)
    if call.over:
        return
    if outcome == "answered":
        call.answer()
        connected()
    else:
        call.finish(outcome, reason="timeout", sip_code=487)
