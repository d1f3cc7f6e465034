"""Registered phones: which handsets an identity has, and the legs that lead to them."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import Protocol

from callcenter.practice.call import Call
from callcenter.practice.sounds import FRAME_SAMPLES, QUIET, Pcm, frame_of, mulaw_of

MOST_WAITING_FRAMES = 50  # one second
_RELAXED_FRAMES = 15
_PREBUFFER_FRAMES = 3

# What the ended leg is called when the phone still rings.
_CANCELS = {"timeout": "timeout", "answered_elsewhere": "answered_elsewhere", "withdrawn": "withdrawn"}


class Handset(Protocol):
    """A browser tab, or a robot's phone."""

    @property
    def busy(self) -> bool: ...

    @property
    def speed(self) -> float | None:
        """The pace it can keep: 1.0 for a person; None answers frame by frame, however fast they come."""

    def offer(self, leg: PhoneLeg) -> None:
        """Start to ring."""

    def cancel(self, leg: PhoneLeg, reason: str) -> None:
        """Stop ringing."""

    def opened(self, leg: PhoneLeg, *, resumed: bool) -> None:
        """Sound flows from now on."""

    def sound(self, mulaw: bytes) -> None:
        """Play one frame."""

    def closed(self, leg: PhoneLeg, reason: str) -> None:
        """The call is over."""


class PhoneBook:
    """Who is reachable where."""

    def __init__(self) -> None:
        self._handsets: dict[str, list[Handset]] = defaultdict(list)
        self._legs: dict[str, PhoneLeg] = {}

    def add(self, identity: str, handset: Handset) -> None:
        if handset not in self._handsets[identity]:
            self._handsets[identity].append(handset)
            for leg in list(self._legs.values()):
                if leg.identity == identity and leg.ringing:
                    leg.ring_at(handset)

    def remove(self, identity: str, handset: Handset) -> None:
        if handset in self._handsets[identity]:
            self._handsets[identity].remove(handset)

    def of(self, identity: str) -> list[Handset]:
        return list(self._handsets.get(identity, ()))

    def identities(self) -> list[str]:
        return sorted(name for name, held in self._handsets.items() if held)

    def leg(self, call_sid: str) -> PhoneLeg | None:
        return self._legs.get(call_sid)

    def keep(self, call: Call, leg: PhoneLeg) -> None:
        self._legs[call.call_sid] = leg

    def forget(self, call: Call) -> None:
        self._legs.pop(call.call_sid, None)


class PhoneLeg:
    """The far end of a leg that leads to an identity: rings all its handsets, talks with one."""

    def __init__(
        self, book: PhoneBook, identity: str, *, lost_after_s: float, parameters: dict[str, str] | None = None
    ) -> None:
        self._book, self.identity, self._lost_after_s = book, identity, lost_after_s
        self.parameters = parameters or {}
        self.call: Call | None = None
        self.handset: Handset | None = None
        self.ringing = False
        self.muted = False
        self._offered: list[Handset] = []
        self._inbox: deque[bytes] = deque()
        self._filling = True
        self._lost: asyncio.TimerHandle | None = None

    def attach(self, call: Call) -> None:
        self.call = call
        self._book.keep(call, self)
        call.on_status.append(self._status_changed)

    def ring(self, call: Call) -> None:
        handsets = self._book.of(self.identity)
        if not handsets:
            call.refused("no-answer", 480)
            return
        free = [handset for handset in handsets if not handset.busy]
        if not free:
            call.refused("busy", 486)
            return
        self.ringing = True
        for handset in free:
            self.ring_at(handset)

    def ring_at(self, handset: Handset) -> None:
        if not handset.busy and handset not in self._offered:
            self._offered.append(handset)
            handset.offer(self)

    def accept(self, handset: Handset) -> bool:
        """Take the call on this handset; False when somebody else has it or it is over."""
        if not self.ringing or self.call is None or self.call.over or handset not in self._offered:
            return False
        self.ringing, self.handset, self.call.speed = False, handset, handset.speed
        for other in self._offered:
            if other is not handset:
                other.cancel(self, "answered_elsewhere")
        self._offered.clear()
        self.call.picked_up()
        return True

    def reject(self, handset: Handset) -> None:
        """Refuse on this handset; the caller hears busy when no other rings."""
        if handset in self._offered:
            self._offered.remove(handset)
        if self.ringing and not self._offered and self.call is not None:
            self.ringing = False
            self.call.refused("busy", 486)

    def vanished(self, handset: Handset) -> None:
        """The handset's socket is gone; in a call it may come back within the time allowed."""
        if handset in self._offered:
            self._offered.remove(handset)
            if not self._offered and self.ringing and self.call is not None:
                self.ringing = False
                self.call.refused("no-answer", 480)
        if self.handset is handset:
            self.handset = None
            loop = asyncio.get_running_loop()
            self._lost = loop.call_later(self._lost_after_s, self._give_up)

    def resume(self, handset: Handset) -> bool:
        """Go on with the call on this handset; False when it is over."""
        if self.call is None or self.call.over or self.ringing:
            return False
        if self.handset is not None:
            self.handset.closed(self, "taken_over")
        if self._lost is not None:
            self._lost.cancel()
        self.handset, self.call.speed = handset, handset.speed
        if self.call.up:
            handset.opened(self, resumed=True)
        return True

    def put(self, mulaw: bytes) -> None:
        """Take what the person says: any number of whole frames, the oldest dropped beyond one second."""
        for at in range(0, len(mulaw), FRAME_SAMPLES):
            self._inbox.append(mulaw[at : at + FRAME_SAMPLES])
        while self._at_a_persons_pace and len(self._inbox) > MOST_WAITING_FRAMES:
            self._inbox.popleft()

    @property
    def _at_a_persons_pace(self) -> bool:
        return self.call is not None and self.call.speed is not None

    def read(self, call: Call) -> Pcm:
        # Frames arrive in bursts over a network: a few are kept in hand, and a growing delay is worked off.
        if self._filling and len(self._inbox) < _PREBUFFER_FRAMES:
            return QUIET
        self._filling = False
        if not self._inbox:
            self._filling = True
            return QUIET
        if self._at_a_persons_pace and len(self._inbox) > _RELAXED_FRAMES:
            self._inbox.popleft()
        frame = self._inbox.popleft()
        return QUIET if self.muted else frame_of(frame)

    def hear(self, frame: Pcm) -> None:
        if self.handset is not None:
            self.handset.sound(mulaw_of(frame))

    def ended(self, call: Call, reason: str) -> None:
        self._book.forget(call)
        self.ringing = False
        if self._lost is not None:
            self._lost.cancel()
        for handset in self._offered:
            handset.cancel(self, _CANCELS.get(reason, "caller_gone"))
        self._offered.clear()
        if self.handset is not None:
            self.handset.closed(self, _closed_because(call, reason))
            self.handset = None

    def _status_changed(self, call: Call) -> None:
        if call.up and self.handset is not None:
            self.handset.opened(self, resumed=False)

    def _give_up(self) -> None:
        if self.call is not None:
            self.call.finish(reason="lost", sip_code=408)


def _closed_because(call: Call, reason: str) -> str:
    if call.status in ("busy", "failed", "canceled"):
        return call.status
    if call.status == "no-answer":
        return "no_answer"
    return reason if reason in ("hangup", "lost", "taken_over") else "remote_hangup"
