"""The life of a case as one table: which action leads where, who may take it, what it needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.actor import Role
from core.errors import BadInput, Refused, WrongRole


class CaseState(StrEnum):
    """Where a case (办件) stands. The codes are those of the state list in docs/case-lifecycle.md."""

    DRAFT = "draft"  # S00 草稿
    ANSWERED = "answered"  # S20 直接答复
    TO_DISPATCH = "to_dispatch"  # S30 待派单
    TO_SIGN = "to_sign"  # S40 待签收
    HANDLING = "handling"  # S50 办理中
    TO_REVIEW = "to_review"  # S60 待审核
    CLOSED = "closed"  # S80 已办结
    DISCARDED = "discarded"  # a draft that never became a matter; it has no S-code


class OrderState(StrEnum):
    """Where a work order (工单), one unit's duty in a case, stands."""

    TO_SIGN = "to_sign"  # 待签收
    HANDLING = "handling"  # 办理中
    REPLIED = "replied"  # 已回复
    RETURNED = "returned"  # 已退单
    DONE = "done"  # 已办结


class Part(StrEnum):
    """A unit's part in a case. Only the lead's order moves the case."""

    LEAD = "lead"  # 主办
    HELPER = "helper"  # 协办


class Action(StrEnum):
    """Everything that can be done to a case."""

    OPEN = "open"  # 建单
    REGISTER = "register"  # 登记
    ANSWER = "answer"  # 直接答复
    DISCARD = "discard"  # 作废
    ROUTE = "route"  # 研判
    DISPATCH = "dispatch"  # 派单
    SIGN = "sign"  # 签收
    RETURN = "return"  # 退单
    REPLY = "reply"  # 回复
    SEND_BACK = "send_back"  # 退回重办
    CLOSE = "close"  # 办结
    NOTE = "note"  # 备注


class Need(StrEnum):
    """What must be given with an action."""

    UNIT = "unit"
    REASON = "reason"
    TEXT = "text"
    SUGGESTED_UNIT = "suggested_unit"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the table: the state it leads to, whose action it is, what it needs."""

    to: CaseState
    by: frozenset[Role]
    needs: tuple[Need, ...] = field(default=())


def _by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_DESK = _by(Role.AGENT, Role.SUPERVISOR)
# A draft that its call has left behind may be finished by the dispatcher too.
_FINISH = _DESK | {Role.DISPATCHER}
_DISPATCH = _by(Role.DISPATCHER, Role.SUPERVISOR, Role.SYSTEM)
_UNIT = _by(Role.HANDLER)
_REVIEW = _by(Role.REVIEWER, Role.SUPERVISOR)
_STAFF = frozenset(Role) - {Role.SYSTEM}

STEPS: dict[tuple[CaseState | None, Action], Step] = {
    (None, Action.OPEN): Step(to=CaseState.DRAFT, by=_DESK | {Role.SYSTEM}),
    (CaseState.DRAFT, Action.REGISTER): Step(to=CaseState.TO_DISPATCH, by=_FINISH),
    (CaseState.DRAFT, Action.ANSWER): Step(to=CaseState.ANSWERED, by=_FINISH, needs=(Need.TEXT,)),
    # The system may clear away a draft that stayed empty after the call.
    (CaseState.DRAFT, Action.DISCARD): Step(to=CaseState.DISCARDED, by=_FINISH | {Role.SYSTEM}, needs=(Need.REASON,)),
    # The machine looked and left the choice of unit to a person; its reasons are kept.
    (CaseState.TO_DISPATCH, Action.ROUTE): Step(to=CaseState.TO_DISPATCH, by=_by(Role.SYSTEM)),
    (CaseState.TO_DISPATCH, Action.DISPATCH): Step(to=CaseState.TO_SIGN, by=_DISPATCH, needs=(Need.UNIT,)),
    (CaseState.TO_SIGN, Action.SIGN): Step(to=CaseState.HANDLING, by=_UNIT),
    # Only before signing: whoever has signed has accepted the duty.
    (CaseState.TO_SIGN, Action.RETURN): Step(
        to=CaseState.TO_DISPATCH, by=_UNIT, needs=(Need.REASON, Need.SUGGESTED_UNIT)
    ),
    (CaseState.HANDLING, Action.REPLY): Step(to=CaseState.TO_REVIEW, by=_UNIT, needs=(Need.TEXT,)),
    (CaseState.TO_REVIEW, Action.SEND_BACK): Step(to=CaseState.HANDLING, by=_REVIEW, needs=(Need.REASON,)),
    (CaseState.TO_REVIEW, Action.CLOSE): Step(to=CaseState.CLOSED, by=_REVIEW),
    **{
        (state, Action.NOTE): Step(to=state, by=_STAFF, needs=(Need.TEXT,))
        for state in CaseState
        if state not in {CaseState.DRAFT, CaseState.DISCARDED}
    },
}

# What a unit does to its own work order; a helper's order has this life beside the case's.
ORDER_STEPS: dict[tuple[OrderState, Action], OrderState] = {
    (OrderState.TO_SIGN, Action.SIGN): OrderState.HANDLING,
    (OrderState.TO_SIGN, Action.RETURN): OrderState.RETURNED,
    (OrderState.HANDLING, Action.REPLY): OrderState.REPLIED,
    (OrderState.REPLIED, Action.SEND_BACK): OrderState.HANDLING,
    (OrderState.TO_SIGN, Action.CLOSE): OrderState.DONE,
    (OrderState.HANDLING, Action.CLOSE): OrderState.DONE,
    (OrderState.REPLIED, Action.CLOSE): OrderState.DONE,
}

ORDER_ACTIONS = frozenset({Action.SIGN, Action.RETURN, Action.REPLY})
# What is done to a draft that its call has left behind; while they talk, the call desk does it.
DRAFT_ACTIONS = frozenset({Action.REGISTER, Action.ANSWER, Action.DISCARD})
# What people ask for by name through the API; the others happen inside.
_CENTRE_ACTIONS = frozenset({Action.DISPATCH, Action.SEND_BACK, Action.CLOSE, Action.NOTE})
PUBLIC_ACTIONS = DRAFT_ACTIONS | ORDER_ACTIONS | _CENTRE_ACTIONS

OPEN_STATES = frozenset({CaseState.TO_DISPATCH, CaseState.TO_SIGN, CaseState.HANDLING, CaseState.TO_REVIEW})
LIVE_ORDERS = frozenset({OrderState.TO_SIGN, OrderState.HANDLING, OrderState.REPLIED})

STATE_NAMES = {
    CaseState.DRAFT: "草稿",
    CaseState.ANSWERED: "直接答复",
    CaseState.TO_DISPATCH: "待派单",
    CaseState.TO_SIGN: "待签收",
    CaseState.HANDLING: "办理中",
    CaseState.TO_REVIEW: "待审核",
    CaseState.CLOSED: "已办结",
    CaseState.DISCARDED: "已作废",
}
ORDER_NAMES = {
    OrderState.TO_SIGN: "待签收",
    OrderState.HANDLING: "办理中",
    OrderState.REPLIED: "已回复",
    OrderState.RETURNED: "已退单",
    OrderState.DONE: "已办结",
}
ACTION_NAMES = {
    Action.OPEN: "建单",
    Action.REGISTER: "登记",
    Action.ANSWER: "直接答复",
    Action.DISCARD: "作废",
    Action.ROUTE: "研判",
    Action.DISPATCH: "派单",
    Action.SIGN: "签收",
    Action.RETURN: "退单",
    Action.REPLY: "回复",
    Action.SEND_BACK: "退回重办",
    Action.CLOSE: "办结",
    Action.NOTE: "备注",
}
ROLE_NAMES = {
    Role.AGENT: "话务员",
    Role.DISPATCHER: "派单员",
    Role.HANDLER: "承办人",
    Role.REVIEWER: "审核员",
    Role.SUPERVISOR: "督办员",
    Role.ADMINISTRATOR: "管理员",
    Role.SYSTEM: "系统",
}
NEED_SENTENCES = {
    Need.UNIT: "请选择承办单位",
    Need.REASON: "请写明原因",
    Need.TEXT: "请填写内容",
    Need.SUGGESTED_UNIT: "请指出应由哪个单位办理",
}


def next_state(
    state: CaseState | None, action: Action, *, roles: Collection[Role], given: Collection[Need] = ()
) -> CaseState:
    """Return the state after `action`.

    state: None for a case that does not exist yet. given: which needs came with the request.
    Raises Refused (wrong state), WrongRole, or BadInput (something needed is missing).
    """
    step = STEPS.get((state, action))
    if step is None:
        now = STATE_NAMES[state] if state else "未建单"
        raise Refused(f"办件现在是“{now}”，不能{ACTION_NAMES[action]}")
    if step.by.isdisjoint(roles):
        names = "、".join(ROLE_NAMES[role] for role in Role if role in step.by)
        raise WrongRole(f"{ACTION_NAMES[action]}由{names}操作")
    _check_given(step, given)
    return step.to


def next_order_state(
    state: OrderState, action: Action, *, roles: Collection[Role], given: Collection[Need] = ()
) -> OrderState:
    """Return the state of a work order after its unit's `action`; the same errors as `next_state`."""
    to = ORDER_STEPS.get((state, action))
    if to is None:
        raise Refused(f"工单现在是“{ORDER_NAMES[state]}”，不能{ACTION_NAMES[action]}")
    step = _unit_step(action)
    if step.by.isdisjoint(roles):
        raise WrongRole(f"{ACTION_NAMES[action]}由承办人操作")
    _check_given(step, given)
    return to


def needs_of(action: Action) -> tuple[Need, ...]:
    """Return what must be given with `action`; the same in every state."""
    return next(step.needs for (_, name), step in STEPS.items() if name is action)


def allowed(state: CaseState, roles: Collection[Role]) -> list[Action]:
    """Return the public actions that `roles` may take on a case in `state`, in the table's order."""
    return [
        action
        for (start, action), step in STEPS.items()
        if start is state and action in PUBLIC_ACTIONS and not step.by.isdisjoint(roles)
    ]


def return_refusal(unit: str, *, returned_before: Collection[str], until: datetime, now: datetime) -> str | None:
    """Return why this unit may not return its order, or None. Each unit returns a case once, and soon.

    returned_before: units that have returned this case. until: the end of the pack's return window.
    """
    if unit in returned_before:
        return "本单位已退过一次，不能再退"
    if now > until:
        return "已超过退单时限，请签收办理或联系派单员"
    return None


def _unit_step(action: Action) -> Step:
    return next(step for (_, name), step in STEPS.items() if name is action)


def _check_given(step: Step, given: Collection[Need]) -> None:
    for need in step.needs:
        if need not in given:
            raise BadInput(NEED_SENTENCES[need])
