"""The clock outlives what it stands on."""

from __future__ import annotations

import threading
import time

import pytest
from redis import Redis

from core.embedded import free_port
from core.queues import Queues
from workers import clock


def test_a_redis_that_is_gone_does_not_end_the_clock_and_it_ticks_when_it_is_back(
    app, redis_url, later, caplog: pytest.LogCaptureFixture
):
    here, gone = app.extensions["queues"], Redis(host="127.0.0.1", port=free_port())
    app.extensions["queues"] = Queues(gone)
    stop = threading.Event()
    running = threading.Thread(target=clock.run, args=(app, stop))
    running.start()
    try:
        assert soon(lambda: "clock.redis_lost" in caplog.text or not running.is_alive())
        assert running.is_alive()
        app.extensions["queues"] = here
        assert soon(lambda: len(later.waiting()) >= len(clock.TICKS))
    finally:
        stop.set()
        running.join()


def soon(condition, within_s: float = 20) -> bool:
    ends_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < ends_s:
        time.sleep(0.05)
    return condition()
