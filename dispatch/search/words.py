"""Keeping the words of cases: which are due, and writing them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import cast, delete, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR, insert

from core.db import Work
from core.sealed import fingerprint
from dispatch.records import CaseRecord
from dispatch.search.lexemes import vector
from dispatch.search.records import CaseWordsRecord, WordsDueRecord

Cut = Callable[[str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Text:
    """What of a case is searched: title, demand, content; and the place, which is never stored as words."""

    case_id: int
    parts: tuple[str, str, str]
    place: str


def due(work: Work, *, limit: int) -> list[Text]:
    """Claim at most `limit` cases whose words are not in the index; what another job holds is passed over."""
    waiting = select(WordsDueRecord.case_id).order_by(WordsDueRecord.case_id).limit(limit)
    ids = work.session.scalars(waiting.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    rows = select(CaseRecord.id, CaseRecord.title, CaseRecord.demand, CaseRecord.content, CaseRecord.place)
    found = work.session.execute(rows.where(CaseRecord.id.in_(ids)))
    return [
        Text(case_id=case_id, parts=(title or "", demand or "", content or ""), place=place or "")
        for case_id, title, demand, content, place in found
    ]


def index(work: Work, found: Sequence[Text], cut: Cut, *, now: datetime) -> None:
    """Write the words of these cases and strike them off the list. Safe to run twice."""
    for one in found:
        row = insert(CaseWordsRecord).values(
            case_id=one.case_id,
            words=cast(vector([cut(part) for part in one.parts]), TSVECTOR),
            places=place_marks(cut(one.place)),
            indexed_at=now,
        )
        newer = {name: row.excluded[name] for name in ("words", "places", "indexed_at")}
        work.session.execute(row.on_conflict_do_update(index_elements=[CaseWordsRecord.case_id], set_=newer))
    done = delete(WordsDueRecord).where(WordsDueRecord.case_id.in_([one.case_id for one in found]))
    work.session.execute(done)


def any_due(work: Work) -> bool:
    """Say whether the words of any case are not in the index yet."""
    return work.session.scalar(select(WordsDueRecord.case_id).limit(1)) is not None


def reindex_all(work: Work) -> None:
    """Put every case on the list, as after a change of the segmenter."""
    work.session.execute(
        text(
            "INSERT INTO case_words_due (case_id) SELECT id FROM hotline_case"
            " WHERE state NOT IN ('draft', 'discarded') ON CONFLICT DO NOTHING"
        )
    )


def place_marks(words: Sequence[str]) -> list[str]:
    """Return the keyed fingerprints of the words of a place, each once."""
    return sorted({fingerprint(f"place word:{word.lower()}")[:32] for word in words})
