"""Finds what a dead process forgot, by the state of the rows, and puts its job again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter import messages, recordings, sweeps, transcripts
from callcenter import queries as calls
from core.clock import now
from core.db import Work, database
from core.queues import QueueName, queues
from dispatch import calendars, callbacks, search
from dispatch import queries as cases
from dispatch.callbacks import desk as callback_desk
from workers.keep_recordings import START_TRIES
from workers.tell_callers import untold
from workers.transcribe import recogniser_here

# Younger than this, the job of the reaction is most likely still on its way.
_YOUNG = timedelta(seconds=15)
# News of a case that is older than this would only confuse.
_TOLD_WITHIN = timedelta(days=1)
URGENT, DEFAULT, SPEECH = QueueName.URGENT, QueueName.DEFAULT, QueueName.SPEECH


@dataclass(frozen=True, kw_only=True)
class Due:
    """A job of which the rows say that it must still be done."""

    job: str
    ids: dict[str, int]
    queue: QueueName = DEFAULT


def sweep() -> None:
    """Put again what is due: every job claims its work, so one too many does no harm."""
    with database().begin() as work:
        found = [*_of_calls(work, now()), *_of_cases(work, now())]
        unheard = transcripts.waiting(work)
        unindexed = search.any_due(work)
    if unheard and recogniser_here() is not None:
        job = "transcribe.transcribe_recording"
        found += [Due(job=job, ids={"recording_id": one}, queue=SPEECH) for one in unheard]
    if unindexed:
        queues().put(DEFAULT, "workers.index_words.index_words", once="index-words")
    for due in found:
        key = f"sweep-{due.job.replace('.', '-')}-{next(iter(due.ids.values()))}"
        queues().put(due.queue, f"workers.{due.job}", once=key, **due.ids)


def _of_calls(work: Work, at: datetime) -> list[Due]:
    """Return what is due for calls: their legs, recordings and messages."""
    silent, untidy = sweeps.silent_calls(work, at), sweeps.untidy_calls(work, at)
    fetch, send = recordings.not_fetched(work, at - _YOUNG), messages.not_sent(work, at - _YOUNG)
    start = "keep_recordings.start_recording"
    return [
        *(Due(job="connect_calls.check_alive", ids={"call_id": one}) for one in silent),
        *(Due(job="connect_calls.take_back", ids={"call_id": one}) for one in untidy),
        # Without tries of its own: the sweep is the next try.
        *(Due(job=start, ids={"call_id": one, "tries": START_TRIES}) for one in sweeps.unrecorded_calls(work, at)),
        *(Due(job="keep_recordings.fetch_recording", ids={"recording_id": one}) for one in fetch),
        *(Due(job="send_messages.send_message", ids={"message_id": one}) for one in send),
    ]


def _of_cases(work: Work, at: datetime) -> list[Due]:
    """Return what is due for cases: drafts, routing, word to the citizen. Here calls and cases meet."""
    undrafted = cases.without_draft(work, sweeps.attended_calls(work, at))
    behind = cases.heard_less(work, sweeps.said_lately(work, at))
    unsettled = {
        *cases.calls_not_settled(work, at - _YOUNG),
        *calls.voicemails_without_case(work, at - _YOUNG),
    }
    recompute = "recompute_deadlines.recompute_deadlines"
    tell = untold(work, at - _TOLD_WITHIN, at - _YOUNG)
    ask = callback_desk.not_asked(work, at - _TOLD_WITHIN, at - _YOUNG)
    promised = callbacks.due_look_backs(work, at)
    return [
        *(Due(job="draft_cases.open_draft", ids={"call_id": one}, queue=URGENT) for one in undrafted),
        *(Due(job="draft_cases.draft_case", ids={"call_id": one}, queue=URGENT) for one in behind),
        *(Due(job="draft_cases.put_away_draft", ids={"call_id": one}) for one in sorted(unsettled)),
        *(Due(job="route_cases.route_case", ids={"case_id": one}) for one in cases.not_judged(work, at - _YOUNG)),
        *(Due(job=recompute, ids={"change_id": one}) for one in calendars.still_due(work, at - _YOUNG)),
        *(Due(job=f"tell_callers.{job}", ids={"case_id": one}) for job, found in tell.items() for one in found),
        *(Due(job="ask_citizens.ask_first", ids={"case_id": one}) for one in ask),
        *(Due(job="ask_citizens.tell_look_back", ids={"look_back_id": one}) for one in promised),
    ]
