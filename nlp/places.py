"""Finding the city's places in talk, also when they were misheard."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from nlp import syllables

_LEVEL_SHARE = {
    "city": 0.3,
    "district": 0.6,
    "street": 0.8,
    "community": 0.88,
    "place": 0.95,
    "unknown": 0.35,
}
_GENERIC = (
    "菜市场|农贸市场|批发市场|幼儿园|派出所|卫生院|人民医院|医院|家属院|家属区|地铁站|火车站|汽车站|风景区|度假区|公园|花园|小区|新村|新区|家园|"
    "宿舍|公寓|广场|中学|小学|学校|市场|社区|街道|大道|大街|水库|大桥|湿地|苑|路|街|巷|村|镇|乡|区|县|市|站|桥|河|里|园"
)
_SUFFIX = re.compile(f"(?:{_GENERIC})$")
_NUMERAL = r"[0-9零一二三四五六七八九十百两]{1,5}"
_HOUSE = re.compile(
    rf"(?:小区)?的?((?:[A-Za-z]|{_NUMERAL})(?:号楼|号院|栋|幢|座|单元|楼|层|室|户|期|弄|号(?!线|窗|柜|早|上午|中午|下午|晚|凌晨|开始|那天|到|起))"
    rf"(?:(?:{_NUMERAL})(?:号楼|单元|楼|层|室|户|号))*(?:{_NUMERAL}(?=[，。,.\s的住]|$))?)"
)
_CROSSING = re.compile(r"(?:的)?(?:交叉口|交汇处|交叉路口|路口|十字路口)")
_AND = re.compile(r"[和与跟同、]?$")
_AREA, _PLACE = "\ue000", "\ue001"  # stand for names already found
# A name nobody told us of: the caller says where he is, and the words end like a place.
_UNLISTED = re.compile(
    f"(?:{_AREA}|我?们?家?住在|我?们?家在|位于|我们?是|就在|在|住)([\u4e00-\u9fff]{{2,6}}?"
    "(?:小区|花园|家园|新村|公寓|大厦|广场|中学|小学|幼儿园|大道|苑|路|街|巷|村))"
)
_NOT_A_NAME = re.compile(
    r"^(?:这|那|我|你|他|她|它|哪|某|一|两|几|每|整|本|该|附近|旁|里|外|上|下|前|后|家|走|马|半|农|城中|学校|路|大|让|划|对|创|建|修)|读|跑|的|了|个|不|有|在|把|被|到"
)

_SoundKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class PlaceGuess:
    """A place named in a text.

    raw: the words as they stand in the text, from `start` to `end`, house number included.
    name: the city's own name for it. detail: house, building, unit or crossing, "" if none.
    area_code: the finest area known, "" when the place is not in the city's list.
    share: how likely the matter lies there, 0 to 1. reason: why, in Chinese, for the desk.
    """

    raw: str
    name: str
    area_code: str
    share: float
    reason: str
    start: int
    end: int
    detail: str = ""
    level: str = "place"

    @property
    def address(self) -> str:
        """Name and house number as one writes them on a form."""
        return self.name + self.detail


@dataclass(frozen=True, kw_only=True)
class _Entry:
    surface: str
    name: str
    area_code: str
    level: str
    sounds: tuple[frozenset[str], ...]
    proper: int  # leading syllables that tell this name from others of its kind
    is_alias: bool


class Gazetteer:
    """The city's names, indexed for exact and for misheard finding. Built once, then only read."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._exact: dict[str, list[_Entry]] = defaultdict(list)
        self._by_sound: dict[_SoundKey, list[_Entry]] = defaultdict(list)
        self._districts = {e.area_code: e.name for e in entries if e.level == "district" and not e.is_alias}
        for entry in sorted(entries, key=lambda e: -len(e.surface)):
            self._exact[entry.surface[0]].append(entry)
            if len(entry.surface) >= (4 if entry.is_alias else 3):
                first, second = ({syllables.rough(sound) for sound in sounds} for sounds in entry.sounds[:2])
                for key in product(first, second):
                    self._by_sound[key].append(entry)

    @classmethod
    def from_rows(cls, areas: Iterable[Mapping[str, str]], places: Iterable[Mapping[str, str]]) -> Gazetteer:
        """Build from rows shaped like `areas.csv` and `places.csv` (see city/README.md)."""
        entries: dict[str, _Entry] = {}
        for area in areas:
            _add(entries, area, area["code"], area["level"])
        for place in places:
            _add(entries, place, place["area"], "place")
        return cls(list(entries.values()))

    def find(self, text: str) -> list[PlaceGuess]:
        """The places named in the text, likeliest first; [] when it names none.

        A finer and longer name beats a coarser one; a place outside the district that the
        caller named is less likely, because one of the two was misheard.
        """
        taken: list[PlaceGuess] = []
        taken.extend(self._exactly(text))
        taken.extend(self._by_ear(text, taken))
        taken.extend(_unlisted(text, taken))
        taken = _crossings(text, sorted(taken, key=lambda guess: guess.start))
        taken = [_with_house(text, guess) for guess in taken]
        return sorted(map(self._weighed_by(taken), taken), key=lambda g: (-g.share, g.start))

    def _exactly(self, text: str) -> list[PlaceGuess]:
        found, at = [], 0
        while at < len(text):
            entry = next((e for e in self._exact.get(text[at], ()) if text.startswith(e.surface, at)), None)
            if entry is None:
                at += 1
                continue
            end = at + len(entry.surface)
            reason = "与地名一致" if not entry.is_alias else f"是“{entry.name}”的别称"
            found.append(_guess(entry, text, at, end, loss=0.05 * entry.is_alias, reason=reason))
            at = end
        return found

    def _by_ear(self, text: str, known: Sequence[PlaceGuess]) -> list[PlaceGuess]:
        free = [True] * len(text)
        for guess in known:
            free[guess.start : guess.end] = [False] * (guess.end - guess.start)
        heard: list[tuple[float, _Entry, int]] = []
        for at in range(len(text) - 2):
            if free[at] and "\u4e00" <= text[at] <= "\u9fff":
                heard.extend(self._heard_at(text, at, free))
        return _without_overlaps(heard, text)

    def _heard_at(self, text: str, at: int, free: Sequence[bool]) -> Iterable[tuple[float, _Entry, int]]:
        for entry in self._by_sound.get((syllables.roughly(text[at]), syllables.roughly(text[at + 1])), ()):
            end = at + len(entry.surface)
            if end <= len(text) and all(free[at:end]):
                cost = _cost(entry, text[at:end])
                if cost is not None:
                    yield cost, entry, at

    def _weighed_by(self, guesses: Sequence[PlaceGuess]) -> _Weigh:
        named = {g.area_code: g.name for g in guesses if g.level == "district"}
        return _Weigh(named, self._districts)


class _Weigh:
    """Compares a place with the districts that were named beside it."""

    def __init__(self, named: Mapping[str, str], districts: Mapping[str, str]) -> None:
        self._named, self._districts = named, districts

    def __call__(self, guess: PlaceGuess) -> PlaceGuess:
        if not self._named or guess.level in {"district", "city"}:
            return guess
        if not guess.area_code:
            return replace(guess, area_code=next(iter(self._named))) if len(self._named) == 1 else guess
        own = guess.area_code[:6]
        if own in self._named:
            share = round(min(0.99, guess.share + 0.03), 3)
            return replace(guess, share=share, reason=f"{guess.reason}，与所说的{self._named[own]}相符")
        if own not in self._districts:
            return guess
        said = "、".join(self._named.values())
        reason = f"{guess.reason}，但它在{self._districts[own]}，与所说的{said}不符"
        return replace(guess, share=round(guess.share * 0.6, 3), reason=reason)


def _add(entries: dict[str, _Entry], row: Mapping[str, str], code: str, level: str) -> None:
    """Enter a name and its aliases; a surface that is taken stays with the first, the wider area."""
    for surface in filter(None, (row["name"], *row["aliases"].split("|"))):
        is_alias = surface != row["name"]
        known = entries.get(surface)
        if known is not None and (is_alias or not known.is_alias or known.level != level):
            continue
        suffix = _SUFFIX.search(surface)
        proper = suffix.start() if suffix and suffix.start() >= 2 else len(surface)
        entries[surface] = _Entry(
            surface=surface,
            name=row["name"],
            area_code=code,
            level=level,
            sounds=syllables.either_way(surface),
            proper=proper,
            is_alias=is_alias,
        )


def _cost(entry: _Entry, window: str) -> float | None:
    """How badly the window would have been misheard to be this name; None when too badly.

    Every syllable must sound at least nearly right: 丽江花园 is not 望江花园, nor 第二医院 第一医院.
    """
    cost = nearly = 0.0
    for index, sounds in enumerate(entry.sounds):
        step = syllables.distance(sounds, window[index])
        if step >= syllables.UNLIKE:
            return None
        cost += step
        nearly += step > 0 and index < entry.proper
    if nearly > 1 and nearly > entry.proper / 2:
        return None
    # Three syllables that sound alike are found in any talk (膝关节, 西关街); the last sign must agree.
    if len(window) == 3 and window[-1] != entry.surface[-1]:
        return None
    written_alike = any(a == b for a, b in zip(entry.surface, window, strict=True))
    return cost if cost == 0 or written_alike else None


def _without_overlaps(heard: Sequence[tuple[float, _Entry, int]], text: str) -> list[PlaceGuess]:
    kept: list[PlaceGuess] = []
    for cost, entry, at in sorted(heard, key=lambda h: (-len(h[1].surface) + 3 * h[0], h[2])):
        end = at + len(entry.surface)
        if all(end <= k.start or k.end <= at for k in kept):
            reason = f"{'近音' if cost else '同音'}，应为“{entry.surface}”"
            kept.append(_guess(entry, text, at, end, loss=0.12 + 0.2 * cost, reason=reason))
    return kept


def _guess(entry: _Entry, text: str, start: int, end: int, *, loss: float, reason: str) -> PlaceGuess:
    share = round(max(0.1, _LEVEL_SHARE[entry.level] - loss), 3)
    return PlaceGuess(
        raw=text[start:end],
        name=entry.name,
        area_code=entry.area_code,
        share=share,
        reason=reason,
        start=start,
        end=end,
        level=entry.level,
    )


def _unlisted(text: str, known: Sequence[PlaceGuess]) -> Iterable[PlaceGuess]:
    for guess in known:
        sign = _PLACE if guess.level == "place" else _AREA
        text = text[: guess.start] + sign * (guess.end - guess.start) + text[guess.end :]
    for found in _UNLISTED.finditer(text):
        start, end = found.span(1)
        if _NOT_A_NAME.search(found[1]):
            continue
        yield PlaceGuess(
            raw=found[1],
            name=found[1],
            area_code="",
            share=_LEVEL_SHARE["unknown"],
            reason="像地名，但不在地名库里",
            start=start,
            end=end,
            level="unknown",
        )


def _crossings(text: str, guesses: Sequence[PlaceGuess]) -> list[PlaceGuess]:
    """Join two roads that cross into one place; the first keeps its code."""
    joined: list[PlaceGuess] = []
    for guess in guesses:
        crossing, before = _CROSSING.match(text, guess.end), joined[-1] if joined else None
        if crossing and before and _AND.fullmatch(text[before.end : guess.start]):
            raw, detail = text[before.start : crossing.end()], f"与{guess.name}交叉口"
            joined[-1] = replace(before, raw=raw, end=crossing.end(), detail=detail)
        else:
            joined.append(guess)
    return joined


def _with_house(text: str, guess: PlaceGuess) -> PlaceGuess:
    house = _HOUSE.match(text, guess.end)
    if house is None or guess.detail or guess.level in {"city", "district"}:
        return guess
    share = min(0.99, guess.share + 0.02)
    return replace(guess, raw=text[guess.start : house.end()], end=house.end(), detail=house[1], share=share)
