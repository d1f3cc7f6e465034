"""The line itself: everything that lives while the process lives, and how a call gets onto it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from callcenter.practice import verbs  # noqa: F401 - makes the verbs known
from callcenter.practice.call import Call, FarEnd
from callcenter.practice.clock import MediaClock
from callcenter.practice.conferences import Conferences
from callcenter.practice.ends.callee import Callee, NumberPlan
from callcenter.practice.ends.phones import PhoneBook, PhoneLeg
from callcenter.practice.faults import Faults, Harm
from callcenter.practice.messages import Messages
from callcenter.practice.outbox import Outbox
from callcenter.practice.program import Goto, Program
from callcenter.practice.progress import Progress
from callcenter.practice.prompt_store import Sounds
from callcenter.practice.queues import Queues
from callcenter.practice.recording import Recordings
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import Pcm
from callcenter.practice.streams import MediaStream, StreamOrder
from callcenter.practice.webhook import Webhooks

if TYPE_CHECKING:
    from callcenter.practice.settings import Settings

KEPT_CALLS = 5000
LAST_CALLBACKS_S = 4.0


@dataclass(frozen=True)
class _LegFault:
    """A tap that ends the leg when a fault says that its network is gone."""

    faults: Faults
    call: Call

    def take(self, said: Pcm, heard: Pcm) -> None:
        call = self.call
        names = (call.call_sid, call.from_, call.to, call.direction, call.label or "")
        if self.faults.strike(frozenset({Harm.LOSE_LEG}), *names, frames=call.clock.frames):
            call.finish_soon(reason="lost")


class Line:
    """The carrier. Calls do not survive its end; recordings and messages do."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = Faults()
        webhooks = Webhooks(settings.auth_token)
        self.outbox = Outbox(webhooks, self.faults)
        self.sounds = Sounds(webhooks, settings.auth_token)
        self.clock = MediaClock()
        self.queues, self.conferences = Queues(), Conferences(self)
        self.phones, self.numbers = PhoneBook(), NumberPlan()
        self.recordings = Recordings(
            settings.state_dir / "recordings",
            account_sid=settings.account_sid,
            base_url=settings.line_url,
            outbox=self.outbox,
        )
        self.messages = Messages(settings.state_dir, account_sid=settings.account_sid, outbox=self.outbox)
        self.calls: dict[str, Call] = {}
        self.programs: dict[str, Program] = {}
        self.without_robots: set[str] = set()  # calls that no practice agent may answer
        self._streams: dict[str, list[MediaStream]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self.clock.start()

    async def stop(self) -> None:
        """End every call in order, send the last callbacks, and close."""
        for call in list(self.calls.values()):
            call.finish("completed" if call.up else "canceled", reason="remote_hangup")
        await self.outbox.drain(LAST_CALLBACKS_S)
        await self.clock.stop()
        for task in self._tasks:
            task.cancel()
        await self.outbox.webhooks.close()

    def incoming(
        self,
        *,
        from_: str,
        far_end: FarEnd,
        to: str | None = None,
        speed: float | None = 1.0,
        extra: Fields | None = None,
    ) -> Call:
        """Bring a call for the hotline: ringing, and the voice URL is asked what to do."""
        settings = self.settings
        call = Call(
            account_sid=settings.account_sid,
            from_=from_,
            to=to or settings.number,
            direction="inbound",
            far_end=far_end,
            speed=speed,
            extra=extra,
        )
        call.fallback_url = settings.fallback_url
        call.on_status.append(Progress(self.outbox, settings.status_url))
        self.take_up(call)
        self.run(call, Goto(url=settings.voice_url))
        return call

    def outgoing(
        self,
        *,
        to: str,
        from_: str,
        direction: str,
        parent_sid: str | None = None,
        parameters: dict[str, str] | None = None,
    ) -> Call:
        """Return a leg to a number or `client:<identity>`, not yet rung. Its pace is its company's."""
        far_end: FarEnd
        speed: float | None = None
        if to.startswith("client:"):
            identity, _, query = to.removeprefix("client:").partition("?")
            given = dict(parse_qsl(query)) | (parameters or {})
            far_end = PhoneLeg(self.phones, identity, lost_after_s=self.settings.lost_leg_s, parameters=given)
            to = "client:" + identity
        else:
            far_end = Callee(self.numbers.of(to), self.sounds)
        return Call(
            account_sid=self.settings.account_sid,
            from_=from_,
            to=to,
            direction=direction,
            far_end=far_end,
            speed=speed,
            parent_sid=parent_sid,
        )

    def take_up(self, call: Call) -> None:
        """Put a leg on the line: from now on its clock runs and REST finds it."""
        if call.call_sid in self.calls:
            return
        self.calls[call.call_sid] = call
        if isinstance(call.far_end, PhoneLeg):
            call.far_end.attach(call)
        call.taps.append(_LegFault(self.faults, call))
        self.clock.add(call)
        call.endings.insert(0, lambda: self._gone(call))
        over = [c for c in self.calls.values() if c.over]
        for old in over[: max(0, len(self.calls) - KEPT_CALLS)]:
            del self.calls[old.call_sid]

    def run(self, call: Call, goto: Goto) -> None:
        """Give the leg a document; one that already runs another leaves it, and any room it sits in."""
        program = self.programs.get(call.call_sid)
        if program is None:
            program = self.programs[call.call_sid] = Program(self, call)
        leave_room = call.leave_room
        program.redirect(goto)
        if leave_room is not None:
            leave_room()

    def callers(self) -> int:
        """Return how many inbound legs are not over."""
        return sum(1 for call in self.calls.values() if call.direction == "inbound" and not call.over)

    def keeps_robots_away(self) -> bool:
        """Say whether a caller is on the line whom no practice agent may answer."""
        return any(sid in self.calls and not self.calls[sid].over for sid in self.without_robots)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def open_stream(self, call: Call, order: StreamOrder) -> MediaStream:
        stream = MediaStream(self, call, order)
        self._streams.setdefault(call.call_sid, []).append(stream)
        call.endings.append(stream.stop)
        return stream

    def streams_of(self, call: Call) -> list[MediaStream]:
        return list(self._streams.get(call.call_sid, ()))

    def _gone(self, call: Call) -> None:
        self.clock.remove(call)
        self.programs.pop(call.call_sid, None)
        # Kept a while for REST; the streams themselves end with the call.
        asyncio.get_running_loop().call_later(300, self._streams.pop, call.call_sid, None)
