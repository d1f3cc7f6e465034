"""How urgent the words are: danger named, and whether it is there, feared, denied or long over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from nlp.clauses import joined
from nlp.lexicon_files import rows

_SENTENCE_BREAK = re.compile(r"[，。！？；、,;!?\n]|但是|但|不过|可是|而且")
_BACK = 14  # signs before a danger word in which "no" or "last year" belongs to it
_ASKED = re.compile(
    r"^[^，。！？]{0,8}(?:吗|怎么(?:办理|赔|申请|预防)|了没有(?=$|[，。？?])|多少钱|的?(?:演练|培训|知识|宣传|保险|隐患|风险|标准|规定))"
)
_NOT_A_DENIAL = re.compile(r"没有?人(?:管|来|处理)|是不是|有没有")
_WHY_NOT = {
    "denied": "说的是没有",
    "hypothetical": "只是担心或假设",
    "past": "是过去的事",
    "over": "已经恢复",
    "habitual": "说的是长期情况",
}
_EASED = {"over": "已得到控制", "habitual": "说的是长期情况"}


class Level(StrEnum):
    """How urgent (紧急程度)."""

    CRITICAL = "critical"  # 特急: danger to life or property now
    URGENT = "urgent"  # 紧急: daily life or safety is broken off
    NORMAL = "normal"  # 一般


@dataclass(frozen=True, kw_only=True)
class Urgency:
    """The verdict. share: how sure, 0 to 1. reason: in Chinese, for the desk.

    danger_words: as said, only those that count.
    """

    level: Level
    share: float
    reason: str
    danger_words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Hit:
    word: str
    level: Level
    reason: str
    standing: str  # "now" or a key of _WHY_NOT


@dataclass(frozen=True, kw_only=True)
class _Danger:
    """One row of the danger list. fear_counts: "I am afraid he will jump" is as good as the thing itself."""

    pattern: re.Pattern[str]
    level: Level
    reason: str
    fear_counts: bool


@cache
def _danger() -> tuple[_Danger, ...]:
    return tuple(
        _Danger(
            pattern=re.compile(row["pattern"]),
            level=Level(row["level"]),
            reason=row["reason"],
            fear_counts=row["fear_counts"] == "1",
        )
        for row in rows("danger.csv")
    )


@cache
def _context() -> dict[str, re.Pattern[str]]:
    return {row["sort"]: re.compile(row["pattern"]) for row in rows("danger_context.csv")}


def urgency(text: str) -> Urgency:
    """How urgent a text is. Danger that is denied, feared, asked about or long past does not count;
    danger that has just ended, or that comes again and again, is urgent and not critical.
    """
    hits = list(_hits(joined(text)))
    for level in (Level.CRITICAL, Level.URGENT):
        present = [h for h in hits if h.level is level and h.standing == "now"]
        if present:
            return _verdict(level, present)
    ended = [h for h in hits if h.level is Level.CRITICAL and h.standing in {"over", "habitual"}]
    if ended:
        words, reason = tuple(h.word for h in ended), f"提到{ended[0].reason}，{_EASED[ended[0].standing]}"
        return Urgency(level=Level.URGENT, share=0.6, reason=reason, danger_words=words)
    if hits:
        reason = f"提到{hits[0].reason}，但{_WHY_NOT[hits[0].standing]}"
        return Urgency(level=Level.NORMAL, share=0.7, reason=reason, danger_words=())
    return Urgency(level=Level.NORMAL, share=0.9, reason="没有危险或紧急的词", danger_words=())


def _verdict(level: Level, hits: list[_Hit]) -> Urgency:
    reasons = tuple(dict.fromkeys(hit.reason for hit in hits))
    share = min(0.97, 0.82 + 0.06 * len(reasons))
    words = tuple(dict.fromkeys(hit.word for hit in hits))
    return Urgency(level=level, share=round(share, 2), reason="提到" + "、".join(reasons), danger_words=words)


def _hits(text: str) -> Iterator[_Hit]:
    for danger in _danger():
        for match in danger.pattern.finditer(text):
            standing = _standing(text, match)
            if standing == "hypothetical" and danger.fear_counts and not _ASKED.match(text[match.end() :]):
                standing = "now"
            yield _Hit(word=match[0], level=danger.level, reason=danger.reason, standing=standing)


def _standing(text: str, match: re.Match[str]) -> str:
    """Whether the danger is there now, judged by the words around it in its own clause."""
    context = _context()
    before = _SENTENCE_BREAK.split(text[max(0, match.start() - _BACK) : match.start()])[-1]
    after = text[match.end() : match.end() + 12]
    if context["denied"].search(before[-6:]) and not _NOT_A_DENIAL.search(before):
        return "denied"
    if after.startswith("过") or "过火" in match[0]:
        return "past"
    if context["past"].search(before + match[0]) and not context["now"].search(before):
        return "past"
    if context["habit"].search(before + match[0]) and not context["now"].search(before):
        return "habitual"
    if context["hypothetical"].search(before[-8:]) or _ASKED.match(after):
        return "hypothetical"
    return "over" if context["over"].search(text[match.end() : match.end() + 24]) else "now"
