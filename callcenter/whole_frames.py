"""Mends simple-websocket 1.1.0, which tears frames when a send is partial and never bounds what it holds.

It calls `sock.send()` and ignores how much was sent; on a gevent socket with a slow reader the rest of the
frame is lost and everything after it is noise (upstream issues 34 and 45). Two writers may also mix their
frames. Flask-SocketIO uses the same library, so web and media processes both call `mend` before serving.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from simple_websocket import ws as library
from wsproto.events import CloseConnection
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError


class _WholeSocket:
    """A socket whose `send` sends everything; the rest is the socket's own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.writing = threading.RLock()

    def send(self, frame: bytes) -> int:
        with self.writing:
            self._sock.sendall(frame)
        return len(frame)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def mend() -> None:
    """Replace the sending and receiving of simple-websocket's sockets. Doing it again changes nothing."""
    base = library.Base
    if getattr(base, "_is_mended", False):
        return
    made, send, handle = base.__init__, base.send, base._handle_events

    def whole_init(self: Any, sock: Any = None, *args: Any, **kwargs: Any) -> None:
        made(self, None if sock is None else _WholeSocket(sock), *args, **kwargs)

    def whole_send(self: Any, message: Any) -> None:
        # Encoding belongs into the lock: compressed messages must leave in the order they were made.
        with self.sock.writing:
            send(self, message)

    def bounded(self: Any) -> bool:
        going_on: bool = handle(self)
        most = getattr(self, "most_waiting", None)
        if going_on and most is not None and len(self.input_buffer) > most:
            _refuse(self)
            return False
        _let_the_reader_catch_up(self)
        return going_on

    base.__init__, base.send, base._handle_events = whole_init, whole_send, bounded
    base._is_mended = True


def _let_the_reader_catch_up(ws: Any) -> None:
    """Take nothing more off the network while `slow_at` messages wait, so that the sender slows down."""
    slow_at = getattr(ws, "slow_at", None)
    while slow_at is not None and ws.connected and len(ws.input_buffer) > slow_at:
        time.sleep(0.02)


def _refuse(ws: Any) -> None:
    """Close a socket that sends faster than anyone reads, and forget what it sent."""
    ws.input_buffer.clear()
    ws.close_reason = CloseReason.POLICY_VIOLATION
    try:
        ws.sock.send(ws.ws.send(CloseConnection(CloseReason.POLICY_VIOLATION, "too fast")))
    except (OSError, LocalProtocolError):
        return
    finally:
        ws.connected = False
        ws.event.set()
