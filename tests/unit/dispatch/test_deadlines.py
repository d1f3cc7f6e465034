"""Working time, against tables and against counting minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.deadlines import (
    ClockStopped,
    Limit,
    LimitUnit,
    Pause,
    Span,
    WorkCalendar,
    deadline,
    library_knows,
    worked_minutes,
)

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


# ── where other systems go wrong ──

ALWAYS = WorkCalendar(hours=dict.fromkeys(range(1, 8), (Span(opens=0, closes=1440),)))
MORNING = (Span(opens=510, closes=720),)


def pause(starts: str, ends: str | None) -> Pause:
    return Pause(starts=at(starts), ends=at(ends) if ends else None)


@pytest.mark.parametrize(
    ("started", "count", "due"),
    [
        ("2026-11-23 23:30", 60, "2026-11-24 00:30"),  # no minute is lost at midnight
        ("2026-11-23 00:00", 1440, "2026-11-24 00:00"),
        ("2026-11-23 00:00", 1441, "2026-11-24 00:01"),
        ("2026-12-31 23:00", 120, "2027-01-01 01:00"),
        ("2026-02-16 12:00", 60, "2026-02-16 13:00"),  # what never closes knows no Spring Festival
    ],
)
def test_a_service_that_never_closes_counts_every_minute(started, count, due):
    answer = deadline(at(started), minutes(count), ALWAYS)
    assert answer.at == at(due)
    assert answer.unknown_years == ()


@pytest.mark.parametrize(
    ("started", "limit", "due"),
    [
        ("2026-02-14 16:30", minutes(60), "2026-02-24 09:30"),  # from the make-up Saturday over the festival
        ("2026-02-16 10:00", minutes(1), "2026-02-24 09:01"),  # begun in the festival
        ("2026-09-20 11:00", minutes(120), "2026-09-20 14:30"),  # a make-up Sunday, with its lunch
        ("2026-09-20 11:00", days(1), "2026-09-21 17:00"),
        ("2026-09-18 11:00", days(1), "2026-09-20 17:00"),
        ("2026-11-23 09:00", minutes(390), "2026-11-23 17:00"),  # exactly the day: due at its close, not next morning
        ("2026-11-23 12:30", minutes(210), "2026-11-23 17:00"),  # begun at lunch, exactly the afternoon
        ("2026-11-23 17:00", minutes(1), "2026-11-24 09:01"),  # begun at the close
        ("2026-11-23 12:00", minutes(1), "2026-11-23 13:31"),
    ],
)
def test_known_traps(started, limit, due):
    assert deadline(at(started), limit, LUNCH).at == at(due)


def test_a_half_day_has_its_own_hours_and_counts_as_a_day():
    half = replace(LUNCH, days={date(2026, 11, 24): MORNING})
    assert deadline(at("2026-11-23 10:00"), days(1), half).at == at("2026-11-24 12:00")
    assert deadline(at("2026-11-23 16:00"), minutes(300), half).at == at("2026-11-25 09:30")


def test_a_day_can_be_given_hours_on_a_weekend():
    sunday = replace(LUNCH, days={date(2026, 11, 29): MORNING})
    assert deadline(at("2026-11-27 10:00"), days(1), sunday).at == at("2026-11-29 12:00")


def test_spans_that_touch_or_overlap_count_no_minute_twice():
    messy = (Span(opens=720, closes=1020), Span(opens=540, closes=720), Span(opens=600, closes=730))
    calendar = WorkCalendar(hours=dict.fromkeys(range(1, 6), messy))
    assert calendar.spans(date(2026, 11, 23)) == (Span(opens=540, closes=1020),)
    assert deadline(at("2026-11-23 08:00"), minutes(480), calendar).at == at("2026-11-23 17:00")


@pytest.mark.parametrize(("opens", "closes"), [(600, 600), (700, 600), (-1, 5), (0, 1441)])
def test_a_span_that_is_none_is_refused(opens, closes):
    with pytest.raises(ValueError, match="no span"):
        Span(opens=opens, closes=closes)


def test_summer_time_of_another_zone_does_not_shift_a_natural_limit():
    new_york = datetime(2026, 10, 31, 20, tzinfo=ZoneInfo("America/New_York"))  # its clocks go back that night
    assert deadline(new_york, natural(1440), PLAIN).at.astimezone(UTC) == datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "paused", "due"),
    [
        (natural(60), pause("2026-11-23 09:30", "2026-11-23 11:00"), "2026-11-23 11:30"),
        (natural(60), pause("2026-11-23 10:00", "2026-11-23 11:00"), "2026-11-23 10:00"),  # used up before it
        (minutes(60), pause("2026-11-23 08:00", "2026-11-23 16:45"), "2026-11-24 09:45"),
        (minutes(60), pause("2026-11-23 12:00", "2026-11-23 13:30"), "2026-11-23 10:00"),  # lunch is no time anyway
        (days(1), pause("2026-11-24 09:00", "2026-11-24 16:59"), "2026-11-24 17:00"),  # running again at the close
        (days(1), pause("2026-11-24 16:59", "2026-11-24 17:00"), "2026-11-25 17:00"),
        (days(1), pause("2026-11-24 17:00", "2026-11-26 10:00"), "2026-11-24 17:00"),  # the day was over
        (days(2), pause("2026-11-24 12:00", "2026-11-26 10:00"), "2026-11-27 17:00"),
    ],
)
def test_what_a_pause_does_to_each_kind_of_limit(limit, paused, due):
    assert deadline(at("2026-11-23 09:00"), limit, LUNCH, pauses=[paused]).at == at(due)


def test_pauses_that_overlap_stop_the_clock_once():
    twice = [pause("2026-11-23 09:30", "2026-11-23 10:30"), pause("2026-11-23 10:00", "2026-11-23 11:00")]
    assert deadline(at("2026-11-23 09:00"), natural(60), PLAIN, pauses=twice).at == at("2026-11-23 11:30")


@pytest.mark.parametrize("limit", [natural(3000), minutes(900), days(3)])
def test_a_clock_that_stands_still_has_no_deadline_yet_and_says_what_had_passed(limit):
    with pytest.raises(ClockStopped) as stopped:
        deadline(at("2026-11-23 09:00"), limit, LUNCH, pauses=[pause("2026-11-24 18:00", None)])
    assert stopped.value.counted
    assert stopped.value.counted[-1].ends <= at("2026-11-24 18:00")


def test_a_pause_is_written_with_a_zone_and_forwards():
    with pytest.raises(ValueError, match="time zone"):
        Pause(starts=datetime(2026, 11, 23), ends=None)
    with pytest.raises(ValueError, match="before"):
        pause("2026-11-23 10:00", "2026-11-23 09:00")


def test_a_negative_limit_is_an_error():
    with pytest.raises(ValueError, match="negative"):
        deadline(at("2026-11-23 09:00"), days(-1), PLAIN)


def test_working_days_show_their_lunch_breaks():
    due = deadline(at("2026-11-27 11:00"), days(1), LUNCH)
    assert [(one.starts, one.ends) for one in due.segments] == [
        (at("2026-11-30 09:00"), at("2026-11-30 12:00")),
        (at("2026-11-30 13:30"), at("2026-11-30 17:00")),
    ]


@pytest.mark.parametrize(
    ("limit", "share", "instant"),
    [
        (days(2), 0.5, "2026-11-24 17:00"),
        (days(1), 0.5, "2026-11-24 13:45"),  # of 390 minutes, over the lunch
        (minutes(390), 0.8, "2026-11-23 15:42"),
        (natural(100), 0.8, "2026-11-23 10:20"),
        (natural(0), 0.5, "2026-11-23 09:00"),
        (days(2), 1, "2026-11-25 17:00"),
        (days(2), 0, "2026-11-24 09:00"),
    ],
)
def test_a_share_of_a_limit_passes_in_counted_time(limit, share, instant):
    assert deadline(at("2026-11-23 09:00"), limit, LUNCH).share_at(share) == at(instant)


def test_a_share_beyond_the_whole_is_an_error():
    with pytest.raises(ValueError, match="between"):
        deadline(at("2026-11-23 09:00"), days(1), LUNCH).share_at(1.1)


def test_worked_minutes_leave_out_nights_lunches_and_pauses():
    paused = [pause("2026-11-24 09:00", "2026-11-24 10:00")]
    starts, ends = at("2026-11-23 16:00"), at("2026-11-24 14:00")
    assert worked_minutes(starts, ends, LUNCH) == 60 + 180 + 30
    assert worked_minutes(starts, ends, LUNCH, paused) == 60 + 120 + 30
    assert worked_minutes(ends, starts, LUNCH) == 0


def test_the_library_is_asked_which_years_it_knows():
    newest = max(chinese_calendar.constants.holidays).year
    assert library_knows(newest)
    assert not library_knows(newest + 1)
    assert not library_knows(1999)


def test_a_limit_that_ends_at_the_midnight_of_an_unknown_year_has_not_entered_it():
    late = WorkCalendar(hours=dict.fromkeys(range(1, 6), (Span(opens=600, closes=1440),)))
    due = deadline(at("2026-12-30 09:00"), days(1), late)
    assert due.at == at("2027-01-01 00:00")
    assert due.unknown_years == ()
    assert deadline(at("2026-12-31 09:00"), days(1), late).unknown_years == (2027,)


def test_in_a_loaded_year_the_library_is_not_asked():
    loaded = replace(PLAIN, years=frozenset({2026}))  # a city that declares a year without any holiday
    assert deadline(at("2026-09-30 09:00"), days(1), loaded).at == at("2026-10-01 17:30")


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
