"""What must hold between the table, the rooms, the API, the tables and the lists; and when two are equally quick."""

from __future__ import annotations

import ast
import csv
import inspect
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import text

from core.config import ROOT
from core.db import Base, Database, Work
from core.errors import BadInput, Refused
from dashboard import schemas
from dispatch import doors, guards, queries, steps, timers
from dispatch.lifecycle import (
    DRAFT_ACTIONS,
    ORDER_ACTIONS,
    PUBLIC_ACTIONS,
    STEPS,
    Action,
    CaseState,
    Need,
    OrderState,
)
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import ExtensionRecord, WakingRecord
from dispatch.wakings import STAGE_KINDS

from .conftest import AGENT, CALLBACK, DISPATCHER, LEADER, LINJIANG, MONDAY, REVIEWER, SUPERVISOR, act
from .invariants import Memory, broken
from .scenes import (
    BUILD,
    CITIZEN,
    HELPER,
    LEAD,
    REPLY,
    RETURN,
    SUB,
    UNIT,
    Built,
    a_day_after,
    closed,
    delegated,
    extension_asked,
    handling,
    head_of_incident,
    merged,
    to_call_back,
    to_dispatch,
    to_review,
    to_sign,
    tries_made,
    wake,
)
from .test_two_at_once import at_once

CODES = list(csv.DictReader((ROOT / "city" / "practice" / "codes.csv").open(encoding="utf-8")))
REASON = {"reason": "理由充分"}
A_DAY = date(2026, 12, 31)
# What a draft is finished by, with its form (unfinished.py); transfer and answer have a room too.
FORMS = {Action.REGISTER, Action.DISCARD}


# ── Between the table and the rest ──


def test_every_public_action_has_exactly_one_room_and_every_room_acts_for_the_table():
    rooms = {one for one in vars(doors).values() if inspect.ismodule(one) and hasattr(one, "ACTS")}
    assert len(rooms) > 10
    acts = Counter(action for room in rooms for action in room.ACTS)
    assert {action: acts[action] for action in PUBLIC_ACTIONS - FORMS if acts[action] != 1} == {}
    assert not FORMS & set(acts)
    assert FORMS <= DRAFT_ACTIONS
    assert set(doors.ACTS) == set(acts)
    assert set(acts) <= {action for _, action in STEPS}


def test_the_api_speaks_of_the_same_actions_needs_and_states():
    assert set(get_args(schemas.ActionName)) == {action.value for action in PUBLIC_ACTIONS}
    assert set(get_args(schemas.NeedName)) == {need.value for need in Need}
    assert set(get_args(schemas.CaseState)) == {state.value for state in CaseState}
    assert set(get_args(schemas.OrderState)) == {state.value for state in OrderState}
    body = set(schemas.ActionBody.model_fields)
    said = {"unit": "unit_code", "helpers": "helper_codes"}
    assert {said.get(need.value, need.value) for need in Need} <= body


def test_every_circumstance_is_read_from_columns_that_the_database_has(database):
    with database.begin() as work:
        rows = work.session.execute(
            text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
        )
        there = {(row.table_name, row.column_name) for row in rows}
    mapped = {(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns}
    assert mapped <= there, "a column that no migration makes"
    tree = ast.parse(inspect.getsource(steps.circumstances))
    asked = {
        (one.value.id, one.attr)
        for one in ast.walk(tree)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
    }
    for name, record in (("case", CaseRecord), ("order", WorkOrderRecord)):
        columns = {column.name for column in record.__table__.columns} | {"orders", "stage"}
        assert {attribute for owner, attribute in asked if owner == name} <= columns
    given = {one.arg for one in ast.walk(tree) if isinstance(one, ast.keyword)}
    assert {field for field in guards.Circumstances.__dataclass_fields__} <= given


def test_every_list_of_codes_that_the_table_names_is_there_and_is_said_in_both_languages():
    lists = {row["list"] for row in CODES}
    assert {step.codes for step in STEPS.values() if step.codes} <= lists
    for step in STEPS.values():
        takes_a_code = {Need.CODE, Need.CODES, Need.UNSOLVED_REASON} & {*step.needs, *step.may}
        assert not step.codes or takes_a_code
    assert not [row for row in CODES if not re.search(r"[一-鿿]", row["zh"]) and not row["zh"].isdigit()]
    assert not [row for row in CODES if not row["en"].strip() or re.search(r"[一-鿿]", row["en"])]
    assert len({(row["list"], row["code"]) for row in CODES}) == len(CODES)


def test_every_code_that_the_centre_itself_writes_is_on_its_list():
    known = {(row["list"], row["code"]) for row in CODES}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "dispatch").rglob("*.py")]
    written = {code for source in sources for code in re.findall(r'open_order\([^"]*?code="(\w+)"', source)}
    assert {"overdue", "failed_reviews", "repeated_redo"} <= written
    assert {("supervision", code) for code in written} <= known
    assert {("exclusion", "unreasonable"), ("exclusion", "appeal")} <= known


def test_every_stage_that_wakes_a_case_has_somebody_who_knows_what_then_happens():
    assert set(STAGE_KINDS.values()) <= timers.KINDS
    assert {Action.SIGN, Action.RETURN, Action.REPLY} <= ORDER_ACTIONS


@pytest.mark.parametrize("action", sorted(set(Action) - PUBLIC_ACTIONS - {Action.FILE}))
def test_what_happens_inside_cannot_be_asked_for_by_name(city, action):
    with city.begin() as work:
        number = to_dispatch(work).case.case_no
        with pytest.raises(BadInput, match="不能直接要求"):
            act(work, number, action, SUPERVISOR)


def test_a_drafts_own_actions_are_refused_by_the_table_once_it_is_a_case(city):
    with city.begin() as work:
        number = to_dispatch(work).case.case_no
        with pytest.raises(Refused, match="办件现在是“待派单”，不能登记"):
            act(work, number, Action.REGISTER, AGENT)


# ── What random walks have found ──


def test_who_replied_while_more_time_was_asked_for_may_ask_anew_when_sent_back(city):
    with city.begin() as work:
        built = extension_asked(work)
        act(work, built.case, Action.REPLY, UNIT, now=built.now, **REPLY)
        assert not built.case.orders[0].extension_open
        act(work, built.case, Action.SEND_BACK, REVIEWER, now=built.now, **REASON)
        day = a_day_after(a_moment(built, days=1))
        act(work, built.case, Action.ASK_EXTENSION, UNIT, now=built.now, until=day, **REASON)
        act(work, built.case, Action.GRANT_EXTENSION, DISPATCHER, now=built.now)
        asked = work.session.query(ExtensionRecord).order_by(ExtensionRecord.id).all()
        assert [(one.until == day, one.granted) for one in asked] == [(False, None), (True, True)]
        assert built.case.orders[0].due_at.date() == day


def test_more_time_goes_to_the_order_that_asks_not_to_one_that_is_over(city):
    with city.begin() as work:
        built = extension_asked(work)
        act(work, built.case, Action.RECUSE, DISPATCHER, unit=LEAD, now=built.now, **REASON)
        act(work, built.case, Action.DISPATCH, DISPATCHER, unit=HELPER, now=built.now)
        act(work, built.case, Action.SIGN, LINJIANG, now=built.now)
        day = a_day_after(built.case.orders[1].due_at)
        act(work, built.case, Action.ASK_EXTENSION, LINJIANG, now=built.now, until=day, **REASON)
        act(work, built.case, Action.GRANT_EXTENSION, SUPERVISOR, now=built.now)
        assert [order.extensions for order in built.case.orders] == [0, 1]


def test_silence_refuses_a_request_also_when_the_case_was_on_the_ledger_meanwhile(city):
    with city.begin() as work:
        built = extension_asked(work)
        act(work, built.case, Action.ASK_LEDGER, UNIT, now=built.now, code="funds", text="待拨款", until=A_DAY)
        act(work, built.case, Action.ENTER_LEDGER, LEADER, now=built.now)
        number, now = built.case.case_no, built.now + timedelta(days=7)
    assert "extension_due" not in dict(wake(city, now))
    with city.begin() as work:
        assert act(work, number, Action.RESUME, UNIT, now=now).orders[0].extension_open
    assert ("extension_due", True) in wake(city, now)
    with city.begin() as work:
        assert not queries.find(work, number).orders[0].extension_open


def test_when_the_only_sub_unit_must_keep_out_the_lead_has_the_case_again(city):
    with city.begin() as work:
        built = delegated(work)
        act(work, built.case, Action.RECUSE, DISPATCHER, unit=SUB, now=built.now, **REASON)
        assert built.case.state == "handling"
        assert broken(work, Memory(), built.now) == []


def a_moment(built: Built, **after: float) -> datetime:
    """Return a moment after the lead's order is due."""
    return built.case.orders[0].due_at + timedelta(**after)


# ── The invariants themselves: each sees the breach that it is there for ──

BREACHES = {
    "chain: .*the story ends in": ("to_sign", "UPDATE hotline_case SET state = 'handling'"),
    "responsible: .*nobody leads": ("handling", "UPDATE hotline_case SET lead_unit = NULL"),
    "responsible: .*its head is": ("merged", "UPDATE hotline_case SET merged_into = NULL WHERE state = 'merged'"),
    "responsible: .*the centre has it": ("to_dispatch", "UPDATE hotline_case SET lead_unit = 'qinghu'"),
    "orders: .*the lead's order is": ("handling", "UPDATE work_order SET state = 'to_sign'"),
    "orders: .*live orders": ("closed", "UPDATE work_order SET state = 'handling', stopped_at = NULL"),
    "orders: .*its clock runs": ("to_review", "UPDATE work_order SET stopped_at = NULL"),
    "orders: .*waits for sub-units": (
        "delegated",
        "UPDATE work_order SET state = 'done', stopped_at = sent_at WHERE part = 'sub'",
    ),
    "clock: .*nothing will ever wake it": ("to_sign", "UPDATE waking SET fired_at = now()"),
    "clock: .*no clock is shown": ("received", "UPDATE hotline_case SET clock_due_at = NULL"),
    "clock: .*stands still": ("handling", "UPDATE hotline_case SET clock_stopped_at = now()"),
    "counts: .*incident_size": ("merged", "UPDATE hotline_case SET incident_size = 2 WHERE incident_size = 1"),
    "counts: .*redos is": ("redo", "UPDATE hotline_case SET redos = 0"),
    "counts: .*disputes is": ("return_review", "UPDATE hotline_case SET disputes = 0"),
    "counts: .*more extensions": ("handling", "UPDATE work_order SET extensions = 1"),
    "promise: .*moved": ("return_review", "UPDATE hotline_case SET promise_due_at = promise_due_at + interval '1 s'"),
    "sides: .*open pauses": ("ledger", "UPDATE case_pause SET ends = now()"),
    "sides: .*supervised is": ("supervised", "UPDATE hotline_case SET supervised = false"),
    "sides: .*no conference": ("adjudication", "UPDATE adjudication SET ruled_at = now()"),
    "sides: .*more time hangs": ("to_review", "UPDATE work_order SET extension_open = true"),
    "story: .*what was written has changed": (
        "handling",
        "ALTER TABLE case_timeline DISABLE TRIGGER USER; UPDATE case_timeline SET note = 'x' WHERE action = 'sign'",
    ),
}


@pytest.mark.parametrize("said", BREACHES)
def test_a_breach_is_seen_and_a_sound_case_is_not_blamed(city, said):
    scene, breach = BREACHES[said]
    memory = Memory()
    with city.begin() as work:
        now = BUILD[scene](work).now
    with city.begin() as work:
        assert broken(work, memory, now) == []
    with city.begin() as work:
        for statement in breach.split("; "):
            work.session.execute(text(statement))
    with city.begin() as work:
        assert [one for one in broken(work, memory, now) if re.match(said, one)]


# ── When two are equally quick ──

Duel = tuple[Callable[[Work], list[Built]], list[Callable[[list[Built]], Callable[[Work], Any]]]]


def does(action: Action, actor: Any, which: int = 0, **given: Any) -> Callable[[list[Built]], Callable[[Work], Any]]:
    """Return an act on one of the scene's cases; `into` names another one by its place."""

    def ready(found: list[Built]) -> Callable[[Work], Any]:
        said = given | ({"into": found[given["into"]].case.case_no} if "into" in given else {})
        number, now = found[which].case.case_no, found[which].now
        return lambda work: act(work, number, action, actor, now=now, **said)

    return ready


def fires(kind: str) -> Callable[[list[Built]], Callable[[Work], Any]]:
    """Return the moment of that kind, when it comes."""

    def ready(found: list[Built]) -> Callable[[Work], Any]:
        def fire(work: Work) -> None:
            one = work.session.query(WakingRecord).filter_by(case_id=found[0].case.id, kind=kind).first()
            if one is not None:
                timers.fire(work, one.id, now=max(one.due_at, found[0].now))

        return fire

    return ready


def alone(build: Callable[[Work], Built]) -> Callable[[Work], list[Built]]:
    return lambda work: [build(work)]


def both(work: Work) -> list[Built]:
    return [handling(work), handling(work)]


def with_head(work: Work) -> list[Built]:
    child = merged(work)
    return [child, Built(case=work.session.get_one(CaseRecord, child.case.merged_into), now=child.now)]


def with_replied_head(work: Work) -> list[Built]:
    found = with_head(work)
    act(work, found[1].case, Action.REPLY, UNIT, now=found[1].now, **REPLY)
    return found


UNHAPPY = {"grade": 1, "reason": "没有解决", "solved": "unsolved"}
DUELS: dict[str, Duel] = {
    "two cases merged crosswise": (
        both,
        [does(Action.MERGE, DISPATCHER, 0, into=1), does(Action.MERGE, SUPERVISOR, 1, into=0)],
    ),
    "merged twice": (both, [does(Action.MERGE, DISPATCHER, 0, into=1), does(Action.MERGE, SUPERVISOR, 0, into=1)]),
    "merged while its head is withdrawn": (
        both,
        [does(Action.MERGE, DISPATCHER, 0, into=1), does(Action.WITHDRAW, AGENT, 1, **REASON)],
    ),
    "taken out twice": (
        with_head,
        [does(Action.UNMERGE, DISPATCHER, **REASON), does(Action.UNMERGE, SUPERVISOR, **REASON)],
    ),
    "taken out while its head is withdrawn": (
        with_head,
        [does(Action.UNMERGE, DISPATCHER, **REASON), does(Action.WITHDRAW, AGENT, 1, **REASON)],
    ),
    "taken out while its head's answer passes": (
        with_replied_head,
        [does(Action.UNMERGE, DISPATCHER, **REASON), does(Action.PASS, REVIEWER, 1)],
    ),
    "rated by the citizen and at the desk": (
        alone(to_call_back),
        [
            does(Action.RATE, CITIZEN, grade=5, via="web"),
            does(Action.RATE, CALLBACK, grade=4),
            does(Action.REDO, CALLBACK, **UNHAPPY),
        ],
    ),
    "rated while nobody answers": (
        alone(to_call_back),
        [does(Action.RATE, CITIZEN, grade=5, via="web"), does(Action.MISSED, CALLBACK)],
    ),
    "rated as the time for it ends": (
        alone(tries_made),
        [does(Action.RATE, CITIZEN, grade=5, via="web"), fires("call_back_due")],
    ),
    "signed as it counts as signed": (
        alone(to_sign),
        [does(Action.SIGN, UNIT), fires("sign_late"), fires("sign_late")],
    ),
    "returned as it counts as signed": (alone(to_sign), [does(Action.RETURN, UNIT, **RETURN), fires("sign_late")]),
    "reopened as it is filed": (alone(closed), [does(Action.REOPEN, AGENT, **REASON), fires("file")]),
    "more time granted as silence refuses it": (
        alone(extension_asked),
        [does(Action.GRANT_EXTENSION, DISPATCHER), fires("extension_due")],
    ),
    "replied as it becomes late": (
        alone(handling),
        [does(Action.REPLY, UNIT, **REPLY), fires("due"), fires("promise_late")],
    ),
    "passed and sent back": (
        alone(to_review),
        [does(Action.PASS, REVIEWER), does(Action.SEND_BACK, SUPERVISOR, **REASON)],
    ),
    "recused as it signs": (
        alone(to_sign),
        [does(Action.SIGN, UNIT), does(Action.RECUSE, DISPATCHER, unit="qinghu", **REASON)],
    ),
    "the head merged away as another joins": (
        lambda work: [head_of_incident(work), handling(work), to_dispatch(work)],
        [does(Action.MERGE, DISPATCHER, 2, into=0), does(Action.MERGE, SUPERVISOR, 1, into=2)],
    ),
}


@pytest.mark.parametrize("name", DUELS)
def test_whoever_is_quicker_nothing_is_lost_and_nothing_breaks(city: Database, name: str):
    build, acts = DUELS[name]
    memory = Memory()
    with city.begin() as work:
        found = build(work)
    with city.begin() as work:
        assert broken(work, memory, MONDAY) == []
    became = at_once(city, *(ready(found) for ready in acts))
    assert "done" in became, became
    assert not [one for one in became if isinstance(one, BaseException)], became
    with city.begin() as work:
        assert broken(work, memory, max(one.now for one in found)) == []


@pytest.mark.parametrize("name", ["merged twice", "taken out twice", "rated by the citizen and at the desk"])
def test_of_those_who_want_the_same_one_wins(city: Database, name: str):
    build, acts = DUELS[name]
    with city.begin() as work:
        found = build(work)
    became = at_once(city, *(ready(found) for ready in acts))
    assert became.count("done") == 1, became
