"""Earlier cases of a person, found by their exact number: for the centre only, and each search written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.actor import Actor, Role
from core.db import Work
from core.errors import WrongRole
from core.people import record_search
from core.sealed import fingerprint
from dispatch import cards, search
from dispatch.lists.conditions import IS_CASE
from dispatch.lists.names import names_of
from dispatch.records import CaseRecord

# Whoever speaks with citizens, or answers for how they were treated. Never a unit.
SEARCHERS = (Role.AGENT, Role.DISPATCHER, Role.REVIEWER, Role.CALLBACK, Role.SUPERVISOR)
_MOST = 50


def cases_of_phone(work: Work, phone: str, *, actor: Actor, purpose: str, now: datetime) -> dict[str, Any]:
    """Return the newest cases brought in from this very number (schemas.PersonCases).

    phone: as calls have it, +86… . Who searched, and what for, is written down with the search itself. Who
    wished to stay anonymous is found by nobody but a supervisor. Raises WrongRole.
    """
    if not actor.has(*SEARCHERS):
        raise WrongRole("只有热线工作人员可以按电话查找")
    found = select(CaseRecord).where(search.by_phone(phone), IS_CASE)
    if not actor.has(Role.SUPERVISOR):
        found = found.where(CaseRecord.secrecy != "anonymous")
    cases = work.session.scalars(found.order_by(CaseRecord.id.desc()).limit(_MOST)).all()
    record_search(work, actor, fingerprint(phone), purpose=purpose, at=now)
    names = names_of(work, cases)
    return {"as_of": now.isoformat(), "items": [cards.case_ref(case, names) for case in cases]}
