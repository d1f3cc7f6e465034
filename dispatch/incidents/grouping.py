"""The cases of one incident, and their locks: always in the order of the ids, so that nobody waits in a ring."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from sqlalchemy import select

from core.actor import SYSTEM
from core.db import Work
from core.errors import Stale
from dispatch import steps, story
from dispatch.events import CaseMoved
from dispatch.records import CaseRecord
from dispatch.stages import Action, CaseState
from dispatch.steps import Scene

# What may move another case of the same incident besides the one that is asked for.
MOVES_OTHERS = frozenset(
    {
        Action.MERGE,
        Action.UNMERGE,
        Action.ROUTE,
        Action.DISPATCH,
        Action.RECALL,
        Action.CONFER,
        Action.RULE,
        Action.GRANT_RETURN,
        Action.PASS,
        Action.CLOSE,
        Action.RATE,
        Action.REDO,
        Action.REOPEN,
        Action.LOOK_BACK,
        Action.WITHDRAW,
        Action.RECUSE,
        Action.SET_SECRECY,
    }
)
_TRIES = 5


def lock_group(work: Work, case: int | str, action: Action, into: str | None = None) -> None:
    """Lock the case together with all others that `action` may move, in the order of their ids.

    Who belongs together is read before the locks are held, so it is read again behind them; when somebody was
    quicker the locks are let go and taken anew. Raises Stale when that happens again and again.
    """
    if action not in MOVES_OTHERS:
        return
    for _ in range(_TRIES):
        wanted = _together(work, case, into)
        if len(wanted) < 2:
            return
        with suppress(_MovedOnError), work.session.begin_nested():
            _lock(work, wanted)
            if _together(work, case, into) == wanted:
                return
            raise _MovedOnError  # which lets go of what this try has locked, and of nothing else
    raise Stale(steps.CHANGED)


def children(work: Work, head: CaseRecord) -> list[CaseRecord]:
    """Return the cases that wait for the head's answer, the oldest first."""
    wanted = (
        select(CaseRecord)
        .where(CaseRecord.merged_into == head.id, CaseRecord.state == CaseState.MERGED.value)
        .order_by(CaseRecord.id)
    )
    return list(work.session.scalars(wanted.execution_options(populate_existing=True)))


def fresh(work: Work, case: int | str) -> CaseRecord | None:
    """Return a case that is locked already, as it stands now."""
    wanted = select(CaseRecord).where(steps.is_case(case))
    return work.session.scalar(wanted.execution_options(populate_existing=True))


def leave(scene: Scene, child: CaseRecord) -> CaseRecord | None:
    """Take a child out of its incident and return the head."""
    head = None if child.merged_into is None else fresh(scene.work, child.merged_into)
    child.merged_into = None
    if head is not None:
        head.incident_size -= 1
    return head


def tell(scene: Scene, case: CaseRecord, note: str, **facts: object) -> None:
    """Write into the story of another case of the incident what has happened, and announce it."""
    case.changed_at = scene.now
    told = {"size": case.incident_size, **facts}
    story.write(scene.work, case, Action.NOTE, actor=SYSTEM, now=scene.now, note=note, facts=told)
    steps.announce(scene.work, case, partial(CaseMoved, action=Action.NOTE.value))


class _MovedOnError(Exception):
    """Somebody has merged or unmerged between the look and the lock."""


def _lock(work: Work, wanted: set[int]) -> None:
    """Lock the rows one after the other; PostgreSQL sorts before it locks."""
    rows = select(CaseRecord.id).where(CaseRecord.id.in_(wanted)).order_by(CaseRecord.id)
    work.session.execute(rows.with_for_update())


def _together(work: Work, case: int | str, into: str | None) -> set[int]:
    named = steps.is_case(case) if into is None else steps.is_case(case) | (CaseRecord.case_no == into)
    rows = work.session.execute(
        select(CaseRecord.id, CaseRecord.merged_into, CaseRecord.incident_size).where(named)
    ).all()
    found = {row.id for row in rows} | {row.merged_into for row in rows if row.merged_into is not None}
    heads = [row.id for row in rows if row.incident_size]
    if heads and into is None:
        waiting = select(CaseRecord.id).where(
            CaseRecord.merged_into.in_(heads), CaseRecord.state == CaseState.MERGED.value
        )
        found |= set(work.session.scalars(waiting))
    return found
