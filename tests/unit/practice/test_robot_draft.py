"""What a robot decides at the end of a talk."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.practice.robot_draft import (
    CONSULT_FROM_SHARE,
    LONGEST_TITLE,
    NOT_UNDERSTOOD,
    NOT_YET_HEARD,
    decide,
    general_answer,
)

CARE = {"code": "110301", "name": "医保报销", "share": 0.9, "words": []}
OFFICE = {"unit": {"code": "yibao", "name": "澜州市医疗保障局"}, "share": 0.9, "reason": "", "duty_no": None}


def a_guess(value: str, share: float = 0.9) -> dict[str, Any]:
    return {"value": value, "share": share, "reason": ""}


def a_suggestion(**fields: Any) -> dict[str, Any]:
    plain = {"kind": a_guess("help"), "title": a_guess("望江花园停水"), "categories": [], "units": []}
    return {"revision": 3, "urgency": a_guess("normal"), **plain, **fields}


def a_call(
    *said: str,
    form: dict[str, Any] | None = None,
    suggestion: dict[str, Any] | None = None,
    listening: bool = True,
) -> dict[str, Any]:
    words = [{"speaker": "caller", "text": text} for text in said]
    return {
        "words": [{"speaker": "agent", "text": "请讲"}, *words],
        "draft": {"form": form or {}, "suggestion": suggestion},
        "listening": {"available": listening},
    }


@pytest.mark.parametrize(
    ("kind", "share", "urgency", "action"),
    [
        ("consult", 0.99, "normal", "answer"),
        ("consult", CONSULT_FROM_SHARE, "normal", "answer"),
        ("consult", CONSULT_FROM_SHARE - 0.01, "normal", "register"),
        # Who asks how to get out of a burning house is not given an address.
        ("consult", 0.99, "critical", "register"),
        ("consult", 0.99, "urgent", "register"),
        ("help", 0.99, "normal", "register"),
        ("report", 0.99, "normal", "register"),
    ],
)
def test_only_a_plain_question_is_answered_on_the_line(kind: str, share: float, urgency: str, action: str) -> None:
    suggestion = a_suggestion(kind=a_guess(kind, share), urgency=a_guess(urgency))
    assert decide(a_call("医保怎么报销", suggestion=suggestion)).action == action


def test_an_answer_is_written_down_before_it_is_given() -> None:
    suggestion = a_suggestion(kind=a_guess("consult"), categories=[CARE], units=[OFFICE])
    decision = decide(a_call("医保怎么报销", suggestion=suggestion))
    assert decision.fields["answer"]
    assert decision.farewell.startswith(decision.fields["answer"])


def test_the_answer_names_the_matter_and_the_unit_and_nothing_else() -> None:
    said = general_answer(a_suggestion(categories=[CARE], units=[OFFICE]))
    assert "医保报销" in said
    assert "澜州市医疗保障局" in said


def test_without_a_unit_the_answer_names_none() -> None:
    assert "负责" not in general_answer(a_suggestion())


def test_what_a_form_already_holds_is_left_alone() -> None:
    form = {"kind": "complaint", "title": "油烟", "content": "楼下油烟很大"}
    assert decide(a_call("楼下油烟很大", form=form, suggestion=a_suggestion())).fields == {}


def test_empty_fields_are_taken_from_the_suggestions() -> None:
    fields = decide(a_call("家里停水了", form={"title": "  "}, suggestion=a_suggestion())).fields
    assert fields == {"kind": "help", "title": "望江花园停水", "content": "家里停水了"}


def test_without_suggestions_the_first_telling_piece_is_the_title() -> None:
    fields = decide(a_call("你好，我家楼下的路灯不亮了，晚上很黑")).fields
    assert (fields["kind"], fields["title"]) == ("help", "我家楼下的路灯不亮了")


def test_a_title_is_no_longer_than_its_field() -> None:
    assert len(decide(a_call("很" * 200)).fields["title"]) == LONGEST_TITLE


@pytest.mark.parametrize(("listening", "title"), [(True, NOT_UNDERSTOOD), (False, NOT_YET_HEARD)])
def test_a_call_without_words_becomes_a_case_that_says_so(listening: bool, title: str) -> None:
    decision = decide(a_call(listening=listening))
    assert (decision.action, decision.fields["title"]) == ("register", title)


def test_a_call_without_a_draft_is_decided_all_the_same() -> None:
    assert decide(a_call("路灯不亮") | {"draft": None}).action == "register"
