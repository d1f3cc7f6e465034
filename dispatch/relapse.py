"""The same matter at the same place again, soon after it was closed: perhaps it was closed on paper only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from core.actor import SYSTEM
from core.db import Work
from core.sealed import fingerprint
from dispatch import clocks, story
from dispatch.records import CaseRecord
from dispatch.similarity import plain
from dispatch.stages import Action, CaseState

_OVER = (CaseState.CLOSED.value, CaseState.FILED.value)
# How people point at a place without naming another one; only at the end of what they say.
_POINTING = re.compile(r"(?:的?(?:大门口|门口|门前|附近|旁边|对面|周边|周围|一带|里面|外面|那里|这里|处))+$")


def look(work: Work, case: CaseRecord, now: datetime) -> CaseRecord | None:
    """Mark the place of a newly accepted case, and its relapse: return the case closed before, if there is one.

    The same class in the same area at the same place, closed within the pack's `relapse_days` and not later
    than now. Both stories say so. The caller announces the new case.
    """
    case.place_fingerprint = place_fingerprint(case.area_code, case.place)
    if case.place_fingerprint is None or case.category_code is None or case.relapse_of is not None:
        return None
    since = now - timedelta(days=clocks.pack_of(work, case).relapse_days)
    before = work.session.scalar(
        select(CaseRecord)
        .where(
            CaseRecord.place_fingerprint == case.place_fingerprint,
            CaseRecord.category_code == case.category_code,
            CaseRecord.id != case.id,
            CaseRecord.state.in_(_OVER),
            CaseRecord.closed_at >= since,
            CaseRecord.closed_at <= now,
        )
        .order_by(CaseRecord.closed_at.desc(), CaseRecord.id.desc())
        .limit(1)
    )
    if before is None:
        return None
    case.relapse_of = before.id
    _tell(work, case, before, now)
    return before


def place_fingerprint(area: str | None, place: str | None) -> str | None:
    """Return by what the same place in the same area is found again; None without a place."""
    named = _POINTING.sub("", plain(place or ""))
    return fingerprint(f"place:{area or ''}:{named}") if named else None


def _tell(work: Work, case: CaseRecord, before: CaseRecord, now: datetime) -> None:
    days = max((now - before.closed_at).days, 0) if before.closed_at else 0
    again = f"同一地点同类诉求（{before.case_no}）办结 {days} 天后再次反映，此前办结是否属实，请核查"
    story.write(work, case, Action.NOTE, actor=SYSTEM, now=now, note=again)
    back = f"办结 {days} 天后，同一地点同类诉求再次反映（{case.case_no}），疑似虚假办结"
    story.write(work, before, Action.NOTE, actor=SYSTEM, now=now, note=back)
