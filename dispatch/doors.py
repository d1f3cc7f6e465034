"""The one door to every action on a case: who, on which order, with what, at which version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.actor import SYSTEM, Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, WrongRole
from dispatch import (
    callbacks,
    disputes,
    extensions,
    findings,
    handling,
    hands,
    incidents,
    intake,
    ledger,
    reviewing,
    rules,
    scope,
    sending,
    steps,
    supervision,
)
from dispatch.given import Given
from dispatch.lifecycle import ACTION_NAMES, DRAFT_ACTIONS, ORDER_ACTIONS, Action, next_state
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.steps import Scene

_Take = Callable[[Scene], None]


def _with_the_rest(action: Action, take: _Take) -> _Take:
    """Return `take` with what follows for other hands and other cases, in the same transaction."""

    def taken(scene: Scene) -> None:
        before = scene.case.stage
        take(scene)
        hands.follow_up(scene, action, before)
        incidents.follow_up(scene, action, before)
        supervision.follow_up(scene)

    return taken


# Each room of dispatch/ says what it does; a test checks that every public action has exactly one.
ACTS: dict[Action, _Take] = {}
for _room in (
    *(callbacks, handling, reviewing, sending, extensions, findings, supervision, disputes, intake),
    *(hands, incidents, ledger),
):
    ACTS |= {action: _with_the_rest(action, take) for action, take in _room.ACTS.items()}


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
    if action not in ACTS and action not in DRAFT_ACTIONS:
        raise BadInput(f"不能直接要求“{ACTION_NAMES[action]}”")
    incidents.lock_group(work, case_no, action, given.into)
    case = steps.locked(work, case_no)
    parents = rules.parents(work)
    if not scope.reaches(work, case, actor, parents):
        raise NotFound("没有这个办件")
    if action not in ORDER_ACTIONS and not scope.takes_part(case, action, actor, parents):
        raise WrongRole("只有主办单位可以这样操作")
    order = _own_order(work, case, action, actor, given.order_no) if action in ORDER_ACTIONS else None
    steps.check_version(case, version)
    take = ACTS.get(action)
    if take is None:
        # A draft is finished with its form (unfinished.py); of a case that is none any more the table says so.
        next_state(case.stage, action, roles=actor.roles)
        raise BadInput("草稿请在表单里办理")
    take(Scene(work=work, case=case, actor=actor, now=now, given=given, order=order))
    return case


def route(work: Work, case_id: int, *, now: datetime) -> CaseRecord:
    """Dispatch by the responsibility list as sending.route does, and let the case's incident follow."""
    incidents.lock_group(work, case_id, Action.ROUTE)
    case = sending.route(work, case_id, now=now)
    incidents.follow_up(Scene(work=work, case=case, actor=SYSTEM, now=now), Action.ROUTE, case.stage)
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
