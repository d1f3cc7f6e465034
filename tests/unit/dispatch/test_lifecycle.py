"""The whole matrix of states, actions and roles, each cell its own test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from core.actor import Role
from core.errors import BadInput, Refused, WrongRole
from dashboard import schemas
from dispatch.lifecycle import (
    ACTION_NAMES,
    OPEN_STATES,
    ORDER_NAMES,
    ORDER_STEPS,
    PUBLIC_ACTIONS,
    ROLE_NAMES,
    STATE_NAMES,
    STEPS,
    Action,
    CaseState,
    Need,
    OrderState,
    allowed,
    needs_of,
    next_order_state,
    next_state,
    return_refusal,
)

A, D, H, R, S, M, X = (
    Role.AGENT,
    Role.DISPATCHER,
    Role.HANDLER,
    Role.REVIEWER,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
    Role.SYSTEM,
)
EVERYBODY = set(Role)
STAFF = EVERYBODY - {X}

# Written down a second time, by hand, so that a slip in the table is seen: (from, action, to, who).
EXPECTED = {
    (None, "open"): ("draft", {A, S, X}),
    ("draft", "register"): ("to_dispatch", {A, D, S}),
    ("draft", "answer"): ("answered", {A, D, S}),
    ("draft", "discard"): ("discarded", {A, D, S, X}),
    ("to_dispatch", "route"): ("to_dispatch", {X}),
    ("to_dispatch", "dispatch"): ("to_sign", {D, S, X}),
    ("to_sign", "sign"): ("handling", {H}),
    ("to_sign", "return"): ("to_dispatch", {H}),
    ("handling", "reply"): ("to_review", {H}),
    ("to_review", "send_back"): ("handling", {R, S}),
    ("to_review", "close"): ("closed", {R, S}),
    ("answered", "note"): ("answered", STAFF),
    ("to_dispatch", "note"): ("to_dispatch", STAFF),
    ("to_sign", "note"): ("to_sign", STAFF),
    ("handling", "note"): ("handling", STAFF),
    ("to_review", "note"): ("to_review", STAFF),
    ("closed", "note"): ("closed", STAFF),
}
CELLS = list(product([None, *CaseState], Action, Role))


@pytest.mark.parametrize(("state", "action", "role"), CELLS)
def test_every_cell_of_the_matrix(state, action, role):
    expected = EXPECTED.get((state and state.value, action.value))
    if expected is None:
        with pytest.raises(Refused):
            next_state(state, action, roles={role}, given=set(Need))
    elif role not in expected[1]:
        with pytest.raises(WrongRole):
            next_state(state, action, roles={role}, given=set(Need))
    else:
        assert next_state(state, action, roles={role}, given=set(Need)) == expected[0]


@pytest.mark.parametrize(("start", "action"), list(STEPS))
def test_each_thing_that_is_needed_is_asked_for_by_itself(start, action):
    step = STEPS[start, action]
    for need in step.needs:
        with pytest.raises(BadInput):
            next_state(start, action, roles=step.by, given=set(Need) - {need})


@pytest.mark.parametrize(("state", "action"), list(product(OrderState, Action)))
def test_every_cell_of_the_orders_matrix(state, action):
    expected = {
        ("to_sign", "sign"): "handling",
        ("to_sign", "return"): "returned",
        ("handling", "reply"): "replied",
        ("replied", "send_back"): "handling",
        ("to_sign", "close"): "done",
        ("handling", "close"): "done",
        ("replied", "close"): "done",
    }.get((state.value, action.value))
    if expected is None:
        with pytest.raises(Refused):
            next_order_state(state, action, roles=set(Role), given=set(Need))
        return
    assert next_order_state(state, action, roles=set(Role), given=set(Need)) == expected
    assert ORDER_STEPS[state, action] == expected


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HANDLER])
def test_only_a_handler_acts_on_a_work_order(role):
    with pytest.raises(WrongRole):
        next_order_state(OrderState.TO_SIGN, Action.SIGN, roles={role})


def test_a_refusal_names_state_and_action_so_that_a_person_can_act_on_it():
    with pytest.raises(Refused, match="办件现在是“已办结”，不能签收"):
        next_state(CaseState.CLOSED, Action.SIGN, roles={Role.HANDLER})
    with pytest.raises(WrongRole, match="办结由审核员、督办员操作"):
        next_state(CaseState.TO_REVIEW, Action.CLOSE, roles={Role.AGENT})


def test_the_page_is_offered_exactly_what_the_table_allows():
    for state, role in product(CaseState, Role):
        offered = allowed(state, {role})
        for action in Action:
            step = STEPS.get((state, action))
            may = step is not None and role in step.by and action in PUBLIC_ACTIONS
            assert (action in offered) == may


def test_an_action_needs_the_same_things_in_every_state():
    for (_, action), step in STEPS.items():
        assert step.needs == needs_of(action)


def test_every_open_state_leads_somewhere_and_an_end_leads_nowhere():
    for state in CaseState:
        leaves = any(start is state and step.to is not state for (start, _), step in STEPS.items())
        assert leaves == (state in OPEN_STATES or state is CaseState.DRAFT)


def test_every_state_can_be_reached():
    reached, seen = {CaseState.DRAFT}, set()
    while reached - seen:
        seen |= reached
        reached |= {step.to for (start, _), step in STEPS.items() if start in seen}
    assert reached == set(CaseState)


def test_the_words_of_the_api_are_the_words_of_the_table():
    assert {state.value for state in CaseState} == set(get_args(schemas.CaseState))
    assert {state.value for state in OrderState} == set(get_args(schemas.OrderState))
    assert {action.value for action in PUBLIC_ACTIONS} == set(get_args(schemas.ActionName))


def test_everything_has_a_chinese_name():
    assert set(STATE_NAMES) == set(CaseState)
    assert set(ORDER_NAMES) == set(OrderState)
    assert set(ACTION_NAMES) == set(Action)
    assert set(ROLE_NAMES) == set(Role)


def test_a_unit_returns_once_and_within_the_window():
    until = datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert return_refusal("a", returned_before={"b"}, until=until, now=until) is None
    assert return_refusal("a", returned_before={"a"}, until=until, now=until)
    assert return_refusal("a", returned_before=set(), until=until, now=until + timedelta(seconds=1))
