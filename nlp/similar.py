"""A light likeness of two requests: words, matter, place and time, with reasons a clerk can check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import exp, sqrt

from nlp.clauses import joined, without_fillers
from nlp.numbers import to_arabic
from nlp.titles import matters

_NOT_CHINESE_OR_FIGURE = re.compile(r"[^\u4e00-\u9fff0-9a-zA-Z]+")
_EMPTY = set("的了是我在有和就不人都一这上也很到说要去你会着没看好自己们那么吗呢吧个请")
_WEEK_DAYS, _MONTH_DAYS = 7.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Described:
    """A request as far as likeness needs it.

    place: the place's own name, "" when unknown. area_code: the finest code known, "" likewise.
    at: when it was received, aware; None when unknown.
    """

    text: str
    place: str = ""
    area_code: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """share: 0 unlike to 1 the same. reasons: in Chinese, strongest first."""

    share: float
    reasons: tuple[str, ...]


def likeness(a: Described, b: Described) -> Likeness:
    """How alike two requests are. The same wording at two different places is not the same matter,
    so a known difference of place keeps the share at or below one half.
    """
    words = _cosine(_grams(a.text), _grams(b.text))
    shared = [m.stem for m in matters(to_arabic(joined(a.text))) if m.stem in _stems(b.text)]
    place, where = _place_share(a, b)
    near, when = _time_share(a, b)
    share = 0.45 * words + 0.2 * bool(shared) + 0.27 * place + 0.08 * near
    if a.place and b.place and place == 0:
        share = min(share, 0.5)
    reasons = [where] if place >= 0.5 else []
    reasons += [f"都反映{'、'.join(shared[:2])}"] if shared else []
    reasons += ["文字相近"] if words >= 0.3 else []
    return Likeness(share=round(min(1.0, share), 3), reasons=(*reasons, *([when] if near >= 0.3 else [])))


def most_alike(
    one: Described, others: Iterable[tuple[str, Described]], *, top: int = 5, at_least: float = 0.4
) -> list[tuple[str, Likeness]]:
    """The keys of the likeliest others with their likeness, best first."""
    rated = [(key, likeness(one, other)) for key, other in others]
    return sorted((r for r in rated if r[1].share >= at_least), key=lambda r: (-r[1].share, r[0]))[:top]


def _stems(text: str) -> set[str]:
    return {matter.stem for matter in matters(to_arabic(joined(text)))}


def _grams(text: str) -> Counter[str]:
    """Pairs of neighbouring signs, without those made of empty words only."""
    bare = _NOT_CHINESE_OR_FIGURE.sub("", without_fillers(to_arabic(joined(text))))
    pairs = (bare[i : i + 2] for i in range(len(bare) - 1))
    return Counter(pair for pair in pairs if not (pair[0] in _EMPTY or pair[1] in _EMPTY))


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    dot = sum(count * b[pair] for pair, count in a.items())
    size = sqrt(sum(c * c for c in a.values())) * sqrt(sum(c * c for c in b.values()))
    return dot / size if size else 0.0


def _place_share(a: Described, b: Described) -> tuple[float, str]:
    if a.place and a.place == b.place:
        return 1.0, f"同一地点：{a.place}"
    if not a.area_code or not b.area_code:
        return 0.0, ""
    if a.place and b.place:
        return 0.0, ""  # two places of one street are still two places
    for length, share, words in ((12, 0.6, "同一社区"), (9, 0.5, "同一街道")):
        if len(a.area_code) >= length and a.area_code[:length] == b.area_code[:length]:
            return share, words
    return 0.0, ""


def _time_share(a: Described, b: Described) -> tuple[float, str]:
    """1 at the same moment, falling by half in about three weeks."""
    if a.at is None or b.at is None:
        return 0.0, ""
    days = abs((a.at - b.at).total_seconds()) / 86_400
    words = "一周之内" if days <= _WEEK_DAYS else f"相隔{days:.0f}天"
    return exp(-days / _MONTH_DAYS), words
