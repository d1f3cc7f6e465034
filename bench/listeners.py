"""Many browsers as the feed sees them: bare Socket.IO clients on one event loop."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

import aiohttp

from core.feed import NAMESPACE


@dataclass
class Listener:
    """One screen: when each push with a number reached it."""

    got_at: dict[int, float] = field(default_factory=dict)


async def listen(
    session: aiohttp.ClientSession, base: str, cookie: str | None, listener: Listener, ready: asyncio.Event
) -> None:
    """Speak just enough Engine.IO and Socket.IO to join the namespace and hear `bench` events."""
    headers = {"Cookie": cookie} if cookie else {}
    address = base.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    async with session.ws_connect(address, headers=headers, max_msg_size=0) as socket:
        async for message in socket:
            packet = message.data
            if packet.startswith("0"):
                await socket.send_str(f"40{NAMESPACE},")
            elif packet == "2":
                await socket.send_str("3")
            elif packet.startswith("40"):
                ready.set()
            elif packet.startswith("42"):
                name, payload = json.loads(packet[packet.index("[") :])
                if name == "bench":
                    listener.got_at[payload["number"]] = time.perf_counter()


async def join(
    session: aiohttp.ClientSession, base: str, count: int, cookie: str | None
) -> tuple[list[Listener], list[asyncio.Task[None]]]:
    """Open `count` listeners and wait until all have joined."""
    listeners, tasks, waits = [Listener() for _ in range(count)], [], []
    for listener in listeners:
        ready = asyncio.Event()
        tasks.append(asyncio.create_task(listen(session, base, cookie, listener, ready)))
        waits.append(ready.wait())
    await asyncio.wait_for(asyncio.gather(*waits), timeout=60)
    return listeners, tasks
