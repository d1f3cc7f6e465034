"""Media Streams: a call's sound to a WebSocket of the owner, 20 ms at a time, and back if asked."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import logging
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from callcenter.practice.faults import Harm
from callcenter.practice.ids import iso8601, present, sid
from callcenter.practice.recording import Callback
from callcenter.practice.signing import signature
from callcenter.practice.sounds import Pcm, mulaw_of
from callcenter.practice.stream_buffer import StreamBuffer

if TYPE_CHECKING:
    from callcenter.practice.call import Call
    from callcenter.practice.line import Line

log = logging.getLogger(__name__)

MOST_TRACKS = 4
CONNECT_S = 5.0
_TRACKS = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}
_BEHIND = 100  # messages not taken yet; a call that is played fast waits then
_FALLEN_BEHIND = 4000  # a server that has not read for this long is taken for dead
_SEND_BUFFER = 32 * 1024  # bytes; in the system's own, minutes of a fast call would hide
_MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


class StreamRefused(Exception):
    """The stream cannot be opened. `code` as in the carrier's list (31901 to 31923)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class StreamOrder:
    """What a Stream element or the API asks for."""

    url: str
    name: str | None = None
    track: str = "inbound_track"
    parameters: dict[str, str] = field(default_factory=dict)
    callback: Callback = field(default_factory=Callback)
    bidirectional: bool = False


class MediaStream:
    """One stream of one call. `over` is done when the socket is gone."""

    def __init__(self, line: Line, call: Call, order: StreamOrder) -> None:
        self.stream_sid, self.order, self.call = sid("MZ"), order, call
        self.name = order.name or self.stream_sid
        self.tracks = _TRACKS.get(order.track, ("inbound",))
        self.status, self.updated_at = "in-progress", present()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line = line
        self._out: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_FALLEN_BEHIND)
        self._sequence, self._frames = 0, 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._buffer = StreamBuffer(self._mark_played)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """End the stream in order: a stop message, then the socket is closed. Safe to repeat."""
        if self.status == "stopped":
            return
        self._leave_the_call()
        if self._socket is None:
            self._task.cancel()
            self._ended(None)
            return
        ids = {"accountSid": self.call.account_sid, "callSid": self.call.call_sid}
        self._send("stop", stop=ids)
        with contextlib.suppress(asyncio.QueueFull):
            self._out.put_nowait(None)

    def take(self, said: Pcm, heard: Pcm) -> None:
        """Send one frame of every track."""
        for track in self.tracks:
            media = {
                "track": track,
                "chunk": str(self._frames + 1),
                "timestamp": str(self._frames * 20),
                "payload": base64.b64encode(mulaw_of(said if track == "inbound" else heard)).decode(),
            }
            self._send("media", media=media)
        self._frames += 1
        names = (self.call.call_sid, self.stream_sid, self.name)
        if self._line.faults.strike(frozenset({Harm.CUT_STREAM}), *names, frames=self._frames):
            self.cut()

    def cut(self) -> None:
        """Break the socket as a failing network does: no stop message, no close frame."""
        connection = getattr(self._socket, "_conn", None)
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    def is_behind(self) -> bool:
        """Say whether the owner's server reads more slowly than the call goes on."""
        return self._out.qsize() > _BEHIND

    def key_pressed(self, digit: str) -> None:
        self._send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def _run(self) -> None:
        error: str | None = None
        try:
            self._socket = await self._connected()
            await self._talk(self._socket)
        except StreamRefused as refused:
            error = f"{refused.code} - {refused}"
            self.call.notify(refused.code, str(refused), self.order.url)
        except (aiohttp.ClientError, ConnectionError):
            error = "31903 - the connection broke"
        finally:
            self._leave_the_call()
            if self._socket is not None and not self._socket.closed:
                await self._socket.close()
            self._ended(error)

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        url = socket_url(self.order.url)
        headers = {"X-Twilio-Signature": signature(self._line.settings.auth_token, url)}
        try:
            async with asyncio.timeout(CONNECT_S):
                session = self._line.outbox.webhooks.session
                connected = await session.ws_connect(url, headers=headers, heartbeat=25)
                opened = connected.get_extra_info("socket")
                if opened is not None:
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                return connected
        except TimeoutError as error:
            raise StreamRefused(31901, "connection timed out") from error
        except aiohttp.WSServerHandshakeError as error:
            raise StreamRefused(31920, f"handshake answered HTTP status {error.status}") from error
        except aiohttp.ClientError as error:
            raise StreamRefused(31902, "connection refused") from error

    async def _talk(self, connected: aiohttp.ClientWebSocketResponse) -> None:
        await connected.send_str(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        self._send("start", start=self._start_facts())
        self._tell("stream-started")
        self.call.taps.append(self)
        self.call.hold_ups.append(self.is_behind)
        if self.order.bidirectional:
            self.call.sources.append(self._buffer)
            self.call.key_listeners.append(self.key_pressed)
        sending = asyncio.ensure_future(self._send_all(connected))
        reading = asyncio.ensure_future(self._read_all(connected))
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, reading):
                if task.done():
                    task.result()
        finally:
            sending.cancel()
            reading.cancel()

    def _start_facts(self) -> dict[str, Any]:
        return {
            "accountSid": self.call.account_sid,
            "streamSid": self.stream_sid,
            "callSid": self.call.call_sid,
            "tracks": list(self.tracks),
            "mediaFormat": _MEDIA_FORMAT,
            "customParameters": self.order.parameters,
        }

    async def _send_all(self, connected: aiohttp.ClientWebSocketResponse) -> None:
        while (message := await self._out.get()) is not None:
            await connected.send_str(json.dumps(message))

    async def _read_all(self, connected: aiohttp.ClientWebSocketResponse) -> None:
        async for message in connected:
            if message.type is aiohttp.WSMsgType.TEXT and self.order.bidirectional:
                self._obey(message.data)

    def _obey(self, text: str) -> None:
        try:
            message = json.loads(text)
            if message.get("event") == "media":
                self._buffer.play(base64.b64decode(message["media"]["payload"], validate=True))
            elif message.get("event") == "mark":
                self._buffer.mark(str(message["mark"]["name"]))
            elif message.get("event") == "clear":
                self._buffer.clear()
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            self.call.notify(31951, "invalid message on the stream", self.order.url)

    def _mark_played(self, name: str) -> None:
        self._send("mark", mark={"name": name})

    def _send(self, event: str, **body: Any) -> None:
        self._sequence += 1
        message = {
            "event": event,
            "sequenceNumber": str(self._sequence),
            **body,
            "streamSid": self.stream_sid,
        }
        try:
            self._out.put_nowait(message)
        except asyncio.QueueFull:
            log.warning("stream.fallen_behind", extra={"call_sid": self.call.call_sid})
            self.cut()

    def _leave_the_call(self) -> None:
        call = self.call
        if self in call.taps:
            call.taps.remove(self)
            call.hold_ups.remove(self.is_behind)
        if self._buffer in call.sources:
            call.sources.remove(self._buffer)
        if self.key_pressed in call.key_listeners:
            call.key_listeners.remove(self.key_pressed)

    def _ended(self, error: str | None) -> None:
        if self.over.done():
            return
        self.status, self.updated_at = "stopped", present()
        self.over.set_result(None)
        if error:
            self._tell("stream-error", error)
        self._tell("stream-stopped")

    def _tell(self, event: str, error: str = "") -> None:
        callback = self.order.callback
        fields = [
            ("AccountSid", self.call.account_sid),
            ("CallSid", self.call.call_sid),
            ("StreamSid", self.stream_sid),
            ("StreamName", self.name),
            ("StreamEvent", event),
            ("Timestamp", iso8601(present())),
        ]
        if error:
            fields.append(("StreamError", error))
        self._line.outbox.tell("stream", self.stream_sid, callback.url, fields, method=callback.method)


def socket_url(given: str) -> str:
    """Return the URL to connect and sign: no query; ws on this machine only. Raises StreamRefused."""
    parts = urlsplit(given)
    if parts.scheme not in ("ws", "wss") or (parts.scheme == "ws" and not _on_loopback(parts.hostname)):
        raise StreamRefused(31922, "the scheme is not wss")
    if not parts.hostname:
        raise StreamRefused(31923, "malformed stream URL")
    return urlunsplit(parts._replace(query="", fragment=""))


def _on_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
