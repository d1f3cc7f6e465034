"""Record: keeping what one person says, such as a voice message."""

from __future__ import annotations

import asyncio
from xml.etree.ElementTree import Element

from callcenter.practice.call import Call
from callcenter.practice.program import Goto, Run
from callcenter.practice.recording import Recording
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import FRAMES_A_SECOND, Pcm, beep, is_loud
from callcenter.practice.twiml import flag, whole
from callcenter.practice.verbs.dial_recording import callback_of

ALL_KEYS = "1234567890*#"


class _Listening:
    """Notices how long the person has been silent, and every key."""

    def __init__(self, call: Call, *, silence_s: int, longest_s: int, keys: str) -> None:
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.spoken = False
        self._call, self._keys = call, keys
        self._quiet, self._most_quiet = 0, silence_s * FRAMES_A_SECOND
        self._left = longest_s * FRAMES_A_SECOND

    def take(self, said: Pcm, heard: Pcm) -> None:
        loud = is_loud(said)
        self.spoken = self.spoken or loud
        self._quiet = 0 if loud else self._quiet + 1
        self._left -= 1
        if self._quiet >= self._most_quiet or self._left <= 0:
            self._end("")

    def key(self, digit: str) -> None:
        if digit in self._keys:
            self._end(digit)

    def _end(self, digits: str) -> None:
        if not self.done.done():
            self.done.set_result(digits)


async def record(run: Run, verb: Element) -> Goto | None:
    """Record until silence, a key, or the longest time; None when nothing was said."""
    call = run.call
    call.answer()
    if flag(verb, "playBeep", True):
        await run.player.play(beep())
    listening = _Listening(
        call,
        silence_s=max(1, whole(verb, "timeout", 5)),
        longest_s=whole(verb, "maxLength", 3600),
        keys=verb.get("finishOnKey", ALL_KEYS),
    )
    recording = run.line.recordings.begin(
        call_sid=call.call_sid,
        source="RecordVerb",
        channels=1,
        track="inbound",
        trim=(verb.get("trim") or "trim-silence") == "trim-silence",
        callback=callback_of(run, verb),
    )
    digits, call.wants = "hangup", "voice"
    call.taps += [recording, listening]
    call.key_listeners.append(listening.key)
    try:
        digits = await listening.done
    except asyncio.CancelledError:
        recording.finish()
        if call.over and listening.spoken:
            run.tell(run.goto(verb, _fields(recording, digits), kind="record"))
        raise
    finally:
        call.wants = None
        call.key_listeners.remove(listening.key)
        for tap in (recording, listening):
            call.taps.remove(tap)
        recording.finish()
    if not listening.spoken:
        return None
    return run.goto(verb, _fields(recording, digits), kind="record")


def _fields(recording: Recording, digits: str) -> Fields:
    return [
        ("RecordingUrl", recording.url),
        ("RecordingSid", recording.recording_sid),
        ("RecordingDuration", str(round(recording.duration_s))),
        ("Digits", digits),
    ]
