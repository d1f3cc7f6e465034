"""A caller made of a sound: waits to be answered, listens to the greeting, speaks, waits, and hangs up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from callcenter.practice.call import Call
from callcenter.practice.sounds import (
    FRAME_SAMPLES,
    FRAMES_A_SECOND,
    NOTHING,
    QUIET,
    Pcm,
    frame_of,
    is_loud,
    mulaw_of,
)

KEPT_FRAMES = 15 * 60 * FRAMES_A_SECOND


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the caller behaves; all times in seconds of the call's own clock."""

    digits: str = ""
    speaks_at_once: bool = False
    hangs_up_after_s: float | None = None  # whatever happens, counted from the first ring
    greeting_s: float = 4.0  # how long a greeting is waited for
    pause_s: float = 0.7  # silence that ends the greeting
    alone_s: float = 4.0  # hangs up when the other side has gone for this long; of everybody's time
    patience_s: float = 180.0  # hangs up when nothing more is heard after speaking; of everybody's time
    after_message_s: float = 1.5  # hangs up this long after leaving a voice message


class SoundCaller:
    """The far end of a practice call. Keeps what it heard, so that a test can listen to it."""

    def __init__(self, sound: Pcm, manners: Manners) -> None:
        self._sound, self._manners = _telephone_quality(sound), manners
        self._at = 0
        self._digits_left = manners.digits
        self._next_key = 0
        self._company_frames = self._alone_frames = self._quiet_frames = 0
        self._heard_somebody = False
        self.met_somebody = False
        self.began_at_frame: int | None = None
        self.ended_because: str | None = None
        self.heard: list[Pcm] = []
        self.on_ended: list[Callable[[], None]] = []

    @property
    def has_spoken(self) -> bool:
        return self._at >= len(self._sound)

    def ring(self, call: Call) -> None:
        """A caller calls; nobody rings it."""
        call.refused("failed", 404)

    def hear(self, frame: Pcm) -> None:
        if len(self.heard) < KEPT_FRAMES:
            self.heard.append(frame)
        loud = is_loud(frame)
        self._quiet_frames = 0 if loud else self._quiet_frames + 1
        self._heard_somebody = self._heard_somebody or (loud and self.met_somebody)

    def ended(self, call: Call, reason: str) -> None:
        self.ended_because = reason
        for told in self.on_ended:
            told()

    def read(self, call: Call) -> Pcm:
        """Return the next frame the caller says, after pressing and hanging up what is due."""
        self._press_what_is_due(call)
        company = call.company()
        self._keep_company(company)
        if self._should_hang_up(call, company):
            # Not from inside the frame being mixed: ending a leg changes the room.
            call.finish_soon(reason="hangup")
            return QUIET
        if not self._may_speak(call, company) or self.has_spoken:
            return QUIET
        if self.began_at_frame is None:
            self.began_at_frame = call.clock.frames
        return self._next_word()

    def _next_word(self) -> Pcm:
        frame = self._sound[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        if self.has_spoken:
            self._quiet_frames = 0
        return frame

    def _press_what_is_due(self, call: Call) -> None:
        if self._digits_left and call.wants == "digits" and call.clock.frames >= self._next_key:
            key, self._digits_left = self._digits_left[0], self._digits_left[1:]
            self._next_key = call.clock.frames + (25 if key in "wW" else 10)
            if key not in "wW":
                call.press(key)

    def _keep_company(self, company: str) -> None:
        if company == "together":
            if not self.met_somebody:
                self.met_somebody, self._quiet_frames = True, 0
            self._company_frames += 1
        self._alone_frames = self._alone_frames + 1 if company == "alone" and self.met_somebody else 0

    def _may_speak(self, call: Call, company: str) -> bool:
        if self._manners.speaks_at_once or call.wants == "voice":
            return True
        if company != "together":
            return False
        if self._at > 0:
            return True
        greeted = self._heard_somebody and self._quiet_frames >= self._manners.pause_s * FRAMES_A_SECOND
        return greeted or self._company_frames >= self._waits_frames()

    def _waits_frames(self) -> float:
        # Once somebody is talking the greeting is heard out, however long it is.
        longest_s = 20.0 if self._heard_somebody else self._manners.greeting_s
        return longest_s * FRAMES_A_SECOND

    def _should_hang_up(self, call: Call, company: str) -> bool:
        manners, second = self._manners, FRAMES_A_SECOND
        # What the other side does takes its time, however fast this call is played.
        others_second = second * max(1.0, call.speed or 1.0)
        if manners.hangs_up_after_s is not None and call.clock.seconds >= manners.hangs_up_after_s:
            return True
        if self._alone_frames >= manners.alone_s * others_second:
            return True
        if not self.has_spoken:
            return False
        if call.wants == "voice":
            return self._quiet_frames >= manners.after_message_s * second
        return self.met_somebody and self._quiet_frames >= manners.patience_s * others_second


def _telephone_quality(sound: Pcm) -> Pcm:
    """Return the sound as a telephone carries it, in whole frames."""
    if not len(sound):
        return NOTHING
    padded = np.zeros(-(-len(sound) // FRAME_SAMPLES) * FRAME_SAMPLES, dtype=np.int16)
    padded[: len(sound)] = sound
    return np.concatenate([frame_of(mulaw_of(f)) for f in padded.reshape(-1, FRAME_SAMPLES)])
