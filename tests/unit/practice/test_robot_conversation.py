"""How long a robot waits for words before it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.practice.robot_conversation import (
    SETTLED_S,
    WAITS_FOR_SUGGESTION_S,
    WAITS_FOR_WORDS_S,
    _rest_s,
)

NOTED_AT_MS = 20_000


def a_call(*, caller: bool, thanks_at_ms: int | None, revision: int | None = 1, listening: bool = True) -> Any:
    words = [{"speaker": "agent", "text": "请讲", "at_ms": 100}]
    words += [{"speaker": "caller", "text": "停水了", "at_ms": 9_000}] if caller else []
    words += [{"speaker": "agent", "text": "好的", "at_ms": thanks_at_ms}] if thanks_at_ms else []
    suggestion = {"revision": revision} if revision else None
    return {
        "words": words,
        "draft": {"suggestion": suggestion},
        "listening": {"available": listening},
    }


@pytest.mark.parametrize(
    ("call", "rest_s"),
    [
        (a_call(caller=True, thanks_at_ms=20_300), SETTLED_S),
        # The clocks of the phone and of the centre begin some hundred milliseconds apart.
        (a_call(caller=True, thanks_at_ms=19_200), SETTLED_S),
        (a_call(caller=True, thanks_at_ms=None), WAITS_FOR_SUGGESTION_S),
        (a_call(caller=True, thanks_at_ms=20_300, revision=None), WAITS_FOR_SUGGESTION_S),
        (a_call(caller=False, thanks_at_ms=20_300), WAITS_FOR_SUGGESTION_S),
        (a_call(caller=False, thanks_at_ms=None), WAITS_FOR_WORDS_S),
        (a_call(caller=False, thanks_at_ms=None, listening=False), SETTLED_S),
    ],
)
def test_a_robot_goes_on_when_nothing_more_can_come(call: Any, rest_s: float) -> None:
    assert _rest_s(call, NOTED_AT_MS) == rest_s
