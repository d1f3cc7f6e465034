"""Media Streams: a plain WebSocket a leg, heard by the recogniser and written down as it is spoken.

Runs in a process of its own with plain threads, because recognising is CPU work. Losing a socket loses
words, never the call. One stream a speaker is live; when the carrier opens another, the newer one wins.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app
from flask_sock import Sock
from simple_websocket import ConnectionClosed
from wsproto.frame_protocol import CloseReason

from callcenter import passes, place, whole_frames
from callcenter.calls import Part
from callcenter.gate import let_only_the_carrier_in
from callcenter.hearing import Hearing, Recogniser
from callcenter.media_frames import BadFrame, Pace, Sound, Started, Stopped, parse
from core.clock import now
from core.db import database

log = logging.getLogger(__name__)

STARTS_WITHIN_S: Final = 5.0
SILENT_AFTER_S: Final = 30.0
MOST_A_MESSAGE: Final = 65_536  # bytes
MOST_WAITING: Final = 3000  # messages: a minute of sound that the recogniser has not caught up with
# The practice line plays calls faster than life and waits for us; a real carrier must never be kept waiting.
PRACTICE_WAITING: Final = 100
MOST_A_SECOND: Final = 2000.0  # messages: forty times real time, for sound files played fast

media = Blueprint("media", __name__)
_sock = Sock()


@media.before_request
def only_the_carrier() -> None:
    """Refuse the upgrade, before it happens, unless the carrier signed it."""
    public = urlsplit(place.settings().media_url)
    let_only_the_carrier_in(f"{public.scheme}://{public.netloc}")


def init_app(app: Flask, recogniser: Recogniser | None) -> None:
    """Give `app` the media route; without a recogniser it takes the sound and writes nothing down."""
    whole_frames.mend()
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25, "max_message_size": MOST_A_MESSAGE}
    app.extensions["media"] = Streams(recogniser)
    app.register_blueprint(media)


@_sock.route("/media", bp=media)
def listen(ws: Any) -> None:
    """Hear one stream from its start to its end."""
    streams: Streams = current_app.extensions["media"]
    ws.most_waiting = MOST_WAITING
    if place.settings().practice:
        ws.slow_at = PRACTICE_WAITING
    started = _start_of(ws)
    used = started and _use_pass(started)
    if not started or not used:
        log.warning("media.refused", extra={"named_itself": started is not None})
        ws.close(CloseReason.POLICY_VIOLATION, "no valid token")
        return
    hearing = Hearing(used, started.stream_sid, recogniser=streams.recogniser, feed=current_app.extensions["feed"])
    key = (used.call_id, used.speaker)
    streams.enter(key, ws)
    try:
        _hear(ws, hearing)
        hearing.finish()
    except ConnectionClosed:
        log.info("media.closed", extra={"call": used.call_id, "speaker": used.speaker})
        hearing.finish()
    except Exception:
        # An error page after the upgrade would be read as frames; the carrier only wants to hear the end.
        log.exception("media.failed", extra={"call": used.call_id, "speaker": used.speaker})
        _close(ws, CloseReason.INTERNAL_ERROR, "cannot listen")
    finally:
        streams.leave(key, ws)


class Streams:
    """The live streams of this process, and who listens to them."""

    def __init__(self, recogniser: Recogniser | None) -> None:
        self.recogniser = recogniser
        self._live: dict[tuple[int, Part], Any] = {}
        self._lock = threading.Lock()

    def enter(self, key: tuple[int, Part], ws: Any) -> None:
        """Make `ws` the live stream of a speaker; an older one is closed."""
        with self._lock:
            older, self._live[key] = self._live.get(key), ws
        if older is not None:
            _close(older, CloseReason.POLICY_VIOLATION, "a newer stream has come")

    def leave(self, key: tuple[int, Part], ws: Any) -> None:
        """Forget `ws`, unless a newer one has taken its place."""
        with self._lock:
            if self._live.get(key) is ws:
                del self._live[key]


def _start_of(ws: Any) -> Started | None:
    """Wait for the start message; None when it does not come in time or the first words are no stream's."""
    ends_s = time.monotonic() + STARTS_WITHIN_S
    while (left_s := ends_s - time.monotonic()) > 0:
        text = ws.receive(timeout=left_s)
        if text is None:
            return None
        try:
            message = parse(text)
        except BadFrame:
            return None
        if isinstance(message, Started):
            return message
        if isinstance(message, Sound | Stopped):
            return None
    return None


def _use_pass(started: Started) -> passes.Pass | None:
    with database().begin() as work:
        return passes.use(work, token=started.token, call_sid=started.call_sid, now=now())


def _hear(ws: Any, hearing: Hearing) -> None:
    pace = Pace(MOST_A_SECOND)
    while True:
        text = ws.receive(timeout=SILENT_AFTER_S)
        if text is None or not pace.lets(time.monotonic()):
            ws.close(CloseReason.POLICY_VIOLATION, "silent" if text is None else "too fast")
            return
        try:
            message = parse(text)
        except BadFrame as error:
            log.warning("media.bad_frame", extra={"why": str(error)})
            ws.close(CloseReason.UNSUPPORTED_DATA, "not understood")
            return
        if isinstance(message, Stopped):
            return
        if isinstance(message, Sound):
            hearing.hear(message.payload)


def _close(ws: Any, reason: CloseReason, why: str) -> None:
    try:
        ws.close(reason, why)
    except (ConnectionClosed, OSError):
        return
