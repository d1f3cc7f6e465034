"""The work lists: one line each, with whose work it is, what stands in it and which clock orders it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from core.actor import Role
from core.errors import BadInput
from dispatch.lists import conditions as on
from dispatch.lists.conditions import BY_CLOCK, BY_STAGE, Key, Look
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.stages import CaseState, OrderState, Part

Where = Callable[[Look], ColumnElement[bool]]
By = Callable[[Look], Key]


@dataclass(frozen=True, kw_only=True)
class View:
    """A work list. by: the clock that orders it, the most pressing first; None: the newest first."""

    label_zh: str
    label_en: str
    roles: frozenset[Role]
    where: Where
    by: By | None = None


def view(name: str) -> View:
    """Return the view of that name. Raises BadInput."""
    found = VIEWS.get(name)
    if found is None:
        raise BadInput(f"没有“{name}”这个视图")
    return found


def _in(*states: CaseState) -> Where:
    condition = on.states(*states)
    return lambda look: condition


def _fact(condition: str) -> Where:
    fact = on.is_fact(condition)
    return lambda look: fact


def _stage(_look: Look) -> Key:
    return BY_STAGE


def _clock(_look: Look) -> Key:
    return BY_CLOCK


def _to_sign(look: Look) -> ColumnElement[bool]:
    """A unit's list follows its own orders, helpers' too; the centre's the state of the case."""
    if look.units is None:
        return on.states(CaseState.TO_SIGN)
    return on.IS_OPEN & on.has_order(look, OrderState.TO_SIGN)


def _by_signing(look: Look) -> Key:
    if look.units is None:
        return BY_CLOCK
    return on.of_order(look, WorkOrderRecord.sign_due_at, OrderState.TO_SIGN)


def _handling(look: Look) -> ColumnElement[bool]:
    if look.units is None:
        return on.states(CaseState.HANDLING, CaseState.DELEGATED)
    return on.IS_OPEN & on.has_order(look, OrderState.HANDLING)


def _by_order(look: Look) -> Key:
    if look.units is None:
        return BY_CLOCK
    return on.of_order(look, WorkOrderRecord.due_at, OrderState.TO_SIGN, OrderState.HANDLING)


def _given_down(look: Look) -> ColumnElement[bool]:
    """What a unit above has given to one's own; for the centre, what lies with any sub-unit."""
    if look.units is None:
        return on.states(CaseState.DELEGATED)
    return on.IS_OPEN & on.has_order(look, OrderState.TO_SIGN, OrderState.HANDLING, part=Part.SUB.value)


def _to_call_back(look: Look) -> ColumnElement[bool]:
    again = on.states(CaseState.CALL_BACK_AGAIN)
    due = CaseRecord.next_try_at.is_(None) | (CaseRecord.next_try_at <= look.now)
    both = on.states(CaseState.TO_CALL_BACK, CaseState.CALL_BACK_AGAIN)
    return both & (~again | due)


_CHIEFS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
_ALL = frozenset(Role) - {Role.CITIZEN}
_CENTRE = _CHIEFS | {Role.DISPATCHER}
_S = CaseState

# In the order in which a case comes through them; a person's views are those of their roles.
VIEWS: dict[str, View] = {
    "received": View(
        label_zh="待受理",
        label_en="To accept",
        roles=_CENTRE | {Role.AGENT},
        where=_in(_S.RECEIVED),
        by=_stage,
    ),
    "to_complete": View(
        label_zh="待补充",
        label_en="Waiting for facts",
        roles=_CENTRE | {Role.AGENT},
        where=_in(_S.TO_COMPLETE),
        by=_stage,
    ),
    # Drafts that their call has left behind, the oldest first.
    "unfinished": View(
        label_zh="待补登",
        label_en="To finish",
        roles=_CENTRE | {Role.AGENT},
        where=_fact("(hotline_case.state = 'draft' AND hotline_case.left_at IS NOT NULL)"),
        by=_clock,
    ),
    "to_dispatch": View(
        label_zh="待派单", label_en="To dispatch", roles=_CENTRE, where=_in(_S.TO_DISPATCH), by=_stage
    ),
    "adjudication": View(
        label_zh="会商",
        label_en="In conference",
        roles=_CENTRE | {Role.HANDLER, Role.LEADER},
        where=_in(_S.ADJUDICATION),
        by=_stage,
    ),
    "to_sign": View(
        label_zh="待签收", label_en="To sign", roles=_CHIEFS | {Role.HANDLER}, where=_to_sign, by=_by_signing
    ),
    "return_review": View(
        label_zh="退单审核", label_en="Returns to rule", roles=_CENTRE, where=_in(_S.RETURN_REVIEW), by=_stage
    ),
    "handling": View(
        label_zh="办理中", label_en="Handling", roles=_CHIEFS | {Role.HANDLER}, where=_handling, by=_by_order
    ),
    "given_down": View(
        label_zh="下派给我", label_en="Given to us", roles=frozenset({Role.HANDLER}), where=_given_down, by=_by_order
    ),
    "ledger_asked": View(
        label_zh="挂账申请",
        label_en="Asks to suspend",
        roles=_CENTRE | {Role.HANDLER, Role.LEADER},
        where=lambda look: on.IS_OPEN & on.is_fact("hotline_case.ledger_asked"),
        by=_clock,
    ),
    "ledger": View(
        label_zh="挂账", label_en="Suspended", roles=_CENTRE | {Role.HANDLER}, where=_in(_S.LEDGER), by=_stage
    ),
    "extensions": View(
        label_zh="延期待答复",
        label_en="Asks for time",
        roles=_CENTRE | {Role.REVIEWER, Role.HANDLER},
        where=on.wants_time,
        by=_clock,
    ),
    "to_review": View(
        label_zh="待审核",
        label_en="To review",
        roles=_CHIEFS | {Role.REVIEWER},
        where=_in(_S.TO_REVIEW),
        by=_stage,
    ),
    "to_call_back": View(
        label_zh="待回访",
        label_en="To call back",
        roles=_CHIEFS | {Role.CALLBACK, Role.REVIEWER},
        where=_to_call_back,
        by=_stage,
    ),
    "redo": View(
        label_zh="重办",
        label_en="To do again",
        roles=_CHIEFS | {Role.HANDLER, Role.REVIEWER, Role.CALLBACK},
        where=_in(_S.REDO),
        by=_clock,
    ),
    "supervision": View(
        label_zh="督办未答复",
        label_en="Supervision to answer",
        roles=_CHIEFS | {Role.HANDLER, Role.LEADER},
        where=on.unanswered,
        by=on.of_supervision,
    ),
    "findings": View(
        label_zh="不合理待评议",
        label_en="Findings to vote",
        roles=_CENTRE | {Role.REVIEWER, Role.LEADER},
        where=_fact("hotline_case.finding = 'open'"),
    ),
    "appeals": View(
        label_zh="申诉待裁定",
        label_en="Appeals to rule",
        roles=_CHIEFS | {Role.HANDLER, Role.LEADER},
        where=_fact("hotline_case.appeal = 'open'"),
    ),
    "look_back": View(
        label_zh="回头看到期",
        label_en="Promises due",
        roles=_CHIEFS | {Role.REVIEWER, Role.CALLBACK},
        where=on.promise_day_came,
    ),
    "yellow": View(
        label_zh="黄牌",
        label_en="Yellow cards",
        roles=_CHIEFS | {Role.HANDLER, Role.LEADER},
        where=lambda look: on.has_card(look, "yellow"),
        by=_clock,
    ),
    "red": View(
        label_zh="红牌",
        label_en="Red cards",
        roles=_CHIEFS | {Role.HANDLER, Role.LEADER},
        where=lambda look: on.has_card(look, "red"),
        by=_clock,
    ),
    "late": View(label_zh="已超时", label_en="Late", roles=_ALL, where=lambda look: on.late(look.now), by=_clock),
    "soon": View(
        label_zh="即将超时", label_en="Soon late", roles=_ALL, where=lambda look: on.soon(look.now), by=_clock
    ),
    "incidents": View(
        label_zh="并单主件",
        label_en="Incidents",
        roles=_CENTRE | {Role.REVIEWER, Role.LEADER},
        where=lambda look: on.IS_OPEN & on.is_fact("hotline_case.incident_size > 0"),
        by=_clock,
    ),
    "open": View(label_zh="未办结", label_en="Open", roles=_ALL, where=lambda look: on.IS_OPEN),
    "closed": View(label_zh="已办结", label_en="Closed", roles=_ALL, where=_in(_S.ANSWERED, _S.CLOSED)),
    "filed": View(label_zh="已归档", label_en="Filed", roles=_ALL, where=_in(_S.FILED)),
    "all": View(label_zh="全部", label_en="All", roles=_ALL, where=lambda look: on.IS_CASE),
}
