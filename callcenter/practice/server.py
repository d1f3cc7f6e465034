"""The line's own web server: REST, browser phones, control, health; on loopback."""

from __future__ import annotations

import asyncio
import logging
import signal
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web

from callcenter.practice import control
from callcenter.practice.ends.socket import CLOSE_UNAUTHORISED, PhoneSocket
from callcenter.practice.line import Line
from callcenter.practice.rest.routes import routes
from callcenter.practice.settings import Settings
from callcenter.practice.tokens import TokenRefused, grant_of

log = logging.getLogger(__name__)

_LARGEST_REQUEST = 64 * 1024 * 1024  # a sound file of an hour


def application(line: Line) -> web.Application:
    """Return the web application of one line."""
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    sockets: set[PhoneSocket] = set()

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"ready": True, "calls": sum(not one.over for one in line.calls.values())})

    async def phone(request: web.Request) -> web.StreamResponse:
        return await _phone(line, request, sockets)

    async def goes_down(_app: web.Application) -> None:
        for socket in list(sockets):
            socket.line_goes_down()
            await socket._socket.close(code=WSCloseCode.GOING_AWAY)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/phone", phone)
    app.router.add_routes(routes(line))
    app.router.add_routes(control.routes(line))
    app.on_shutdown.append(goes_down)
    return app


async def serve(settings: Settings, *, ready: asyncio.Event | None = None) -> None:
    """Run a line until SIGTERM or SIGINT; live calls end in order."""
    line, stop = Line(settings), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(application(line), access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    line.start()
    robots = asyncio.create_task(_robots(settings)) if settings.robots else None
    log.info("line.up", extra={"port": settings.port})
    if ready is not None:
        ready.set()
    try:
        await stop.wait()
    finally:
        if robots is not None:
            robots.cancel()
            await asyncio.gather(robots, return_exceptions=True)
        await line.stop()
        await runner.cleanup()


async def _robots(settings: Settings) -> None:
    from callcenter.practice import robot

    await robot.run(settings)


async def _phone(line: Line, request: web.Request, sockets: set[PhoneSocket]) -> web.StreamResponse:
    """Let a browser's phone in: a valid token, from a page of loopback or of the centre itself."""
    if not _known_origin(request.headers.get("Origin"), line.settings.centre_url):
        return web.Response(status=403)
    socket = web.WebSocketResponse(heartbeat=15, max_msg_size=65_536)
    await socket.prepare(request)
    try:
        grant = grant_of(request.query.get("token", ""), line.settings)
    except TokenRefused as refused:
        await socket.send_json({"type": "error", "code": refused.code, "message": str(refused)})
        await socket.close(code=CLOSE_UNAUTHORISED)
        return socket
    tab = PhoneSocket(line, socket, grant)
    sockets.add(tab)
    try:
        await tab.live()
    finally:
        sockets.discard(tab)
    return socket


def _known_origin(origin: str | None, centre_url: str) -> bool:
    if origin is None:  # not a browser
        return True
    host = urlsplit(origin).hostname or ""
    if host in ("localhost", urlsplit(centre_url).hostname):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
