"""The parts of a pack file: each reader takes a place in the file and returns the value that stands there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from dispatch.deadlines import Limit
from dispatch.pack_fields import Field, PackError
from dispatch.pack_terms import ANY, KINDS, URGENCIES, Limits, RateWeights, Rule, Special, Statute, uncovered

LIMIT_NAMES = ("dispatch", "sign", "contact", "result")
_WEIGHTS = RateWeights._fields
_MOST_SHARES = 5
_ROUNDING = 1e-6


def rules(place: Field) -> tuple[Rule, ...]:
    """Return the rules: no two for the same cases, and none of the kinds and urgencies left out."""
    found = tuple(_rule(item) for item in place.items())
    _each_once(place, [(rule.kind, rule.urgency, rule.category) for rule in found])
    if missing := uncovered(found):
        raise PackError(f"{place.path}：缺少这些诉求的时限（不限分类）：{'、'.join(missing)}")
    return found


def _each_once(place: Field, keys: Sequence[object]) -> None:
    for number, key in enumerate(keys):
        if key in keys[:number]:
            first = f"{place.path}[{keys.index(key)}]"
            raise PackError(f"{place.path}[{number}]：与 {first} 管的是同样的办件，只能留一条")


def _rule(item: Field) -> Rule:
    item.only({"kind", "urgency", "category", *LIMIT_NAMES})
    category = item.at("category") if item.has("category") else None
    contact = item.at("contact")
    return Rule(
        kind=item.at("kind").one_of({*KINDS, ANY}),
        urgency=item.at("urgency").one_of({*URGENCIES, ANY}),
        category=_category(category) if category else None,
        limits=Limits(
            dispatch=item.at("dispatch").limit(least=0),
            sign=item.at("sign").limit(),
            contact=contact.limit() if contact.value is not None else None,
            result=item.at("result").limit(),
        ),
    )


def _category(place: Field) -> str:
    return place.word(r"([0-9]{2}){1,6}", "应为分类代码或它的前几级，每级两位数字")


def statutes(place: Field) -> tuple[Statute, ...]:
    """Return the limits that laws set."""
    found = tuple(_statute(item) for item in place.items())
    _each_once(place, [(law.category, law.kind) for law in found])
    return found


def _statute(item: Field) -> Statute:
    item.only({"category", "kind", "name", "limit"})
    return Statute(
        category=_category(item.at("category")),
        kind=item.at("kind").one_of(KINDS) if item.has("kind") else None,
        name=item.at("name").text(200),
        limit=item.at("limit").limit(),
    )


def specials(place: Field) -> tuple[Special, ...]:
    """Return the limits that somebody has to approve."""
    found = tuple(_special(item) for item in place.items())
    for code, times in Counter(one.code for one in found).items():
        if times > 1:
            raise PackError(f"{place.path}：代码 {code} 出现了 {times} 次，只能出现一次")
    return found


def _special(item: Field) -> Special:
    item.only({"code", "title", "limit"})
    return Special(code=name(item.at("code")), title=item.at("title").text(100), limit=item.at("limit").limit())


def name(place: Field) -> str:
    """Return the name of a pack, or of something else that programs call by name."""
    return place.word(r"[a-z][a-z0-9_-]{0,31}", "应为小写英文名，不超过 32 个字符")


def version(place: Field) -> str:
    """Return a version; what follows a plus sign counts what was derived from the file."""
    return place.word(r"[0-9A-Za-z.-]{1,20}(\+[0-9]{1,6})?", "应为版本号，如 2026.1")


def texts(place: Field) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(item.text() for item in place.items())


def shares(place: Field) -> tuple[float, ...]:
    """Return shares of a limit, rising."""
    found = tuple(item.share() for item in place.items())
    rising = all(low < high for low, high in zip((0.0, *found), found, strict=False))
    if not rising or not 1 <= len(found) <= _MOST_SHARES:
        raise place.wrong(f"应为 1 至 {_MOST_SHARES} 个由小到大、大于 0 的比例")
    return found


def weights(place: Field) -> RateWeights:
    """Return the weights of the three rates."""
    place.only(_WEIGHTS)
    found = RateWeights(*(place.at(name).share() for name in _WEIGHTS))
    if abs(sum(found) - 1) > _ROUNDING:
        raise place.wrong("三个权重之和应为 1")
    return found


def limit(place: Field) -> Limit:
    """Return a time limit of at least one unit."""
    return place.limit()


def times(least: int, most: int) -> Callable[[Field], int]:
    """Return the reader of a whole number between `least` and `most`."""
    return lambda place: place.whole(least, most)
