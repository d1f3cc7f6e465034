"""Packs of time limits as files: read strictly, written back the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any

from dispatch.deadlines import Limit
from dispatch.pack_fields import Field, PackError
from dispatch.pack_terms import (
    ANY,
    DEFAULT_THRESHOLD,
    KINDS,
    URGENCIES,
    Limits,
    Pack,
    RateWeights,
    Rule,
    Special,
    Statute,
    limit_words,
    uncovered,
)

__all__ = [
    "DEFAULT_THRESHOLD",
    "KINDS",
    "SETTINGS",
    "URGENCIES",
    "Limits",
    "Pack",
    "PackError",
    "RateWeights",
    "Rule",
    "Setting",
    "Special",
    "Statute",
    "limit_words",
    "parse_pack",
    "read_pack",
    "write_pack",
]

_LIMITS = ("dispatch", "sign", "contact", "result")
_EXTENSIONS = ("original", "statute")
_WEIGHTS = RateWeights._fields
_MOST_SHARES = 5
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A value of a pack: its attribute, where it stands in the file, what people call it, how it is read."""

    attribute: str
    path: str
    title: str
    read: Callable[[Field], Any]


def parse_pack(text: str) -> dict[str, Any]:
    """Return the body of a pack file; `read_pack` reads it.

    Raises PackError with line and column where the text is not JSON, and for a setting that is given twice:
    the reader of the file would see the first, the machine take the last.
    """
    try:
        body = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise PackError(f"第 {error.lineno} 行第 {error.colno} 列：不是合法的 JSON") from error
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, PackError) else PackError("文件：不是合法的 JSON") from error
    return dict(Field(path="", value=body).mapping())


def read_pack(body: Mapping[str, Any]) -> Pack:
    """Return the pack that `body` describes.

    Raises PackError with the path of the first thing that is wrong: a value that is missing or of the
    wrong sort, a name no pack has, two rules for the same cases, cases without a rule.
    """
    whole = Field(path="", value=body)
    _refuse_unknown(whole)
    found = {one.attribute: one.read(place) for one in SETTINGS if (place := _found(whole, one)) is not None}
    pack = Pack(**found)
    for number, path in enumerate(pack.assumed):
        if not _leads_somewhere(body, path):
            raise PackError(f"assumed[{number}]：文件里没有“{path}”这一项")
    return pack


def write_pack(pack: Pack) -> dict[str, Any]:
    """Return the body of a file that `read_pack` reads as `pack`."""
    body: dict[str, Any] = {}
    for one in SETTINGS:
        *sections, key = one.path.split(".")
        place = body
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = _written(getattr(pack, one.attribute))
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise PackError(f"{name}：同一组设置里写了 {times} 次，只能写一次")
    return dict(pairs)


def _refuse_unknown(whole: Field) -> None:
    known = [one.path for one in SETTINGS]
    whole.only({path.split(".")[0] for path in known})
    sections = {path.split(".")[0] for path in known if "." in path}
    for section in sections:
        if whole.has(section):
            whole.at(section).only({path.split(".")[1] for path in known if path.startswith(f"{section}.")})


def _found(whole: Field, one: Setting) -> Field | None:
    """Return the place of a setting; None when the file may leave it out and does."""
    *sections, key = one.path.split(".")
    place = whole
    for section in sections:
        if not place.has(section):
            place = Field(path=section, value={})
            break
        place = place.at(section)
    if not place.has(key) and one.attribute in _OPTIONAL:
        return None
    return place.at(key)


def _leads_somewhere(body: Any, path: str) -> bool:
    place = body
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(place, list) and step.isascii() and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        elif isinstance(place, Mapping) and step in place:
            place = place[step]
        else:
            return False
    return True


def _written(value: Any) -> Any:
    if isinstance(value, Limit):
        return {"quantity": value.quantity, "unit": value.unit.value}
    if isinstance(value, Rule):
        head = {"kind": value.kind, "urgency": value.urgency}
        head |= {"category": value.category} if value.category else {}
        return head | {name: _written(getattr(value.limits, name)) for name in _LIMITS}
    if isinstance(value, Statute | Special):
        named = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: _written(given) for name, given in named.items() if given is not None}
    if isinstance(value, RateWeights):
        return value._asdict()
    if isinstance(value, date):
        return value.isoformat()
    return [_written(one) for one in value] if isinstance(value, tuple) else value


def _rules(place: Field) -> tuple[Rule, ...]:
    rules = tuple(_rule(item) for item in place.items())
    keys = [(rule.kind, rule.urgency, rule.category) for rule in rules]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise PackError(
                f"{place.path}[{number}]：与 {place.path}[{keys.index(key)}] 管的是同样的办件，只能留一条"
            )
    if missing := uncovered(rules):
        raise PackError(f"{place.path}：缺少这些诉求的时限（不限分类）：{'、'.join(missing)}")
    return rules


def _each_once(place: Field, keys: Sequence[object]) -> None:
    for number, key in enumerate(keys):
        if key in keys[:number]:
            first = f"{place.path}[{keys.index(key)}]"
            raise PackError(f"{place.path}[{number}]：与 {first} 管的是同样的办件，只能留一条")


def _rule(item: Field) -> Rule:
    item.only({"kind", "urgency", "category", *_LIMITS})
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


def _statutes(place: Field) -> tuple[Statute, ...]:
    statutes = tuple(_statute(item) for item in place.items())
    _each_once(place, [(law.category, law.kind) for law in statutes])
    return statutes


def _statute(item: Field) -> Statute:
    item.only({"category", "kind", "name", "limit"})
    return Statute(
        category=_category(item.at("category")),
        kind=item.at("kind").one_of(KINDS) if item.has("kind") else None,
        name=item.at("name").text(200),
        limit=item.at("limit").limit(),
    )


def _specials(place: Field) -> tuple[Special, ...]:
    specials = tuple(_special(item) for item in place.items())
    for code, times in Counter(one.code for one in specials).items():
        if times > 1:
            raise PackError(f"{place.path}：代码 {code} 出现了 {times} 次，只能出现一次")
    return specials


def _special(item: Field) -> Special:
    item.only({"code", "title", "limit"})
    return Special(code=_name(item.at("code")), title=item.at("title").text(100), limit=item.at("limit").limit())


def _name(place: Field) -> str:
    return place.word(r"[a-z][a-z0-9_-]{0,31}", "应为小写英文名，不超过 32 个字符")


def _version(place: Field) -> str:
    return place.word(r"[0-9A-Za-z.-]{1,20}(\+[0-9]{1,6})?", "应为版本号，如 2026.1")


def _texts(place: Field) -> tuple[str, ...]:
    return tuple(item.text() for item in place.items())


def _shares(place: Field) -> tuple[float, ...]:
    shares = tuple(item.share() for item in place.items())
    rising = all(low < high for low, high in zip((0.0, *shares), shares, strict=False))
    if not rising or not 1 <= len(shares) <= _MOST_SHARES:
        raise place.wrong(f"应为 1 至 {_MOST_SHARES} 个由小到大、大于 0 的比例")
    return shares


def _weights(place: Field) -> RateWeights:
    place.only(_WEIGHTS)
    weights = RateWeights(*(place.at(name).share() for name in _WEIGHTS))
    if abs(sum(weights) - 1) > _ROUNDING:
        raise place.wrong("三个权重之和应为 1")
    return weights


def _limit(place: Field) -> Limit:
    return place.limit()


def _times(least: int, most: int) -> Callable[[Field], int]:
    return lambda place: place.whole(least, most)


def _settings() -> Iterator[Setting]:
    for attribute, path, title, read in (
        ("name", "name", "名称", _name),
        ("version", "version", "版本", _version),
        ("title", "title", "标题", lambda place: place.text(100)),
        ("valid_from", "valid_from", "生效日期", Field.day),
        ("source", "source", "来源", Field.text),
        ("assumed", "assumed", "沿用推荐值的项目", _texts),
        ("working_hours", "working_hours", "工作时间", _name),
        ("rules", "rules", "时限规则", _rules),
        ("statutes", "statutes", "法定期限", _statutes),
        ("special", "special", "经批准的时限", _specials),
        ("return_within", "return.ask_within", "退单时限", _limit),
        ("return_within_urgent", "return.ask_within_urgent", "紧急件退单时限", _limit),
        ("returns_per_unit", "return.per_unit", "每单位退单次数", _times(0, 9)),
        ("rule_return_within", "return.rule_within", "退单审核时限", _limit),
        ("adjudicate_from_dispute", "adjudication.from_dispute", "第几次争议起会商", _times(1, 9)),
        ("adjudicate_within", "adjudication.within", "会商时限", _limit),
        ("review_within", "review.within", "审核时限", _limit),
        ("failed_reviews_until_supervision", "review.failed_until_supervision", "审核几次不通过转督办", _times(1, 9)),
        ("redo_within", "redo.within", "重办时限", _limit),
        ("redos_until_supervision", "redo.until_supervision", "第几次重办转督办", _times(1, 9)),
        ("redos_at_most", "redo.at_most", "最多重办次数", _times(1, 9)),
        ("supervision_within", "supervision.within", "督办时限", _limit),
        ("call_back_within", "call_back.within", "回访时限", _limit),
        ("call_back_tries", "call_back.tries", "回访次数", _times(1, 9)),
        ("call_back_apart", "call_back.apart", "两次回访间隔", _limit),
        ("extension_times", "extension.times", "可延期次数", _times(0, 9)),
        ("extension_at_most", "extension.at_most", "延期上限", lambda place: place.one_of(_EXTENSIONS)),
        ("extension_decide_within", "extension.decide_within", "延期审批时限", _limit),
        ("facts_within", "facts.within", "补充材料时限", _limit),
        ("ledger_review", "ledger.review_within", "挂账复核周期", _limit),
        ("reopen_within", "closing.reopen_within", "办结后可异议期限", _limit),
        ("file_after", "closing.file_after", "办结后归档时间", _limit),
        ("appeal_within", "closing.appeal_within", "考核申诉期限", _limit),
        ("relapse_days", "closing.relapse_days", "反弹观察天数", _times(1, 366)),
        ("warn_at_shares", "warnings.at_shares", "预警比例", _shares),
        ("red_after", "warnings.red_after", "到期后转红牌", _limit),
        ("rate_weights", "figures.rate_weights", "三率权重", _weights),
        ("rank_from", "figures.rank_from", "参加排名的最少件数", _times(1, 10_000)),
        ("automatic_from_share", "routing.automatic_from_share", "自动派单门槛", Field.share),
    ):
        yield Setting(attribute=attribute, path=path, title=title, read=read)


SETTINGS = tuple(_settings())
_OPTIONAL = frozenset(
    one.name for one in fields(Pack) if one.default is not MISSING or one.default_factory is not MISSING
)
