"""Two jobs understand the same talk; the one that heard more has the word, whichever comes last."""

from __future__ import annotations

from typing import Any

from dispatch import service
from dispatch.records import CaseRecord
from tests.integration.dispatch.conftest import AGENT, MONDAY, PHONE, a_suggestion


def title(words: str) -> dict[str, Any]:
    return a_suggestion(title={"value": words, "share": 0.8, "reason": "概括"})


def open_draft(city) -> int:
    with city.begin() as work:
        caller = service.Caller(phone=PHONE)
        return service.open_draft(work, call_id=77, actor=AGENT, caller=caller, now=MONDAY).id


def suggest(city, case_id: int, words: str, *, heard: int | None) -> CaseRecord:
    with city.begin() as work:
        service.apply_suggestion(work, case_id, title(words), content=words, heard=heard, now=MONDAY)
    with city.begin() as work:
        return work.session.get_one(CaseRecord, case_id)


def test_what_was_understood_from_less_does_not_undo_what_was_understood_from_more(city):
    case_id = open_draft(city)
    newer = suggest(city, case_id, "夜市油烟和噪音扰民", heard=3)
    older = suggest(city, case_id, "油烟扰民", heard=2)
    assert (older.title, older.content) == ("夜市油烟和噪音扰民", "夜市油烟和噪音扰民")
    assert (older.version, older.suggestion) == (newer.version, newer.suggestion)


def test_what_was_understood_from_more_replaces_what_was_understood_from_less(city):
    case_id = open_draft(city)
    suggest(city, case_id, "油烟扰民", heard=2)
    assert suggest(city, case_id, "夜市油烟和噪音扰民", heard=3).title == "夜市油烟和噪音扰民"


def test_words_that_change_nothing_count_as_heard_without_a_new_version(city):
    case_id = open_draft(city)
    first = suggest(city, case_id, "油烟扰民", heard=2)
    second = suggest(city, case_id, "油烟扰民", heard=5)
    assert (second.heard, second.version) == (5, first.version)


def test_how_much_was_heard_is_no_part_of_the_suggestion(city):
    found = suggest(city, open_draft(city), "油烟扰民", heard=2)
    assert found.suggestion is not None
    assert "heard" not in found.suggestion
