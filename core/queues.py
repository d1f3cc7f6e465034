"""Putting work for later: job names and ids, never objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from flask import current_app
from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

_LONGEST_S = 180  # the library's own limit of a job that names none
_GRACE_S = 10


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
        """Put `job` with `ids`; with `once`, not again while one of that key still waits or runs.

        One that is done, that failed, or whose worker died gives way to the new one: the library itself would
        take what it keeps of it, for a minute or for a day, for a job that still waits.
        """
        for _ in range(2):
            try:
                self._queue(name).enqueue_call(
                    job, kwargs=ids, job_id=once, unique=once is not None, result_ttl=60, failure_ttl=86_400
                )
            except DuplicateJobError:
                if once is None or not self._clear(once):
                    return
            else:
                return

    def _clear(self, key: str) -> bool:
        """Remove what is left of a job of that key that neither waits nor runs; say whether the way is free."""
        try:
            found = Job.fetch(key, connection=self._redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return True
        if _is_alive(found):
            return False
        found.delete()
        return True

    def put_in(self, delay: timedelta, name: QueueName, job: str, **ids: int | str) -> None:
        """Put `job` after `delay`; served by the workers' own scheduler."""
        self._queue(name).enqueue_in(delay, job, **ids)

    def _queue(self, name: QueueName) -> Queue:
        return Queue(name.value, connection=self._redis, serializer=JSONSerializer)


def _is_alive(job: Job) -> bool:
    """Say whether a job still waits or runs. One that has run longer than it may has lost its worker."""
    status = job.get_status()
    if status != JobStatus.STARTED:
        return status in {JobStatus.CREATED, JobStatus.QUEUED, JobStatus.DEFERRED, JobStatus.SCHEDULED}
    began, may_last = job.started_at, timedelta(seconds=(job.timeout or _LONGEST_S) + _GRACE_S)
    return began is None or began.astimezone(UTC) + may_last > datetime.now(UTC)


def queues() -> Queues:
    """Return the queues of the running application."""
    found: Queues = current_app.extensions["queues"]
    return found
