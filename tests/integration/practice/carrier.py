"""A whole line and a small centre on real ports, driven by HTTP, by twilio-python and by phones."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client

from callcenter.practice.line import Line
from callcenter.practice.server import running
from callcenter.practice.settings import Settings
from callcenter.practice.sounds import decoded, wav_of
from core.g711 import mulaw_from_pcm, pcm_from_mulaw
from tests.integration.practice.centre import Centre

ACCOUNT, TOKEN = "AC" + "1" * 32, "the-account-token"
KEY, SECRET = "SK" + "2" * 32, "the-api-secret-of-the-practice-line"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class ToTheLine(TwilioHttpClient):
    """twilio-python pointed at another host."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **kwargs)


def tone(hertz: float, seconds: float, peak: int = 8000) -> np.ndarray:
    return (np.sin(2 * np.pi * hertz * np.arange(int(seconds * 8000)) / 8000) * peak).astype(np.int16)


def strength(pcm: np.ndarray, hertz: float) -> float:
    """Return how strongly one tone sounds in the samples, as its peak."""
    if not len(pcm):
        return 0.0
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(pcm)) / 8000)
    return float(2 * abs(np.mean(pcm * turn)))


def until(true: Callable[[], Any], *, within_s: float = 12.0) -> Any:
    """Return the first true value; fails when there is none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = true()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


class Carrier:
    def __init__(self, state: Path, **changes: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.centre = Centre(free_port(), TOKEN)
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.settings = Settings(
            **{
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "api_key": KEY,
                "api_secret": SECRET,
                "centre_url": self.centre.url,
                "voice_url": self.centre.url + "/voice",
                "fallback_url": self.centre.url + "/fallback",
                "status_url": self.centre.url + "/status",
                "port": port,
                "state_dir": state,
                "lost_leg_s": 0.6,
                **changes,
            }
        )
        self._context: Any = None
        self.line: Line = self.run(self._up())
        self.rest = Client(ACCOUNT, TOKEN, http_client=ToTheLine(self.base))

    async def _up(self) -> Line:
        await self.centre.start()
        self._context = running(self.settings)
        return await self._context.__aenter__()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self.run(self._context.__aexit__(None, None, None))
        self.run(self.centre.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def control(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return requests.request(method, f"{self.base}/practice{path}", auth=(ACCOUNT, TOKEN), timeout=30, **kwargs)

    def call(self, sound: np.ndarray | None = None, **order: Any) -> str:
        """Place a call and return its sid."""
        if sound is not None:
            order["wav_base64"] = base64.b64encode(wav_of(sound)).decode()
        answer = self.control("POST", "/calls", json=order)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["call_sid"])

    def shown(self, call_sid: str) -> dict[str, Any]:
        return dict(self.control("GET", f"/calls/{call_sid}").json())

    def heard(self, call_sid: str) -> np.ndarray:
        return decoded(self.control("GET", f"/calls/{call_sid}/heard.wav").content)

    def over(self, call_sid: str, *, within_s: float = 15.0) -> dict[str, Any]:
        return until(lambda: (s := self.shown(call_sid))["over"] and s, within_s=within_s)

    def fault(self, **rule: Any) -> None:
        assert self.control("POST", "/faults", json=rule).status_code == 201

    def phone(self, identity: str, **grant: Any) -> Phone:
        return Phone(self, identity, **grant)

    def refused(self, work: Callable[[], Any]) -> TwilioRestException:
        """Return what the API refused the call with."""
        try:
            work()
        except TwilioRestException as error:
            return error
        raise AssertionError("the API did not refuse")


def token_for(identity: str, *, ttl: int = 600, secret: str = SECRET, parameters: dict | None = None) -> str:
    token = AccessToken(ACCOUNT, KEY, secret, identity=identity, ttl=ttl)
    token.add_grant(
        VoiceGrant(
            outgoing_application_sid="AP" + "3" * 32,
            outgoing_application_params=parameters or {},
            incoming_allow=True,
        )
    )
    return str(token.to_jwt())


class Phone:
    """A browser tab: a real WebSocket that keeps every message and every frame."""

    def __init__(self, carrier: Carrier, identity: str, *, token: str | None = None, **register: Any) -> None:
        self._carrier = carrier
        self.messages: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.close_code: int | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session: aiohttp.ClientSession | None = None
        self._singing: Any = None
        ready = threading.Event()
        self._living = carrier.spawn(self._live(token or token_for(identity), ready))
        ready.wait(10)
        self.say("register", **register)

    async def _live(self, token: str, ready: threading.Event) -> None:
        async with aiohttp.ClientSession() as self._session:
            url = f"{self._carrier.base}/phone"
            async with self._session.ws_connect(url, params={"token": token}) as self._socket:
                ready.set()
                async for message in self._socket:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        self.frames.append(message.data)
                    elif message.type is aiohttp.WSMsgType.TEXT:
                        self.messages.append(json.loads(message.data))
                self.close_code = self._socket.close_code

    def say(self, type_: str, **fields: Any) -> None:
        with contextlib.suppress(ConnectionError):
            self._carrier.run(self._socket.send_str(json.dumps({"type": type_, **fields})))

    def sing(self, hertz: float, seconds: float) -> None:
        """Send a tone, 20 ms at a time."""
        self._singing = self._carrier.spawn(self._sing(hertz, seconds))

    async def _sing(self, hertz: float, seconds: float) -> None:
        sound = mulaw_from_pcm(tone(hertz, seconds))
        due = asyncio.get_running_loop().time()
        for at in range(0, len(sound) - 159, 160):
            await self._socket.send_bytes(sound[at : at + 160])
            due += 0.02
            await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))

    def saw(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Return the first message of that type with those fields, waiting for it."""
        return until(lambda: self.find(type_, **fields))

    def find(self, type_: str, **fields: Any) -> dict[str, Any] | None:
        for message in list(self.messages):
            if message["type"] == type_ and all(message.get(k) == v for k, v in fields.items()):
                return message
        return None

    def accept(self) -> str:
        call_sid = self.saw("incoming")["call_sid"]
        self.say("accept", call_sid=call_sid)
        self.saw("open", call_sid=call_sid)
        return str(call_sid)

    def heard(self, last_s: float | None = None) -> np.ndarray:
        frames = self.frames[-int(last_s * 50) :] if last_s else self.frames
        return pcm_from_mulaw(b"".join(frames))

    def drop(self) -> None:
        """Break the socket without a goodbye."""
        self._carrier.run(self._broken())

    async def _broken(self) -> None:
        self._socket._conn.transport.abort()

    def close(self) -> None:
        self._carrier.run(self._socket.close())
