"""What a robot decides at the end of a talk: to answer or to register, and what it fills in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

# Whoever asks for news of a burst pipe wants it mended; a real question is far above this.
CONSULT_FROM_SHARE: Final = 0.8
LONGEST_TITLE: Final = 60  # schemas.DraftForm
REGISTERED: Final = "已为您登记，感谢来电，再见。"
FAREWELL: Final = "感谢来电，再见。"
NOT_UNDERSTOOD: Final = "来电内容未能识别，请听录音"
NOT_YET_HEARD: Final = "来电内容待转写，请听录音"

_SENTENCE_END: Final = re.compile(r"[，。！？；\n,.!?;]")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to enter into the draft, what to do with it, and what to tell the caller."""

    action: Literal["answer", "register"]
    fields: dict[str, Any] = field(default_factory=dict)
    farewell: str = REGISTERED


def decide(detail: Mapping[str, Any]) -> Decision:
    """Return what to do with a call of which something was heard. detail: schemas.CallDetail as JSON."""
    draft = detail.get("draft") or {}
    form, suggestion = draft.get("form") or {}, draft.get("suggestion") or {}
    words = caller_words(detail)
    fields = _missing(form, suggestion, title=_first_sentence(words), content="\n".join(words))
    if words and _is_consultation(suggestion):
        answer = general_answer(suggestion)
        return Decision(action="answer", fields=fields | {"answer": answer}, farewell=answer + FAREWELL)
    if not words:
        title = NOT_UNDERSTOOD if (detail.get("listening") or {}).get("available") else NOT_YET_HEARD
        return Decision(action="register", fields=_missing(form, suggestion, title=title, content=title))
    return Decision(action="register", fields=fields)


def caller_words(detail: Mapping[str, Any]) -> list[str]:
    """Return what the caller has said so far, an item an utterance."""
    said = detail.get("words") or []
    return [one["text"] for one in said if one["speaker"] == "caller" and one["text"].strip()]


def general_answer(suggestion: Mapping[str, Any]) -> str:
    """Return an answer that promises nothing: what the matter is, who is responsible, how to learn more."""
    categories, units = suggestion.get("categories") or [], suggestion.get("units") or []
    about = f"属于“{categories[0]['name']}”" if categories else "已记录"
    by = f"，由{units[0]['unit']['name']}负责" if units else ""
    where = "您可以向该单位了解" if units else "您可以到政务服务大厅了解"
    return f"您好，您咨询的事项{about}{by}。{where}办理条件和所需材料，也可以随时再拨12345。"


def _is_consultation(suggestion: Mapping[str, Any]) -> bool:
    kind = suggestion.get("kind") or {}
    urgent = (suggestion.get("urgency") or {}).get("value") in ("critical", "urgent")
    return kind.get("value") == "consult" and kind.get("share", 0) >= CONSULT_FROM_SHARE and not urgent


def _missing(form: Mapping[str, Any], suggestion: Mapping[str, Any], *, title: str, content: str) -> dict[str, Any]:
    """Return the required fields that are still empty: as suggested, else as given here."""
    offered = {
        "kind": _value(suggestion, "kind") or "help",
        "title": _value(suggestion, "title") or title,
        "content": content,
    }
    return {name: value for name, value in offered.items() if not (form.get(name) or "").strip()}


def _value(suggestion: Mapping[str, Any], name: str) -> str | None:
    guess = suggestion.get(name)
    return guess["value"] if guess else None


def _first_sentence(words: list[str]) -> str:
    """Return the first piece that says something; a greeting alone does not."""
    pieces = [piece.strip() for text in words for piece in _SENTENCE_END.split(text)]
    telling = [piece for piece in pieces if len(piece) > 4] or [piece for piece in pieces if piece]
    return telling[0][:LONGEST_TITLE] if telling else NOT_UNDERSTOOD
