"""A leg's place in a conference: how it wants to sit there, and how it sits now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.practice.call import Call
from callcenter.practice.ids import present
from callcenter.practice.player import Player
from callcenter.practice.recording import Callback

_HUSH_FRAMES = 25  # half a second of silence ends a spell of speech


class Taken(Exception):
    """A leg cannot come in: 16025 label in use, 13240 nobody to coach, 16020 room full."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Membership:
    """How a leg wants to sit in a conference."""

    label: str | None = None
    muted: bool = False
    beep: str = "true"
    start_on_enter: bool = True
    end_on_exit: bool = False
    coach_sid: str | None = None
    wait_url: str | None = None  # None: the line's music; empty: silence
    wait_method: str = "POST"
    most: int = 250
    record: bool = False
    trim: bool = True
    events: Callback = field(default_factory=Callback)
    recording: Callback = field(default_factory=Callback)
    by_rest: bool = False


@dataclass(kw_only=True, eq=False)
class Participant:
    """A leg's seat. `music` plays while it waits or is on hold, `announcer` what is said to it alone."""

    call: Call
    membership: Membership
    label: str | None
    muted: bool
    end_on_exit: bool
    coach_sid: str | None
    coaching: bool
    beep: str
    hold: bool = False
    joined: bool = False
    created_at: datetime = field(default_factory=present)
    updated_at: datetime = field(default_factory=present)
    music: Player = field(default_factory=Player)
    announcer: Player = field(default_factory=Player)
    playing: asyncio.Task[None] | None = None
    hushed_frames: int = _HUSH_FRAMES
    gone: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def speaking(self) -> bool:
        return self.hushed_frames < _HUSH_FRAMES

    @property
    def status(self) -> str:
        if self.joined:
            return "connected"
        if self.call.over:
            return "complete" if self.call.answered_at else "failed"
        return {"queued": "queued", "ringing": "ringing"}.get(self.call.status, "connecting")
