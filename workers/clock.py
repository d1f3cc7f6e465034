"""The one clock: every so many seconds, put these jobs. `python -m workers.clock`"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType

import psycopg
from flask import Flask
from redis.exceptions import RedisError

from core import parts
from core.clock import now
from core.config import Settings
from core.queues import QueueName, Queues

log = logging.getLogger(__name__)

# Whoever holds this advisory lock is the clock; a second one waits for it and takes over when it falls.
LOCK = 12_346
BEAT_ROOM = "everyone"


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A job and how often it is due."""

    every_s: float
    queue: QueueName
    job: str


TICKS = (
    Tick(every_s=1, queue=QueueName.URGENT, job="workers.seat_callers.sweep_seats"),
    # A minute is promised for every timer of a case, so they do not wait behind messages and recordings.
    Tick(every_s=1, queue=QueueName.URGENT, job="workers.wake_cases.wake_cases"),
    Tick(every_s=20, queue=QueueName.DEFAULT, job="workers.sweep.sweep"),
    Tick(every_s=5, queue=QueueName.DEFAULT, job="workers.deliver_hooks.deliver_hooks"),
    Tick(every_s=600, queue=QueueName.DEFAULT, job="workers.close_day.close_days"),
    Tick(every_s=3600, queue=QueueName.DEFAULT, job="workers.forget.forget"),
)
_BEAT_EVERY_S = 5


class Clock:
    """Puts what is due; the key of a job keeps a second one out while the first still waits."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._due: dict[str, float] = {}

    def tick(self, at_s: float) -> list[str]:
        """Put every job that is due at `at_s` (a monotonic second) and return their names."""
        put = []
        for tick in TICKS:
            if at_s >= self._due.get(tick.job, 0.0):
                self._due[tick.job] = at_s + tick.every_s
                self._queues.put(tick.queue, tick.job, once=tick.job.replace(".", "-"))
                put.append(tick.job)
        return put


def hold_lock(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Try to become the clock; True when this connection holds the lock."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def run(app: Flask, stop: threading.Event) -> None:
    """Be the clock while the lock is held; wait for it otherwise. A lost database or Redis ends the turn."""
    url = app.extensions["settings"].database_url
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True, application_name="hotline-clock") as connection:
                _turn(app, connection, stop)
        except psycopg.OperationalError:
            log.warning("clock.database_lost")
            stop.wait(1)
        except RedisError:
            # The lock falls with the turn: a clock that still reaches Redis may take over.
            log.warning("clock.redis_lost")
            stop.wait(1)


def _turn(app: Flask, connection: psycopg.Connection[tuple[object, ...]], stop: threading.Event) -> None:
    clock, feed, redis = Clock(app.extensions["queues"]), app.extensions["feed"], app.extensions["redis"]
    holding, beat_at = False, 0.0
    while not stop.wait(0.25):
        holding = holding or hold_lock(connection)
        if not holding:
            continue
        connection.execute("SELECT 1")  # the lock lives as long as this connection does
        clock.tick(time.monotonic())
        if time.monotonic() >= beat_at:
            beat_at = time.monotonic() + _BEAT_EVERY_S
            parts.say_alive(redis, "clock")
            feed.push(BEAT_ROOM, "beat", {"at": now().isoformat()})


def main() -> None:
    """Run until told to end."""
    from app import create_base

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    run(create_base(Settings.from_env(os.environ), "clock"), stop)


if __name__ == "__main__":
    main()
