"""Working time, against tables and against counting minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.deadlines import Limit, LimitUnit, Span, WorkCalendar, deadline

CITY = ZoneInfo("Asia/Shanghai")
WHOLE = (Span(opens=8 * 60 + 30, closes=17 * 60 + 30),)
WITH_LUNCH = (Span(opens=9 * 60, closes=12 * 60), Span(opens=13 * 60 + 30, closes=17 * 60))
PLAIN = WorkCalendar(hours=dict.fromkeys(range(1, 6), WHOLE))
LUNCH = WorkCalendar(hours=dict.fromkeys(range(1, 6), WITH_LUNCH))


def days(count: int) -> Limit:
    return Limit(quantity=count, unit=LimitUnit.WORKING_DAYS)


def minutes(count: int) -> Limit:
    return Limit(quantity=count, unit=LimitUnit.WORKING_MINUTES)


def natural(count: int) -> Limit:
    return Limit(quantity=count, unit=LimitUnit.NATURAL_MINUTES)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("started", "count", "due"),
    [
        ("2026-11-23 09:00", 1, "2026-11-24 17:30"),  # the day of receipt is not counted
        ("2026-11-23 23:59", 1, "2026-11-24 17:30"),
        ("2026-11-27 10:00", 1, "2026-11-30 17:30"),  # over a weekend
        ("2026-11-28 10:00", 5, "2026-12-04 17:30"),  # received on a Saturday
        ("2026-02-13 09:00", 1, "2026-02-14 17:30"),  # a make-up Saturday counts
        ("2026-02-14 09:00", 1, "2026-02-24 17:30"),  # the Spring Festival does not
        ("2026-02-13 09:00", 6, "2026-02-28 17:30"),  # ... and the second make-up Saturday counts again
        ("2026-09-30 09:00", 2, "2026-10-09 17:30"),
        ("2026-10-08 09:00", 2, "2026-10-10 17:30"),
    ],
)
def test_working_days_follow_the_public_holidays(started, count, due):
    assert deadline(at(started), days(count), PLAIN).at == at(due)


@pytest.mark.parametrize(
    ("started", "count", "due"),
    [
        ("2026-11-23 09:00", 60, "2026-11-23 10:00"),
        ("2026-11-23 11:30", 60, "2026-11-23 14:00"),  # lunch does not count
        ("2026-11-23 12:15", 30, "2026-11-23 14:00"),  # begun at lunch
        ("2026-11-23 07:00", 180, "2026-11-23 12:00"),  # a span filled exactly ends at its close
        ("2026-11-27 16:30", 60, "2026-11-30 09:30"),
        ("2026-11-28 16:30", 1, "2026-11-30 09:01"),
        ("2026-02-14 09:00", 10, "2026-02-14 09:10"),  # make-up Saturday, with a Monday's hours
        ("2026-02-14 16:59", 2, "2026-02-24 09:01"),
    ],
)
def test_working_minutes_run_only_while_the_offices_are_open(started, count, due):
    assert deadline(at(started), minutes(count), LUNCH).at == at(due)


def test_natural_minutes_run_day_and_night():
    assert deadline(at("2026-02-16 23:50"), natural(120), PLAIN).at == at("2026-02-17 01:50")


def test_the_day_is_the_citys_whatever_zone_the_instant_came_in():
    late = datetime(2026, 11, 23, 23, tzinfo=UTC)  # the 24th in the city
    assert deadline(late, days(1), PLAIN).at == at("2026-11-25 17:30")


@pytest.mark.parametrize("limit", [minutes(0), natural(0), days(0)])
def test_a_zero_limit_is_due_at_once(limit):
    assert deadline(at("2026-11-28 03:00"), limit, PLAIN).at == at("2026-11-28 03:00")


def test_an_unknown_year_falls_back_to_weekdays_and_says_so():
    due = deadline(at("2026-12-31 09:00"), days(1), PLAIN)
    assert due.at == at("2027-01-01 17:30")  # nobody has announced that this is a holiday
    assert due.unknown_years == (2027,)


def test_a_year_that_the_city_has_loaded_whole_is_known():
    odd = {date(2027, 1, 1): False, date(2027, 1, 2): True}
    due = deadline(at("2026-12-31 09:00"), days(1), replace(PLAIN, days=odd, years=frozenset({2027})))
    assert due.at == at("2027-01-02 17:30")
    assert due.unknown_years == ()


def test_a_single_date_makes_no_year_known():
    due = deadline(at("2026-12-31 09:00"), days(1), replace(PLAIN, days={date(2027, 1, 1): False}))
    assert due.at == at("2027-01-04 17:30")
    assert due.unknown_years == (2027,)


def test_the_citys_own_calendar_goes_before_the_library():
    calendar = WorkCalendar(hours=PLAIN.hours, days={date(2026, 11, 24): False})
    assert deadline(at("2026-11-23 09:00"), days(1), calendar).at == at("2026-11-25 17:30")


def test_a_city_that_opens_on_saturdays_counts_them_but_for_holidays():
    calendar = WorkCalendar(hours={**PLAIN.hours, 6: (Span(opens=540, closes=720),)})
    assert deadline(at("2026-11-27 09:00"), days(1), calendar).at == at("2026-11-28 12:00")
    assert deadline(at("2026-10-02 09:00"), days(1), calendar).at == at("2026-10-08 17:30")


def test_a_naive_time_and_a_city_that_never_works_are_errors():
    with pytest.raises(ValueError, match="time zone"):
        deadline(datetime(2026, 11, 23), days(1), PLAIN)
    with pytest.raises(ValueError, match="no working time"):
        deadline(at("2026-11-23 09:00"), minutes(1), WorkCalendar(hours={}))


def test_a_deadline_explains_itself_by_the_time_that_counted():
    due = deadline(at("2026-11-27 11:00"), minutes(300), LUNCH)
    assert [(one.starts, one.ends) for one in due.segments] == [
        (at("2026-11-27 11:00"), at("2026-11-27 12:00")),
        (at("2026-11-27 13:30"), at("2026-11-27 17:00")),
        (at("2026-11-30 09:00"), at("2026-11-30 09:30")),
    ]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (days(5), "5 个工作日"),
        (minutes(240), "4 个工作小时"),
        (minutes(45), "45 个工作分钟"),
        (natural(1440), "24 小时"),
        (natural(30), "30 分钟"),
        (natural(0), "0 分钟"),
    ],
)
def test_a_limit_is_written_as_people_say_it(limit, words):
    assert limit.words() == words


# ── the oracle: a second way to the same answer, slow and plain ──


def is_open(calendar: WorkCalendar, instant: datetime) -> bool:
    local = instant.astimezone(CITY)
    day, minute = local.date(), local.hour * 60 + local.minute
    works = calendar.days.get(day, day.isoweekday() <= 5)
    return works and any(span.opens <= minute < span.closes for span in calendar.hours[1])


def counted(started: datetime, count: int, calendar: WorkCalendar) -> datetime:
    instant = started
    while count:
        count -= is_open(calendar, instant)
        instant += timedelta(minutes=1)
    return instant


FIRST = date(2027, 3, 1)  # a year without the library, so that the oracle shares nothing with the engine
SPANS = st.sampled_from([WHOLE, WITH_LUNCH, (Span(opens=0, closes=1440),), (Span(opens=600, closes=601),)])


@st.composite
def calendars(draw):
    spans = draw(SPANS)
    odd = draw(st.dictionaries(st.dates(FIRST, FIRST + timedelta(days=20)), st.booleans(), max_size=8))
    return WorkCalendar(hours=dict.fromkeys(range(1, 6), spans), days=odd)


@settings(max_examples=150, deadline=None)
@given(calendars(), st.integers(0, 14 * 1440), st.integers(1, 700))
def test_the_engine_agrees_with_counting_every_minute(calendar, offset, count):
    if calendar.hours[1][0].closes - calendar.hours[1][0].opens < 5:
        count = count % 8 + 1  # one minute a day: keep the walk short
    started = datetime.combine(FIRST, time(), tzinfo=CITY) + timedelta(minutes=offset)
    assert deadline(started, minutes(count), calendar).at == counted(started, count, calendar)


@settings(max_examples=150, deadline=None)
@given(calendars(), st.integers(0, 14 * 1440), st.integers(1, 9))
def test_working_days_agree_with_counting_every_day(calendar, offset, count):
    started = datetime.combine(FIRST, time(), tzinfo=CITY) + timedelta(minutes=offset)
    due = deadline(started, days(count), calendar).at
    day, left = started.date(), count
    while left:
        day += timedelta(days=1)
        left -= is_open(calendar, datetime.combine(day, time(), tzinfo=CITY) + timedelta(minutes=600))
    assert due == datetime.combine(day, time(), tzinfo=CITY) + timedelta(minutes=calendar.hours[1][-1].closes)


@settings(max_examples=100, deadline=None)
@given(calendars(), st.integers(0, 20_000), st.integers(1, 400), st.integers(0, 400))
def test_a_longer_limit_or_a_later_start_is_never_due_earlier(calendar, offset, count, more):
    started = datetime.combine(FIRST, time(), tzinfo=CITY) + timedelta(minutes=offset)
    due = deadline(started, minutes(count), calendar).at
    assert deadline(started, minutes(count + more), calendar).at >= due
    assert deadline(started + timedelta(minutes=more), minutes(count), calendar).at >= due


@settings(max_examples=100, deadline=None)
@given(calendars(), st.integers(0, 20_000), st.integers(1, 400))
def test_the_segments_add_up_to_the_limit(calendar, offset, count):
    started = datetime.combine(FIRST, time(), tzinfo=CITY) + timedelta(minutes=offset)
    due = deadline(started, minutes(count), calendar)
    assert sum((one.ends - one.starts for one in due.segments), timedelta()) == timedelta(minutes=count)
    assert due.segments[-1].ends == due.at
