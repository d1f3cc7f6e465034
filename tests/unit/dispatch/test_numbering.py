"""Case numbers: readable, sortable, and a slip of the pen is noticed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.numbering import case_no, check_digit, is_valid, order_no

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2099, 12, 31))
SEQUENCES = st.integers(1, 999_999)


def test_the_check_digit_is_that_of_the_published_example():
    # H. M. Damm's scheme: 572 has the check digit 4.
    assert check_digit("572") == 4


@given(DAYS, SEQUENCES)
def test_every_number_we_give_is_valid(on, sequence):
    assert is_valid(case_no(on, sequence))


@given(DAYS, SEQUENCES, st.integers(0, 14), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(on, sequence, place, step):
    digits = list(case_no(on, sequence).replace("-", ""))
    digits[place] = str((int(digits[place]) + step) % 10)
    assert check_digit("".join(digits)) != 0
    text = "".join(digits)
    assert not is_valid(f"{text[:8]}-{text[8:14]}-{text[14]}")


@given(DAYS, SEQUENCES, st.integers(0, 13))
def test_two_swapped_neighbours_are_noticed(on, sequence, place):
    digits = list(case_no(on, sequence).replace("-", ""))
    if digits[place] == digits[place + 1]:
        return
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    assert check_digit("".join(digits)) != 0


@given(DAYS, SEQUENCES, DAYS, SEQUENCES)
def test_numbers_sort_as_they_were_given_out(day, sequence, other_day, other):
    first, second = (day, sequence), (other_day, other)
    assert (case_no(*first) < case_no(*second)) == (first < second)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "20261323-000001-0",
        "20261123-000000-0",
        "20261123-00001-1",
        " 20261123-000012-0",
        "２０２６",
    ],
)
def test_what_is_no_case_number_is_not_valid(text):
    assert not is_valid(text)


@pytest.mark.parametrize("sequence", [0, -1, 1_000_000])
def test_a_sequence_outside_its_places_is_refused(sequence):
    with pytest.raises(ValueError, match="sequence"):
        case_no(date(2026, 11, 23), sequence)


def test_an_order_carries_its_cases_number():
    assert order_no("20261123-000012-7", 2) == "20261123-000012-7-2"
