"""What is wrong with a list as a whole: conflicts, overlaps, gaps, units that are gone, lines that end soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from dispatch.duty_list.cells import Scheme, to_street
from dispatch.matching import DutyRow, area_stem
from dispatch.routing import deciding, resolved

ENDS_SOON = timedelta(days=30)
_AT_MOST_NAMED = 5


class FindingKind(StrEnum):
    """What a finding is about."""

    STREET = "street"  # a department's own duty given to a street
    CONFLICT = "conflict"  # 冲突
    OVERLAP = "overlap"  # 重复
    GAP = "gap"  # 空白
    UNRESOLVED = "unresolved"  # a line whose pattern means no unit in some place
    UNIT_GONE = "unit_gone"
    ENDS_SOON = "ends_soon"
    NO_BASIS = "no_basis"
    NARROWER = "narrower"  # a narrower class goes to streets while the wider is the department's own


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to put right. `sentence` says what it is and what to do; `blocks`: no list may have it."""

    kind: FindingKind
    duty_nos: tuple[str, ...]
    sentence: str
    blocks: bool = False


def check(lines: Iterable[DutyRow], scheme: Scheme, on: date) -> list[Finding]:
    """Return everything to put right in the list as it stands on the day `on` and later, worst first."""
    alive = [line for line in lines if line.valid_until is None or line.valid_until >= on]
    found = [
        *streets(alive, scheme),
        *pairs(alive),
        *units_gone(alive, scheme),
        *gaps([line for line in alive if line.in_force(on)], scheme),
        *ending(alive, on),
        *without_basis(alive),
        *narrower(alive, scheme),
    ]
    order = list(FindingKind)
    return sorted(found, key=lambda one: (not one.blocks, order.index(one.kind), one.duty_nos))


def streets(lines: Sequence[DutyRow], scheme: Scheme) -> Iterator[Finding]:
    """Find lines that give a department's own duty to a street (国办函〔2025〕66号)."""
    kept: dict[str, list[DutyRow]] = defaultdict(list)
    for line in lines:
        if line.department_only:
            kept[line.category].append(line)
    for line in lines:
        keeper = next((one for one in kept.get(line.category, ()) if one.overlaps(line)), None)
        if keeper and any(to_street(name, scheme.units) for name in line.named()):
            numbers = tuple(dict.fromkeys((line.duty_no, keeper.duty_no)))
            what = f"{line.duty_no} 把仅部门办理的事项派给街道（依据 {keeper.duty_no}）；请把街道换成部门或区县单位"
            yield Finding(kind=FindingKind.STREET, duty_nos=numbers, sentence=what, blocks=True)


def pairs(lines: Sequence[DutyRow]) -> Iterator[Finding]:
    """Find lines about the same class, area and level that hold on the same day."""
    same: dict[tuple[str, str, str], list[DutyRow]] = defaultdict(list)
    for line in lines:
        same[line.category, line.area, line.level].append(line)
    for group in same.values():
        for one, other in combinations(group, 2):
            if not one.overlaps(other):
                continue
            numbers = (one.duty_no, other.duty_no)
            if one.lead == other.lead:
                what = f"{one.duty_no} 与 {other.duty_no} 重复：事项、区域、层级和主办单位都相同；请终止其中一条"
                yield Finding(kind=FindingKind.OVERLAP, duty_nos=numbers, sentence=what)
            else:
                what = (
                    f"{one.duty_no}（主办 {one.lead}）与 {other.duty_no}（主办 {other.lead}）冲突：同一事项、区域、"
                    "层级有两个主办单位，系统不会自动派单；请终止其中一条，或错开有效期"
                )
                yield Finding(kind=FindingKind.CONFLICT, duty_nos=numbers, sentence=what)


def units_gone(lines: Iterable[DutyRow], scheme: Scheme) -> Iterator[Finding]:
    """Find lines that name a unit which is not there any more, or a trade that no district has."""
    for line in lines:
        gone = [name for name in line.named() if not _exists(name, scheme)]
        if gone:
            what = f"{line.duty_no} 写的单位 {'、'.join(gone)} 已不存在；请改为现在的单位，或终止此条"
            yield Finding(kind=FindingKind.UNIT_GONE, duty_nos=(line.duty_no,), sentence=what)


def gaps(in_force: Sequence[DutyRow], scheme: Scheme) -> Iterator[Finding]:
    """Find classes that, in some place, no line is about, or whose line means no unit there.

    Asked for every class that has none below it, in every place of the finest kind that patterns need.
    """
    by_class: dict[str, list[DutyRow]] = defaultdict(list)
    for line in in_force:
        by_class[line.category].append(line)
    places, leads = _places(scheme), _Leads(scheme)
    for code in _finest(scheme.categories):
        about = [line for length in range(1, len(code) + 1) for line in by_class.get(code[:length], ())]
        yield from _gaps_of(code, about, places, leads)


def ending(lines: Iterable[DutyRow], on: date) -> Iterator[Finding]:
    """Find lines that end within a month and have none to follow them."""
    kept = list(lines)
    for line in kept:
        until = line.valid_until
        if until is None or not on <= until <= on + ENDS_SOON:
            continue
        key = (line.category, line.area)
        follows = any((one.category, one.area) == key and one.in_force(until + timedelta(days=1)) for one in kept)
        if not follows:
            what = f"{line.duty_no} 将于 {until} 失效，之后没有接续的条目；请延长有效期或新增接续条目"
            yield Finding(kind=FindingKind.ENDS_SOON, duty_nos=(line.duty_no,), sentence=what)


def without_basis(lines: Iterable[DutyRow]) -> Iterator[Finding]:
    """Find lines that name no law and no division of duties."""
    for line in lines:
        if not line.legal_basis:
            what = f"{line.duty_no} 没有写法律依据，单位退单时无从核对；请补上"
            yield Finding(kind=FindingKind.NO_BASIS, duty_nos=(line.duty_no,), sentence=what)


def narrower(lines: Sequence[DutyRow], scheme: Scheme) -> Iterator[Finding]:
    """Find lines that give to streets a part of what a wider line keeps for the department: to be looked at."""
    kept = [line for line in lines if line.department_only]
    for line in lines:
        if line.department_only or not to_street(line.lead, scheme.units):
            continue
        wider = [one for one in kept if line.category != one.category and line.category.startswith(one.category)]
        if wider:
            above = max(wider, key=lambda one: len(one.category))
            what = f"{line.duty_no} 把细项派给街道，而上级事项 {above.duty_no} 仅由部门办理；请确认确属街道职责"
            yield Finding(kind=FindingKind.NARROWER, duty_nos=(line.duty_no, above.duty_no), sentence=what)


def _exists(name: str, scheme: Scheme) -> bool:
    if not name.startswith("{"):
        return name in scheme.units
    trade = name.partition(":")[2]
    return not trade or trade in scheme.trades


def _places(scheme: Scheme) -> list[str]:
    streets = [code for code in scheme.areas if len(code) == 9]
    return streets or [code for code in scheme.areas if len(code) == 6] or [""]


def _finest(codes: Iterable[str]) -> list[str]:
    known = sorted(codes)
    return [code for code, after in zip(known, [*known[1:], ""], strict=True) if not after.startswith(code)]


class _Leads:
    """What lines mean in places, each pattern worked out once a place: a city has tens of thousands of pairs."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._known: dict[tuple[str, bool, str], str | None] = {}

    def of(self, line: DutyRow, place: str) -> str | None:
        """Return the lead of a line in a place, or None."""
        key = (line.lead, line.department_only, place)
        if key not in self._known:
            self._known[key] = resolved(line.lead, line, place, self.scheme.units)
        return self._known[key]


def _gaps_of(code: str, about: Sequence[DutyRow], places: Sequence[str], leads: _Leads) -> Iterator[Finding]:
    scheme = leads.scheme
    without: list[str] = []
    unclear: dict[str, list[str]] = defaultdict(list)
    # Places inside the same areas of these lines are decided by the same line.
    stems = {area_stem(line.area) for line in about}
    decided: dict[tuple[str, ...], list[DutyRow]] = {}
    for place in places:
        inside = tuple(stem for stem in stems if place.startswith(stem))
        if inside not in decided:
            decided[inside] = deciding(code, place, about)
        best = decided[inside]
        if not best:
            without.append(place)
        elif leads.of(best[0], place) is None:
            unclear[best[0].duty_no].append(place)
    name = scheme.categories[code]
    if without:
        where = "全市" if len(without) == len(places) else _named(without, scheme)
        what = f"“{name}”（{code}）在{where}没有有效条目；请新增条目，或给上级事项写一条兜底条目"
        yield Finding(kind=FindingKind.GAP, duty_nos=(), sentence=what)
    for number, spots in unclear.items():
        where = _named(spots, scheme)
        what = f"“{name}”（{code}）按 {number} 在{where}找不到主办单位；请在单位表补上该单位，或为这些区域另写条目"
        yield Finding(kind=FindingKind.UNRESOLVED, duty_nos=(number,), sentence=what)


def _named(places: Sequence[str], scheme: Scheme) -> str:
    first = "、".join(scheme.areas.get(place, place) for place in places[:_AT_MOST_NAMED])
    return first if len(places) <= _AT_MOST_NAMED else f"{first}等 {len(places)} 处"
