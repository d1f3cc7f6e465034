"""Putting work for later: job names and ids, never objects."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from flask import current_app
from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer


class QueueName(StrEnum):
    """Every queue; a test checks that the Procfile serves each of them."""

    # Somebody on the phone is waiting for it. Nothing that can wait long for another system belongs here.
    URGENT = "urgent"
    DEFAULT = "default"  # within seconds: messages, recordings, what the sweep found
    SPEECH = "speech"  # minutes of CPU: recordings to text


class Queues:
    """The job queues in Redis. Jobs are named by their dotted path and take ids."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, name: QueueName, job: str, *, once: str | None = None, **ids: int | str) -> None:
        """Put `job` with `ids`; with `once`, not again while one of that key still waits or runs."""
        try:
            self._queue(name).enqueue_call(
                job, kwargs=ids, job_id=once, unique=once is not None, result_ttl=60, failure_ttl=86_400
            )
        except DuplicateJobError:
            return

    def put_in(self, delay: timedelta, name: QueueName, job: str, **ids: int | str) -> None:
        """Put `job` after `delay`; served by the workers' own scheduler."""
        self._queue(name).enqueue_in(delay, job, **ids)

    def _queue(self, name: QueueName) -> Queue:
        return Queue(name.value, connection=self._redis, serializer=JSONSerializer)


def queues() -> Queues:
    """Return the queues of the running application."""
    found: Queues = current_app.extensions["queues"]
    return found
