"""The whole matrix of states, actions and roles, each cell its own test, against a table written a second time."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from core.actor import Role
from core.errors import BadInput, Refused, WrongRole
from dashboard.refusals import ENGLISH
from dispatch.guards import GUARD_NAMES, Circumstances, Guard, refusal
from dispatch.lifecycle import (
    ACTION_NAMES,
    OPEN_STATES,
    ORDER_ACTIONS,
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
)
from dispatch.stages import NEED_SENTENCES

LETTERS = {
    "A": Role.AGENT,
    "D": Role.DISPATCHER,
    "H": Role.HANDLER,
    "C": Role.CHIEF,
    "R": Role.REVIEWER,
    "B": Role.CALLBACK,
    "S": Role.SUPERVISOR,
    "L": Role.LEADER,
    "M": Role.ADMINISTRATOR,
    "Z": Role.CITIZEN,
    "X": Role.SYSTEM,
}

# Written down a second time, by hand, so that a slip in the table is seen. One line: the action; from which
# states and where to ("=" stays where it is); who, by the letters above; what must be given; on what condition.
BY_HAND = """
open               - > draft                                        | ASX  |
receive            - > received                                     | ASZX |
register           draft > to_dispatch                              | ADS  |
answer             draft received > answered                        | ADS  | text
transfer           draft > transferred                              | AS   | code
transfer           received > transferred                           | ADS  | code
discard            draft > discarded                                | ADSX | reason
accept             received > to_dispatch                           | ADS  |
ask_facts          received > to_complete                           | ADS  | text
supply             to_complete > received                           | ASZX | text
propose_rejection  received > =                                     | ADS  | code text
reject             received > rejected                              | ADS  |              | second_person
object             rejected > received                              | ASZ  | reason       | first_objection
route              to_dispatch > =                                  | X    |
dispatch           to_dispatch > to_sign                            | DSX  | unit
split              to_dispatch > =                                  | DS   | title text
confer             to_dispatch return_review > adjudication         | DSX  | units reason
opine              adjudication > =                                 | DHSL | text         | party
rule               adjudication > to_sign                           | SL   | unit text basis
recall             to_sign > to_dispatch                            | DSX  | reason       | may_recall
recall             RECUSED > to_dispatch                            | X    | reason
sign               to_sign > handling                               | HX   |
return             to_sign > return_review              | H | code basis suggested_unit | may_return
grant_return       return_review > to_dispatch                      | DS   |              | first_dispute
refuse_return      return_review > to_sign                          | DS   | reason       | first_dispute
contact            UNIT return_review adjudication > =              | H    | contacted_at contact_mode
delegate           handling > delegated                             | H    | units text
gather             delegated > handling                             | HX   |
add_helpers        handling > =                                     | DS   | units
ask_ledger         handling > =                                     | H    | code text until | ledger_not_asked
enter_ledger       handling > ledger                                | SL   |              | ledger_asked
refuse_ledger      handling > =                                     | SL   | reason       | ledger_asked
resume             ledger > handling                                | HSLX |
reply              handling redo > to_review                        | H    | text         | chief_signs
send_back          to_review > handling                             | RS   | reason
pass               to_review > to_call_back                         | RS   |              | call_back_wanted
close              to_review > closed                               | RS   |              | no_call_back
close              merged > closed                                  | X    |              | no_call_back
rate               CALLED > closed                                  | RBSZ | grade        | content_or_excused
missed             CALLED > call_back_again                         | RBSX |              | tries_apart
redo               CALLED > redo                                    | RBSZ | grade reason | may_redo
close_unrated      call_back_again > closed                         | RBSX |              | tries_made
reopen             closed > redo                                    | ARSZX | reason      | reopen_window
file               closed answered > filed                          | X    |
withdraw           OPEN > withdrawn                                 | ASZ  | reason       | no_public_danger
merge              MERGED_FROM > merged                             | DS   | into         | mergeable
unmerge            merged > to_dispatch                             | DSX  | reason
follow             merged > to_call_back                            | X    |              | call_back_wanted
note               EVERYWHERE > =                                   | ADHCRBSLM | text
urge               OPEN > =                                         | ADSZ |
ask_extension      UNIT > =                                         | H    | until reason | may_extend
grant_extension    UNIT > =                                         | DS   |              | extension_asked
refuse_extension   UNIT > =                                         | DSX  |              | extension_asked
supervise          to_sign UNIT ledger to_review > =                | SLX  | level code text
answer_supervision EVERYWHERE > =                                   | C    | text         | supervised
ask_finding        UNIT to_review CALLED > =                        | H    | reason       | no_finding
vote_finding       OPEN closed filed > =                            | DRSL | reasonable duty_done | may_vote
exclude            OPEN closed filed > =                            | SX   | code reason  | counted
include            OPEN closed filed > =                            | S    | reason       | not_counted
appeal             closed filed > =                                 | C    | reason       | appeal_window
rule_appeal        closed filed > =                                 | SL   | agreed reason | appeal_asked
set_secrecy        OPEN > =                                         | ADS  | secrecy reason
recuse             OPEN > =                                         | DS   | unit reason
look_back          closed filed > =                                 | RBS  | agreed       | promise_due
penalty            EVERYWHERE > =                                   | X    |
warn               EVERYWHERE > =                                   | X    |
"""
SETS = {
    "UNIT": "handling delegated redo",
    "CALLED": "to_call_back call_back_again",
    "MERGED_FROM": "to_dispatch adjudication to_sign return_review handling delegated ledger redo",
    "RECUSED": "return_review handling delegated ledger redo to_review to_call_back call_back_again",
    "OPEN": "received to_complete to_dispatch adjudication to_sign return_review handling delegated ledger"
    " to_review to_call_back call_back_again redo merged",
    "EVERYWHERE": "received to_complete rejected transferred answered to_dispatch adjudication to_sign return_review"
    " handling delegated ledger to_review to_call_back call_back_again redo closed filed withdrawn merged",
}
NOBODY_ASKS_FOR = {"open", "receive", "route", "file", "follow", "penalty", "warn"}
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One line of the table as it was written by hand."""

    to: str
    by: frozenset[Role]
    needs: tuple[str, ...]
    guards: tuple[str, ...]


def _read(text: str) -> dict[tuple[str | None, str], Expected]:
    found: dict[tuple[str | None, str], Expected] = {}
    for line in text.strip().splitlines():
        way, who, needs, guards = [*(part.strip() for part in line.split("|")), ""][:4]
        start, _, to = way.partition(" > ")
        action, *names = start.split()
        states = [state for name in names for state in SETS.get(name, name).split()]
        for state in states:
            key = (None if state == "-" else state, action)
            assert key not in found, f"{key} stands twice"
            found[key] = Expected(
                to=state if to == "=" else to,
                by=frozenset(LETTERS[letter] for letter in who),
                needs=tuple(needs.split()),
                guards=tuple(guards.split()),
            )
    return found


EXPECTED = _read(BY_HAND)
CELLS = list(product([None, *CaseState], Action, Role))
LINES = list(EXPECTED.items())
LINE_NAMES = [f"{state or 'new'}-{action}" for state, action in EXPECTED]
CELL_NAMES = [f"{state.value if state else 'new'}-{action.value}-{role.value}" for state, action, role in CELLS]


def said(error: type[Exception], *question, **more) -> str:
    """Ask the table something that it must refuse, and return its sentence."""
    with pytest.raises(error) as refused:
        next_state(*question, **more)
    assert type(refused.value) is error
    return str(refused.value)


def is_a_sentence(text: str) -> bool:
    """Say whether a person can read it: Chinese from end to end, no code, no English word, no name of a field."""
    return (
        bool(re.search(r"[一-鿿]", text))
        and not re.search(r"[A-Za-z_{}]", text)
        and text[-1] not in "。:：0123456789"
    )


def test_the_table_by_hand_names_every_state_action_and_role():
    assert {state for state, _ in EXPECTED} | {one.to for one in EXPECTED.values()} == {None, *CaseState}
    assert {action for _, action in EXPECTED} == set(Action)
    assert set(LETTERS.values()) == set(Role)
    assert {guard for one in EXPECTED.values() for guard in one.guards} == set(Guard)


@pytest.mark.parametrize(("state", "action", "role"), CELLS, ids=CELL_NAMES)
def test_every_cell_of_the_matrix(state, action, role):
    expected = EXPECTED.get((state and state.value, action.value))
    if expected is None:
        sentence = said(Refused, state, action, roles={role}, given=set(Need))
        assert ACTION_NAMES[action] in sentence
        assert (STATE_NAMES[state] if state else "未建单") in sentence
    elif role not in expected.by:
        sentence = said(WrongRole, state, action, roles={role}, given=set(Need))
        assert all((ROLE_NAMES[one] in re.split("、|由|操作", sentence)) == (one in expected.by) for one in Role)
    else:
        assert next_state(state, action, roles={role}, given=set(Need)) == expected.to
        return
    assert is_a_sentence(sentence)


@pytest.mark.parametrize(("key", "expected"), LINES, ids=LINE_NAMES)
def test_each_thing_that_is_needed_is_asked_for_by_itself(key, expected):
    state, action = key[0] and CaseState(key[0]), Action(key[1])
    assert tuple(need.value for need in STEPS[state, action].needs) == expected.needs
    for role in expected.by:
        exactly = {Need(need) for need in expected.needs}
        assert next_state(state, action, roles={role}, given=exactly) == expected.to
        for need in exactly:
            sentence = said(BadInput, state, action, roles={role}, given=exactly - {need})
            assert sentence == NEED_SENTENCES[need]
            assert is_a_sentence(sentence)


def test_what_may_be_given_is_nothing_that_must_be():
    for step in STEPS.values():
        assert not set(step.may) & set(step.needs)


# Of each condition: what refuses it and what lets it pass, as changes of an ordinary case's circumstances.
REFUSES_AND_PASSES = {
    "second_person": (
        [{"rejection_by": None}, {"rejection_by": 7, "actor_id": 7}],
        [{"rejection_by": 7, "actor_id": 8}],
    ),
    "first_objection": ([{"objected": True}], [{}]),
    "may_return": (
        [
            {"no_return": True, "unit": "a", "return_until": LATER},
            {"unit": "a", "returned_before": frozenset({"a", "b"}), "return_until": LATER},
            {"unit": "a", "return_until": NOW - timedelta(microseconds=1)},
        ],
        [
            {"unit": "a", "return_until": NOW},
            {"unit": "a", "return_until": LATER, "returned_before": frozenset({"b"}), "disputes": 1},
        ],
    ),
    "may_recall": ([{"no_return": True}], [{}, {"no_return": True, "by_system": True}]),
    "first_dispute": ([{"disputes": 2}, {"disputes": 3}, {"disputes": 1, "adjudicate_from": 1}], [{"disputes": 1}]),
    "party": (
        [{"of_centre": False, "units": frozenset({"a"}), "parties": frozenset({"b"})}, {"of_centre": False}],
        [
            {"of_centre": False, "units": frozenset({"a", "c"}), "parties": frozenset({"a", "b"})},
            {"of_centre": True, "parties": frozenset({"b"})},
        ],
    ),
    "chief_signs": ([{"supervised": True}], [{"supervised": True, "is_chief": True}, {"supervised": False}]),
    "ledger_asked": ([{}], [{"ledger_asked": True}]),
    "ledger_not_asked": ([{"ledger_asked": True}], [{}]),
    "call_back_wanted": ([{"call_back_wanted": False}], [{"call_back_wanted": True}]),
    "no_call_back": ([{"call_back_wanted": True}], [{"call_back_wanted": False}]),
    "tries_apart": (
        [{"tries": 3}, {"tries": 1, "next_try_at": LATER}, {"tries": 2, "tries_needed": 2, "next_try_at": EARLIER}],
        [{"tries": 0}, {"tries": 1, "next_try_at": NOW}, {"tries": 2, "next_try_at": EARLIER}],
    ),
    "tries_made": ([{"tries": 2}, {"tries": 3, "tries_needed": 4}], [{"tries": 3}]),
    "content_or_excused": (
        [
            {"grade": 1},
            {"grade": 2, "redos": 2},
            {"grade": 2, "redos": 2, "finding_asked": True, "finding_open": True},
        ],
        [
            {"grade": 3},
            {"grade": 5},
            {"grade": 1, "found_duty_done": True},
            {"grade": 1, "found_unreasonable": True},
            {"grade": 2, "redos": 3},
        ],
    ),
    "may_redo": (
        [{"redos": 3}, {"redos": 1, "redos_at_most": 1}, {"found_unreasonable": True}],
        [{"redos": 0}, {"redos": 2}],
    ),
    "reopen_window": (
        [{"reopen_until": None}, {"reopen_until": NOW - timedelta(microseconds=1)}],
        [{"reopen_until": NOW}, {"reopen_until": EARLIER, "broken_promise": True}],
    ),
    "no_public_danger": (
        [{"kind": "report", "urgency": "urgent"}, {"kind": "report", "urgency": "critical"}],
        [{"kind": "report", "urgency": "normal"}, {"kind": "complaint", "urgency": "critical"}, {}],
    ),
    "mergeable": (
        [{"kind": "report"}, {"secrecy": "hidden_from_unit"}, {"secrecy": "anonymous"}, {"heads_incident": True}],
        [{"kind": "complaint"}],
    ),
    "may_extend": (
        [
            {"extension_open": True, "order_due_at": LATER},
            {"extensions": 1, "order_due_at": LATER},
            {"order_due_at": NOW - timedelta(microseconds=1)},
        ],
        [{"order_due_at": NOW}, {"extensions": 1, "extension_times": 2, "order_due_at": LATER}],
    ),
    "extension_asked": ([{}], [{"extension_open": True}]),
    "supervised": ([{}], [{"supervised": True}]),
    "no_finding": ([{"finding_asked": True}], [{}]),
    "may_vote": (
        [{"finding_open": False}, {"finding_open": True, "voted": frozenset({7}), "actor_id": 7}],
        [{"finding_open": True, "voted": frozenset({8}), "actor_id": 7}],
    ),
    "appeal_window": (
        [{"appeal_until": None}, {"appeal_until": EARLIER}, {"appeal_until": LATER, "appeal_open": True}],
        [{"appeal_until": NOW}, {"appeal_until": LATER}],
    ),
    "appeal_asked": ([{}], [{"appeal_open": True}]),
    "promise_due": ([{}, {"promised": True}], [{"promised": True, "promise_due": True}]),
    "counted": ([{"assessed": False}], [{"assessed": True}]),
    "not_counted": ([{"assessed": True}], [{"assessed": False}]),
}
GUARDED = [
    (state, action, guard, passes, changes)
    for (state, action), one in LINES
    for guard in one.guards
    for passes in (False, True)
    for changes in REFUSES_AND_PASSES[guard][passes]
]


@pytest.mark.parametrize(("state", "action", "guard", "passes", "changes"), GUARDED)
def test_each_condition_stops_and_lets_pass_each_step_that_carries_it(state, action, guard, passes, changes):
    at = replace(Circumstances(now=NOW), **changes)
    expected = EXPECTED[state, action]
    question = {"roles": expected.by, "given": set(Need), "at": at}
    if passes:
        assert refusal(Guard(guard), at) is None
        assert next_state(CaseState(state), Action(action), **question) == expected.to
        return
    sentence = said(Refused, CaseState(state), Action(action), **question)
    assert sentence == refusal(Guard(guard), at)
    assert is_a_sentence(sentence)
    assert sentence in ENGLISH, f"say it in English in dashboard/refusals.py: {sentence}"


@pytest.mark.parametrize(("key", "expected"), LINES, ids=LINE_NAMES)
def test_each_step_carries_the_conditions_of_the_table_by_hand_and_no_others(key, expected):
    step = STEPS[key[0] and CaseState(key[0]), Action(key[1])]
    assert tuple(guard.value for guard in step.guards) == expected.guards


def test_every_condition_was_tried_both_ways():
    assert set(REFUSES_AND_PASSES) == set(Guard) == set(GUARD_NAMES)
    assert all(stops and lets for stops, lets in REFUSES_AND_PASSES.values())
    known = {field.name for field in fields(Circumstances)}
    tried = {name for pair in REFUSES_AND_PASSES.values() for changes in pair for one in changes for name in one}
    assert known - tried == {"now"}, "a circumstance that no condition asks for"


def test_a_condition_is_asked_after_the_role_and_before_what_is_needed():
    at = Circumstances(now=NOW, no_return=True)
    question = {"given": set(), "at": at}
    said(WrongRole, CaseState.TO_SIGN, Action.RETURN, roles={Role.AGENT}, **question)
    sentence = said(Refused, CaseState.TO_SIGN, Action.RETURN, roles={Role.HANDLER}, **question)
    assert "不能再退" in sentence


def test_everything_that_is_asked_for_is_said_in_english_too():
    missing = [sentence for sentence in NEED_SENTENCES.values() if sentence not in ENGLISH]
    assert not missing
    assert set(NEED_SENTENCES) == set(Need)


ORDERS_BY_HAND = {
    ("to_sign", "sign"): "handling",
    ("to_sign", "return"): "returned",
    ("handling", "contact"): "handling",
    ("returned", "contact"): "returned",
    ("handling", "delegate"): "handling",
    ("handling", "reply"): "replied",
    ("replied", "send_back"): "handling",
    ("replied", "redo"): "handling",
    ("to_sign", "close"): "done",
    ("handling", "close"): "done",
    ("replied", "close"): "done",
}


@pytest.mark.parametrize(("state", "action"), list(product(OrderState, Action)))
def test_every_cell_of_the_orders_matrix(state, action):
    expected = ORDERS_BY_HAND.get((state.value, action.value))
    if expected is None:
        with pytest.raises(Refused, match=f"工单现在是“{ORDER_NAMES[state]}”，不能{ACTION_NAMES[action]}"):
            next_order_state(state, action, roles=set(Role), given=set(Need))
        return
    assert next_order_state(state, action, roles=set(Role), given=set(Need)) == expected
    assert ORDER_STEPS[state, action] == expected


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.HANDLER, Role.SYSTEM}])
def test_only_a_handler_acts_on_a_work_order(role):
    with pytest.raises(WrongRole):
        next_order_state(OrderState.TO_SIGN, Action.SIGN, roles={role})


def test_a_refusal_names_state_and_action_so_that_a_person_can_act_on_it():
    assert said(Refused, CaseState.CLOSED, Action.SIGN, roles={Role.HANDLER}) == "办件现在是“已办结”，不能签收"
    assert said(WrongRole, CaseState.TO_REVIEW, Action.CLOSE, roles={Role.AGENT}) == "办结由审核员、督办员操作"


@pytest.mark.parametrize(("state", "role"), list(product(CaseState, Role)))
def test_the_page_is_offered_exactly_what_the_table_by_hand_allows(state, role):
    expected = {
        action
        for (start, action), one in LINES
        if start == state.value and role in one.by and action not in NOBODY_ASKS_FOR
    }
    offered = allowed(state, {role})
    assert len(offered) == len(set(offered))
    assert {action.value for action in offered} == expected


def test_what_happens_inside_cannot_be_asked_for():
    assert {action.value for action in set(Action) - PUBLIC_ACTIONS} == NOBODY_ASKS_FOR
    assert {"sign", "return", "contact", "delegate", "reply", "ask_extension"} == ORDER_ACTIONS


def test_an_action_needs_the_same_things_in_every_state():
    for (_, action), step in STEPS.items():
        assert step.needs == needs_of(action)


def test_every_open_state_can_be_left_by_somebody_and_an_end_stays_the_end():
    ends = {CaseState.TRANSFERRED, CaseState.FILED, CaseState.WITHDRAWN, CaseState.DISCARDED}
    for state in CaseState:
        leaves = {step.to for (start, _), step in STEPS.items() if start is state} - {state}
        assert bool(leaves) == (state not in ends), state
        assert state in OPEN_STATES or state in ends | {
            CaseState.DRAFT,
            CaseState.REJECTED,
            CaseState.ANSWERED,
            CaseState.CLOSED,
        }


def test_every_state_can_be_reached_and_from_every_open_one_a_case_can_end():
    ways = {(start, step.to) for (start, _), step in STEPS.items()}
    reached, seen = {None}, set()
    while reached - seen:
        seen |= reached
        reached |= {to for start, to in ways if start in seen}
    assert reached == {None, *CaseState}
    ending, before = {CaseState.FILED}, set()
    while ending != before:
        before = set(ending)
        ending |= {start for start, to in ways if to in before}
    assert ending >= OPEN_STATES


def test_everything_has_a_chinese_name_of_its_own():
    for names, members in (
        (STATE_NAMES, CaseState),
        (ORDER_NAMES, OrderState),
        (ROLE_NAMES, Role),
        (ACTION_NAMES, Action),
        (GUARD_NAMES, Guard),
    ):
        assert set(names) == set(members)
        assert all(re.search(r"[一-鿿]", name) for name in names.values())
    assert len(set(STATE_NAMES.values())) == len(CaseState)
    assert len(set(ACTION_NAMES.values())) == len(Action)
