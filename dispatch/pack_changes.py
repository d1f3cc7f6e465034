"""What is different between two packs, in words: the limits that a case would get, then the other settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dispatch.deadlines import Limit
from dispatch.packs import KINDS, SETTINGS, URGENCIES, Limits, Pack, RateWeights, Special, Statute

_KINDS = {"consult": "咨询", "help": "求助", "complaint": "投诉", "report": "举报", "suggestion": "建议"}
_URGENCIES = {"critical": "特急", "urgent": "紧急", "normal": "一般"}
_PARTS = {"dispatch": "派单时限", "sign": "签收时限", "contact": "联系时限", "result": "办理时限"}
_EVERY_KIND = "全部诉求"
_NONE = "无"
_EXTENSIONS = {"original": "不超过原时限", "statute": "不超过法定期限"}
# Compared by what they do to a case, or case by case; not as one value.
_APART = frozenset({"name", "rules", "statutes", "special"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference. path: where it stands in the file; for limits the case it is about.

    before, after: the values in words, such as 5 个工作日 and 7 天.
    """

    path: str
    title: str
    before: str
    after: str

    def words(self) -> str:
        """Return the difference as one line."""
        return f"{self.title} {self.before} → {self.after}"


def changes(before: Pack, after: Pack, classes: Mapping[str, str]) -> list[Change]:
    """Return what `after` does otherwise than `before`. classes: code -> name of a class of matter."""
    return [
        *_limits(before, after, classes),
        *_statutes(before, after, classes),
        *_specials(before, after),
        *_settings(before, after),
    ]


def _limits(before: Pack, after: Pack, classes: Mapping[str, str]) -> Iterator[Change]:
    """Compare the limits that each sort of case gets, so that rules put otherwise but meaning the same are silent."""
    for category in (None, *_categories(before, after)):
        for urgency in URGENCIES:
            for part in _PARTS:
                yield from _kinds(before, after, (category, urgency, part), classes)


def _categories(*packs: Pack) -> list[str]:
    of_rules = {rule.category for pack in packs for rule in pack.rules if rule.category}
    return sorted(of_rules | {law.category for pack in packs for law in pack.statutes})


def _kinds(
    before: Pack, after: Pack, place: tuple[str | None, str, str], classes: Mapping[str, str]
) -> Iterator[Change]:
    category, urgency, part = place
    found: dict[str, tuple[str, str]] = {}
    for kind in KINDS:
        pair = _pair(before, after, kind, category, urgency, part)
        shorter = category[:-2] or None if category else None
        said_above = category is not None and pair == _pair(before, after, kind, shorter, urgency, part)
        if pair[0] != pair[1] and not said_above:
            found[kind] = pair
    of_class = f"{classes.get(category, category)}·" if category else ""
    where = f"{category}." if category else ""
    title = f"·{_URGENCIES[urgency]} {_PARTS[part]}"
    if len(found) == len(KINDS) and len(set(found.values())) == 1:
        found = {"*": next(iter(found.values()))}
    for kind, (old, new) in found.items():
        named = of_class + _KINDS.get(kind, _EVERY_KIND) + title
        yield Change(path=f"rules.{where}{kind}.{urgency}.{part}", title=named, before=old, after=new)


def _pair(before: Pack, after: Pack, kind: str, category: str | None, urgency: str, part: str) -> tuple[str, str]:
    old, new = (_limit_of(pack.limits(kind, urgency, category), part) for pack in (before, after))
    return old, new


def _limit_of(limits: Limits, part: str) -> str:
    limit: Limit | None = getattr(limits, part)
    return limit.words() if limit else _NONE


def _statutes(before: Pack, after: Pack, classes: Mapping[str, str]) -> Iterator[Change]:
    old, new = (_by_matter(pack.statutes) for pack in (before, after))
    for key in sorted(old.keys() | new.keys()):
        category, kind = key
        named = f"{classes.get(category, category)}·{_KINDS.get(kind, _EVERY_KIND)} 法定期限"
        yield from _differs(f"statutes.{category}.{kind or '*'}", named, old.get(key, _NONE), new.get(key, _NONE))


def _by_matter(statutes: Sequence[Statute]) -> dict[tuple[str, str], str]:
    return {(law.category, law.kind or ""): f"{law.limit.words()}（{law.name}）" for law in statutes}


def _specials(before: Pack, after: Pack) -> Iterator[Change]:
    old, new = ({one.code: one for one in pack.special} for pack in (before, after))
    for code in sorted(old.keys() | new.keys()):
        named = (new.get(code) or old[code]).title
        yield from _differs(f"special.{code}", named, _special(old.get(code)), _special(new.get(code)))


def _special(one: Special | None) -> str:
    return one.limit.words() if one else _NONE


def _settings(before: Pack, after: Pack) -> Iterator[Change]:
    for one in SETTINGS:
        if one.attribute not in _APART:
            old, new = getattr(before, one.attribute), getattr(after, one.attribute)
            if one.attribute == "assumed":
                old, new = f"{len(old)} 项", f"{len(new)} 项"
            if old != new:
                yield Change(path=one.path, title=one.title, before=_words(old), after=_words(new))


def _differs(path: str, title: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(path=path, title=title, before=before, after=after)


def _words(value: Any) -> str:
    if isinstance(value, Limit):
        return value.words()
    if isinstance(value, RateWeights):
        return f"响应 {value.responded:g}、解决 {value.solved:g}、满意 {value.satisfied:g}"
    if isinstance(value, float):
        return f"{value * 100:g}%"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "、".join(_words(one) for one in value) or _NONE
    return _EXTENSIONS.get(value, value) if isinstance(value, str) else str(value)
