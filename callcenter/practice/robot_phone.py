"""The soft-phone of a robot: registers with the line, answers at once, stays connected."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final

import aiohttp

from callcenter.practice.robot_desk import CentreAway, StaffDesk, StaffRefused
from callcenter.practice.robot_talk import Talk

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.3  # shorter than the line waits for a lost phone to come back
LONGEST_PAUSE_S: Final = 10.0
NO_SUCH_CALL: Final = 31404


class RobotPhone:
    """One handset of its owner. `talk` is the call in hand, if any."""

    def __init__(self, desk: StaffDesk) -> None:
        self._desk = desk
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._rang = asyncio.Event()
        self.registered = False
        self.talk: Talk | None = None

    async def live(self) -> None:
        """Stay connected until cancelled, with longer pauses while the line or the centre is away."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._connected()
                pause_s = FIRST_PAUSE_S
            except (aiohttp.ClientError, CentreAway, StaffRefused, OSError, TimeoutError) as error:
                log.info("robot.phone_away", extra={"why": type(error).__name__})
                self._give_up_talk()
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def opened(self, *, within_s: float) -> Talk | None:
        """Return the call on this phone once it is open; None when none opens in time."""
        try:
            async with asyncio.timeout(within_s):
                while self.talk is None or self.talk.over:
                    self._rang.clear()
                    await self._rang.wait()
                await self.talk.is_open.wait()
        except TimeoutError:
            return None
        return self.talk

    async def _connected(self) -> None:
        """Register and obey the line until the socket closes."""
        found = await self._desk.get("/api/desk/phone-token")
        if not found.get("line_url"):
            raise CentreAway("the centre has no practice line")
        address = f"{found['line_url']}?token={found['token']}"
        async with self._desk.http.ws_connect(address, heartbeat=20, max_msg_size=0) as socket:
            self._socket = socket
            try:
                await self._say("register", pace="line", **self._resuming())
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        await self._hear(message.data)
                    elif message.type is aiohttp.WSMsgType.TEXT:
                        await self._obey(json.loads(message.data))
            finally:
                self.registered, self._socket = False, None

    def _resuming(self) -> dict[str, str]:
        return {"resume": self.talk.call_sid} if self.talk is not None and not self.talk.over else {}

    async def _hear(self, mulaw: bytes) -> None:
        if self.talk is not None and self._socket is not None:
            await self._socket.send_bytes(self.talk.frames_for(mulaw))

    async def _obey(self, message: dict[str, Any]) -> None:
        kind, call_sid = message["type"], message.get("call_sid")
        if kind == "registered":
            self.registered = True
        elif kind == "incoming":
            await self._answer(str(call_sid))
        elif kind == "token_will_expire":
            await self._renew()
        elif self.talk is not None and call_sid == self.talk.call_sid:
            await self._follow(self.talk, kind, message)

    async def _follow(self, talk: Talk, kind: str, message: dict[str, Any]) -> None:
        if kind == "open" and self._socket is not None:
            await self._socket.send_bytes(talk.opened())
        elif kind in ("closed", "cancel") or message.get("code") == NO_SUCH_CALL:
            talk.close()

    async def _answer(self, call_sid: str) -> None:
        if self.talk is not None and not self.talk.over:
            return
        self.talk = Talk(call_sid)
        self._rang.set()
        await self._say("accept", call_sid=call_sid)

    async def _renew(self) -> None:
        try:
            found = await self._desk.get("/api/desk/phone-token")
        except (CentreAway, StaffRefused):
            return  # the socket will be closed, and then everything is asked for anew
        await self._say("register", token=found["token"], pace="line")

    async def _say(self, kind: str, **fields: Any) -> None:
        if self._socket is not None:
            await self._socket.send_str(json.dumps({"type": kind, **fields}))

    def _give_up_talk(self) -> None:
        if self.talk is not None:
            self.talk.close()
