"""A process that works later, on a real database and Redis, with a carrier that notes what it is asked."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import update

from app import create_base
from callcenter.records import CallRecord, SegmentRecord
from callcenter.webhooks import webhooks
from core.clock import now
from core.config import ROOT
from core.queues import QueueName
from dispatch.city import load_city
from tests.integration.callcenter.conftest import Desk, an_agent, carrier, settings

__all__ = ["carrier", "settings"]

LI = an_agent(1)
Put = tuple[str, str, dict[str, int]]


@pytest.fixture
def app(settings, redis_url, database, carrier) -> Flask:
    app = create_base(dataclasses.replace(settings, redis_url=redis_url), "test")
    app.register_blueprint(webhooks)
    yield app
    app.extensions["database"].dispose()


class Later:
    """What waits in Redis."""

    def __init__(self, app: Flask) -> None:
        self.redis: Redis = app.extensions["redis"]

    def forget(self) -> None:
        """Lose all jobs, as a Redis that lost its memory does."""
        self.redis.flushall()

    def waiting(self) -> list[Put]:
        """Return (queue, job, ids) of every job that waits."""
        return [_plain(queue, job) for queue in self._queues() for job in queue.jobs]

    def scheduled(self) -> list[Put]:
        """Return (queue, job, ids) of every job that was put for later."""
        found = []
        for queue in self._queues():
            registry = ScheduledJobRegistry(queue=queue, serializer=JSONSerializer)
            found += [_plain(queue, queue.fetch_job(job_id)) for job_id in registry.get_job_ids()]
        return found

    def _queues(self) -> list[Queue]:
        return [Queue(name.value, connection=self.redis, serializer=JSONSerializer) for name in QueueName]


def _plain(queue: Queue, job: Job) -> Put:
    return queue.name, job.func_name.removeprefix("workers."), job.kwargs


@pytest.fixture
def later(app) -> Later:
    return Later(app)


@pytest.fixture
def desk(app, database, carrier) -> Desk:
    return Desk(app, database, carrier)


@pytest.fixture
def city(database):
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    return database


def age(database, call_id: int, **ago: float) -> None:
    """Move the call's own times into the past."""
    then = now() - timedelta(**ago)
    with database.begin() as work:
        work.session.execute(
            update(CallRecord).where(CallRecord.id == call_id).values(accepted_at=then, answered_at=then)
        )


def say(database, call_id: int, *texts: str, **ago: float) -> None:
    """Let the caller have said these words some time ago, with nobody told."""
    with database.begin() as work:
        for number, text in enumerate(texts):
            segment = SegmentRecord(
                call_id=call_id,
                utterance=f"{text}-{number}",
                speaker="caller",
                text=text,
                at_ms=1000 * number,
                heard_at=now() - timedelta(**ago),
            )
            work.session.add(segment)
