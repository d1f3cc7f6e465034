"""Packs of time limits as files: read strictly, written back the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any

from dispatch import pack_parts
from dispatch.deadlines import Limit
from dispatch.pack_fields import Field, PackError
from dispatch.pack_terms import (
    DEFAULT_THRESHOLD,
    KINDS,
    URGENCIES,
    Limits,
    Pack,
    RateWeights,
    Rule,
    Special,
    Statute,
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
    "parse_pack",
    "read_pack",
    "write_pack",
]

_EXTENSIONS = ("original", "statute")


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
        return head | {name: _written(getattr(value.limits, name)) for name in pack_parts.LIMIT_NAMES}
    if isinstance(value, Statute | Special):
        named = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: _written(given) for name, given in named.items() if given is not None}
    if isinstance(value, RateWeights):
        return value._asdict()
    if isinstance(value, date):
        return value.isoformat()
    return [_written(one) for one in value] if isinstance(value, tuple) else value


def _settings() -> Iterator[Setting]:
    for attribute, path, title, read in (
        ("name", "name", "名称", pack_parts.name),
        ("version", "version", "版本", pack_parts.version),
        ("title", "title", "标题", lambda place: place.text(100)),
        ("valid_from", "valid_from", "生效日期", Field.day),
        ("source", "source", "来源", Field.text),
        ("assumed", "assumed", "沿用推荐值的项目", pack_parts.texts),
        ("working_hours", "working_hours", "工作时间", pack_parts.name),
        ("rules", "rules", "时限规则", pack_parts.rules),
        ("statutes", "statutes", "法定期限", pack_parts.statutes),
        ("special", "special", "经批准的时限", pack_parts.specials),
        ("return_within", "return.ask_within", "退单时限", pack_parts.limit),
        ("return_within_urgent", "return.ask_within_urgent", "紧急件退单时限", pack_parts.limit),
        ("returns_per_unit", "return.per_unit", "每单位退单次数", pack_parts.times(0, 9)),
        ("rule_return_within", "return.rule_within", "退单审核时限", pack_parts.limit),
        ("adjudicate_from_dispute", "adjudication.from_dispute", "第几次争议起会商", pack_parts.times(1, 9)),
        ("adjudicate_within", "adjudication.within", "会商时限", pack_parts.limit),
        ("review_within", "review.within", "审核时限", pack_parts.limit),
        (
            "failed_reviews_until_supervision",
            "review.failed_until_supervision",
            "审核几次不通过转督办",
            pack_parts.times(1, 9),
        ),
        ("redo_within", "redo.within", "重办时限", pack_parts.limit),
        ("redos_until_supervision", "redo.until_supervision", "第几次重办转督办", pack_parts.times(1, 9)),
        ("redos_at_most", "redo.at_most", "最多重办次数", pack_parts.times(1, 9)),
        ("supervision_within", "supervision.within", "督办时限", pack_parts.limit),
        ("call_back_within", "call_back.within", "回访时限", pack_parts.limit),
        ("call_back_tries", "call_back.tries", "回访次数", pack_parts.times(1, 9)),
        ("call_back_apart", "call_back.apart", "两次回访间隔", pack_parts.limit),
        ("extension_times", "extension.times", "可延期次数", pack_parts.times(0, 9)),
        ("extension_at_most", "extension.at_most", "延期上限", lambda place: place.one_of(_EXTENSIONS)),
        ("extension_decide_within", "extension.decide_within", "延期审批时限", pack_parts.limit),
        ("facts_within", "facts.within", "补充材料时限", pack_parts.limit),
        ("ledger_review", "ledger.review_within", "挂账复核周期", pack_parts.limit),
        ("reopen_within", "closing.reopen_within", "办结后可异议期限", pack_parts.limit),
        ("file_after", "closing.file_after", "办结后归档时间", pack_parts.limit),
        ("appeal_within", "closing.appeal_within", "考核申诉期限", pack_parts.limit),
        ("relapse_days", "closing.relapse_days", "反弹观察天数", pack_parts.times(1, 366)),
        ("warn_at_shares", "warnings.at_shares", "预警比例", pack_parts.shares),
        ("red_after", "warnings.red_after", "到期后转红牌", pack_parts.limit),
        ("rate_weights", "figures.rate_weights", "三率权重", pack_parts.weights),
        ("rank_from", "figures.rank_from", "参加排名的最少件数", pack_parts.times(1, 10_000)),
        ("automatic_from_share", "routing.automatic_from_share", "自动派单门槛", Field.share),
    ):
        yield Setting(attribute=attribute, path=path, title=title, read=read)


SETTINGS = tuple(_settings())
_OPTIONAL = frozenset(
    one.name for one in fields(Pack) if one.default is not MISSING or one.default_factory is not MISSING
)
