"""Recordings: from frames to a WAV file in the state directory, its callbacks, and its life by REST."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from callcenter.practice.ids import present, rfc2822, sid
from callcenter.practice.mixing import added
from callcenter.practice.outbox import Outbox
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import FRAME_S, QUIET, Pcm
from callcenter.practice.trimming import trimmed
from core.g711 import SAMPLE_RATE_HZ

WRITE_EVERY_FRAMES = 50


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Whom to tell, and of what. No URL: nobody."""

    url: str = ""
    events: frozenset[str] = frozenset()
    method: str = "POST"

    def wants(self, event: str) -> bool:
        return bool(self.url) and event in self.events


@dataclass(kw_only=True, eq=False)
class Recording:
    """One recording. A tap for calls (`take`), or fed by a conference (`add`)."""

    recording_sid: str = field(default_factory=lambda: sid("RE"))
    account_sid: str
    call_sid: str | None
    conference_sid: str | None = None
    source: str
    channels: int
    track: str = "both"
    trim: bool = False
    status: str = "in-progress"
    started_at: datetime = field(default_factory=present)
    updated_at: datetime = field(default_factory=present)
    duration_s: float = 0.0
    folder: Path
    base_url: str
    callback: Callback = field(default_factory=Callback)
    outbox: Outbox | None = None
    _frames: list[Pcm] = field(default_factory=list)
    _file: wave.Wave_write | None = None
    _skips: bool = False

    @property
    def path(self) -> Path:
        return self.folder / f"{self.recording_sid}.wav"

    @property
    def url(self) -> str:
        """Where the sound can be fetched; without an extension it is a WAV file."""
        return f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}/Recordings/{self.recording_sid}"

    @property
    def live(self) -> bool:
        return self.status in ("in-progress", "paused")

    def begin(self) -> None:
        self._file = wave.open(str(self.path), "wb")  # noqa: SIM115 - open as long as the call
        self._file.setnchannels(self.channels)
        self._file.setsampwidth(2)
        self._file.setframerate(SAMPLE_RATE_HZ)
        self._tell("in-progress")

    def take(self, said: Pcm, heard: Pcm) -> None:
        """Record one frame of a call: mono mixes both, dual keeps the person left and the others right."""
        if self.track == "inbound":
            heard = QUIET
        elif self.track == "outbound":
            said = QUIET
        if self.channels == 2:
            self.add(np.stack([said, heard], axis=1).reshape(-1))
        else:
            self.add(added([said, heard]))

    def add(self, samples: Pcm) -> None:
        """Record one frame, already interleaved when there are two channels."""
        if self.status == "paused":
            if self._skips:
                return
            samples = np.zeros(len(samples), dtype=np.int16)
        if self.status == "processing":
            return
        self._frames.append(samples)
        self.duration_s += FRAME_S
        if len(self._frames) >= WRITE_EVERY_FRAMES:
            self._flush()

    def pause(self, behaviour: str) -> None:
        """Stop listening for a while; `skip` leaves the time out, `silence` keeps it empty."""
        self.status, self._skips, self.updated_at = "paused", behaviour == "skip", present()

    def resume(self) -> None:
        self.status, self.updated_at = "in-progress", present()

    def finish(self) -> None:
        """Close the file and tell the owner. Safe to repeat."""
        if not self.live:
            return
        self._flush()
        if self._file is not None:
            self._file.close()
            self._file = None
        if self.trim:
            self.duration_s = trimmed(self.path)
        self.status = "completed" if self.duration_s > 0 else "absent"
        self.updated_at = present()
        self.save()
        self._tell(self.status)

    def save(self) -> None:
        """Keep the facts beside the sound, so that they outlive the process."""
        facts = {
            "recording_sid": self.recording_sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "conference_sid": self.conference_sid,
            "source": self.source,
            "channels": self.channels,
            "track": self.track,
            "status": self.status,
            "started_at": self.started_at.isoformat(),
            "duration_s": self.duration_s,
        }
        self.path.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")

    def _flush(self) -> None:
        if self._frames and self._file is not None:
            self._file.writeframesraw(np.concatenate(self._frames).astype("<i2").tobytes())
        self._frames.clear()

    def _tell(self, event: str) -> None:
        if self.outbox is not None and self.callback.wants(event):
            self.outbox.tell(
                "recording", self.recording_sid, self.callback.url, self.fields(), method=self.callback.method
            )

    def fields(self) -> Fields:
        fields: Fields = [
            ("AccountSid", self.account_sid),
            ("CallSid", self.call_sid or ""),
            ("RecordingSid", self.recording_sid),
            ("RecordingUrl", self.url),
            ("RecordingStatus", self.status),
            ("RecordingDuration", str(round(self.duration_s))),
            ("RecordingChannels", str(self.channels)),
            ("RecordingStartTime", rfc2822(self.started_at) or ""),
            ("RecordingSource", self.source),
            ("RecordingTrack", self.track),
        ]
        if self.conference_sid:
            fields.append(("ConferenceSid", self.conference_sid))
        if self.status == "absent":
            fields.append(("ErrorCode", "0"))
        return fields


class Recordings:
    """All recordings of the account, those of earlier runs included."""

    def __init__(self, folder: Path, *, account_sid: str, base_url: str, outbox: Outbox) -> None:
        self._folder, self._account_sid, self._base_url = folder, account_sid, base_url
        self._outbox = outbox
        self._by_sid: dict[str, Recording] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for facts in folder.glob("RE*.json"):
            self._restore(json.loads(facts.read_text(encoding="utf-8")))

    def begin(self, **facts: Any) -> Recording:
        """Start a recording; it writes from the next frame on."""
        recording = Recording(
            account_sid=self._account_sid,
            folder=self._folder,
            base_url=self._base_url,
            outbox=self._outbox,
            **facts,
        )
        self._by_sid[recording.recording_sid] = recording
        recording.begin()
        return recording

    def get(self, recording_sid: str) -> Recording | None:
        return self._by_sid.get(recording_sid)

    def all(self) -> Iterable[Recording]:
        return sorted(self._by_sid.values(), key=lambda r: r.started_at, reverse=True)

    def delete(self, recording: Recording) -> None:
        self._by_sid.pop(recording.recording_sid, None)
        recording.path.unlink(missing_ok=True)
        recording.path.with_suffix(".json").unlink(missing_ok=True)

    def _restore(self, facts: dict[str, Any]) -> None:
        facts["started_at"] = datetime.fromisoformat(facts["started_at"])
        recording = Recording(folder=self._folder, base_url=self._base_url, **facts)
        self._by_sid[recording.recording_sid] = recording
