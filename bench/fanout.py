"""Socket.IO fan-out: our web process, with doors and rooms, against a bare emitter; same pushes and ears."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import aiohttp

from bench.centre import Rig
from bench.listeners import Listener, join
from core.embedded import free_port
from core.feed import RedisFeed

LISTENERS = 150
PUSHES = 120
ROUNDS = 3
# About the size of a case card in Chinese.
CARD = {"title": "锦绣花园三号楼夜间施工噪声扰民，居民多次反映未解决" * 4, "state": "to_sign"}


def bare_server(redis_url: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the bare emitter under the same gunicorn worker as ours."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-k",
        "gevent",
        "--workers",
        "1",
        "--worker-connections",
        "3000",
    ]
    command += ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "bench.bare_emitter:application"]
    env = {**os.environ, "REDIS_URL": redis_url}
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server, f"http://127.0.0.1:{port}"


async def measure(base: str, redis_url: str, cookie: str | None) -> dict[str, float]:
    """Push PUSHES cards to LISTENERS screens as fast as they go; all must arrive."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        listeners, tasks = await join(session, base, LISTENERS, cookie)
        feed = RedisFeed(redis_url)
        feed.push("board", "bench", {"number": 0, **CARD})  # opens the connection
        await _all_have(listeners, {0})
        began, sent = time.perf_counter(), {}
        for number in range(1, PUSHES + 1):
            sent[number] = time.perf_counter()
            await asyncio.to_thread(feed.push, "board", "bench", {"number": number, **CARD})
        await _all_have(listeners, set(range(PUSHES + 1)))
        took = max(max(one.got_at.values()) for one in listeners) - began
        delays = sorted(one.got_at[number] - at for one in listeners for number, at in sent.items())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {"deliveries_per_s": LISTENERS * PUSHES / took, "p50_ms": 1000 * delays[len(delays) // 2]}


async def _all_have(listeners: list[Listener], numbers: set[int]) -> None:
    deadline = time.monotonic() + 60
    while not all(numbers <= one.got_at.keys() for one in listeners):
        if time.monotonic() > deadline:
            raise RuntimeError("pushes were lost")
        await asyncio.sleep(0.01)


def run(rig: Rig) -> dict[str, Any]:
    """Return both rates and ours as a ratio of the bare one's; rounds alternate, the median counts."""
    bare, bare_base = bare_server(rig.redis_url)
    try:
        rig.wait_for(bare_base + "/nothing")
        cookie = rig.sign_in("supervisor1")
        ours, peers = [], []
        for _ in range(ROUNDS):
            ours.append(asyncio.run(measure(rig.base, rig.redis_url, cookie)))
            peers.append(asyncio.run(measure(bare_base, rig.redis_url, None)))
    finally:
        bare.terminate()
        bare.wait(10)
    own = statistics.median(one["deliveries_per_s"] for one in ours)
    peer = statistics.median(one["deliveries_per_s"] for one in peers)
    return {
        "listeners": LISTENERS,
        "pushes": PUSHES,
        "ours_deliveries_per_s": round(own),
        "bare_deliveries_per_s": round(peer),
        "ours_p50_ms": round(statistics.median(one["p50_ms"] for one in ours), 1),
        "bare_p50_ms": round(statistics.median(one["p50_ms"] for one in peers), 1),
        "ratio": round(own / peer, 2),
    }
