"""Recordings: started when two people talk, fetched when finished, kept with a checksum in our own store."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from callcenter import moves, place
from callcenter.calls import LIVE
from callcenter.records import RecordingRecord, SegmentRecord
from callcenter.telephony import CallGone, line
from core.clock import CITY_ZONE, now
from core.db import Work, database
from core.errors import NotFound, Unavailable

log = logging.getLogger(__name__)


def start(call_id: int) -> None:
    """Record the caller's leg, each side on a channel. A call that is being recorded is left alone."""
    with database().begin() as work:
        call = moves.lock_call(work, call_id)
        if call.state not in LIVE or _under_way(work, call_id):
            return
        call_sid = call.call_sid
    try:
        sid = line().start_recording(call_sid, callback=place.addresses().at("voice/recording"))
    except CallGone:
        return
    except Unavailable as error:
        log.warning("recording.not_started", extra={"call": call_id, "permanent": error.permanent})
        raise
    row = {"call_id": call_id, "recording_sid": sid, "status": "recording", "at": now()}
    with database().begin() as work:
        work.session.execute(insert(RecordingRecord).values(row).on_conflict_do_nothing())


def fetch(recording_id: int) -> bool:
    """Bring a finished recording into our store; False when the carrier does not have it ready yet.

    The carrier's copy is deleted once ours is written. Running it again finishes what is left to do.
    Raises NotFound, Unavailable.
    """
    with database().begin() as work:
        recording = _find(work, recording_id)
        sid, wanted = recording.recording_sid, recording.status == "completed"
    if wanted:
        sound = line().recording(sid)
        if sound is None:
            return False
        _keep(recording_id, sound)
    _delete_remote(recording_id)
    return True


def give_up(recording_id: int) -> None:
    """Note that the carrier never delivered; the call's page says so."""
    with database().begin() as work:
        recording = _find(work, recording_id)
        if recording.status == "completed":
            recording.status = "failed"


def not_fetched(work: Work, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the recordings finished before `before` that are not in our store; for the sweep."""
    waiting = select(RecordingRecord.id).where(RecordingRecord.status == "completed", RecordingRecord.at < before)
    return list(work.session.scalars(waiting.order_by(RecordingRecord.id).limit(limit)))


def folder() -> Path:
    """Return where recordings lie; behind the guard, never served as files."""
    return place.settings().var_dir / "recordings"


def _keep(recording_id: int, sound: bytes) -> None:
    with database().begin() as work:
        recording = _find(work, recording_id)
        month = recording.at.astimezone(CITY_ZONE).strftime("%Y/%m")
        path = f"{month}/{recording_id}.wav"
        _write(folder() / path, sound)
        recording.path, recording.sha256 = path, hashlib.sha256(sound).hexdigest()
        heard = select(SegmentRecord.id).where(SegmentRecord.call_id == recording.call_id).limit(1)
        listened = work.session.scalar(heard) is not None
        recording.status = "stored" if listened else "awaiting_transcript"


def _write(path: Path, sound: bytes) -> None:
    """Write whole or not at all: a file that is there is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(sound)
    part.replace(path)


def _delete_remote(recording_id: int) -> None:
    with database().begin() as work:
        recording = _find(work, recording_id)
        if recording.path is None or recording.remote_deleted:
            return
        sid = recording.recording_sid
    line().delete_recording(sid)
    with database().begin() as work:
        _find(work, recording_id).remote_deleted = True


def _under_way(work: Work, call_id: int) -> bool:
    running = select(RecordingRecord.id).where(
        RecordingRecord.call_id == call_id, RecordingRecord.status == "recording"
    )
    return work.session.scalar(running.limit(1)) is not None


def _find(work: Work, recording_id: int) -> RecordingRecord:
    found = work.session.get(RecordingRecord, recording_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("没有这段录音")
    return found
