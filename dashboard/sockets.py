"""The live feed's door: the server picks the rooms, never the browser."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user
from flask_socketio import SocketIO, join_room, leave_room, rooms
from redis.exceptions import RedisError

from callcenter import queries as calls
from core.actor import Actor, Role
from core.db import database
from core.feed import CHANNEL, NAMESPACE
from core.presence import say_present
from dashboard.access import WALL

EVERYONE = "everyone"

_PRESENCE_EVERY_S = 4
# Socket id -> person, of the agents whose pages this process serves.
_agents: dict[str, int] = {}

# Websocket only: no sticky sessions are needed then, and a page that falls behind says so itself.
socketio = SocketIO(transports=["websocket"], ping_interval=10, ping_timeout=8, max_http_buffer_size=65_536)


def init_app(app: Flask, redis_url: str) -> None:
    """Join this process to the feed that all processes push to."""
    socketio.init_app(app, message_queue=redis_url, channel=CHANNEL, async_mode=app.config["SOCKET_MODE"])
    socketio.start_background_task(keep_present, app)


def rooms_of(actor: Actor) -> list[str]:
    """Return the rooms of a person's roles. Pure."""
    found = [EVERYONE]
    if actor.has(*WALL):
        found.append("board")
    if actor.has(Role.AGENT, Role.SUPERVISOR):
        found += ["seats", f"seat:{actor.person_id}"]
    if actor.has(Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR):
        found.append("desk:dispatch")
    if actor.has(Role.REVIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR):
        found.append("desk:review")
    if actor.has(Role.HANDLER) and actor.unit_code:
        found.append(f"unit:{actor.unit_code}")
    return found


@socketio.on("connect", namespace=NAMESPACE)
def connect(_auth: Any = None) -> bool | None:
    """Refuse strangers; put staff into the rooms of their roles."""
    if not current_user.is_authenticated:
        return False
    person = current_user.actor
    for room in rooms_of(person):
        join_room(room)
    if person.has(Role.AGENT) and person.person_id is not None:
        _agents[request.sid] = person.person_id  # type: ignore[attr-defined]
        say_present(current_app.extensions["redis"], [person.person_id])
    return None


@socketio.on("disconnect", namespace=NAMESPACE)
def disconnect(_reason: Any = None) -> None:
    """The page is closed, or its network is gone: silence will tell."""
    _agents.pop(request.sid, None)  # type: ignore[attr-defined]


def keep_present(app: Flask) -> None:
    """Say every few seconds which agents have a page open here; runs as long as the process."""
    while True:
        socketio.sleep(_PRESENCE_EVERY_S)
        with contextlib.suppress(RedisError):
            say_present(app.extensions["redis"], set(_agents.values()))


@socketio.on("follow_call", namespace=NAMESPACE)
def follow_call(asked: Any) -> dict[str, bool]:
    """Let an agent hear the words of the call they hold; a supervisor of any call."""
    call_id = asked.get("call_id") if isinstance(asked, dict) else None
    if not isinstance(call_id, int) or not current_user.is_authenticated:
        return {"ok": False}
    with database().begin() as work:
        allowed = calls.may_follow(work, call_id, current_user.actor)
    if not allowed:
        return {"ok": False}
    # One call at a time: the words of an earlier one are no longer this person's business.
    for room in rooms():
        if room.startswith("call:") and not current_user.actor.has(Role.SUPERVISOR):
            leave_room(room)
    join_room(f"call:{call_id}")
    return {"ok": True}
