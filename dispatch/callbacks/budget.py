"""Whom not to call again today: several cases of one incident are one matter to the person who called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from core.clock import CITY_ZONE
from core.db import Work
from dispatch.records import CaseRecord
from dispatch.side_records import CallBackRecord

PHONE, MESSAGE, WEB = "phone", "message", "web"


def called_today(work: Work, case_ids: Collection[int], now: datetime) -> set[int]:
    """Return those cases whose person was phoned today, for this or another case of the same incident.

    One try a person and day over an incident. A case that stands alone has the pack's pause between tries
    instead. One statement for all of them.
    """
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    asked, other = aliased(CaseRecord), aliased(CaseRecord)
    same = (other.caller_fingerprint == asked.caller_fingerprint) & (_incident(other) == _incident(asked))
    found = (
        select(asked.id)
        .join(other, same)
        .join(CallBackRecord, CallBackRecord.case_id == other.id)
        .where(
            asked.id.in_(case_ids),
            CallBackRecord.via == PHONE,
            CallBackRecord.at >= midnight,
            CallBackRecord.at <= now,
        )
    )
    return set(work.session.scalars(found))


def tries(work: Work, cases: Collection[CaseRecord]) -> dict[int, list[datetime]]:
    """Return by case when the tries of its present round were, oldest first. One statement for all of them."""
    made: defaultdict[int, list[datetime]] = defaultdict(list)
    found = select(CallBackRecord.case_id, CallBackRecord.at).where(
        CallBackRecord.case_id.in_([one.id for one in cases]), CallBackRecord.connected.is_(False)
    )
    for case_id, at in work.session.execute(found.order_by(CallBackRecord.id)):
        made[case_id].append(at)
    return {one.id: made[one.id][-one.tries :] if one.tries else [] for one in cases}


def _incident(one: type[CaseRecord]) -> ColumnElement[int | None]:
    """Return the id of the incident's main case; NULL, which equals nothing, for a case that stands alone."""
    return func.coalesce(one.merged_into, case((one.incident_size > 0, one.id)))
