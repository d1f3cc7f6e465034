"""Recordings: begun when two people talk, brought home when the call is over."""

from __future__ import annotations

from datetime import timedelta

from callcenter import recordings
from core.errors import Unavailable
from core.queues import QueueName, queues

# The carrier says "completed" before the file can be had everywhere; patience doubles each time.
_TRIES = 6
# What is said meanwhile is not recorded, so this must be soon; after that the sweep goes on asking.
START_TRIES = 3
_FIRST_PAUSE = timedelta(seconds=2)


def start_recording(call_id: int, tries: int = 0) -> None:
    """Record the call. A carrier that cannot is no reason to disturb the talk; it is asked again."""
    try:
        recordings.start(call_id)
    except Unavailable as error:
        if not error.permanent and tries < START_TRIES:
            pause = _FIRST_PAUSE * 2**tries
            job = "workers.keep_recordings.start_recording"
            queues().put_in(pause, QueueName.DEFAULT, job, call_id=call_id, tries=tries + 1)


def fetch_recording(recording_id: int, tries: int = 0) -> None:
    """Bring a finished recording into our store, later again if it is not there yet."""
    try:
        done = recordings.fetch(recording_id)
    except Unavailable as error:
        done = False
        tries = _TRIES if error.permanent else tries
    if done:
        queues().put(QueueName.SPEECH, "workers.transcribe.transcribe_recording", recording_id=recording_id)
    elif tries >= _TRIES:
        recordings.give_up(recording_id)
    else:
        pause = _FIRST_PAUSE * 2**tries
        job = "workers.keep_recordings.fetch_recording"
        queues().put_in(pause, QueueName.DEFAULT, job, recording_id=recording_id, tries=tries + 1)
