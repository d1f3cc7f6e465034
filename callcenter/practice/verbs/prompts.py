"""Say, Play and Pause: what a person hears."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from callcenter.practice import sounds
from callcenter.practice.program import Goto, Run
from callcenter.practice.sounds import Pcm
from callcenter.practice.twiml import TwimlError, text_of, whole

MOST_LOOPS = 1000  # loop="0" means for ever; a call does not last that long
LONGEST_SAY = 4096


async def say(run: Run, verb: Element) -> Goto | None:
    text = text_of(verb)
    if not text or len(text) > LONGEST_SAY:
        raise TwimlError(12200, "Say needs 1 to 4096 characters")
    run.call.answer()
    await _repeat(run, verb, await run.line.sounds.spoken(text))
    return None


async def play(run: Run, verb: Element) -> Goto | None:
    digits = verb.get("digits")
    if digits is None and not text_of(verb):
        raise TwimlError(12200, "Play needs a URL or digits")
    run.call.answer()
    pcm = sounds.keys(digits) if digits else await run.line.sounds.fetched(run.address(text_of(verb)))
    await _repeat(run, verb, pcm)
    return None


async def pause(run: Run, verb: Element) -> Goto | None:
    run.call.answer()
    await run.call.clock.sleep(max(0, whole(verb, "length", 1)))
    return None


async def _repeat(run: Run, verb: Element, pcm: Pcm) -> None:
    loops = whole(verb, "loop", 1)
    for _round in range(loops if loops > 0 else MOST_LOOPS):
        if not len(pcm):
            # Nothing to hear must still take time, or an endless loop would never let anybody else work.
            await run.call.clock.sleep(0.1)
        await run.player.play(pcm)
