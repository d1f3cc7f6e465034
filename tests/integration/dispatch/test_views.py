"""Every work list of the whole life: what stands in it, for whom, in which order; and what units have let slip."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.actor import Role
from core.errors import BadInput, WrongRole
from dispatch import queries
from dispatch.lifecycle import OPEN_STATES, CaseState
from dispatch.lists import VIEWS
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import LookBackRecord, PenaltyRecord, SupervisionRecord

from .conftest import (
    AGENT,
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    HUBIN,
    LEADER,
    LINJIANG,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    a_sent_case,
)

SOON, LATER = timedelta(minutes=5), timedelta(days=90)


def listed(work, actor, view, *, now=MONDAY):
    page = queries.listing(work, actor, view=view, now=now)
    counts = {one["view"]: one["count"] for one in queries.view_counts(work, actor, now=now)["views"]}
    if view in counts:
        assert counts[view] == len(page["items"])
    return [card["case_no"] for card in page["items"]]


def put(work, case, **changes):
    for name, value in changes.items():
        setattr(case, name, value)
    work.session.flush()


def supervision(case, unit, due_at, *, answered_at=None):
    return SupervisionRecord(
        no=f"{case.case_no}-{due_at:%d%H%M}",
        case_id=case.id,
        unit_code=unit,
        level=1,
        code="overdue",
        text="请说明",
        issued_at=MONDAY,
        due_at=due_at,
        answered_at=answered_at,
    )


def card(case, colour, unit="qinghu-chengguan", at=MONDAY):
    return PenaltyRecord(
        case_id=case.id,
        order_no=case.orders[0].order_no,
        unit_code=unit,
        colour=colour,
        cause=f"late {colour}",
        at=at,
    )


BY_STATE = {
    "received": ("received", DISPATCHER),
    "to_complete": ("to_complete", DISPATCHER),
    "to_dispatch": ("to_dispatch", DISPATCHER),
    "adjudication": ("adjudication", DISPATCHER),
    "return_review": ("return_review", DISPATCHER),
    "ledger": ("ledger", DISPATCHER),
    "to_review": ("to_review", REVIEWER),
    "to_call_back": ("to_call_back", CALLBACK),
    "redo": ("redo", REVIEWER),
    "handling": ("handling", SUPERVISOR),
    "delegated": ("handling", SUPERVISOR),
    "to_sign": ("to_sign", SUPERVISOR),
    "closed": ("closed", LEADER),
    "answered": ("closed", LEADER),
    "filed": ("filed", LEADER),
}


@pytest.mark.parametrize("state", BY_STATE)
def test_each_state_has_its_list_and_stands_in_no_other_of_them(city, state):
    view, actor = BY_STATE[state]
    with city.begin() as work:
        case = a_sent_case(work)
        put(work, case, state=state)
        assert listed(work, actor, view) == [case.case_no]
        for other in {name for name, _ in BY_STATE.values()} - {view}:
            assert listed(work, SUPERVISOR, other) == []
        assert listed(work, SUPERVISOR, "open") == ([case.case_no] if CaseState(state) in OPEN_STATES else [])


def test_every_open_state_has_a_work_list_but_a_merged_case_which_follows_its_head():
    covered = {CaseState(state) for state in BY_STATE} | {CaseState.CALL_BACK_AGAIN}
    assert OPEN_STATES - covered == {CaseState.MERGED}


BY_FACT = {
    "ledger_asked": (DISPATCHER, {"ledger_asked": True}),
    "findings": (REVIEWER, {"finding": "open"}),
    "appeals": (SUPERVISOR, {"appeal": "open", "state": "closed"}),
    "incidents": (DISPATCHER, {"incident_size": 2}),
}


@pytest.mark.parametrize("view", BY_FACT)
def test_what_waits_beside_the_state_has_its_list_too(city, view):
    actor, changes = BY_FACT[view]
    with city.begin() as work:
        case = a_sent_case(work)
        a_sent_case(work)
        assert listed(work, actor, view) == []
        put(work, case, **changes)
        assert listed(work, actor, view) == [case.case_no]


def test_a_request_for_time_stands_before_the_desk_that_answers_and_the_unit_that_asked(city):
    with city.begin() as work:
        case = a_sent_case(work)
        put(work, case.orders[0], extension_open=True)
        for actor in (DISPATCHER, CHENGGUAN):
            assert listed(work, actor, "extensions") == [case.case_no]
        assert listed(work, LINJIANG, "extensions") == []


def test_a_callback_waits_again_only_when_its_next_try_is_due(city):
    with city.begin() as work:
        case = a_sent_case(work)
        put(work, case, state="call_back_again", next_try_at=MONDAY + SOON)
        assert listed(work, CALLBACK, "to_call_back") == []
        assert listed(work, CALLBACK, "to_call_back", now=MONDAY + SOON) == [case.case_no]


def test_what_was_given_down_stands_before_the_lower_unit_alone(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu")
        lead = case.orders[0]
        put(work, lead, state="handling")
        values = {
            name: getattr(lead, name) for name in ("case_id", "round", "sent_at", "sign_due_at", "return_until")
        }
        sub = WorkOrderRecord(
            **values, order_no="s-1", unit_code="qinghu-hubin", part="sub", state="to_sign", due_at=lead.due_at
        )
        sub.limit, sub.due_segments = lead.limit, []
        case.orders.append(sub)
        put(work, case, state="delegated")
        assert listed(work, HUBIN, "given_down") == [case.case_no]
        assert listed(work, CHENGGUAN, "given_down") == []
        assert listed(work, HUBIN, "to_sign") == [case.case_no]


def test_supervision_is_ordered_by_its_own_clock_and_leaves_when_answered(city):
    with city.begin() as work:
        cases = [a_sent_case(work) for _ in range(3)]
        first, second, third = cases
        work.session.add_all(
            [
                supervision(first, "qinghu-chengguan", MONDAY + timedelta(days=3)),
                supervision(second, "qinghu-chengguan", MONDAY + timedelta(days=1)),
                supervision(third, "qinghu-chengguan", MONDAY + timedelta(days=2), answered_at=MONDAY),
            ]
        )
        work.session.flush()
        pressing = [second.case_no, first.case_no]
        assert listed(work, CHENGGUAN, "supervision") == pressing
        assert listed(work, LEADER, "supervision") == pressing
        assert listed(work, LINJIANG, "supervision") == []


def test_a_units_inbox_is_ordered_by_the_clock_of_its_own_order(city):
    with city.begin() as work:
        first, second = a_sent_case(work), a_sent_case(work)
        put(work, first.orders[0], sign_due_at=MONDAY + timedelta(days=2))
        put(work, second.orders[0], sign_due_at=MONDAY + timedelta(days=1))
        assert listed(work, CHENGGUAN, "to_sign") == [second.case_no, first.case_no]
        for case in (first, second):
            put(work, case.orders[0], state="handling")
        put(work, first.orders[0], due_at=MONDAY + timedelta(hours=1))
        assert listed(work, CHENGGUAN, "handling") == [first.case_no, second.case_no]


def test_a_state_of_the_centre_is_ordered_by_when_it_should_be_left(city):
    with city.begin() as work:
        made = [a_sent_case(work) for _ in range(3)]
        for case, days in zip(made, (3, None, 1), strict=True):
            put(work, case, state="to_review", stage_due_at=days and MONDAY + timedelta(days=days))
        assert listed(work, REVIEWER, "to_review") == [made[2].case_no, made[0].case_no, made[1].case_no]


def test_a_promise_is_looked_back_on_from_its_day_on_until_somebody_has(city):
    with city.begin() as work:
        case = a_sent_case(work)
        promise = LookBackRecord(
            case_id=case.id, order_no="x", due_on=MONDAY.date() + timedelta(days=1), promise="修好", opened_at=MONDAY
        )
        work.session.add(promise)
        work.session.flush()
        assert listed(work, CALLBACK, "look_back") == []
        tomorrow = MONDAY + timedelta(days=1)
        assert listed(work, CALLBACK, "look_back", now=tomorrow) == [case.case_no]
        put(work, promise, done_at=tomorrow)
        assert listed(work, CALLBACK, "look_back", now=tomorrow) == []


def test_cards_soon_and_late_stand_before_whom_they_concern(city):
    with city.begin() as work:
        yellow, red, plain = (a_sent_case(work) for _ in range(3))
        work.session.add_all([card(yellow, "yellow"), card(red, "red")])
        put(work, plain, clock_started_at=MONDAY - timedelta(hours=9), clock_due_at=MONDAY + timedelta(hours=1))
        assert listed(work, CHENGGUAN, "yellow") == [yellow.case_no]
        assert listed(work, SUPERVISOR, "red") == [red.case_no]
        assert listed(work, LINJIANG, "yellow") == []
        assert listed(work, CHENGGUAN, "soon") == [plain.case_no]
        assert listed(work, CHENGGUAN, "late", now=MONDAY + timedelta(hours=2)) == [plain.case_no]


def test_a_draft_is_in_no_list_until_its_call_has_left_it(city):
    with city.begin() as work:
        draft = a_draft(work)
        assert [name for name in VIEWS if listed(work, SUPERVISOR, name)] == []
        put(work, draft, left_at=MONDAY)
        assert [name for name in VIEWS if listed(work, SUPERVISOR, name)] == ["unfinished"]


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CITIZEN, Role.SYSTEM}])
def test_every_role_has_lists_and_each_is_named_in_two_languages(city, role):
    actor = SUPERVISOR.__class__(person_id=77, name="某人", roles=frozenset({role}), unit_code="qinghu")
    with city.begin() as work:
        views = queries.view_counts(work, actor, now=MONDAY)["views"]
    assert {"late", "open", "closed"} <= {one["view"] for one in views}
    assert all(one["label_zh"] and one["label_en"].isascii() for one in views)


# ── The exposure list ──


@pytest.fixture
def slips(city):
    """One case for each kind of failing of 青湖城管, by kind."""
    with city.begin() as work:
        made = {kind: a_sent_case(work) for kind in ("yellow", "red", "unanswered", "redone", "on_paper")}
        work.session.add_all(
            [
                card(made["yellow"], "yellow"),
                card(made["red"], "red"),
                card(a_sent_case(work), "red", at=MONDAY - LATER),
                supervision(made["unanswered"], "qinghu-chengguan", MONDAY),
            ]
        )
        put(work, made["redone"], redos=2)
        again = a_case(work)
        put(work, again, relapse_of=made["on_paper"].id)
        made["overdue"] = a_sent_case(work)
        put(work, made["overdue"].orders[0], due_at=MONDAY - SOON)
        return {kind: case.case_no for kind, case in made.items()}


def exposed(work, actor, kind, unit=None):
    asked = {"since": MONDAY - timedelta(days=30), "cursor": None, "now": MONDAY}
    return [one["case_no"] for one in queries.exposed(work, actor, kind=kind, unit=unit, **asked)["items"]]


@pytest.mark.parametrize("actor", [SUPERVISOR, LEADER, QINGHU, CHENGGUAN])
def test_each_failing_counts_once_and_leads_to_its_case(city, slips, actor):
    with city.begin() as work:
        shown = queries.exposure(work, actor, since=MONDAY - timedelta(days=30), now=MONDAY)
        assert [line.pop("unit")["code"] for line in shown["units"]] == ["qinghu-chengguan"]
        assert shown["units"] == [dict.fromkeys(slips, 1)]
        for kind, case_no in slips.items():
            assert exposed(work, actor, kind) == exposed(work, actor, kind, "qinghu") == [case_no]
            assert exposed(work, actor, kind, "linjiang") == []


def test_another_unit_and_other_desks_see_none_of_it(city, slips):
    with city.begin() as work:
        assert queries.exposure(work, LINJIANG, since=MONDAY - SOON, now=MONDAY)["units"] == []
        assert [exposed(work, LINJIANG, kind) for kind in slips] == [[]] * len(slips)
        for actor in (DISPATCHER, AGENT, REVIEWER):
            with pytest.raises(WrongRole):
                queries.exposure(work, actor, since=MONDAY - SOON, now=MONDAY)
        with pytest.raises(BadInput):
            exposed(work, SUPERVISOR, "gossip")


def test_a_recused_unit_does_not_see_even_the_count(city, slips):
    with city.begin() as work:
        for case in work.session.query(CaseRecord):
            put(work, case, recused=["qinghu-chengguan"])
        assert queries.exposure(work, CHENGGUAN, since=MONDAY - SOON, now=MONDAY)["units"] == []
