"""The pure parts of lists and search: words as the server writes them, areas, numbers as people type them."""

from __future__ import annotations

import pytest

from core.errors import BadInput
from dashboard.searching import phone_of
from dispatch.lists.terms import area_prefix
from dispatch.search.lexemes import query, vector


def test_a_word_keeps_its_places_and_the_weight_of_its_part():
    assert vector([["路灯", "不亮"], [], ["路灯"]]) == "'路灯':1A,3C '不亮':2A"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["路灯"], "'路灯'"),
        (["路灯", "不亮"], "'路灯' & '不亮'"),
        (["O'Hara"], "'o''hara'"),
        (["a\\b"], "'a\\\\b'"),
        ([], ""),
        (["x" * 2001], ""),
    ],
)
def test_a_question_is_words_and_never_operators(words, written):
    assert query(words) == written


def test_a_long_text_stays_within_the_servers_limits():
    kept = vector([["字"] * 1000, [str(number) for number in range(20_000)]])
    assert kept.startswith("'字':1A,2A")
    assert kept.count("A") == 255
    assert ":16383B" in kept
    assert ":16384B" not in kept


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("990100", "9901"),
        ("990102", "990102"),
        ("990000", "99"),
        ("990102001", "990102001"),
        ("99010200", "99010200"),
    ],
)
def test_an_area_is_found_with_all_below_it(code, prefix):
    assert area_prefix(code) == prefix


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800001111", "+8613800001111"),
        ("138 0000 1111", "+8613800001111"),
        ("+86 138-0000-1111", "+8613800001111"),
        ("8613800001111", "+8613800001111"),
        ("0571-88880000", "+8657188880000"),
        ("(0571) 88880000", "+8657188880000"),
        ("+4930123456", "+4930123456"),
    ],
)
def test_a_number_is_understood_however_it_is_written(typed, number):
    assert phone_of(typed) == number


@pytest.mark.parametrize("typed", ["1380000", "王小明", "12345", "138000011112222333344", "20261123-000001"])
def test_part_of_a_number_finds_nobody(typed):
    with pytest.raises(BadInput):
        phone_of(typed)
