"""Asks the table of a case's life (table.py): may this person take this step now, and where does it lead?"""

from __future__ import annotations

from collections.abc import Collection

from core.actor import Role
from core.errors import BadInput, Refused, WrongRole
from dispatch.guards import Circumstances, refusal
from dispatch.stages import (
    ACTION_NAMES,
    LIVE_ORDERS,
    NEED_SENTENCES,
    OPEN_STATES,
    ORDER_NAMES,
    OVER_STATES,
    ROLE_NAMES,
    STATE_NAMES,
    UNIT_STATES,
    Action,
    CaseState,
    Need,
    OrderState,
    Part,
)
from dispatch.table import DRAFT_ACTIONS, ORDER_ACTIONS, ORDER_STEPS, PUBLIC_ACTIONS, STEPS, Step

__all__ = [
    "ACTION_NAMES",
    "DRAFT_ACTIONS",
    "LIVE_ORDERS",
    "NEED_SENTENCES",
    "OPEN_STATES",
    "ORDER_ACTIONS",
    "ORDER_NAMES",
    "ORDER_STEPS",
    "OVER_STATES",
    "PUBLIC_ACTIONS",
    "ROLE_NAMES",
    "STATE_NAMES",
    "STEPS",
    "UNIT_STATES",
    "Action",
    "CaseState",
    "Need",
    "OrderState",
    "Part",
    "Step",
    "allowed",
    "next_order_state",
    "next_state",
    "step_of",
]


def next_state(
    state: CaseState | None,
    action: Action,
    *,
    roles: Collection[Role],
    given: Collection[Need] = (),
    at: Circumstances | None = None,
) -> CaseState:
    """Return the state after `action`.

    state: None for a case that does not exist yet. given: which needs came with the request. at: what the
    guards ask; without it they are not asked (somebody else has, or the step has none).
    Raises Refused (wrong state, or a guard says no), WrongRole, or BadInput (something needed is missing).
    """
    step = STEPS.get((state, action))
    if step is None:
        now = STATE_NAMES[state] if state else "未建单"
        raise Refused(f"办件现在是“{now}”，不能{ACTION_NAMES[action]}")
    check_role(action, step, roles)
    check_guards(step, at)
    check_given(step, given)
    return step.to


def next_order_state(
    state: OrderState,
    action: Action,
    *,
    roles: Collection[Role],
    given: Collection[Need] = (),
    at: Circumstances | None = None,
) -> OrderState:
    """Return the state of a work order after its unit's `action`; the same errors as `next_state`."""
    to = ORDER_STEPS.get((state, action))
    if to is None:
        raise Refused(f"工单现在是“{ORDER_NAMES[state]}”，不能{ACTION_NAMES[action]}")
    step = step_of(action)
    check_role(action, step, roles)
    check_guards(step, at)
    check_given(step, given)
    return to


def step_of(action: Action, state: CaseState | None = None) -> Step:
    """Return the step of `action` from `state`, or the first one of that action."""
    known = STEPS.get((state, action))
    return known or next(step for (_, name), step in STEPS.items() if name is action)


def needs_of(action: Action) -> tuple[Need, ...]:
    """Return what must be given with `action`; the same in every state."""
    return step_of(action).needs


def allowed(state: CaseState, roles: Collection[Role], at: Circumstances | None = None) -> list[Action]:
    """Return the public actions that `roles` may take on a case in `state`, in the table's order."""
    return [
        action
        for (start, action), step in STEPS.items()
        if start is state
        and action in PUBLIC_ACTIONS
        and not step.by.isdisjoint(roles)
        and (at is None or all(refusal(guard, at) is None for guard in step.guards))
    ]


def check_role(action: Action, step: Step, roles: Collection[Role]) -> None:
    """Raise WrongRole when none of `roles` may take the step."""
    if step.by.isdisjoint(roles):
        names = "、".join(ROLE_NAMES[role] for role in Role if role in step.by)
        raise WrongRole(f"{ACTION_NAMES[action]}由{names}操作")


def check_guards(step: Step, at: Circumstances | None) -> None:
    """Raise Refused with the first guard's sentence that says no."""
    for guard in step.guards if at is not None else ():
        assert at is not None
        said = refusal(guard, at)
        if said is not None:
            raise Refused(said)


def check_given(step: Step, given: Collection[Need]) -> None:
    """Raise BadInput for the first need that did not come."""
    for need in step.needs:
        if need not in given:
            raise BadInput(NEED_SENTENCES[need])
