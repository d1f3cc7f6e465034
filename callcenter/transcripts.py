"""Recordings that nobody listened to live: read for a recogniser, and what it heard written down."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from callcenter import recordings
from callcenter.calls import Part
from callcenter.records import RecordingRecord, SegmentRecord
from core.clock import now
from core.db import Work, database

AWAITING = "awaiting_transcript"
# The first channel of the caller's leg is what they say, the second what they hear.
_CHANNELS = (Part.CALLER, Part.AGENT)


@dataclass(frozen=True, kw_only=True)
class RecordedSound:
    """A recording, one mono 16-bit little-endian track for each speaker."""

    sample_rate_hz: int
    tracks: dict[Part, bytes]


def awaiting(recording_id: int) -> RecordedSound | None:
    """Return the sound of a recording that waits for its transcript; None when it does not."""
    with database().begin() as work:
        recording = work.session.get(RecordingRecord, recording_id)
        path = recording.path if recording is not None and recording.status == AWAITING else None
    return None if path is None else tracks_of((recordings.folder() / path).read_bytes())


def tracks_of(wav: bytes) -> RecordedSound:
    """Split a WAV file of 16-bit samples into its speakers. Raises wave.Error for another format."""
    with wave.open(io.BytesIO(wav)) as sound:
        if sound.getsampwidth() != 2:
            raise wave.Error("16-bit samples expected")
        channels, rate = sound.getnchannels(), sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).reshape(-1, channels)
    tracks = {part: samples[:, number].tobytes() for number, part in enumerate(_CHANNELS[:channels])}
    return RecordedSound(sample_rate_hz=rate, tracks=tracks)


def write_down(recording_id: int, heard: Mapping[Part, Sequence[tuple[int, str]]]) -> int:
    """Store what was heard as (start in ms, text) of each speaker and return the call. May run twice."""
    with database().begin() as work:
        recording = work.session.get_one(RecordingRecord, recording_id, with_for_update=True)
        for part, texts in heard.items():
            for number, (at_ms, text) in enumerate(texts):
                _insert(work, recording, f"recording-{recording_id}-{part}-{number}", part, at_ms, text)
        recording.status = "stored"
        return recording.call_id


def waiting(work: Work, limit: int = 50) -> list[int]:
    """Return the recordings that wait for a model, oldest first."""
    found = select(RecordingRecord.id).where(RecordingRecord.status == AWAITING).order_by(RecordingRecord.id)
    return list(work.session.scalars(found.limit(limit)))


def _insert(work: Work, recording: RecordingRecord, utterance: str, part: Part, at_ms: int, text: str) -> None:
    row = {
        "call_id": recording.call_id,
        "utterance": utterance,
        "speaker": part.value,
        "text": text,
        "at_ms": at_ms,
        "words": [],
        "heard_at": now(),
    }
    work.session.execute(insert(SegmentRecord).values(row).on_conflict_do_nothing())
