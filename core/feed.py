"""Pushing news to browsers from any process, through Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import socketio

# Flask-SocketIO listens on this channel; python-socketio's own default is another one, and a push
# sent there vanishes without a word. Both sides take the name from here.
CHANNEL = "flask-socketio"
NAMESPACE = "/live"


class Feed(Protocol):
    """Where pushes go. Order, repetition and loss are all allowed; cards carry versions."""

    def push(self, rooms: str | Sequence[str], name: str, payload: dict[str, Any]) -> None:
        """Send `payload` as event `name` to everyone in `rooms`: once, in however many of them they are."""


class RedisFeed:
    """The live feed over Redis; creating it opens no connection."""

    def __init__(self, url: str) -> None:
        self._manager = socketio.RedisManager(url, channel=CHANNEL, write_only=True)

    def push(self, rooms: str | Sequence[str], name: str, payload: dict[str, Any]) -> None:
        if rooms:  # to no room at all would be to everybody
            to = rooms if isinstance(rooms, str) else list(rooms)
            self._manager.emit(name, payload, namespace=NAMESPACE, room=to)
