"""The responsibility list in the tables: lines, history, sheets, proposals."""

from __future__ import annotations

import csv
import io
import itertools
import threading
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from core.actor import SYSTEM, Role
from core.clock import now
from core.config import ROOT
from core.db import Database
from core.errors import BadInput, HotlineError, NotFound, Refused, Stale, WrongRole
from dispatch import rules
from dispatch.city import load_city
from dispatch.duty_list import shelf
from dispatch.duty_list.columns import as_cells
from dispatch.duty_list.records import DutyChangeRecord, LoadState, ProposalState
from dispatch.lifecycle import Action
from dispatch.matching import is_grass_roots
from dispatch.records import TimelineRecord
from dispatch.routing import CategoryShare, Matter, Routed, propose, route
from dispatch.rules import CityFileRecord, DutyRecord
from tests.integration.dispatch.conftest import DISPATCHER, MONDAY, a_case, person

ADMIN = person(20, "王管理", Role.ADMINISTRATOR)
OTHER = person(21, "李管理", Role.ADMINISTRATOR)
STALLS = {
    "duty_no": "XX1",
    "category": "030301",
    "area": "990102001",
    "level": "district",
    "lead": "qinghu",
    "helpers": "chengguan",
    "fallback": "chengguan",
    "legal_basis": "区政府专题会议纪要",
    "department_only": "0",
    "valid_from": "2026-11-01",
    "valid_until": "",
    "owner": "法制科",
    "note": "",
}


def add(database: Database, **cells: str):
    with database.begin() as work:
        return shelf.add_line(work, STALLS | cells, reason="会议纪要", actor=ADMIN, now=MONDAY)


def listed(database: Database):
    with database.begin() as work:
        return shelf.whole_list(work)


def test_a_line_is_added_changed_and_ended_and_the_history_says_who_what_and_why(city):
    add(city)
    with city.begin() as work:
        version = shelf.find_line(work, "XX1")["version"]
        shelf.change_line(
            work, "XX1", {"lead": "qinghu-chengguan"}, version=version, reason="职责调整", actor=OTHER, now=MONDAY
        )
    with city.begin() as work:
        shelf.end_line(work, "XX1", until=MONDAY.date(), version=version + 1, reason="到期", actor=ADMIN, now=MONDAY)
        found, more = shelf.changes(work, duty_no="XX1")
    assert more is None
    assert [(one["action"], one["actor_name"], one["reason"]) for one in found] == [
        ("end", "王管理", "到期"),
        ("edit", "李管理", "职责调整"),
        ("add", "王管理", "会议纪要"),
    ]
    assert found[1]["cells"] == [
        {"column": "lead", "heading": "主办单位", "before": "qinghu", "after": "qinghu-chengguan"}
    ]


def test_of_two_who_change_one_line_the_second_is_told_who_was_quicker(city):
    add(city)
    with city.begin() as work:
        version = shelf.find_line(work, "XX1")["version"]
    change = {"version": version, "reason": "改", "now": MONDAY}
    with city.begin() as work:
        shelf.change_line(work, "XX1", {"note": "一"}, actor=OTHER, **change)
    with pytest.raises(Stale, match="李管理"), city.begin() as work:
        shelf.change_line(work, "XX1", {"note": "二"}, actor=ADMIN, **change)


def test_of_many_who_act_at_once_one_wins_and_the_others_are_told(city):
    """One number added by six, then one line changed by six: no error of the database reaches anybody."""

    def at_once(act) -> Counter:
        outcomes: list[str] = []

        def take_part() -> None:
            try:
                with city.begin() as work:
                    act(work)
                outcomes.append("done")
            except HotlineError as error:
                outcomes.append(type(error).__name__)

        people = [threading.Thread(target=take_part) for _ in range(6)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        return Counter(outcomes)

    given = {"reason": "同时", "actor": ADMIN, "now": MONDAY}
    assert at_once(lambda work: shelf.add_line(work, STALLS, **given)) == {"done": 1, "Refused": 5}
    assert at_once(lambda work: shelf.change_line(work, "XX1", {"note": "改"}, version=1, **given)) == {
        "done": 1,
        "Stale": 5,
    }
    with city.begin() as work:
        assert len(shelf.changes(work, duty_no="XX1")[0]) == 2


@pytest.mark.parametrize(
    ("cells", "error", "says"),
    [
        ({"duty_no": "ZZ0001"}, Refused, "已经有了"),
        ({"lead": "gone"}, BadInput, "主办单位"),
        ({"lead": "gone", "category": "9"}, BadInput, "事项代码.*主办单位"),
        ({"department_only": "1", "lead": "{street}"}, BadInput, "不得派给街道"),
        # ZZ0001 keeps the whole class 01 for departments; a line for one street cannot take it over.
        ({"category": "01", "lead": "{street}", "level": "street"}, BadInput, "ZZ0001"),
    ],
)
def test_a_line_that_must_not_be_is_refused_in_a_sentence(city, cells, error, says):
    before = listed(city)
    with pytest.raises(error, match=says):
        add(city, **cells)
    assert listed(city) == before


def test_only_an_administrator_changes_the_list(city):
    with city.begin() as work, pytest.raises(WrongRole):
        shelf.add_line(work, STALLS, reason="试", actor=DISPATCHER, now=MONDAY)
    with city.begin() as work, pytest.raises(WrongRole):
        shelf.try_sheet(work, b"", "a.csv", whole=True, actor=DISPATCHER, now=MONDAY)


def test_history_cannot_be_rewritten(city):
    for statement in (update(DutyChangeRecord).values(reason="没有这回事"), delete(DutyChangeRecord)):
        with pytest.raises(DBAPIError), city.begin() as work:
            work.session.execute(statement)


def test_the_line_that_routed_a_past_case_can_be_read_after_it_was_changed(city):
    later = now() + timedelta(days=1)
    with city.begin() as work:
        line = work.session.get_one(DutyRecord, "ZZ0001")
        lead = line.lead
    with city.begin() as work:
        shelf.change_line(
            work,
            "ZZ0001",
            {"lead": "zhujian"},
            version=1,
            reason="改",
            actor=ADMIN,
            now=later,
        )
    with city.begin() as work:
        past = shelf.list_at(work, later - timedelta(seconds=1), categories=["010101"])
        present = shelf.list_at(work, later, categories=["010101"])
    assert {line.duty_no: line.lead for line in past}["ZZ0001"] == lead
    assert {line.duty_no: line.lead for line in present}["ZZ0001"] == "zhujian"
    assert {line.category[:2] for line in past} == {"01"}


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "end", "sheet"]),
        st.sampled_from(["XX1", "XX2", "ZZ0001", "ZZ0012"]),
        st.sampled_from(["030301", "01", "0104", "010403"]),
        st.sampled_from(["", "990102001"]),
        st.sampled_from(["{street}", "qinghu-hubin", "qinghu", "zhujian"]),
        st.sampled_from(["0", "1"]),
    ),
    min_size=1,
    max_size=8,
)
_rounds = itertools.count(1)


def take(work, step, at) -> None:
    kind, number, category, area, lead, own = step
    cells = {"category": category, "area": area, "lead": lead, "department_only": own, "helpers": ""}
    given = {"reason": "试", "actor": ADMIN, "now": at}
    if kind == "add":
        shelf.add_line(work, STALLS | cells | {"duty_no": number}, **given)
    elif kind == "sheet":
        sheet = shelf.csv_of([]).decode("utf-8-sig") + ",".join((STALLS | cells | {"duty_no": number}).values())
        found = shelf.try_sheet(work, sheet.encode(), "a.csv", whole=False, actor=ADMIN, now=at)
        shelf.apply(work, found.load_id, **given)
    else:
        version = shelf.find_line(work, number)["version"]
        if kind == "edit":
            shelf.change_line(work, number, cells, version=version, **given)
        else:
            shelf.end_line(work, number, until=at.date(), version=version, **given)


@given(steps=_STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_changes_gives_a_departments_duty_to_a_street_and_every_past_list_can_be_read(city, steps):
    seen = []
    # The city was loaded at the real time, so the changes of this test must come after it.
    base = now() + timedelta(days=next(_rounds))
    for at, step in enumerate(steps):
        moment = base + timedelta(minutes=at)
        try:
            with city.begin() as work:
                take(work, step, moment)
        except HotlineError:
            pass  # refused: then nothing of it may have happened, which the history shows below
        seen.append((moment, listed(city)))
    with city.begin() as work:
        assert [shelf.list_at(work, moment) for moment, _ in seen] == [lines for _, lines in seen]
        units = rules.units(work)
        for category, area in itertools.product(["010101", "010403", "030301"], ["", "990102", "990102001"]):
            lines = rules.duties(work, [category])
            for day in (base.date(), base.date() + timedelta(days=1)):
                held = [one for one in lines if one.in_force(day) and one.covers(category, area)]
                longest = max((len(one.category) for one in held), default=0)
                if not any(one.department_only for one in held if len(one.category) == longest):
                    continue
                matter, asked = Matter(area=area, on=day), [CategoryShare(code=category, name="某事", share=1)]
                verdict = route(matter, lines, units, asked, threshold=0.1)
                named = [one.unit for one in propose(matter, lines, units, asked)]
                if isinstance(verdict, Routed):
                    named += [verdict.unit, *verdict.helpers]
                assert not [code for code in named if is_grass_roots(code, units)]


def test_asking_for_a_class_finds_the_lines_of_it_and_of_what_is_above_it_only(city):
    with city.begin() as work:
        found = {line.duty_no: line.category for line in rules.duties(work, ["010403"])}
    assert {"01", "0104", "010403"} >= set(found.values())
    assert "ZZ0012" in found


# ── sheets ──


def tried(database: Database, content: bytes, name: str = "清单.csv", *, whole: bool = True):
    with database.begin() as work:
        return shelf.try_sheet(work, content, name, whole=whole, actor=ADMIN, now=MONDAY)


def applied(database: Database, load_id: int, *, actor=ADMIN):
    with database.begin() as work:
        return shelf.apply(work, load_id, reason="年度更新", actor=actor, now=MONDAY)


@pytest.mark.parametrize("write", [shelf.csv_of, shelf.xlsx_of])
def test_the_practice_list_goes_out_and_in_without_a_difference(city, write):
    name = "list.csv" if write is shelf.csv_of else "list.xlsx"
    found = tried(city, write(listed(city)), name)
    assert (found.faults, found.plan.empty, found.new_findings) == ((), True, ())


def test_a_sheet_is_shown_first_and_then_applied_whole_with_its_number_in_the_history(city):
    before = listed(city)
    sheet = shelf.csv_of([*before[2:]]).decode("utf-8-sig").replace("征收补偿由区县政府负责", "改了备注")
    sheet += ",".join(STALLS.values())
    found = tried(city, sheet.encode())
    assert found.state is LoadState.TRIED
    assert [line.duty_no for line in found.plan.added] == ["XX1"]
    assert [line.duty_no for _, line in found.plan.changed] == ["ZZ0004"]
    assert [line.duty_no for line in found.plan.removed] == ["ZZ0001", "ZZ0002"]
    assert any(one.kind == "gap" for one in found.new_findings)
    assert listed(city) == before
    applied(city, found.load_id)
    assert {line.duty_no for line in listed(city)} == {line.duty_no for line in before[2:]} | {"XX1"}
    with city.begin() as work:
        changes, _ = shelf.changes(work, load_id=found.load_id)
    assert {(one["action"], one["duty_no"]) for one in changes} == {
        ("add", "XX1"),
        ("edit", "ZZ0004"),
        ("remove", "ZZ0001"),
        ("remove", "ZZ0002"),
    }


def test_a_sheet_of_some_lines_leaves_the_others(city):
    before = listed(city)
    sheet = shelf.csv_of([]).decode("utf-8-sig") + ",".join(STALLS.values())
    found = tried(city, sheet.encode(), whole=False)
    applied(city, found.load_id)
    assert len(listed(city)) == len(before) + 1


def test_of_a_sheet_with_one_wrong_cell_nothing_is_loaded(city):
    before = listed(city)
    sheet = shelf.csv_of(before).decode("utf-8-sig") + ",".join((STALLS | {"lead": "gone"}).values())
    found = tried(city, sheet.encode())
    assert [(one.row, one.column) for one in found.faults] == [(len(before) + 2, "lead")]
    with pytest.raises(Refused, match="还有错误"):
        applied(city, found.load_id)
    assert listed(city) == before


_BROKEN = st.sampled_from(
    [
        ("category", "99"),
        ("area", "1"),
        ("level", "村"),
        ("lead", "gone"),
        ("helpers", "gone"),
        ("fallback", "{street}"),
        ("department_only", "x"),
        ("valid_from", "昨天"),
        ("valid_until", "2020-01-01"),
        ("duty_no", ""),
    ]
)


@given(spoilt=st.dictionaries(st.integers(0, 270), _BROKEN, min_size=1, max_size=12))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_citys_list_is_spoilt_every_cell_is_named_and_nothing_is_loaded(city, spoilt):
    before = listed(city)
    rows = [as_cells(line) for line in before]
    for at, (column, cell) in spoilt.items():
        rows[at][column] = cell
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    found = tried(city, out.getvalue().encode())
    named = {(one.row, one.column) for one in found.faults}
    assert named >= {(at + 2, column) for at, (column, _) in spoilt.items()}
    assert {row for row, _ in named} == {at + 2 for at in spoilt}
    with pytest.raises(Refused):
        applied(city, found.load_id)
    assert listed(city) == before
    with city.begin() as work:
        assert shelf.changes(work, load_id=found.load_id) == ([], None)


def test_a_part_sheet_cannot_give_to_a_street_what_an_untouched_line_keeps(city):
    cells = STALLS | {"category": "01", "lead": "{street}", "level": "street"}
    found = tried(city, shelf.csv_of([]) + ",".join(cells.values()).encode(), whole=False)
    assert [one.row for one in found.faults] == [2]
    assert "ZZ0001" in found.faults[0].reason


def test_a_sheet_is_applied_once_and_only_on_the_list_it_was_tried_on(city):
    sheet = shelf.csv_of(listed(city)[1:])
    first, second = tried(city, sheet), tried(city, sheet)
    applied(city, first.load_id)
    with pytest.raises(Refused, match="已经导入过"):
        applied(city, first.load_id)
    with pytest.raises(Stale, match="重新上传"):
        applied(city, second.load_id)
    with pytest.raises(NotFound):
        applied(city, 99)


# ── the city's own file ──


def test_the_citys_file_is_the_first_entry_of_every_lines_history(city):
    with city.begin() as work:
        lines = len(shelf.whole_list(work))
        loaded = work.session.scalar(
            select(func.count()).where(DutyChangeRecord.action == "load", DutyChangeRecord.actor_name == SYSTEM.name)
        )
    assert loaded == lines > 200


def test_a_newer_file_of_the_city_leaves_a_list_that_people_keep(city):
    def load_again() -> None:
        with city.begin() as work:
            work.session.execute(delete(CityFileRecord).where(CityFileRecord.name == "duties.csv"))
        with city.begin() as work:
            load_city(work, ROOT / "city" / "practice")

    with city.begin() as work:
        work.session.execute(delete(DutyRecord).where(DutyRecord.duty_no == "ZZ0001"))
    load_again()
    assert "ZZ0001" in {line.duty_no for line in listed(city)}
    add(city)
    load_again()
    assert "XX1" in {line.duty_no for line in listed(city)}


# ── proposals ──


def propose_stalls(database: Database, **changes):
    given = {
        "category": "030301",
        "area": "990102001",
        "lead": "qinghu",
        "basis": "会商裁定",
        "from_case_no": "LZ20261123000001",
        "ruling": "由区政府牵头",
        "actor": DISPATCHER,
        "now": MONDAY,
    }
    with database.begin() as work:
        record = shelf.propose_line(work, **(given | changes))
        return record.id, record.version


def test_a_ruling_proposes_its_line_once_and_an_administrator_makes_it_a_line(city):
    proposal, version = propose_stalls(city)
    assert propose_stalls(city) == (proposal, version)
    with city.begin() as work:
        line = shelf.accept(
            work, proposal, version=version, cells={"owner": "法制科"}, reason="采纳", actor=ADMIN, now=MONDAY
        )
    assert (line.lead, line.area, line.owner, line.legal_basis) == ("qinghu", "990102001", "法制科", "会商裁定")
    with city.begin() as work:
        assert [one.duty_no for one in shelf.whole_list(work) if one.lead == "qinghu"] == [line.duty_no]
        (shown,) = shelf.listed(work)
        assert (shown["state"], shown["duty_no"]) == (ProposalState.ACCEPTED, line.duty_no)
    with pytest.raises(Refused, match="王管理"), city.begin() as work:
        shelf.decline(work, proposal, version=version, reason="不", actor=OTHER, now=MONDAY)


def test_a_declined_proposal_says_why_and_leaves_the_list(city):
    before = listed(city)
    proposal, version = propose_stalls(city)
    with pytest.raises(BadInput), city.begin() as work:
        shelf.decline(work, proposal, version=version, reason=" ", actor=ADMIN, now=MONDAY)
    with city.begin() as work:
        shelf.decline(work, proposal, version=version, reason="已有条目", actor=ADMIN, now=MONDAY)
    assert listed(city) == before
    with city.begin() as work:
        assert shelf.listed(work, "declined")[0]["decision_reason"] == "已有条目"


def test_a_ruling_that_overrules_a_line_ends_it_the_day_before(city):
    add(city)
    proposal, version = propose_stalls(city, lead="linjiang")
    with city.begin() as work:
        shelf.accept(
            work,
            proposal,
            version=version,
            cells={"valid_from": "2026-12-01"},
            ends=["XX1"],
            reason="裁定",
            actor=ADMIN,
            now=MONDAY,
        )
    with city.begin() as work:
        assert shelf.find_line(work, "XX1")["valid_until"] == "2026-11-30"


def test_a_ruling_cannot_give_a_departments_duty_to_a_street(city):
    proposal, version = propose_stalls(city, category="01", lead="qinghu-hubin")
    with pytest.raises(BadInput, match="街道"), city.begin() as work:
        shelf.accept(work, proposal, version=version, cells={}, reason="采纳", actor=ADMIN, now=MONDAY)
    with city.begin() as work:
        assert shelf.listed(work)[0]["state"] == ProposalState.OPEN


def test_matters_that_came_back_twice_become_a_proposal(city):
    with city.begin() as work:
        for units in (["qinghu", "linjiang"], ["qinghu", "chengguan"], ["qinghu"]):
            case = a_case(work)
            case.lead_unit = "qinghu-chengguan"
            work.session.add_all(
                TimelineRecord(
                    case_id=case.id, at=MONDAY, action=Action.RETURN.value, actor_name="某单位", unit_code=unit
                )
                for unit in units
            )
    with city.begin() as work:
        (gap,) = shelf.gaps(work, now=MONDAY + timedelta(days=1))
        assert (gap["category"]["code"], gap["cases"], gap["ended_with"]["code"]) == ("030301", 2, "qinghu-chengguan")
        assert gap["gave_back"][0]["times"] == 2
        assert shelf.propose_gaps(work, actor=ADMIN, now=MONDAY) == 1
        assert shelf.listed(work, "open")[0]["source"] == "gap"
        assert shelf.gaps(work, now=MONDAY + timedelta(days=200)) == []


def test_a_page_of_lines_can_be_narrowed(city):
    with city.begin() as work:
        first, after = shelf.page(work)
        assert (len(first), after) == (100, first[-1]["duty_no"])
        second, _ = shelf.page(work, after=after)
        assert second[0]["duty_no"] > first[-1]["duty_no"]
        assert {one["category"][:2] for one in shelf.page(work, category="01")[0]} == {"01"}
        assert all("zhujian" in as_text for as_text in map(str, shelf.page(work, unit="zhujian")[0]))
        assert shelf.page(work, on=MONDAY.date() - timedelta(days=3000)) == ([], None)
    assert as_cells(listed(city)[0])["duty_no"] == "ZZ0001"
