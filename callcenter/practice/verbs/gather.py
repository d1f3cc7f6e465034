"""Gather: keys pressed while or after a prompt is played."""

from __future__ import annotations

import asyncio
import contextlib
from xml.etree.ElementTree import Element

from callcenter.practice.program import VERBS, Goto, Run
from callcenter.practice.twiml import flag, whole

LONGEST_ENTRY = 64


async def gather(run: Run, verb: Element) -> Goto | None:
    """Return the action with the digits; None when nothing came and the next verb is to run.

    The line has no recogniser of its own: of input="speech" it hears nothing, which is what silence gives.
    """
    run.call.answer()
    pressed: asyncio.Queue[str] = asyncio.Queue()
    run.call.key_listeners.append(pressed.put_nowait)
    run.call.wants = "digits"
    try:
        digits, finished = await _entry(run, verb, pressed)
    finally:
        run.call.key_listeners.remove(pressed.put_nowait)
        run.call.wants = None
    if not digits and not finished and not flag(verb, "actionOnEmptyResult", False):
        return None
    key = verb.get("finishOnKey", "#") if finished else ""
    fields = [("Digits", digits), ("FinishedOnKey", key), ("msg", "Gather End")]
    return run.goto(verb, fields, kind="gather")


async def _entry(run: Run, verb: Element, pressed: asyncio.Queue[str]) -> tuple[str, bool]:
    """Return the digits and whether the finishing key ended them."""
    wanted, last_key = whole(verb, "numDigits", LONGEST_ENTRY), verb.get("finishOnKey", "#")
    digits = ""
    key = await _first_key(run, verb, pressed)
    while key is not None:
        if key in last_key and last_key:
            return digits, True
        digits += key
        if len(digits) >= wanted:
            break
        key = await _key_within(run, pressed, whole(verb, "timeout", 5))
    return digits, False


async def _first_key(run: Run, verb: Element, pressed: asyncio.Queue[str]) -> str | None:
    prompts = asyncio.ensure_future(_prompts(run, verb))
    first = asyncio.ensure_future(pressed.get())
    try:
        await asyncio.wait({prompts, first}, return_when=asyncio.FIRST_COMPLETED)
        if first.done():
            return first.result()
        prompts.result()
    finally:
        for task in (prompts, first):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(task, return_exceptions=True)
    return await _key_within(run, pressed, whole(verb, "timeout", 5))


async def _prompts(run: Run, verb: Element) -> None:
    for prompt in verb:
        await VERBS[prompt.tag](run, prompt)


async def _key_within(run: Run, pressed: asyncio.Queue[str], seconds: int) -> str | None:
    """Return the next key, or None after `seconds` of the call's time."""
    key = asyncio.ensure_future(pressed.get())
    late = asyncio.ensure_future(run.call.clock.sleep(seconds))
    try:
        await asyncio.wait({key, late}, return_when=asyncio.FIRST_COMPLETED)
        return key.result() if key.done() else None
    finally:
        key.cancel()
        late.cancel()
