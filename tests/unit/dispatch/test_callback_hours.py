"""The next try of a callback, by brute force over every minute of the days ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from core.clock import CITY_ZONE
from dispatch.callbacks.hours import PartOfDay, is_open, next_try, part_of
from dispatch.working_time import Span, WorkCalendar

MINUTE = timedelta(minutes=1)
DESK = WorkCalendar(hours={day: (Span(opens=9 * 60, closes=20 * 60),) for day in range(1, 8)})
OFFICE = WorkCalendar(hours={day: (Span(opens=510, closes=720), Span(opens=810, closes=1050)) for day in range(1, 6)})
START = datetime(2026, 11, 26, 0, 7, tzinfo=CITY_ZONE)  # a Thursday


def by_minutes(earliest: datetime, calendar: WorkCalendar, wanted: set[PartOfDay]) -> datetime:
    at = earliest
    while True:
        local = at.astimezone(CITY_ZONE)
        minute = local.hour * 60 + local.minute
        is_open = any(span.opens <= minute < span.closes for span in calendar.spans(local.date()))
        if is_open and part_of(at, calendar) in wanted:
            return at
        at = (at + MINUTE).replace(second=0)


@pytest.mark.parametrize("calendar", [DESK, OFFICE], ids=["desk", "office"])
@pytest.mark.parametrize("tried", [one for count in (1, 2) for one in permutations(list(PartOfDay)[:2], count)])
def test_it_is_the_first_open_minute_of_a_part_not_tried(calendar, tried):
    left = set(PartOfDay) - set(tried)
    for hour in range(0, 96, 5):
        earliest = START + timedelta(hours=hour)
        at = next_try(earliest, calendar, tried)
        if calendar is OFFICE and left == {PartOfDay.EVENING}:
            # Offices open until half past five: the evening is short, but it is there.
            assert part_of(at, calendar) is PartOfDay.EVENING
        assert at == by_minutes(earliest, calendar, left)


def test_when_every_part_has_been_tried_another_than_the_last_will_do():
    at = next_try(START, DESK, [PartOfDay.EVENING, PartOfDay.AFTERNOON, PartOfDay.MORNING])
    assert part_of(at, DESK) is PartOfDay.AFTERNOON


def test_a_desk_that_never_opens_is_called_from_the_earliest_moment_on():
    assert next_try(START, WorkCalendar(hours={}), [PartOfDay.MORNING]) == START


@pytest.mark.parametrize("calendar", [DESK, OFFICE], ids=["desk", "office"])
def test_nobody_is_rung_up_outside_the_hours(calendar):
    for quarter in range(96 * 7):
        at = START + quarter * timedelta(minutes=15)
        local = at.astimezone(CITY_ZONE)
        minute = local.hour * 60 + local.minute
        wanted = any(span.opens <= minute < span.closes for span in calendar.spans(local.date()))
        assert is_open(at, calendar) == wanted
