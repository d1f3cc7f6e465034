"""Calendars in the tables: loaded whole or not at all, remembered, followed by every open deadline."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from core.actor import Role
from core.clock import CITY_ZONE
from core.config import ROOT
from core.db import Database, Work
from core.errors import BadInput, Refused, WrongRole
from dispatch import calendars, rules, service
from dispatch.calendars import BadYear, DayRow
from dispatch.calendars.records import CalendarChangeRecord, CalendarRecomputeRecord
from dispatch.city import load_city
from dispatch.deadlines import Span
from dispatch.events import CalendarChanged, CaseMoved
from dispatch.given import Given
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.rules import CityFileRecord
from dispatch.side_records import WakingRecord
from dispatch.stages import Action, CaseState
from tests.integration.dispatch.conftest import AGENT, DISPATCHER, a_draft, person

ADMIN = person(9, "管理员", Role.ADMINISTRATOR)
NEW_YEARS_EVE = datetime(2026, 12, 30, 10, tzinfo=CITY_ZONE)
UNIT = "qinghu-chengguan"
MORNING = (Span(opens=510, closes=720),)
YEAR = """date,name,works,spans
2027-01-01,元旦,0,
2027-01-02,元旦,0,
2027-01-03,元旦,0,
2027-01-09,元旦调休上班,1,
2027-01-05,上午上班,1,08:30-12:00
2027/5/1,劳动节,0,
2027-10-01,国庆节,0,
"""


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=CITY_ZONE)


def load(database: Database, content: str = YEAR, *, now: datetime = NEW_YEARS_EVE) -> None:
    with database.begin() as work:
        calendars.load_year(work, 2027, content, actor=ADMIN, now=now)


def a_sent_case(work: Work, *, now: datetime = NEW_YEARS_EVE) -> CaseRecord:
    case = a_draft(work, now=now)
    service.register(work, case.id, actor=AGENT, now=now)
    given = Given(unit=UNIT, reason="按职责")
    return service.act(work, case.case_no, Action.DISPATCH, actor=DISPATCHER, given=given, now=now)


def due_of(database: Database, case_id: int) -> datetime:
    with database.begin() as work:
        return work.session.get_one(CaseRecord, case_id).orders[0].due_at


def newest_change(work: Work) -> CalendarChangeRecord:
    rows = select(CalendarChangeRecord).order_by(CalendarChangeRecord.id.desc()).limit(1)
    return work.session.scalars(rows).one()


LATER = NEW_YEARS_EVE + timedelta(minutes=3)


def follow(database: Database, *, at_most: int = 25, now: datetime = NEW_YEARS_EVE) -> int:
    """Go through what is due, as the job does; return how many cases moved."""
    moved, done = 0, False
    with database.begin() as work:
        change_id = newest_change(work).id
    while not done:
        with database.begin() as work:
            progress = calendars.recompute_batch(work, change_id, now=now, at_most=at_most)
        moved, done = moved + progress.moved, progress.done
    return moved


# ── loading a year ──


def test_a_loaded_year_is_known_and_its_days_count(city):
    with city.begin() as work:
        assert not rules.calendar(work, "offices").knows(2027)
    load(city)
    with city.begin() as work:
        offices = rules.calendar(work, "offices")
    assert offices.knows(2027)
    assert not offices.works_on(date(2027, 1, 1))
    assert offices.works_on(date(2027, 1, 9))
    assert offices.spans(date(2027, 1, 5)) == MORNING
    assert not offices.works_on(date(2027, 5, 1))


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("2027-02-30,春节,0,", "date", "日期应写作 2027-01-01，且是有的日子"),
        ("2028-02-03,春节,0,", "date", "这一天不在所载入的年份里"),
        ("2027-01-01,元旦,0,", "date", "同一天写了两次"),
        ("2027-02-03,,0,", "name", "请写明节日或原因，不超过 64 字"),
        ("2027-02-03,春节,休,", "works", "上班写 1，休息写 0"),
        ("2027-02-03,春节,0,08:30-12:00", "spans", "休息日不能有时段"),
        ("2027-02-03,半天,1,8点到12点", "spans", "时段应写作 08:30-12:00|13:30-17:30"),
        ("2027-02-03,半天,1,12:00-08:30", "spans", "时段应写作 08:30-12:00|13:30-17:30"),
        ("2027-02-03,半天,1,08:30-12:00|11:00-14:00", "spans", "时段之间有重叠"),
        ("2027-02-03,半天,1,08:30-24:01", "spans", "时段应写作 08:30-12:00|13:30-17:30"),
        ("2027-02-03,春节,0,,多", "5", "这一行的列比表头多"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_loaded(city, line, column, reason):
    with city.begin() as work, pytest.raises(BadYear) as refused:
        calendars.load_year(work, 2027, f"{YEAR}\n{line}\n2027-13-01,春节,0,", actor=ADMIN, now=NEW_YEARS_EVE)
    # The blank line is counted: the number is the one that a spreadsheet shows.
    assert [(one.row, one.column, one.reason) for one in refused.value.rows] == [
        (10, column, reason),
        (11, "date", "日期应写作 2027-01-01，且是有的日子"),
    ]
    with city.begin() as work:
        assert not rules.calendar(work, "offices").knows(2027)
        assert calendars.days(work, 2027) == []
        assert calendars.changes(work) == []


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        ("", 1, "date"),
        ("date,name\n2027-01-01,元旦", 1, "works"),
        ("date,name,works,note\n2027-01-01,元旦,0,x", 1, "note"),
        ("date,name,works\n", 0, "2027-01-01"),
        (YEAR.replace("2027-10-01,国庆节,0", "2027-10-01,国庆节,1"), 0, "2027-10-01"),
    ],
)
def test_a_file_that_is_not_a_years_calendar_is_refused(city, content, row, column):
    with city.begin() as work, pytest.raises(BadYear) as refused:
        calendars.load_year(work, 2027, content, actor=ADMIN, now=NEW_YEARS_EVE)
    assert (row, column) in [(one.row, one.column) for one in refused.value.rows]


def test_a_year_loaded_again_is_the_new_file_alone(city):
    load(city)
    load(city, YEAR.replace("2027-01-09,元旦调休上班,1,\n", ""))
    with city.begin() as work:
        assert not rules.calendar(work, "offices").works_on(date(2027, 1, 9))
        calendars.drop_year(work, 2027, actor=ADMIN, now=NEW_YEARS_EVE)
    with city.begin() as work:
        assert calendars.days(work, 2027) == []
        assert not rules.calendar(work, "offices").knows(2027)


def test_a_loaded_year_goes_before_the_library_and_the_citys_files(city):
    with city.begin() as work:
        content = "date,name,works\n2026-01-01,元旦,0\n2026-05-01,劳动节,0\n2026-10-01,国庆节,0\n"
        calendars.load_year(work, 2026, content, actor=ADMIN, now=NEW_YEARS_EVE)
    with city.begin() as work:
        offices = rules.calendar(work, "offices")
        assert offices.works_on(date(2026, 2, 17))  # the Spring Festival, of which the file says nothing
        assert not offices.works_on(date(2026, 2, 14))  # a Saturday that the city's file makes a working day
        assert {day["source"] for day in calendars.days(work, 2026)} == {"administrator"}


# ── single days and a unit's own hours ──


def test_a_single_day_counts_but_makes_no_year_known(city):
    half = DayRow(on=date(2027, 1, 4), name="上午上班", works=True, spans=MORNING)
    with city.begin() as work:
        calendars.set_day(work, half, actor=ADMIN, now=NEW_YEARS_EVE)
    with city.begin() as work:
        offices = rules.calendar(work, "offices")
        assert offices.spans(date(2027, 1, 4)) == MORNING
        assert not offices.knows(2027)
        calendars.unset_day(work, date(2027, 1, 4), actor=ADMIN, now=NEW_YEARS_EVE)
        assert rules.calendar(work, "offices").spans(date(2027, 1, 4)) != MORNING
        with pytest.raises(Refused, match="没有设置过这一天"):
            calendars.unset_day(work, date(2027, 1, 4), actor=ADMIN, now=NEW_YEARS_EVE)


def test_an_administrators_day_outlives_a_new_version_of_the_citys_file(city):
    day = DayRow(on=date(2026, 10, 1), name="抢险", works=True)
    with city.begin() as work:
        calendars.set_day(work, day, actor=ADMIN, now=NEW_YEARS_EVE)
        work.session.execute(update(CityFileRecord).values(sha256="old"))
    with city.begin() as work:
        assert "calendar.csv" in load_city(work, ROOT / "city" / "practice")
        assert rules.calendar(work, "offices").works_on(date(2026, 10, 1))
        # A new version of the files is a change like another: open deadlines follow it.
        assert newest_change(work).kind == "files"


def test_a_unit_with_hours_of_its_own_keeps_only_those(city):
    week = {1: MORNING, 3: MORNING}
    with city.begin() as work:
        calendars.set_unit_hours(work, "offices", UNIT, week, actor=ADMIN, now=NEW_YEARS_EVE)
    with city.begin() as work:
        own, others = rules.calendar(work, "offices", UNIT), rules.calendar(work, "offices", "qinghu")
        assert dict(own.hours) == week
        assert others is rules.calendar(work, "offices")  # shared, with the days it has worked out
        assert calendars.hours(work, "offices", UNIT)["own"] is True
        calendars.clear_unit_hours(work, "offices", UNIT, actor=ADMIN, now=NEW_YEARS_EVE)
        assert rules.calendar(work, "offices", UNIT).hours == others.hours
        with pytest.raises(Refused):
            calendars.clear_unit_hours(work, "offices", UNIT, actor=ADMIN, now=NEW_YEARS_EVE)


@pytest.mark.parametrize(
    ("service_name", "unit", "week"),
    [
        ("offices", "nobody", {1: MORNING}),
        ("nothing", UNIT, {1: MORNING}),
        ("offices", UNIT, {}),
        ("offices", UNIT, {8: MORNING}),
    ],
)
def test_hours_of_nobody_or_of_no_time_are_refused(city, service_name, unit, week):
    with city.begin() as work, pytest.raises(BadInput):
        calendars.set_unit_hours(work, service_name, unit, week, actor=ADMIN, now=NEW_YEARS_EVE)


def test_only_an_administrator_changes_a_calendar(city):
    day = DayRow(on=date(2027, 1, 4), name="休", works=False)
    tries = [
        lambda work: calendars.load_year(work, 2027, YEAR, actor=DISPATCHER, now=NEW_YEARS_EVE),
        lambda work: calendars.drop_year(work, 2027, actor=DISPATCHER, now=NEW_YEARS_EVE),
        lambda work: calendars.set_day(work, day, actor=DISPATCHER, now=NEW_YEARS_EVE),
        lambda work: calendars.unset_day(work, day.on, actor=DISPATCHER, now=NEW_YEARS_EVE),
        lambda work: calendars.set_unit_hours(
            work, "offices", UNIT, {1: MORNING}, actor=DISPATCHER, now=NEW_YEARS_EVE
        ),
        lambda work: calendars.clear_unit_hours(work, "offices", UNIT, actor=DISPATCHER, now=NEW_YEARS_EVE),
    ]
    for attempt in tries:
        with city.begin() as work, pytest.raises(WrongRole):
            attempt(work)


# ── what is remembered ──


def test_every_change_is_written_down_with_what_was_before(city):
    load(city)
    load(city, YEAR.replace("08:30-12:00", "09:00-12:00"))
    with city.begin() as work:
        newest, first = calendars.changes(work)
        older = calendars.changes(work, before=newest["change_id"])
    assert (newest["actor_name"], newest["kind"], newest["subject"]) == ("管理员", "load_year", "2027")
    assert "2027-01-05,上午上班,1,08:30-12:00" in newest["before"]
    assert "2027-01-05,上午上班,1,09:00-12:00" in newest["after"]
    assert first["before"] == []
    assert older == [first]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE calendar_change SET actor_name = 'x'",
        "DELETE FROM calendar_change",
        "TRUNCATE calendar_change CASCADE",
    ],
)
def test_the_history_cannot_be_rewritten(city, statement):
    load(city)
    with pytest.raises(DBAPIError, match="append-only"), city.begin() as work:
        work.session.execute(text(statement))


def test_setting_a_day_to_what_it_is_changes_nothing(city):
    day = DayRow(on=date(2027, 1, 4), name="休", works=False)
    for _ in range(2):
        with city.begin() as work:
            calendars.set_day(work, day, actor=ADMIN, now=NEW_YEARS_EVE)
    with city.begin() as work:
        assert len(calendars.changes(work)) == 1


def test_a_calendar_read_before_a_change_is_not_used_after_it(city):
    with city.begin() as work:
        before = rules.calendar(work, "offices")
        assert rules.calendar(work, "offices") is before
        # Not through our own code: the database itself tells that something changed.
        work.session.execute(text("INSERT INTO calendar_day VALUES ('2027-01-04', '休', false)"))
        assert not rules.calendar(work, "offices").works_on(date(2027, 1, 4))
        work.session.rollback()
    with city.begin() as work:
        assert rules.calendar(work, "offices") is before


def test_two_administrators_at_once_load_one_calendar_and_then_the_other(city):
    gate, failed = threading.Barrier(2), []

    def run(content: str) -> None:
        gate.wait()
        try:
            load(city, content)
        except Exception as error:
            failed.append(error)

    files = [YEAR, YEAR.replace("2027-01-09,元旦调休上班,1,\n", "")]
    threads = [threading.Thread(target=run, args=(content,)) for content in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with city.begin() as work:
        newest, first = calendars.changes(work)
        assert newest["before"] == first["after"]
        assert len(calendars.days(work, 2027)) in {6, 7}


# ── open deadlines follow ──


def test_loading_a_year_moves_the_open_deadlines_that_reach_into_it_and_says_so(city):
    with city.begin() as work:
        case = a_sent_case(work)
        before = case.orders[0].due_at
    load(city)
    assert follow(city) == 1
    after = due_of(city, case.id)
    assert after > before
    with city.begin() as work:
        found = work.session.get_one(CaseRecord, case.id)
        notes = list(work.session.scalars(select(TimelineRecord).where(TimelineRecord.case_id == case.id)))
        wakings = select(WakingRecord.due_at).where(WakingRecord.case_id == case.id, WakingRecord.fired_at.is_(None))
        assert found.version > case.version
        assert after in set(work.session.scalars(wakings))
        assert before not in set(work.session.scalars(wakings))
    assert [note.actor_name for note in notes if note.note and "期限重新计算" in note.note] == ["管理员"]


def test_recomputing_twice_moves_nothing_twice(city):
    with city.begin() as work:
        case = a_sent_case(work)
    load(city)
    with city.begin() as work:
        change_id = newest_change(work).id
    assert follow(city) == 1
    with city.begin() as work:
        again = calendars.recompute_batch(work, change_id, now=NEW_YEARS_EVE)
        notes = select(TimelineRecord).where(
            TimelineRecord.case_id == case.id, TimelineRecord.note.contains("重新计算")
        )
        assert (again.visited, again.done) == (0, True)
        assert len(list(work.session.scalars(notes))) == 1


def test_a_case_that_was_sent_while_the_calendar_changed_is_found_in_the_second_round(city):
    with city.begin() as sending:
        case = a_sent_case(sending)
        before = case.orders[0].due_at
        load(city)
        assert follow(city) == 0  # nobody sees the case yet
    assert due_of(city, case.id) == before
    assert follow(city, now=LATER) == 1
    assert due_of(city, case.id) > before


def test_a_case_that_does_not_move_gets_no_line_in_its_story(city):
    with city.begin() as work:
        case = a_sent_case(work)
        lines = select(TimelineRecord.id).where(TimelineRecord.case_id == case.id)
        before = list(work.session.scalars(lines))
        calendars.set_day(work, DayRow(on=date(2027, 1, 3), name="周日", works=False), actor=ADMIN, now=NEW_YEARS_EVE)
    assert follow(city) == 0
    with city.begin() as work:
        assert list(work.session.scalars(lines)) == before


def test_many_cases_are_gone_through_in_batches_and_a_half_done_change_is_found_again(city):
    with city.begin() as work:
        cases = [a_sent_case(work).id for _ in range(5)]
    load(city)
    with city.begin() as work:
        change_id = newest_change(work).id
        first = calendars.recompute_batch(work, change_id, now=NEW_YEARS_EVE, at_most=2)
    assert (first.visited, first.moved, first.done) == (2, 2, False)
    with city.begin() as work:  # the process died here
        assert calendars.still_due(work, NEW_YEARS_EVE + timedelta(seconds=1)) == [change_id]
        assert calendars.still_due(work, NEW_YEARS_EVE) == []
    assert follow(city, at_most=2) == 3
    assert len({due_of(city, case) for case in cases}) == 1
    assert follow(city, now=LATER) == 0
    with city.begin() as work:
        assert calendars.still_due(work, NEW_YEARS_EVE + timedelta(days=1)) == []
        done = work.session.get_one(CalendarRecomputeRecord, change_id)
        assert (done.visited, done.moved) == (10, 5)


def test_of_two_runs_at_once_the_second_leaves_the_work_to_the_first(city):
    with city.begin() as work:
        a_sent_case(work)
    load(city)
    with city.begin() as work:
        change_id = newest_change(work).id
        assert calendars.recompute_batch(work, change_id, now=NEW_YEARS_EVE).moved == 1
        with city.begin() as other:  # while the first has not committed
            second = calendars.recompute_batch(other, change_id, now=NEW_YEARS_EVE)
    assert (second.visited, second.done) == (0, True)


def test_a_day_that_no_open_clock_runs_through_moves_nothing(city):
    with city.begin() as work:
        case = a_sent_case(work)
        before = case.orders[0].due_at
        closed = a_sent_case(work)
        closed.state = CaseState.CLOSED.value
    far = DayRow(on=date(2027, 8, 3), name="休", works=False)
    with city.begin() as work:
        calendars.set_day(work, far, actor=ADMIN, now=NEW_YEARS_EVE)
    assert follow(city) == 0
    assert due_of(city, case.id) == before
    with city.begin() as work:
        assert work.session.get_one(CalendarRecomputeRecord, newest_change(work).id).visited == 0
    load(city)
    assert follow(city) == 1
    assert due_of(city, closed.id) == before  # what is over stays as it was


def test_a_units_own_hours_move_its_own_orders_only(city):
    with city.begin() as work:
        case = a_sent_case(work)
        given = Given(unit="linjiang-chengguan", reason="按职责")
        other = a_draft(work, now=NEW_YEARS_EVE)
        service.register(work, other.id, actor=AGENT, now=NEW_YEARS_EVE)
        service.act(work, other.case_no, Action.DISPATCH, actor=DISPATCHER, given=given, now=NEW_YEARS_EVE)
        before = other.orders[0].due_at
    with city.begin() as work:
        calendars.set_unit_hours(work, "offices", UNIT, {1: MORNING}, actor=ADMIN, now=NEW_YEARS_EVE)
    assert follow(city) == 1
    assert due_of(city, case.id).astimezone(CITY_ZONE).strftime("%a %H:%M") == "Mon 12:00"
    assert due_of(city, other.id) == before


def test_a_change_is_announced_and_a_moved_case_too(database, bus):
    heard = []
    bus.on(CalendarChanged, heard.append)
    bus.on(CaseMoved, heard.append)
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
        case = a_sent_case(work)
    heard.clear()
    load(database)
    follow(database)
    assert [type(event) for event in heard] == [CalendarChanged, CaseMoved]
    assert heard[1].case_id == case.id


def test_a_preview_counts_what_would_move_and_changes_nothing(city, bus):
    with city.begin() as work:
        case = a_sent_case(work)
        before, version = case.orders[0].due_at, case.version
    heard = []
    bus.on(CalendarChanged, heard.append)
    bus.on(CaseMoved, heard.append)
    with city.begin() as work:
        tried = calendars.preview_year(work, 2027, YEAR, actor=ADMIN, now=NEW_YEARS_EVE)
    assert (tried.faults, tried.days, tried.looked_at, tried.would_move, tried.more) == ((), 7, 1, 1, False)
    assert heard == []
    assert due_of(city, case.id) == before
    with city.begin() as work:
        assert work.session.get_one(CaseRecord, case.id).version == version
        assert not rules.calendar(work, "offices").knows(2027)
        assert calendars.changes(work) == []
        bad = calendars.preview_year(work, 2027, "date,name,works\nx,y,z", actor=ADMIN, now=NEW_YEARS_EVE)
    assert [one.column for one in bad.faults] == ["date"]


# ── what is shown ──


def test_years_say_where_their_holidays_come_from(city):
    with city.begin() as work:
        shown = {one["year"]: one["source"] for one in calendars.years(work, now=at("2026-11-23 09:00"))}
    assert shown == {2025: "library", 2026: "library", 2027: "unknown", 2028: "unknown"}
    load(city)
    with city.begin() as work:
        shown = {one["year"]: one for one in calendars.years(work, now=at("2026-11-23 09:00"))}
    assert (shown[2027]["source"], shown[2027]["loaded_by"], shown[2027]["own_days"]) == ("loaded", "管理员", 7)


def test_an_unknown_year_is_warned_of_when_it_begins_soon_or_a_deadline_reaches_it(city):
    with city.begin() as work:
        assert calendars.unknown_ahead(work, now=at("2026-06-01 09:00")) == []
        assert calendars.unknown_ahead(work, now=at("2026-11-01 09:00")) == [2027]
        a_sent_case(work)
        assert calendars.unknown_ahead(work, now=at("2026-06-01 09:00")) == [2027]
    load(city)
    with city.begin() as work:
        assert calendars.unknown_ahead(work, now=at("2026-11-01 09:00")) == []


def test_the_days_of_a_year_come_from_all_three_sources(city):
    with city.begin() as work:
        day = DayRow(on=date(2026, 11, 24), name="大会", works=False)
        calendars.set_day(work, day, actor=ADMIN, now=NEW_YEARS_EVE)
        of_2026 = {one["on"]: one for one in calendars.days(work, 2026)}
        of_2025 = {one["on"]: one for one in calendars.days(work, 2025)}
    assert of_2026[date(2026, 11, 24)]["source"] == "administrator"
    assert of_2026[date(2026, 2, 14)] == {
        "on": date(2026, 2, 14),
        "name": "春节调休上班",
        "works": True,
        "spans": "",
        "source": "city",
    }
    assert of_2025[date(2025, 10, 1)]["source"] == "library"
    assert of_2025[date(2025, 9, 28)]["name"] == "国庆节调休上班"
