"""A carrier that is slow must not keep a caller from an agent: two lines of the Procfile, two processes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from core.config import ROOT
from core.queues import QueueName, Queues

SERVE = """
import sys
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
redis = Redis.from_url(sys.argv[1], socket_timeout=None)
SimpleWorker(sys.argv[2:], connection=redis, serializer=JSONSerializer).work(logging_level="ERROR")
"""
PATIENCE_S = 30


def seat(path: str) -> None:
    """A job that somebody on the phone waits for."""
    Path(path).touch()


def fetch(path: str) -> bool:
    """A job that waits for a slow carrier: until the caller is seated, or no longer."""
    ends_s = time.monotonic() + PATIENCE_S
    while not Path(path).exists() and time.monotonic() < ends_s:
        time.sleep(0.02)
    return Path(path).exists()


@pytest.fixture
def workers(redis_url: str):
    """A real worker for each line of the Procfile, with the queues that the line names."""
    lines = re.findall(r"python -m workers ([a-z ]+)", (ROOT / "Procfile").read_text())
    running = [subprocess.Popen([sys.executable, "-c", SERVE, redis_url, *line.split()], cwd=ROOT) for line in lines]
    yield running
    for one in running:
        one.kill()
        one.wait()


def test_a_job_that_waits_for_a_carrier_keeps_no_caller_waiting(redis_url: str, workers, tmp_path: Path):
    seated = str(tmp_path / "seated")
    with Redis.from_url(redis_url) as redis:
        queues = Queues(redis)
        queues.put(QueueName.DEFAULT, f"{__name__}.fetch", once="fetch", path=seated)
        fetching = Job.fetch("fetch", connection=redis, serializer=JSONSerializer)
        while fetching.get_status() == "queued":
            assert all(one.poll() is None for one in workers)
            time.sleep(0.02)
        queues.put(QueueName.URGENT, f"{__name__}.seat", path=seated)
        while fetching.get_status(refresh=True) == "started":
            time.sleep(0.02)
        assert fetching.return_value(refresh=True) is True
        assert len(Queue("urgent", connection=redis, serializer=JSONSerializer)) == 0
