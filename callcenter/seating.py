"""Which waiting call goes to which agent: the choice alone, without rows or clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

NORMAL, FRONT = 0, 10


@dataclass(frozen=True, kw_only=True)
class WaitingCall:
    """A caller in the queue. `priority` beats waiting time: a caller we lost once stands at the front."""

    call_id: int
    priority: int
    queued_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReadySeat:
    """An agent who is free, since `since`."""

    person_id: int
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A call and the agent to whom it is to be offered."""

    call_id: int
    person_id: int


def in_line(waiting: Sequence[WaitingCall]) -> list[WaitingCall]:
    """Return the queue in the order in which callers will be served."""
    return sorted(waiting, key=lambda call: (-call.priority, call.queued_at, call.call_id))


def choose(waiting: Sequence[WaitingCall], ready: Sequence[ReadySeat]) -> Pair | None:
    """Return the first in line with the agent who has been free longest; None when one side is empty."""
    if not waiting or not ready:
        return None
    seat = min(ready, key=lambda seat: (seat.since, seat.person_id))
    return Pair(call_id=in_line(waiting)[0].call_id, person_id=seat.person_id)
