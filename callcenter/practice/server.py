"""The process: one loop with the API, the phones, the controls and the clock, ended in order by SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from callcenter.practice import control, robot
from callcenter.practice.ends.socket import CLOSE_UNAUTHORISED, PhoneSocket
from callcenter.practice.line import Line
from callcenter.practice.rest import routes
from callcenter.practice.rest.wire import LINE
from callcenter.practice.settings import Settings
from callcenter.practice.tokens import TokenRefused, grant_of

log = logging.getLogger(__name__)

LARGEST_UPLOAD = 64 * 1024 * 1024
LARGEST_PHONE_MESSAGE = 64 * 1024
PING_S = 15.0
PHONES = web.AppKey[set[PhoneSocket]]("phones")


def build(line: Line) -> web.Application:
    """Return the web application around a line that has been started."""
    app = web.Application(client_max_size=LARGEST_UPLOAD)
    app[LINE] = line
    tabs: set[PhoneSocket] = set()
    app[PHONES] = tabs
    app.router.add_get("/healthz", health)
    app.router.add_get("/phone", phone)
    control.add_routes(app)
    routes.add_routes(app)
    return app


async def health(request: web.Request) -> web.Response:
    line = request.app[LINE]
    up = sum(1 for call in line.calls.values() if not call.over)
    return web.json_response({"ok": True, "calls": up, "late_ticks": line.clock.late_ticks})


async def phone(request: web.Request) -> web.StreamResponse:
    """Let a browser in: its origin must be this machine's or the centre's, its token valid."""
    line = request.app[LINE]
    if not _origin_allowed(request.headers.get("Origin"), line.settings):
        return web.Response(status=403)
    socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=LARGEST_PHONE_MESSAGE)
    await socket.prepare(request)
    try:
        grant = grant_of(request.query.get("token", ""), line.settings)
    except TokenRefused as refused:
        # A browser cannot read the status of a refused upgrade; it can read this.
        await socket.send_json({"type": "error", "code": refused.code, "message": str(refused)})
        await socket.close(code=CLOSE_UNAUTHORISED)
        return socket
    tab = PhoneSocket(line, socket, grant)
    request.app[PHONES].add(tab)
    try:
        await tab.live()
    finally:
        request.app[PHONES].discard(tab)
    return socket


def _origin_allowed(origin: str | None, settings: Settings) -> bool:
    if origin is None:
        return True  # not a browser
    host = urlsplit(origin).hostname or ""
    if host in ("localhost", urlsplit(settings.centre_url).hostname):
        return True
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return False


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then end every call and tell the centre."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings):
        log.info("line.ready", extra={"port": settings.port})
        await stopping.wait()
        log.info("line.stopping")


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Line]:
    """Keep a whole line up inside the block; yields it."""
    line = Line(settings)
    line.start()
    app = build(line)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    robots: asyncio.Task[None] | None = None
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        robots = asyncio.create_task(_robots(line)) if settings.robots else None
        yield line
    finally:
        # The robots leave their seats first: while the line is up the centre still knows them.
        if robots is not None:
            robots.cancel()
            await asyncio.gather(robots, return_exceptions=True)
        tabs: set[PhoneSocket] = app[PHONES]
        for tab in list(tabs):
            tab.line_goes_down()
        await line.stop()
        await runner.cleanup()


async def _robots(line: Line) -> None:
    try:
        await robot.run(line.settings, callers=line.callers, kept_away=line.keeps_robots_away)
    except Exception:
        # The line carries calls without them too.
        log.exception("robots.broken")
