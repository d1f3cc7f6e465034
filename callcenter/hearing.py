"""From the sound of one leg to words on a screen: partials are pushed, finished utterances are stored."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from callcenter import cards
from callcenter.events import SegmentHeard
from callcenter.media_frames import BYTES_A_MS, Batches, EverySoOften
from callcenter.passes import Pass
from callcenter.records import CallRecord, SegmentRecord
from core.clock import now
from core.db import Work, database
from core.feed import Feed
from core.g711 import SAMPLE_RATE_HZ, pcm_from_mulaw

log = logging.getLogger(__name__)

PARTIALS_EVERY_S: Final = 0.25
RETRIES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # for what could not be stored when the stream ended


class Heard(Protocol):
    """What the recogniser understood: so far (`final` False) or for good."""

    @property
    def text(self) -> str: ...
    @property
    def final(self) -> bool: ...
    @property
    def certainty(self) -> float | None: ...
    @property
    def words(self) -> Sequence[Any]: ...


class Listener(Protocol):
    """Hears one stream."""

    def hear(self, pcm: bytes) -> Iterable[Heard]: ...
    def finish(self) -> Iterable[Heard]: ...


class Recogniser(Protocol):
    """Makes listeners; shared by all streams of the process."""

    def listener(self, sample_rate_hz: int) -> Listener: ...


class Hearing:
    """One stream being heard. Used by one thread."""

    def __init__(self, leg: Pass, stream_sid: str, *, recogniser: Recogniser | None, feed: Feed) -> None:
        self._leg = leg
        self._stream_sid = stream_sid
        self._feed = feed
        self._listener = None if recogniser is None else recogniser.listener(SAMPLE_RATE_HZ)
        self._batches = Batches()
        self._partials = EverySoOften(PARTIALS_EVERY_S)
        self._started_at = now()
        self._answered_at: datetime | None = None
        self._heard_bytes = 0
        self._utterance = 1
        self._unkept: list[dict[str, Any]] = []
        self._began_ms: int | None = None  # of the utterance that is being spoken, in the stream

    def hear(self, payload: bytes) -> None:
        """Take mu-law sound as it comes."""
        for batch in self._batches.add(payload):
            self._recognise(batch)

    def finish(self) -> None:
        """Write down what was being said when the stream ended."""
        rest = self._batches.rest()
        if rest:
            self._recognise(rest)
        if self._listener is not None:
            self._tell(self._listener.finish())
        for pause_s in RETRIES_S:
            if self._keep_all():
                return
            time.sleep(pause_s)

    def _recognise(self, mulaw: bytes) -> None:
        self._heard_bytes += len(mulaw)
        if self._listener is not None:
            self._tell(self._listener.hear(pcm_from_mulaw(mulaw).tobytes()))

    def _tell(self, understood: Iterable[Heard]) -> None:
        for heard in understood:
            if not heard.text.strip():
                continue
            if self._began_ms is None:
                self._began_ms = _first_word_ms(heard) or self._heard_bytes // BYTES_A_MS
            if heard.final:
                self._keep(heard)
            elif self._partials.lets(time.monotonic()):
                self._push(heard, at_ms=self._at_ms())

    def _keep(self, heard: Heard) -> None:
        at_ms = self._at_ms()
        self._unkept.append(
            {
                "call_id": self._leg.call_id,
                "utterance": self._utterance_id(),
                "speaker": self._leg.speaker,
                "text": heard.text,
                "certainty": heard.certainty,
                "at_ms": at_ms,
                "words": [_plain(word) for word in heard.words or ()],
                "heard_at": now(),
            }
        )
        self._keep_all()
        self._push(heard, at_ms=at_ms)
        self._utterance += 1
        self._began_ms = None

    def _keep_all(self) -> bool:
        """Store what is not stored yet. While the database is away it waits here; nothing said is lost."""
        try:
            while self._unkept:
                with database().begin() as work:
                    _store(work, self._unkept[0])
                self._unkept.pop(0)
        except SQLAlchemyError:
            log.warning("hearing.not_stored", extra={"call": self._leg.call_id, "waiting": len(self._unkept)})
        return not self._unkept

    def _push(self, heard: Heard, *, at_ms: int) -> None:
        said = cards.words(
            self._leg.call_id,
            self._utterance_id(),
            self._leg.speaker,
            text=heard.text,
            final=heard.final,
            at_ms=at_ms,
        )
        self._feed.push(f"call:{self._leg.call_id}", "call.words", said)

    def _utterance_id(self) -> str:
        return f"{self._stream_sid}:{self._utterance}"

    def _at_ms(self) -> int:
        """Return when the utterance began, since the call was answered; 0 for what was said before that."""
        if self._answered_at is None:
            self._answered_at = _answered_at(self._leg.call_id)
        if self._answered_at is None:
            return 0
        began_at = self._started_at + timedelta(milliseconds=self._began_ms or 0)
        return max(0, int((began_at - self._answered_at) / timedelta(milliseconds=1)))


def _store(work: Work, row: dict[str, Any]) -> None:
    stored = insert(SegmentRecord).values(row).on_conflict_do_nothing()
    segment_id = work.session.scalar(stored.returning(SegmentRecord.id))
    if segment_id is None:
        return
    agent_id = work.session.scalar(select(CallRecord.agent_id).where(CallRecord.id == row["call_id"]))
    work.announce(SegmentHeard(call_id=row["call_id"], segment_id=segment_id, person_id=agent_id))


def _answered_at(call_id: int) -> datetime | None:
    try:
        with database().begin() as work:
            return work.session.scalar(select(CallRecord.answered_at).where(CallRecord.id == call_id))
    except SQLAlchemyError:
        return None


def _first_word_ms(heard: Heard) -> int | None:
    first = _plain(heard.words[0]) if heard.words else {}
    return int(first["start_s"] * 1000) if "start_s" in first else None


def _plain(word: Any) -> dict[str, Any]:
    return dataclasses.asdict(word) if dataclasses.is_dataclass(word) else dict(word)  # type: ignore[arg-type]
