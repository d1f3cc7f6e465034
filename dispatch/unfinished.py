"""Drafts that their call has left behind: none of them may vanish, and somebody finishes each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.actor import SYSTEM, Actor
from core.db import Work
from core.errors import Refused
from dispatch import drafts, steps
from dispatch.events import DraftChanged
from dispatch.lifecycle import Action, CaseState
from dispatch.records import CaseRecord

NOTHING_SAID = "通话结束，没有诉求"


def leave_draft(work: Work, case: int | str, *, heard: bool, holder: int | None, now: datetime) -> CaseRecord:
    """Settle a draft whose call is over: one that holds something waits to be finished, else it is put away.

    heard: whether the caller said anything, or may have said something nobody has listened to yet.
    holder: who talked to the caller last; in whose list the draft stands. May run twice; once a person has
    made something of the draft it is a no-op.
    """
    draft = steps.locked(work, case)
    if draft.stage is not CaseState.DRAFT or draft.left_at is not None:
        return draft
    if not heard and not draft.touched:
        return drafts.discard_draft(work, case, actor=SYSTEM, now=now, reason=NOTHING_SAID)
    draft.left_at = draft.changed_at = now
    draft.created_by = holder or draft.created_by
    steps.announce(work, draft, DraftChanged)
    return draft


def finish_draft(
    work: Work,
    case_no: str,
    action: Action,
    *,
    actor: Actor,
    fields: Mapping[str, Any],
    reason: str | None = None,
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Register, answer or discard a draft that its call has left behind, after writing `fields` into it.

    Raises Refused while the call or its wrap-up lasts (the desk does it then), Stale, and what the use cases
    of drafts raise.
    """
    draft = steps.locked(work, case_no, version=version)
    if draft.stage is CaseState.DRAFT and draft.left_at is None:
        raise Refused("通话或整理还没有结束，请由接听的话务员办理")
    if fields:
        drafts.change_draft(work, draft.id, fields, actor=actor, now=now)
    if action is Action.DISCARD:
        return drafts.discard_draft(work, draft.id, actor=actor, now=now, reason=reason)
    finish = drafts.answer_directly if action is Action.ANSWER else drafts.register
    return finish(work, draft.id, actor=actor, now=now)


def calls_not_settled(work: Work, before: datetime, *, limit: int = 200) -> list[int]:
    """Return the calls of open drafts made before `before` that still wait for their call; for the sweep."""
    waiting = select(CaseRecord.call_id).where(
        CaseRecord.state == CaseState.DRAFT,
        CaseRecord.left_at.is_(None),
        CaseRecord.call_id.is_not(None),
        CaseRecord.created_at < before,
    )
    found = work.session.scalars(waiting.order_by(CaseRecord.id).limit(limit))
    return [call_id for call_id in found if call_id is not None]
