"""Media Streams messages and the pace at which they may come. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

FRAME_BYTES: Final = 160  # 20 ms of mu-law at 8000 Hz
BATCH_BYTES: Final = 800  # 100 ms: recognisers work better on more than one frame
BYTES_A_MS: Final = 8


class BadFrame(ValueError):
    """A message that no carrier of this contract sends."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """The stream's first message; `token` is empty when none was handed over."""

    stream_sid: str
    call_sid: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Mu-law, 8000 Hz mono, as many bytes as the carrier put into one message."""

    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """The carrier has ended the stream."""


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """An event that means nothing to us: connected, mark, dtmf, or one of tomorrow's."""


Message = Started | Sound | Stopped | Ignored


def parse(text: str | bytes) -> Message:
    """Return what a text frame says. Raises BadFrame for what is no message of the contract.

    Compatible carriers write stream_id or put the parameters at the top; both are read.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadFrame("not JSON") from error
    if not isinstance(found, dict):
        raise BadFrame("not an object")
    match found.get("event"):
        case "media":
            return Sound(payload=_payload(_part(found, "media")))
        case "start":
            return _started(found)
        case "stop":
            return Stopped()
        case _:
            return Ignored()


def _started(found: dict[str, Any]) -> Started:
    start = _part(found, "start")
    given = start.get("customParameters") or start.get("custom_parameters") or found.get("customParameters")
    stream_sid = found.get("streamSid") or found.get("stream_id") or start.get("streamSid") or ""
    call_sid = start.get("callSid") or start.get("call_control_id") or ""
    token = given.get("token", "") if isinstance(given, dict) else ""
    if not all(isinstance(value, str) for value in (stream_sid, call_sid, token)):
        raise BadFrame("start without sids")
    return Started(stream_sid=stream_sid, call_sid=call_sid, token=token)


def _payload(media: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(media.get("payload", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise BadFrame("payload is not base64") from error


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    if not isinstance(part, dict):
        raise BadFrame(f"{name} is missing")
    return part


class Batches:
    """Joins frames of any size into batches of BATCH_BYTES."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, payload: bytes) -> Iterator[bytes]:
        """Take one frame and yield the batches that are full now."""
        self._kept += payload
        while len(self._kept) >= BATCH_BYTES:
            batch, self._kept = bytes(self._kept[:BATCH_BYTES]), self._kept[BATCH_BYTES:]
            yield batch

    def rest(self) -> bytes:
        """Return what is left at the end of the stream, perhaps nothing."""
        left, self._kept = bytes(self._kept), bytearray()
        return left


class Pace:
    """Lets through at most `per_s` a second, with bursts of as many; the clock is the caller's."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = per_s
        self._at_s: float | None = None

    def lets(self, at_s: float) -> bool:
        """Say whether one more may pass at `at_s`, seconds of a monotonic clock."""
        if self._at_s is not None:
            self._left = min(self._per_s, self._left + (at_s - self._at_s) * self._per_s)
        self._at_s = at_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class EverySoOften:
    """Lets one through, then none for `gap_s`; for partial words that a later one replaces anyway."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._last_s = float("-inf")

    def lets(self, at_s: float) -> bool:
        """Say whether one may pass at `at_s`, seconds of a monotonic clock."""
        if at_s - self._last_s < self._gap_s:
            return False
        self._last_s = at_s
        return True
