"""Which processes of the centre are alive: each says so every few seconds, with a few facts."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

BEAT_EVERY_S = 3
_ALIVE_FOR_S = 10


def say_alive(redis: Redis, part: str, **facts: Any) -> None:
    """Mark `part` as alive for the next seconds."""
    redis.set(f"part:{part}", json.dumps(facts), ex=_ALIVE_FOR_S)


def facts_of(redis: Redis, part: str) -> dict[str, Any] | None:
    """Return what `part` last said of itself, or None when it is silent."""
    said = redis.get(f"part:{part}")
    return None if said is None else json.loads(said)


def keep_saying(redis: Redis, part: str, **facts: Any) -> threading.Thread:
    """Say alive from a background thread until the process ends."""

    def speak() -> None:
        while True:
            # Redis is away: silence is the right thing to say, and it may come back.
            with contextlib.suppress(RedisError):
                say_alive(redis, part, **facts)
            time.sleep(BEAT_EVERY_S)

    thread = threading.Thread(target=speak, name=f"alive-{part}", daemon=True)
    thread.start()
    return thread
