"""Recordings that nobody could listen to live become text when a model is there."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from flask import current_app

from callcenter import transcripts
from core.config import Settings
from core.queues import QueueName, queues
from nlp import speech

log = logging.getLogger(__name__)

_PIECE_MS = 200


def transcribe_recording(recording_id: int) -> None:
    """Write down a recording that waits for its text. Safe to run twice; without a model it waits on."""
    sound = transcripts.awaiting(recording_id)
    recogniser = recogniser_here() if sound else None
    if sound is None or recogniser is None:
        return
    heard = {part: utterances(recogniser, pcm, sound.sample_rate_hz) for part, pcm in sound.tracks.items()}
    call_id = transcripts.write_down(recording_id, heard)
    log.info("recording.transcribed", extra={"call": call_id})
    queues().put(QueueName.URGENT, "workers.draft_cases.draft_case", call_id=call_id)


def utterances(recogniser: speech.Recogniser, pcm: bytes, sample_rate_hz: int) -> list[tuple[int, str]]:
    """Return (end of the utterance in ms, text) for each utterance of a mono 16-bit track."""
    listener, found = recogniser.listener(sample_rate_hz), []
    step = 2 * sample_rate_hz * _PIECE_MS // 1000
    for start in range(0, len(pcm), step):
        at_ms = 1000 * start // (2 * sample_rate_hz)
        found += [(at_ms, one.text) for one in listener.hear(pcm[start : start + step]) if one.final]
    end_ms = 1000 * len(pcm) // (2 * sample_rate_hz)
    return found + [(end_ms, one.text) for one in listener.finish() if one.final]


def recogniser_here() -> speech.Recogniser | None:
    """Return this machine's recogniser, or None when no model is there or it is broken."""
    settings: Settings = current_app.extensions["settings"]
    path = speech.find_model(settings.speech_model, settings.var_dir / "models")
    try:
        return _loaded(path) if path else None
    except speech.NoModel:
        log.warning("speech.no_model")
        return None


@lru_cache(maxsize=1)
def _loaded(path: Path) -> speech.Recogniser:
    return speech.load(path)
