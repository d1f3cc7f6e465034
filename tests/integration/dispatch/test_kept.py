"""What a process keeps of the rules is never older than they are, whoever changes them or takes a change back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, event, text

from dispatch import rules
from dispatch.rules import CITY, CalendarDayRecord, UnitRecord

SERVICE = "offices"


def named(work, code="qinghu"):
    return rules.units(work)[code].name


def test_a_change_in_another_process_is_seen_by_the_next_transaction(city):
    with city.begin() as work:
        before = named(work)
    with city.engine.begin() as other:  # as another process would, past every session of this one
        other.execute(text("UPDATE unit SET name = '青湖新区' WHERE code = 'qinghu'"))
    with city.begin() as work:
        assert named(work) == "青湖新区" != before


@pytest.mark.parametrize(
    "change",
    [
        lambda work: setattr(work.session.get(UnitRecord, "qinghu"), "name", "改了"),
        lambda work: work.session.execute(text("UPDATE unit SET name = '改了' WHERE code = 'qinghu'")),
    ],
    ids=["a row", "a statement"],
)
def test_a_transaction_sees_its_own_change_and_nobody_sees_one_taken_back(city, change):
    with city.begin() as work:
        before = named(work)
    with city.begin() as work:
        assert named(work) == before
        attempt = work.session.begin_nested()
        change(work)
        assert named(work) == "改了"
        attempt.rollback()
        assert named(work) == before
    with city.begin() as work:
        assert named(work) == before


def test_a_new_unit_counts_before_it_is_written(city):
    with city.begin() as work:
        rules.units(work)
        new = UnitRecord(code="new", name="新", short_name="新", kind="department", parent="city", area="990100")
        work.session.add(new)
        assert rules.parents(work)["new"] == "city"


def test_a_changed_day_counts_at_once_in_its_own_transaction(city):
    day = date(2026, 11, 25)
    with city.begin() as work:
        assert rules.calendar(work, SERVICE).spans(day)
        work.session.add(CalendarDayRecord(source=CITY, on=day, name="停工", works=False, spans=[]))
        assert not rules.calendar(work, SERVICE).spans(day)
        work.session.execute(delete(CalendarDayRecord).where(CalendarDayRecord.on == day))
        assert rules.calendar(work, SERVICE).spans(day)


def test_a_transaction_asks_once_for_the_stamp_however_often_it_asks_for_rules(city):
    heard = []
    with city.begin() as work:
        rules.units(work), rules.area_names(work), rules.category_names(work), rules.calendar(work, SERVICE)
    event.listen(city.engine, "before_cursor_execute", lambda *given: heard.append(given[2]))
    with city.begin() as work:
        for _ in range(3):
            rules.units(work), rules.parents(work), rules.area_names(work), rules.calendar(work, SERVICE)
    assert heard == ["SELECT stamp FROM calendar_stamp"]
