"""The one door to every action on a case: who, on which order, with what, at which version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.actor import Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, WrongRole
from dispatch import (
    callbacks,
    disputes,
    extensions,
    findings,
    handling,
    intake,
    reviewing,
    rules,
    scope,
    sending,
    steps,
    supervision,
)
from dispatch.given import Given
from dispatch.lifecycle import ACTION_NAMES, ORDER_ACTIONS, Action, next_state
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.steps import Scene

# Each room of dispatch/ says what it does; a test checks that every public action has exactly one.
ACTS: dict[Action, Callable[[Scene], None]] = {}
for _room in (callbacks, handling, reviewing, sending, extensions, findings, supervision, disputes, intake):
    ACTS |= _room.ACTS


def act(
    work: Work,
    case_no: str,
    action: Action,
    *,
    actor: Actor,
    given: Given = Given(),  # noqa: B008 frozen, and empty
    version: int | None = None,
    now: datetime,
) -> CaseRecord:
    """Take `action` on a case and return the case.

    First of all the scope: a stranger is told that there is no such case, not what state it is in; then the
    version, then the table. Raises NotFound, Stale, WrongRole, Refused, BadInput.
    """
    take = ACTS.get(action)
    if take is None:
        raise BadInput(f"不能直接要求“{ACTION_NAMES[action]}”")
    case = steps.locked(work, case_no)
    parents = rules.parents(work)
    if not scope.sees(case, actor, parents):
        raise NotFound("没有这个办件")
    if action not in ORDER_ACTIONS and not scope.takes_part(case, action, actor, parents):
        raise WrongRole("只有主办单位可以这样操作")
    order = _own_order(work, case, action, actor, given.order_no) if action in ORDER_ACTIONS else None
    steps.check_version(case, version)
    take(Scene(work=work, case=case, actor=actor, now=now, given=given, order=order))
    return case


def _own_order(
    work: Work, case: CaseRecord, action: Action, actor: Actor, order_no: str | None
) -> WorkOrderRecord | None:
    """Return the order that the actor's unit acts on. Raises what `scope` and the table say."""
    if not actor.has(Role.HANDLER):
        next_state(case.stage, action, roles=actor.roles)
        raise WrongRole("只有承办单位可以操作工单")
    order = scope.own_order(case, order_no, action, actor, rules.parents(work))
    if order is None:
        raise NotFound("没有这个工单，或它不属于本单位")
    return order
