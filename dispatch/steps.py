"""What every use case does alike: load and lock, ask the table, take the step, write the story, announce."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from core.actor import Actor, Role
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import NotFound, Stale
from core.events import Event
from dispatch import clocks, numbering, outbox, wakings
from dispatch.events import CaseMoved
from dispatch.given import Given
from dispatch.guards import Circumstances
from dispatch.lifecycle import Action, CaseState, Need, OrderState, next_state
from dispatch.records import CaseRecord, NumberRecord, WorkOrderRecord
from dispatch.side_records import FindingRecord, LookBackRecord
from dispatch.story import write

__all__ = [
    "CHANGED",
    "Scene",
    "announce",
    "check_version",
    "circumstances",
    "is_case",
    "lock_call",
    "locked",
    "next_number",
    "settle",
    "take",
    "write",
]

CHANGED = "这个办件刚刚有变化，请看最新内容后再操作"


@dataclass(kw_only=True)
class Scene:
    """One action under way: the locked case, who acts, on which order, with what, when."""

    work: Work
    case: CaseRecord
    actor: Actor
    now: datetime
    given: Given = field(default_factory=Given)
    order: WorkOrderRecord | None = None
    # What the table was asked already, before the rows that its guards read were changed.
    checked: set[Action] = field(default_factory=set)

    def check(self, action: Action) -> None:
        """Ask the table without moving anything; raises what `lifecycle.next_state` raises."""
        at = circumstances(self.work, self.case, self.actor, self.now, order=self.order, given=self.given)
        next_state(self.case.stage, action, roles=self.actor.roles, given=self.given.needs(), at=at)
        self.checked.add(action)

    def take(
        self,
        action: Action,
        *,
        actor: Actor | None = None,
        unit: str | None = None,
        note: str | None = None,
        facts: Mapping[str, Any] | None = None,
        event: Callable[..., Event] | None = None,
    ) -> None:
        """Move the case by the table, write it down with what was given, and announce it as `event`."""
        take(
            self.work,
            self.case,
            action,
            actor=actor or self.actor,
            now=self.now,
            given=self.given.needs(),
            came=self.given,
            order=self.order,
            unit=unit,
            reason=self.given.reason,
            note=note or self.given.text,
            facts=facts,
            guarded=action not in self.checked,
        )
        announce(self.work, self.case, event or partial(CaseMoved, action=action.value))

    def aside(
        self,
        action: Action,
        *,
        actor: Actor | None = None,
        unit: str | None = None,
        note: str | None = None,
        facts: Mapping[str, Any] | None = None,
        event: Callable[..., Event] | None = None,
    ) -> None:
        """Write down what concerns an order only (a helper's, a sub-unit's) and leaves the case where it is."""
        self.case.changed_at = self.now
        write(
            self.work,
            self.case,
            action,
            actor=actor or self.actor,
            now=self.now,
            order=self.order,
            unit=unit,
            reason=self.given.reason,
            note=note or self.given.text,
            facts=facts,
        )
        announce(self.work, self.case, event or partial(CaseMoved, action=action.value))


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


def circumstances(
    work: Work,
    case: CaseRecord,
    actor: Actor,
    now: datetime,
    *,
    order: WorkOrderRecord | None = None,
    given: Given | None = None,
    units: Collection[str] = (),
) -> Circumstances:
    """Return what the guards ask of this case, order and person. units: those the person acts for."""
    pack, came = clocks.pack_of(work, case), given or Given()
    own = frozenset(units) or frozenset({actor.unit_code} if actor.unit_code else ())
    closed, promise_on = case.closed_at, _promise_on(work, case)
    return Circumstances(
        now=now,
        actor_id=actor.person_id,
        by_system=actor.has(Role.SYSTEM),
        is_chief=actor.has(Role.CHIEF),
        of_centre=not actor.has(Role.HANDLER),
        units=own,
        kind=case.kind,
        urgency=case.urgency,
        secrecy=case.secrecy,
        rejection_by=case.rejection_by,
        objected=case.objected,
        unit=order.unit_code if order else None,
        returned_before=frozenset(one.unit_code for one in case.orders if one.stage is OrderState.RETURNED),
        return_until=order.return_until if order else None,
        order_due_at=order.due_at if order else None,
        no_return=case.no_return,
        disputes=case.disputes,
        adjudicate_from=pack.adjudicate_from_dispute,
        parties=frozenset(case.parties),
        supervised=case.supervised,
        ledger_asked=case.ledger_asked,
        call_back_wanted=case.call_back_wanted,
        tries=case.tries,
        tries_needed=pack.call_back_tries,
        next_try_at=case.next_try_at,
        redos=case.redos,
        redos_at_most=pack.redos_at_most,
        grade=came.grade,
        found_unreasonable=case.finding == "unreasonable",
        found_duty_done=_found_duty_done(work, case),
        finding_asked=case.finding is not None,
        finding_open=case.finding == "open",
        voted=frozenset(int(one) for one in case.votes),
        reopen_until=closed and clocks.due_of(work, pack, pack.reopen_within, closed).at,
        broken_promise=came.agreed is False and actor.has(Role.SYSTEM),
        appeal_until=closed and clocks.due_of(work, pack, pack.appeal_within, closed).at,
        appeal_open=case.appeal == "open",
        heads_incident=case.incident_size > 0,
        extension_open=order.extension_open if order else any(one.extension_open for one in case.orders),
        extensions=_extensions(case, order),
        extension_times=pack.extension_times,
        assessed=case.assessed,
        promised=promise_on is not None,
        promise_due=promise_on is not None and promise_on <= now.astimezone(CITY_ZONE).date(),
    )


def _extensions(case: CaseRecord, order: WorkOrderRecord | None) -> int:
    """Return how often more time was granted: a case sent anew has no new extensions of the citizen's promise.

    A redo has a limit of its own, and so has a helper's or sub-unit's order; those are counted by themselves.
    """
    if order is None:
        return 0
    if not order.leads or order.redo:
        return order.extensions
    return sum(one.extensions for one in case.orders if one.leads and not one.redo)


def _found_duty_done(work: Work, case: CaseRecord) -> bool:
    """Say whether the panel has found that the unit did its duty, whatever it found of the demand."""
    if case.finding in {None, "open"}:
        return False
    decided = select(FindingRecord.duty_done).where(
        FindingRecord.case_id == case.id, FindingRecord.decided_at.is_not(None)
    )
    return work.session.scalar(decided.order_by(FindingRecord.id.desc()).limit(1)) is True


def _promise_on(work: Work, case: CaseRecord) -> date | None:
    """Return the earliest promised day of an ended case that nobody has looked at yet."""
    if case.stage not in {CaseState.CLOSED, CaseState.FILED}:
        return None
    waiting = select(func.min(LookBackRecord.due_on)).where(
        LookBackRecord.case_id == case.id, LookBackRecord.done_at.is_(None)
    )
    return work.session.scalar(waiting)


def take(
    work: Work,
    case: CaseRecord,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    given: Collection[Need] = (),
    came: Given | None = None,
    order: WorkOrderRecord | None = None,
    unit: str | None = None,
    reason: str | None = None,
    note: str | None = None,
    facts: Mapping[str, Any] | None = None,
    guarded: bool = True,
) -> None:
    """Move the case by the table and write it down. Raises what `lifecycle.next_state` raises.

    guarded: False when the guards were asked before the rows that they read were changed.
    """
    before = case.stage
    at = circumstances(work, case, actor, now, order=order, given=came) if guarded else None
    after = next_state(before, action, roles=actor.roles, given=given, at=at)
    case.changed_at = now
    if after is not before:
        case.state, case.state_since = after.value, now
        case.stage_due_at = clocks.stage_due(work, case, after, now)
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
        facts=facts,
    )


def announce(work: Work, case: CaseRecord, kind: Callable[..., Event]) -> None:
    """Write the rows, so that the version moves, and announce `kind` of this case after the commit."""
    settle(work, case)
    event = kind(case_id=case.id, case_no=case.case_no, version=case.version)
    work.announce(event)
    outbox.tell(work, case, event)


def settle(work: Work, case: CaseRecord) -> None:
    """Write the rows, so that the version moves, with the moments at which the case must be looked at."""
    wakings.settle(work, case)
    work.session.flush()


def lock_call(work: Work, call_id: int) -> None:
    """Keep every other draft of this call out until the transaction ends."""
    # Two keys, so that a call's lock is never one of the single-key locks of clock and city.
    work.session.execute(select(func.pg_advisory_xact_lock(12_345, call_id % 2**31)))
