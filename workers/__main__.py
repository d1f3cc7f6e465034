"""A worker process: `python -m workers QUEUE [QUEUE ...]`."""

from __future__ import annotations

import os
import sys

from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app import create_base
from core import parts
from core.config import Settings
from core.queues import QueueName
from workers import language

# How each process reports; dashboard/health.py asks for every one of them.
PARTS = {QueueName.URGENT: "worker", QueueName.DEFAULT: "errands", QueueName.SPEECH: "speech"}


def main(names: list[str]) -> None:
    """Serve the named queues, in that order, until told to end."""
    served = [QueueName(name) for name in names]
    app = create_base(Settings.from_env(os.environ), PARTS[served[0]])
    with app.app_context():
        if QueueName.URGENT in served:
            language.load(app)  # before the first job, so that no caller waits for it
        for queue in served:
            parts.keep_saying(app.extensions["redis"], PARTS[queue])
        # One process, no fork a job: forking costs 30 ms and the language components their memory.
        # redis-py gives up reading after five seconds by default; a worker waits for its next job far longer.
        redis = Redis.from_url(app.extensions["settings"].redis_url, socket_timeout=None)
        worker = SimpleWorker(served, connection=redis, serializer=JSONSerializer)
        worker.work(with_scheduler=QueueName.DEFAULT in served, logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit("usage: python -m workers QUEUE [QUEUE ...]"))
