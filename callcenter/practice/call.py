"""One leg: a telephone connected to the line, its state, its fields, and its share of every frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any, Protocol

from callcenter.practice.clock import CallClock, Room
from callcenter.practice.ids import present, sid
from callcenter.practice.mixing import added
from callcenter.practice.player import Player
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import FRAME_S, QUIET, Pcm

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
API_VERSION = "2010-04-01"
HELD_UP = 0.5  # slower than life, so that a server that reads at all catches up
_GEO = ("City", "State", "Zip", "Country")


class FarEnd(Protocol):
    """The telephone at the other side of a leg."""

    def ring(self, call: Call) -> None:
        """Begin to ring; later `call.picked_up()` or `call.refused(...)`."""

    def read(self, call: Call) -> Pcm:
        """Return the next frame that the person says."""

    def hear(self, frame: Pcm) -> None:
        """Take the next frame that the person hears."""

    def ended(self, call: Call, reason: str) -> None:
        """The leg is over (or rings no more): hangup, remote_hangup, timeout, withdrawn, lost …"""


class Tap(Protocol):
    """Something that listens to a leg: a stream, a recording, a detector."""

    def take(self, said: Pcm, heard: Pcm) -> None: ...


class Source(Protocol):
    """Something that a leg is played."""

    def frame(self) -> Pcm: ...


class Call:
    """A leg of a call. Whoever holds it may answer, press keys, or finish it; the rest follows."""

    def __init__(
        self,
        *,
        account_sid: str,
        from_: str,
        to: str,
        direction: str,
        far_end: FarEnd,
        speed: float | None = 1.0,
        parent_sid: str | None = None,
        extra: Fields | None = None,
    ) -> None:
        self.call_sid, self.account_sid = sid("CA"), account_sid
        self.from_, self.to, self.direction = from_, to, direction
        self.far_end, self.speed, self.parent_sid = far_end, speed, parent_sid
        self.extra: Fields = list(extra or [])
        self.status = "ringing" if direction == "inbound" else "queued"
        self.created_at = present()
        self.answered_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.sip_code: int | None = None
        self.clock, self.player = CallClock(), Player()
        self.sources: list[Source] = [self.player]
        self.taps: list[Tap] = []
        self.hold_ups: list[Callable[[], bool]] = []
        self.room: Room | None = None
        self.leave_room: Callable[[], None] | None = None
        self.cookies = SimpleCookie()
        self.key_listeners: list[Callable[[str], None]] = []
        self.endings: list[Callable[[], None]] = []
        self.on_status: list[Callable[[Call], None]] = []
        self.notifications: list[dict[str, Any]] = []
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.fallback_url, self.fallback_method = "", "POST"
        self.wants: str | None = None  # what a program waits for: "digits" or "voice"
        self.label: str | None = None  # what a conference calls this leg
        self._answered_frame = 0

    @property
    def up(self) -> bool:
        return self.status == "in-progress"

    @property
    def over(self) -> bool:
        return self.status in OVER

    @property
    def duration_s(self) -> int:
        """Whole seconds of the call's own time since it was answered."""
        return round((self.clock.frames - self._answered_frame) * FRAME_S) if self.answered_at else 0

    @property
    def pace(self) -> float | None:
        """The speed the call can keep now: one that is played fast waits for those who cannot follow."""
        if self.speed is not None and self.speed > 1 and any(held_up() for held_up in self.hold_ups):
            return HELD_UP
        return self.speed

    def legs(self) -> list[Call]:
        """A call that is in no room is a room of its own."""
        return [self]

    def fields(self) -> Fields:
        """Return what every request about this leg carries; unknown places are sent empty."""
        fields: Fields = [
            ("CallSid", self.call_sid),
            ("AccountSid", self.account_sid),
            ("From", self.from_),
            ("To", self.to),
            ("Caller", self.from_),
            ("Called", self.to),
            ("CallStatus", self.status),
            ("ApiVersion", API_VERSION),
            ("Direction", self.direction),
        ]
        if self.parent_sid:
            fields.append(("ParentCallSid", self.parent_sid))
        if not self.from_.startswith("client:"):
            fields += [(who + what, "") for who in ("From", "To", "Caller", "Called") for what in _GEO]
        return fields + self.extra

    def move_to(self, status: str) -> None:
        """Change the status and tell those who follow it."""
        self.status = status
        for told in list(self.on_status):
            told(self)

    def answer(self) -> None:
        """Connect: from now on the person hears and is heard. Does nothing the second time."""
        if self.up or self.over:
            return
        self.answered_at, self._answered_frame = present(), self.clock.frames
        self.move_to("in-progress")

    def picked_up(self) -> None:
        """The far end of an outgoing leg has answered."""
        if not self.outcome.done():
            self.outcome.set_result("answered")

    def refused(self, status: str, sip_code: int) -> None:
        """The far end of an outgoing leg will not answer: busy, no-answer or failed."""
        self.sip_code = sip_code
        if not self.outcome.done():
            self.outcome.set_result(status)

    def press(self, digits: str) -> None:
        for digit in digits:
            for told in list(self.key_listeners):
                told(digit)

    def finish(self, status: str = "completed", *, reason: str = "remote_hangup", sip_code: int = 200) -> None:
        """End the leg: leave rooms and queues, stop streams and recordings, tell all. Safe to repeat."""
        if self.over:
            return
        self.ended_at, self.sip_code = present(), self.sip_code or sip_code
        self.status = status
        if not self.outcome.done():
            self.outcome.set_result(status)
        while self.endings:
            self.endings.pop()()
        self.player.stop()
        self.move_to(status)
        self.far_end.ended(self, reason)

    def finish_soon(self, *, reason: str) -> None:
        """Hang up after the frame that is being mixed now."""
        asyncio.get_running_loop().call_soon(lambda: self.finish(reason=reason))

    def company(self) -> str:
        """Say who else is on the line: alone, together, or held."""
        return self.room.company(self) if self.room is not None else "alone"

    def step(self) -> None:
        """Live through one frame alone."""
        self.pass_on(self.said(), self.played())

    def said(self) -> Pcm:
        return self.far_end.read(self) if self.up else QUIET

    def played(self) -> Pcm:
        return added([source.frame() for source in self.sources])

    def pass_on(self, said: Pcm, heard: Pcm) -> None:
        """Give one frame of both directions to the person and to everything that listens."""
        if self.up:
            self.far_end.hear(heard)
            for tap in list(self.taps):
                tap.take(said, heard)
        self.clock.advance()

    def notify(self, code: int, message: str, url: str = "") -> None:
        """Keep an error that the owner of the account can read by REST."""
        self.notifications.append({"sid": sid("NO"), "code": code, "message": message, "url": url, "at": present()})
