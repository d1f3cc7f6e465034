"""What a file would do, tried out for real and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.actor import Actor
from core.db import Work
from dispatch.calendars.changing import load_year
from dispatch.calendars.reading import BadRow, BadYear
from dispatch.calendars.recomputing import touched, would_move
from dispatch.calendars.records import CalendarChangeRecord

# Trying a case costs what moving it costs; beyond this the preview says "at least".
LOOKED_AT_MOST = 300


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would become of loading a file.

    looked_at: open cases worked out again for it, would_move of them to another time; more: there are others.
    """

    faults: tuple[BadRow, ...]
    days: int
    looked_at: int
    would_move: int
    more: bool


def preview_year(work: Work, year: int, content: str, *, actor: Actor, now: datetime) -> Preview:
    """Load the file, count what moves, and take everything back; nothing is announced."""
    announced = len(work.announced)
    attempt = work.session.begin_nested()
    try:
        days = load_year(work, year, content, actor=actor, now=now)
        newest = select(CalendarChangeRecord).order_by(CalendarChangeRecord.id.desc()).limit(1)
        cases = touched(work, work.session.scalars(newest).one(), after=0, at_most=LOOKED_AT_MOST + 1)
        tried = cases[:LOOKED_AT_MOST]
        moved = sum(would_move(work, case_id, actor=actor, now=now) for case_id in tried)
    except BadYear as error:
        return Preview(faults=error.rows, days=0, looked_at=0, would_move=0, more=False)
    finally:
        attempt.rollback()
        del work.announced[announced:]
    more = len(cases) > len(tried)
    return Preview(faults=(), days=days, looked_at=len(tried), would_move=moved, more=more)
