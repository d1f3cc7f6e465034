"""A job that is put once: not while it waits or runs, and again as soon as it is over, however it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from core.queues import QueueName, Queues

KEY = "again-and-again"


def works() -> None:
    """A job that does what it should."""


def fails() -> None:
    """A job that does not."""
    raise ValueError("on purpose")


@pytest.fixture
def redis(redis_url: str):
    with Redis.from_url(redis_url) as connection:
        yield connection


def put(redis: Redis, job: str = "works") -> int:
    """Put the job and return how many wait."""
    Queues(redis).put(QueueName.URGENT, f"{__name__}.{job}", once=KEY)
    return Queue("urgent", connection=redis, serializer=JSONSerializer).count


def run(redis: Redis) -> None:
    SimpleWorker(["urgent"], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="CRITICAL")


def test_it_is_not_put_twice_while_it_waits(redis):
    assert [put(redis), put(redis), put(redis)] == [1, 1, 1]


def test_it_can_be_put_again_at_once_when_it_is_done(redis):
    for _ in range(3):
        assert put(redis) == 1
        run(redis)
        assert put(redis) == 1
        run(redis)


def test_a_job_that_failed_keeps_nobody_out(redis):
    put(redis, "fails")
    run(redis)
    assert Job.fetch(KEY, connection=redis, serializer=JSONSerializer).get_status() is JobStatus.FAILED
    assert put(redis) == 1


@pytest.mark.parametrize(("minutes_ago", "waiting"), [(0, 0), (60, 1)])
def test_a_job_whose_worker_died_gives_way_after_its_time(redis, minutes_ago, waiting):
    put(redis)
    queue = Queue("urgent", connection=redis, serializer=JSONSerializer)
    queue.pop_job_id()
    job = Job.fetch(KEY, connection=redis, serializer=JSONSerializer)
    job.set_status(JobStatus.STARTED)
    job.started_at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    job.save()
    assert put(redis) == waiting
