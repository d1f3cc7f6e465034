"""What every use case does alike: load and lock, take the step, write the story, announce."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from core.actor import Actor
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import NotFound, Stale
from core.events import Event
from dispatch import numbering
from dispatch.lifecycle import Action, Need, next_state
from dispatch.records import CaseRecord, NumberRecord, TimelineRecord, WorkOrderRecord

CHANGED = "这个办件刚刚有变化，请看最新内容后再操作"


def locked(work: Work, case: int | str, *, version: int | None = None) -> CaseRecord:
    """Return the case of that id (a number) or case number (a text), locked until the transaction ends.

    Of two who act at once the second waits here and then sees what the first has done.
    version: what the person was looking at; Stale when the case has moved on. Raises NotFound.
    """
    wanted = select(CaseRecord).where(is_case(case)).with_for_update()
    found = work.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("没有这个办件")
    check_version(found, version)
    return found


def is_case(case: int | str) -> ColumnElement[bool]:
    """Return the condition that picks one case by its id or its number."""
    return CaseRecord.id == case if isinstance(case, int) else CaseRecord.case_no == case


def check_version(case: CaseRecord, version: int | None) -> None:
    """Raise Stale when the case has moved on since the person looked at it."""
    if version is not None and case.version != version:
        raise Stale(CHANGED)


def next_number(work: Work, at: datetime) -> str:
    """Return a fresh case number of the city's day; atomic, and given back if the transaction fails."""
    today = at.astimezone(CITY_ZONE).date()
    upsert = insert(NumberRecord).values(on=today, last=1)
    upsert = upsert.on_conflict_do_update(index_elements=[NumberRecord.on], set_={"last": NumberRecord.last + 1})
    sequence: int = work.session.execute(upsert.returning(NumberRecord.last)).scalar_one()
    return numbering.case_no(today, sequence)


def take(
    work: Work,
    case: CaseRecord,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    given: Collection[Need] = (),
    order: WorkOrderRecord | None = None,
    unit: str | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Move the case by the table and write it down. Raises what `lifecycle.next_state` raises."""
    before = case.stage
    after = next_state(before, action, roles=actor.roles, given=given)
    case.changed_at = now
    if after is not before:
        case.state, case.state_since = after.value, now
    write(
        work,
        case,
        action,
        actor=actor,
        now=now,
        moves=(before.value, after.value),
        order=order,
        unit=unit,
        reason=reason,
        note=note,
    )


def write(
    work: Work,
    case: CaseRecord,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    moves: tuple[str | None, str | None] = (None, None),
    order: WorkOrderRecord | None = None,
    unit: str | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Append one entry to the case's story. `unit` is the unit it is about; else the order's."""
    work.session.add(
        TimelineRecord(
            case_id=case.id,
            order_no=order.order_no if order else None,
            at=now,
            action=action.value,
            actor_id=actor.person_id,
            actor_name=actor.name,
            unit_code=unit or (order.unit_code if order else None),
            from_state=moves[0],
            to_state=moves[1],
            reason=reason,
            note=note,
        )
    )


def announce(work: Work, case: CaseRecord, kind: Callable[..., Event]) -> None:
    """Write the rows, so that the version moves, and announce `kind` of this case after the commit."""
    work.session.flush()
    work.announce(kind(case_id=case.id, case_no=case.case_no, version=case.version))


def lock_call(work: Work, call_id: int) -> None:
    """Keep every other draft of this call out until the transaction ends."""
    # Two keys, so that a call's lock is never one of the single-key locks of clock and city.
    work.session.execute(select(func.pg_advisory_xact_lock(12_345, call_id % 2**31)))
