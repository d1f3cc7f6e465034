"""The engine against a bitmap of every minute of eleven years, walked minute by minute.

The oracle shares nothing with the engine: it knows no spans, no segments and no calendar class, only a week,
a list of odd days and one byte for each minute from 2020 to 2030.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.deadlines import (
    ClockStopped,
    Due,
    Limit,
    LimitUnit,
    Pause,
    Span,
    WorkCalendar,
    deadline,
    worked_minutes,
)

CITY = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIRST, LAST = date(2020, 1, 1), date(2030, 12, 31)
MIDNIGHT = datetime(2020, 1, 1, tzinfo=CITY)
DAYS = (LAST - FIRST).days + 1

# A week as text; the days from Monday to Sunday, "-" closed.
OFFICE, LUNCH, LATE = "08:30-17:30", "09:00-12:00 13:30-17:00", "06:00-08:00 08:00-12:15 14:00-18:30 20:00-24:00"
WEEKS = {
    "offices": [OFFICE] * 5 + ["-", "-"],
    "with lunch": [LUNCH] * 5 + ["-", "-"],
    "a unit of its own": [LATE, LUNCH, "-", LATE, "10:00-10:01", "09:00-12:00", "-"],
    "nights": ["00:00-06:00 22:00-24:00"] * 7,
    "round the clock, but weekends": ["00:00-24:00"] * 5 + ["-", "-"],
    "never closes": ["00:00-24:00"] * 7,
}
NAMES = [*WEEKS, "by the library"]
OWN_HOURS = ["08:30-12:00", "13:30-17:30", "00:00-00:01", "23:00-24:00", "09:00-10:00 11:00-12:00 15:00-15:30"]
UNITS = [LimitUnit.WORKING_MINUTES, LimitUnit.WORKING_DAYS, LimitUnit.NATURAL_MINUTES]


@cache
def odd_days(name: str) -> dict[date, str]:
    """Return invented holidays ("-"), make-up days ("as usual") and days with hours of their own."""
    rng, found = random.Random(name), {}
    for year in range(2020, 2031):
        for _ in range(6):  # holidays of some days, often over a weekend
            first = date(year, 1, 1) + rng.randrange(360) * DAY
            found |= {first + offset * DAY: "-" for offset in range(rng.randint(1, 8))}
        found |= {date(year, 1, 1) + rng.randrange(365) * DAY: "as usual" for _ in range(25)}
        found |= {date(year, 1, 1) + rng.randrange(365) * DAY: rng.choice(OWN_HOURS) for _ in range(12)}
    return found


# ── the engine's side: the same facts as the engine wants them ──


def spans_of(text: str) -> tuple[Span, ...]:
    pairs = [part.split("-") for part in text.split()] if text != "-" else []
    return tuple(Span(opens=minute_of(opens), closes=minute_of(closes)) for opens, closes in pairs)


def minute_of(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@cache
def calendar_of(name: str) -> WorkCalendar:
    if name == "by the library":
        return WorkCalendar(hours={day: spans_of(LUNCH) for day in range(1, 6)})
    hours = {day: spans_of(text) for day, text in enumerate(WEEKS[name], 1)}
    rules = {
        on: text == "as usual" if text in {"-", "as usual"} else spans_of(text) for on, text in odd_days(name).items()
    }
    return WorkCalendar(hours=hours, days=rules, years=frozenset(range(2020, 2031)))


# ── the oracle's side ──


@cache
def open_minutes(text: str) -> bytes:
    """Return one byte a minute of a day: 1 where some span covers it."""
    found = bytearray(1440)
    for minute in range(1440):
        for part in text.split() if text != "-" else []:
            opens, closes = part.split("-")
            if minute_of(opens) <= minute < minute_of(closes):
                found[minute] = 1
    return bytes(found)


def text_of(name: str, day: date) -> str:
    if name == "by the library":
        return LUNCH if day.year <= 2026 and chinese_calendar.is_workday(day) else "-"
    week, odd = WEEKS[name], odd_days(name).get(day)
    if odd is None or week == ["00:00-24:00"] * 7:
        return week[day.weekday()]
    if odd == "as usual":
        return week[day.weekday()] if week[day.weekday()] != "-" else week[0]
    return odd


@cache
def bitmap(name: str) -> bytes:
    return b"".join(open_minutes(text_of(name, FIRST + offset * DAY)) for offset in range(DAYS))


def running(bits: bytes, pauses: list[tuple[int, int]]) -> bytearray:
    left = bytearray(bits)
    for starts, ends in pauses:
        left[starts:ends] = bytes(ends - starts)
    return left


def oracle(name: str, started: int, quantity: int, unit: LimitUnit, pauses: list[tuple[int, int]]) -> int:
    """Return the minute at which the limit ends."""
    if quantity == 0:
        return started
    if unit is LimitUnit.WORKING_DAYS:
        return oracle_days(name, started, quantity, pauses)
    bits = bitmap(name) if unit is LimitUnit.WORKING_MINUTES else b"\x01" * (DAYS * 1440)
    bits, minute = running(bits, pauses), started
    while quantity:
        quantity -= bits[minute]
        minute += 1
    return minute


def oracle_days(name: str, started: int, quantity: int, pauses: list[tuple[int, int]]) -> int:
    bits, day, closes = bitmap(name), started // 1440, 0
    clock = running(b"\x01" * (DAYS * 1440), pauses)
    while quantity:
        day += 1
        for minute in range(day * 1440 + 1439, day * 1440 - 1, -1):
            if bits[minute]:
                if clock[minute]:
                    quantity, closes = quantity - 1, minute + 1
                break
    return closes


# ── questions ──


@dataclass(frozen=True)
class Question:
    name: str
    started: int
    quantity: int
    unit: LimitUnit
    pauses: tuple[tuple[int, int], ...] = ()

    def answer(self) -> int:
        return oracle(self.name, self.started, self.quantity, self.unit, list(self.pauses))


Engine = Callable[[datetime, Limit, WorkCalendar, tuple[Pause, ...]], Due]


def the_engine(started: datetime, limit: Limit, calendar: WorkCalendar, pauses: tuple[Pause, ...]) -> Due:
    return deadline(started, limit, calendar, pauses=pauses)


def asked(question: Question, engine: Engine = the_engine, zone: ZoneInfo = CITY) -> Due:
    limit = Limit(quantity=question.quantity, unit=question.unit)
    pauses = tuple(Pause(starts=at(starts), ends=at(ends)) for starts, ends in question.pauses)
    return engine(at(question.started).astimezone(zone), limit, calendar_of(question.name), pauses)


def at(minute: int) -> datetime:
    return (MIDNIGHT.astimezone(UTC) + minute * MINUTE).astimezone(CITY)


def minute_at(instant: datetime) -> int:
    return (instant - MIDNIGHT.astimezone(UTC)) // MINUTE


def boundary_or_any(name: str) -> st.SearchStrategy[int]:
    """Minutes of 2020 to 2025, half of them within a minute of where a day turns or an office opens or shuts."""
    turns = sorted(
        {minute_of(clock) for text in [*WEEKS.get(name, []), LUNCH] for clock in text.replace("-", " ").split()}
    )
    near = st.builds(
        lambda day, turn, off: max(0, day * 1440 + turn + off),
        st.integers(0, 2190),
        st.sampled_from([0, *turns]),
        st.sampled_from([-1, 0, 1]),
    )
    return st.one_of(near, st.integers(0, 2190 * 1440))


ANY_UNIT = st.sampled_from(UNITS)


@st.composite
def questions(draw, units=ANY_UNIT, pauses: int = 3) -> Question:
    name, unit = draw(st.sampled_from(NAMES)), draw(units)
    started = draw(boundary_or_any(name))
    quantity = draw(st.integers(0, 15) if unit is LimitUnit.WORKING_DAYS else st.integers(0, 3000))
    stops = draw(
        st.lists(
            st.tuples(st.integers(-1440, 12 * 1440), st.one_of(st.integers(0, 600), st.integers(0, 9000))),
            max_size=pauses,
        )
    )
    found = ((max(0, started + offset), max(0, started + offset) + length) for offset, length in stops)
    return Question(name, started, quantity, unit, tuple(found))


ZONES = st.sampled_from([CITY, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")])


@settings(max_examples=500, deadline=None)
@given(questions(), ZONES)
def test_the_engine_ends_every_limit_on_the_oracles_minute(question, zone):
    assert minute_at(asked(question, zone=zone).at) == question.answer()


@settings(max_examples=200, deadline=None)
@given(questions(units=st.just(LimitUnit.WORKING_MINUTES)))
def test_the_segments_are_the_oracles_counted_minutes(question):
    due = asked(question)
    counted = [minute for one in due.segments for minute in range(minute_at(one.starts), minute_at(one.ends))]
    bits = running(bitmap(question.name), list(question.pauses))
    assert counted == [minute for minute in range(question.started, question.answer()) if bits[minute]]
    assert len(counted) == question.quantity


@settings(max_examples=200, deadline=None)
@given(questions(units=st.just(LimitUnit.WORKING_DAYS)))
def test_the_segments_of_working_days_are_the_open_unpaused_minutes_of_the_days_counted(question):
    due = asked(question)
    if not question.quantity:
        return
    bits = running(bitmap(question.name), list(question.pauses))
    days = {minute_at(one.starts) // 1440 for one in due.segments}
    counted = [minute for one in due.segments for minute in range(minute_at(one.starts), minute_at(one.ends))]
    assert len(days) == question.quantity
    assert counted == [m for day in sorted(days) for m in range(day * 1440, day * 1440 + 1440) if bits[m]]
    assert all(earlier.ends <= later.starts for earlier, later in pairwise(due.segments))


@settings(max_examples=200, deadline=None)
@given(questions(), st.integers(0, 100))
def test_a_share_of_a_limit_has_passed_when_that_many_of_its_minutes_have(question, hundredths):
    due = asked(question)
    counted = [minute for one in due.segments for minute in range(minute_at(one.starts), minute_at(one.ends))]
    whole = len(counted) * hundredths // 100
    if not counted or whole == 0:
        return
    assert minute_at(due.share_at(whole / len(counted)) - timedelta(microseconds=1)) == counted[whole - 1]
    assert due.share_at(1) == due.at


@settings(max_examples=200, deadline=None)
@given(questions(), st.integers(0, 20_000))
def test_worked_minutes_are_the_oracles_bits(question, length):
    pauses = tuple(Pause(starts=at(starts), ends=at(ends)) for starts, ends in question.pauses)
    ends = question.started + length
    worked = worked_minutes(at(question.started), at(ends), calendar_of(question.name), pauses)
    assert worked == sum(running(bitmap(question.name), list(question.pauses))[question.started : ends])


@settings(max_examples=200, deadline=None)
@given(questions(), st.integers(1, 59_999_999))
def test_a_start_within_a_minute_ends_within_the_minutes_of_its_neighbours(question, microseconds):
    limit = Limit(quantity=question.quantity, unit=question.unit)
    pauses = tuple(Pause(starts=at(starts), ends=at(ends)) for starts, ends in question.pauses)
    started = at(question.started) + timedelta(microseconds=microseconds)
    due = deadline(started, limit, calendar_of(question.name), pauses=pauses)
    after = asked(replace(question, started=question.started + 1))
    assert asked(question).at <= due.at <= after.at
    if question.unit is not LimitUnit.WORKING_DAYS:
        counted = sum((one.ends - one.starts for one in due.segments), timedelta())
        assert counted == question.quantity * MINUTE


@settings(max_examples=300, deadline=None)
@given(questions(), st.integers(0, 5000))
def test_a_later_start_is_never_due_earlier(question, later):
    assert asked(replace(question, started=question.started + later)).at >= asked(question).at


@settings(max_examples=300, deadline=None)
@given(questions(), st.integers(1, 500))
def test_a_longer_limit_is_never_due_earlier(question, more):
    # But for the zero limit, which is due at once even while the clock stands.
    assert asked(replace(question, quantity=question.quantity + more)).at >= asked(question).at


@settings(max_examples=300, deadline=None)
@given(questions(), st.integers(0, 9000), st.integers(0, 5000))
def test_one_pause_more_never_shortens_a_limit(question, offset, length):
    starts = question.started + offset
    paused = replace(question, pauses=(*question.pauses, (starts, starts + length)))
    assert asked(paused).at >= asked(question).at


@settings(max_examples=200, deadline=None)
@given(questions(units=st.sampled_from(UNITS[:1] + UNITS[2:]), pauses=0), st.integers(0, 9000))
def test_an_open_pause_gives_no_deadline_unless_the_limit_was_used_up_before(question, offset):
    stop = Pause(starts=at(question.started + offset), ends=None)
    plain = asked(question)
    limit = Limit(quantity=question.quantity, unit=question.unit)
    if plain.at <= stop.starts or not question.quantity:
        assert deadline(at(question.started), limit, calendar_of(question.name), pauses=[stop]) == plain
        return
    with pytest.raises(ClockStopped) as stopped:
        deadline(at(question.started), limit, calendar_of(question.name), pauses=[stop])
    assert all(one.ends <= stop.starts for one in stopped.value.counted)


# ── the oracle can fail: engines that are wrong in the ways that engines are wrong ──


def without_odd_days(started, limit, calendar, pauses):
    return deadline(started, limit, replace(calendar, days={}), pauses=pauses)


def without_make_up_days(started, limit, calendar, pauses):
    days = {on: rule for on, rule in calendar.days.items() if rule is not True}
    return deadline(started, limit, replace(calendar, days=days), pauses=pauses)


def without_half_days(started, limit, calendar, pauses):
    days = {on: bool(rule) for on, rule in calendar.days.items()}
    return deadline(started, limit, replace(calendar, days=days), pauses=pauses)


def through_lunch(started, limit, calendar, pauses):
    hours = {day: (Span(opens=s[0].opens, closes=s[-1].closes),) for day, s in calendar.hours.items() if s}
    return deadline(started, limit, replace(calendar, hours=hours), pauses=pauses)


def from_the_day_of_receipt(started, limit, calendar, pauses):
    days = limit.unit is LimitUnit.WORKING_DAYS
    return deadline(started - DAY if days else started, limit, calendar, pauses=pauses)


def without_pauses(started, limit, calendar, pauses):
    return deadline(started, limit, calendar)


def pauses_added_at_the_end(started, limit, calendar, pauses):
    due = deadline(started, limit, calendar)
    return replace(due, at=due.at + sum((one.ends - one.starts for one in pauses), timedelta()))


def a_minute_short(started, limit, calendar, pauses):
    due = deadline(started, limit, calendar, pauses=pauses)
    turns = due.at.astimezone(CITY).strftime("%H:%M") == "00:00"  # the 24/7 calendar that loses midnight
    return replace(due, at=due.at - MINUTE) if turns else due


def by_greenwich(started, limit, calendar, pauses):
    return deadline(started, limit, replace(calendar, zone=ZoneInfo("UTC")), pauses=pauses)


BROKEN = [
    without_odd_days,
    without_make_up_days,
    without_half_days,
    through_lunch,
    from_the_day_of_receipt,
    without_pauses,
    pauses_added_at_the_end,
    a_minute_short,
    by_greenwich,
]


def sample() -> list[Question]:
    """Return the same 600 questions every time."""
    rng, found = random.Random(12345), []
    for _ in range(600):
        name, unit, started = rng.choice(NAMES), rng.choice(UNITS), rng.randrange(2000 * 1440)
        quantity = (
            rng.randint(1, 15)
            if unit is LimitUnit.WORKING_DAYS
            else rng.choice([60, 240, 1440, rng.randint(1, 3000)])
        )
        offset, length = rng.randrange(3000), rng.randrange(4000)
        pauses = ((started + offset, started + offset + length),) if rng.random() < 0.4 else ()
        found.append(Question(name, started, quantity, unit, pauses))
    return found


@cache
def answers() -> list[tuple[Question, int]]:
    return [(question, question.answer()) for question in sample()]


def wrong(engine: Engine) -> int:
    return sum(minute_at(asked(question, engine).at) != answer for question, answer in answers())


def test_the_sample_finds_nothing_wrong_with_the_engine():
    assert wrong(the_engine) == 0


@pytest.mark.parametrize("engine", BROKEN, ids=lambda engine: engine.__name__)
def test_the_oracle_catches_an_engine_that_is(engine):
    assert wrong(engine) > 0
