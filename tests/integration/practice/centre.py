"""A small centre: answers TwiML on a real port, checks every signature, keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator

Fields = dict[str, str]
Document = str | tuple[int, str] | Callable[[Fields], "str | tuple[int, str] | web.Response"]


@dataclass(kw_only=True)
class Told:
    """One request as it arrived."""

    path: str
    method: str
    fields: Fields
    headers: dict[str, str]
    signed: bool


@dataclass(kw_only=True)
class Media:
    """One media socket: its messages, and whether the upgrade was signed."""

    signed: bool
    messages: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    socket: web.WebSocketResponse | None = None

    def events(self, name: str) -> list[dict[str, Any]]:
        return [m for m in self.messages if m["event"] == name]


class Centre:
    def __init__(self, port: int, auth_token: str) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._validator = RequestValidator(auth_token)
        self.documents: dict[str, Document] = {}
        self.slow_s: dict[str, float] = {}
        self.told: list[Told] = []
        self.media: list[Media] = []
        self.on_media: Callable[[Media, dict[str, Any]], Any] | None = None
        self.runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/media", self._media)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    def says(self, path: str, document: Document) -> None:
        """Answer `document` at `path`; a text without a root is put into <Response>."""
        self.documents[path] = document

    def told_at(self, path: str) -> list[Told]:
        return [t for t in self.told if t.path == path]

    def events(self, path: str, name: str) -> list[str]:
        return [t.fields.get(name, "") for t in self.told_at(path)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = {k: str(v) for k, v in (await request.post()).items()}
        url = self.url + request.raw_path
        signed = self._validator.validate(
            url, form if request.method == "POST" else {}, request.headers.get("X-Twilio-Signature", "")
        )
        fields = form or dict(request.query)
        headers = dict(request.headers)
        self.told.append(
            Told(path=request.path, method=request.method, fields=fields, headers=headers, signed=signed)
        )
        if request.path in self.slow_s:
            await asyncio.sleep(self.slow_s[request.path])
        document = self.documents.get(request.path, "")
        answer = document(fields) if callable(document) else document
        if isinstance(answer, web.Response):
            return answer
        status, text = answer if isinstance(answer, tuple) else (200, answer)
        if not text.startswith("<Response") and not text.startswith("!"):
            text = f"<Response>{text}</Response>"
        return web.Response(status=status, text=text.removeprefix("!"), content_type="text/xml")

    async def _media(self, request: web.Request) -> web.StreamResponse:
        url = f"ws://127.0.0.1:{self.port}{request.raw_path}"
        signed = self._validator.validate(url, {}, request.headers.get("X-Twilio-Signature", ""))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        media = Media(signed=signed, socket=socket)
        self.media.append(media)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                media.messages.append(json.loads(message.data))
                if self.on_media is not None:
                    await self.on_media(media, media.messages[-1])
        media.closed = True
        return socket
