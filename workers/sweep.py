"""Finds what a dead process forgot, by the state of the rows, and puts its job again."""

from __future__ import annotations

from datetime import timedelta

from callcenter import messages, recordings, sweeps, transcripts
from core.clock import now
from core.db import database
from core.queues import QueueName, queues
from dispatch import queries as cases
from workers.transcribe import recogniser_here

# Younger than this, the job of the reaction is most likely still on its way.
_YOUNG = timedelta(seconds=15)


def sweep() -> None:
    """Put again what is due: every job claims its work, so one too many does no harm."""
    with database().begin() as work:
        before = now() - _YOUNG
        due = {
            "route_cases.route_case": ("case_id", cases.not_judged(work, before)),
            "keep_recordings.fetch_recording": ("recording_id", recordings.not_fetched(work, before)),
            "send_messages.send_message": ("message_id", messages.not_sent(work, before)),
            "connect_calls.check_alive": ("call_id", sweeps.silent_calls(work, now())),
            "connect_calls.take_back": ("call_id", sweeps.untidy_calls(work, now())),
        }
        unheard = transcripts.waiting(work)
    for job, (name, ids) in due.items():
        for found in ids:
            key = f"sweep-{job.replace('.', '-')}-{found}"
            queues().put(QueueName.DEFAULT, f"workers.{job}", once=key, **{name: found})
    if unheard and recogniser_here() is not None:
        for found in unheard:
            job = "workers.transcribe.transcribe_recording"
            queues().put(QueueName.SPEECH, job, once=f"transcribe-{found}", recording_id=found)
