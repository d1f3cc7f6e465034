"""A browser tab as a telephone: the socket protocol of docs/practice-line.md."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from callcenter.practice.ends.phones import PhoneLeg
from callcenter.practice.ids import present
from callcenter.practice.sounds import FRAME_SAMPLES
from callcenter.practice.tokens import Grant, TokenRefused, grant_of

if TYPE_CHECKING:
    from callcenter.practice.line import Line

log = logging.getLogger(__name__)

CLOSE_UNAUTHORISED = 4401
PRACTICE_NUMBER = re.compile(r"\+86138000\d{5}")
_WARNING_S = 30
_MOST_WAITING = 100  # messages not yet read by a slow page; sound beyond that is dropped


class PhoneSocket:
    """One tab. A handset of its identity from `register` until the socket closes."""

    def __init__(self, line: Line, socket: web.WebSocketResponse, grant: Grant) -> None:
        self._line, self._socket, self.grant = line, socket, grant
        self._leg: PhoneLeg | None = None
        self._ringing: dict[str, PhoneLeg] = {}
        self._registered = False
        self.speed: float | None = 1.0
        self._out: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._warning: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        return self._leg is not None

    async def live(self) -> None:
        """Obey the page until the socket closes."""
        sending = asyncio.ensure_future(self._send_all())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.BINARY:
                    self._heard(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._obey(message.data)
        finally:
            sending.cancel()
            self._gone()

    # What the line tells the page.

    def offer(self, leg: PhoneLeg) -> None:
        call = leg.call
        if call is not None:
            self._ringing[call.call_sid] = leg
            self._say(
                "incoming",
                call_sid=call.call_sid,
                **{"from": call.from_, "to": call.to, "parameters": leg.parameters},
            )

    def cancel(self, leg: PhoneLeg, reason: str) -> None:
        call = leg.call
        if call is not None and self._ringing.pop(call.call_sid, None) is not None:
            self._say("cancel", call_sid=call.call_sid, reason=reason)

    def opened(self, leg: PhoneLeg, *, resumed: bool) -> None:
        if leg.call is not None:
            self._say("open", call_sid=leg.call.call_sid, resumed=resumed)

    def sound(self, mulaw: bytes) -> None:
        if self._out.qsize() < _MOST_WAITING:
            self._out.put_nowait(mulaw)

    def closed(self, leg: PhoneLeg, reason: str) -> None:
        if self._leg is leg:
            self._leg = None
        if leg.call is not None:
            self._say("closed", call_sid=leg.call.call_sid, reason=reason)

    def line_goes_down(self) -> None:
        self._error(53000, "the line is going down")

    # What the page tells the line.

    def _obey(self, text: str) -> None:
        try:
            message = json.loads(text)
            obey = _ORDERS[message["type"]]
        except (ValueError, KeyError, TypeError):
            self._error(31005, "message not understood")
            return
        if not self._registered and message["type"] not in ("register", "ping"):
            self._error(31201, "register first")
            return
        try:
            obey(self, message)
        except (KeyError, TypeError, AttributeError):
            self._error(31005, "a field is missing or wrong")

    def _register(self, message: dict[str, Any]) -> None:
        if message.get("token"):
            try:
                grant = grant_of(message["token"], self._line.settings)
            except TokenRefused as refused:
                self._refuse(refused)
                return
            if grant.identity != self.grant.identity:
                self._error(31201, "the token is somebody else's")
                return
            self.grant = grant
        self._registered = True
        self.speed = None if message.get("pace") == "line" else 1.0
        self._say("registered", identity=self.grant.identity, expires_at=self.grant.expires_at.isoformat())
        self._warn_before_expiry()
        if message.get("resume"):
            self._resume(message["resume"])
        if self.grant.may_receive:
            self._line.phones.add(self.grant.identity, self)

    def _resume(self, call_sid: str) -> None:
        leg = self._line.phones.leg(call_sid)
        if self._leg is leg and leg is not None:
            return
        if leg is None or leg.identity != self.grant.identity or not leg.resume(self):
            self._error(31404, "no such call", call_sid=call_sid)
            return
        self._leg = leg

    def _accept(self, message: dict[str, Any]) -> None:
        call_sid = message["call_sid"]
        if self._leg is not None:
            self._error(31486, "this tab has a call", call_sid=call_sid)
            return
        leg = self._ringing.pop(call_sid, None)
        if leg is None or not leg.accept(self):
            self._error(31404, "no such call", call_sid=call_sid)
            return
        self._leg = leg

    def _reject(self, message: dict[str, Any]) -> None:
        leg = self._ringing.pop(message["call_sid"], None)
        if leg is not None:
            leg.reject(self)

    def _connect(self, message: dict[str, Any]) -> None:
        if self._leg is not None:
            self._error(31486, "this tab has a call")
            return
        if not self.grant.may_call:
            self._error(31201, "this identity may not call")
            return
        to = message.get("to") or self._line.settings.number
        from_ = self._number_shown(message)
        if from_ is None or (self.grant.identity.startswith("caller_") and to != self._line.settings.number):
            self._error(31400, "the number may not be called, or not from there")
            return
        given = {str(k): str(v) for k, v in (message.get("parameters") or {}).items()}
        given.update({k: v for k, v in self.grant.parameters.items() if k != "From"})
        leg = PhoneLeg(self._line.phones, self.grant.identity, lost_after_s=self._line.settings.lost_leg_s)
        self._leg = leg
        leg.handset = self
        call = self._line.incoming(from_=from_, to=to, far_end=leg, extra=list(given.items()))
        self._say("ringing", call_sid=call.call_sid, to=to)

    def _number_shown(self, message: dict[str, Any]) -> str | None:
        if not self.grant.identity.startswith("caller_"):
            return "client:" + self.grant.identity
        number = str(self.grant.parameters.get("From") or message.get("from") or "")
        return number if PRACTICE_NUMBER.fullmatch(number) else None

    def _mute(self, message: dict[str, Any]) -> None:
        if self._leg is not None and self._leg.call is not None:
            self._leg.muted = bool(message["muted"])
            self._say("muted", call_sid=self._leg.call.call_sid, muted=self._leg.muted)

    def _digits(self, message: dict[str, Any]) -> None:
        if self._leg is not None and self._leg.call is not None and self._leg.call.up:
            self._leg.call.press("".join(key for key in str(message["digits"]) if key in "0123456789*#"))

    def _hang_up(self, message: dict[str, Any]) -> None:
        if self._leg is not None and self._leg.call is not None:
            call = self._leg.call
            call.finish("completed" if call.up else "canceled", reason="hangup", sip_code=200 if call.up else 487)

    def _ping(self, message: dict[str, Any]) -> None:
        self._say("pong")

    def _heard(self, mulaw: bytes) -> None:
        if self._leg is None or self._leg.call is None or not self._leg.call.up:
            return
        if not mulaw or len(mulaw) % FRAME_SAMPLES:
            self._error(31005, "sound must be whole frames of 160 bytes")
            return
        self._leg.put(mulaw)

    # The rest.

    def _warn_before_expiry(self) -> None:
        if self._warning is not None:
            self._warning.cancel()
        left_s = self.grant.expires_at.timestamp() - present().timestamp()
        loop = asyncio.get_running_loop()
        expires_at = self.grant.expires_at.isoformat()
        self._warning = loop.call_later(
            max(0.0, left_s - _WARNING_S), lambda: self._say("token_will_expire", expires_at=expires_at)
        )

    def _refuse(self, refused: TokenRefused) -> None:
        self._error(refused.code, str(refused))
        asyncio.get_running_loop().call_later(
            0.1, lambda: asyncio.ensure_future(self._socket.close(code=CLOSE_UNAUTHORISED))
        )

    def _gone(self) -> None:
        self._line.phones.remove(self.grant.identity, self)
        if self._warning is not None:
            self._warning.cancel()
        for leg in list(self._ringing.values()):
            leg.vanished(self)
        self._ringing.clear()
        held, self._leg = self._leg, None
        if held is not None:
            held.vanished(self)

    def _error(self, code: int, message: str, *, call_sid: str | None = None) -> None:
        self._say("error", code=code, message=message, **({"call_sid": call_sid} if call_sid else {}))

    def _say(self, type_: str, **fields: Any) -> None:
        self._out.put_nowait(json.dumps({"type": type_, **fields}))

    async def _send_all(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                message = await self._out.get()
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_str(message)


_ORDERS = {
    "register": PhoneSocket._register,
    "accept": PhoneSocket._accept,
    "reject": PhoneSocket._reject,
    "connect": PhoneSocket._connect,
    "mute": PhoneSocket._mute,
    "digits": PhoneSocket._digits,
    "hangup": PhoneSocket._hang_up,
    "ping": PhoneSocket._ping,
}
