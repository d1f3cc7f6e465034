"""The facts of a request: when, who, how many, how much, what is wanted, and what is still missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from nlp import clauses, persons, times, titles
from nlp.numbers import to_arabic, value
from nlp.persons import mask
from nlp.times import TimeMention
from nlp.titles import title

__all__ = ["Amount", "Facts", "TimeMention", "extract", "mask", "missing", "title"]

_PEOPLE = re.compile(
    r"(?P<count>\d+)(?P<many>多)?(?:个|名|位)?(?:农民工|工人|员工|业主|居民|住户|村民|学生|家长|老人|孩子|人|工友)(?!民|行|工湖|大|次|均|才|社|均)|"
    r"(?P<homes>\d+)(?P<more>多)?户"
)
_PEOPLE_ROUGHLY = re.compile(
    r"(?P<rough>几百|上百|好几十|几十|十几|好几|上千|几千|几)(?:个|名|位|多)?(?:农民工|工人|员工|业主|居民|住户|村民|学生|家长|老人|孩子|人|工友|户)"
)
# The least that the words promise.
_AT_LEAST = {
    "几百": 200,
    "上百": 100,
    "好几十": 30,
    "几十": 20,
    "十几": 11,
    "好几": 3,
    "几": 3,
    "上千": 1000,
    "几千": 2000,
}
_AMOUNT = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)(?P<scale>[千万亿])?(?:多|余|来)?"
    r"(?P<unit>万元|亿元|元|块钱|块(?P<tenths>[一二三四五六七八九](?![十百千个名位]))?|人民币|万(?=[，。,]|$))"
)
_SCALES = {None: 1.0, "千": 1e3, "万": 1e4, "亿": 1e8}
_MONEY_MATTER = re.compile(r"工资|退款|退钱|工钱|欠款|押金|定金|赔偿|被骗|诈骗|预付|充值|健身卡|会员卡")

_WHERE = "请问事情发生在什么地方？请说到小区或路名、楼号。"
_WHEN = "请问这件事是什么时候发生的，或者从什么时候开始的？"
_WHO = "请问您反映的是哪个单位或者哪个人？"
_WANTED = "请问您希望怎样解决？"
_HOW_MUCH = "请问涉及多少钱？"
_QUESTION = "请问您具体想咨询什么？"
_PROPOSAL = "请说一下您的具体建议。"


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A sum of money; `yuan` is its value in yuan."""

    text: str
    yuan: float


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one text tells. `text` has its numbers in figures; spans of `times` point into it.

    people_affected: the least number that the words promise, None when they give none.
    place: an address found elsewhere (see `places`), "" when none is known.
    """

    text: str
    place: str = ""
    times: tuple[TimeMention, ...] = ()
    phones: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    people_affected: int | None = None
    amounts: tuple[Amount, ...] = ()
    demand: str = ""
    accused: tuple[str, ...] = ()


def extract(text: str, *, now: datetime, place: str = "") -> Facts:
    """The facts in a text, spoken or written. Raises ValueError when `now` carries no zone."""
    written = to_arabic(clauses.joined(text))
    return Facts(
        text=written,
        place=place,
        times=times.find_times(written, now=now),
        phones=persons.phones(written),
        identities=persons.identities(written),
        people_affected=_people(written),
        amounts=_amounts(written),
        demand=clauses.demand(written),
        accused=titles.accused(written),
    )


def missing(kind: str, facts: Facts) -> list[str]:
    """Questions to ask before the case can be worked on, in the order to ask them.

    kind: consult, help, complaint, report or suggestion. The caller's phone is not asked for: the
    call carries it, and a report may be anonymous.
    """
    if kind == "consult":
        return [] if facts.demand else [_QUESTION]
    if kind == "suggestion":
        return [] if facts.demand else [_PROPOSAL]
    named = titles.matters(facts.text)
    checks = (
        (_WHERE, bool(facts.place)),
        (_WHEN, bool(facts.times)),
        (_WHO, kind == "help" or bool(facts.accused or named)),
        (_HOW_MUCH, bool(facts.amounts) or not _MONEY_MATTER.search(facts.text)),
        # Who asks for help says by the trouble itself what is wanted; a report wants to be looked into.
        (_WANTED, bool(facts.demand) or kind == "report" or (kind == "help" and bool(named))),
    )
    return [question for question, is_known in checks if not is_known]


def _people(text: str) -> int | None:
    counts = [int(match["count"] or match["homes"]) for match in _PEOPLE.finditer(text)]
    counts += [_AT_LEAST[match["rough"]] for match in _PEOPLE_ROUGHLY.finditer(text)]
    return max(counts, default=None)


def _amounts(text: str) -> tuple[Amount, ...]:
    return tuple(Amount(text=match[0], yuan=_yuan(match)) for match in _AMOUNT.finditer(text))


def _yuan(match: re.Match[str]) -> float:
    """A figure with its scales; 两块五 is 2.5 yuan."""
    whole = float(match["number"]) * _SCALES[match["scale"]] * _SCALES.get(match["unit"][0], 1.0)
    return whole + (value(match["tenths"] or "") or 0.0) / 10
