"""Titles as a clerk writes them: place, who, what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from nlp import clauses
from nlp.lexicon_files import rows, words
from nlp.numbers import to_arabic

LONGEST = 30

_KINDS = (
    ("report", re.compile(r"举报|检举|揭发")),
    ("suggestion", re.compile(r"建议(?!书)|提个意见|提一个意见")),
    ("complaint", re.compile(r"投诉|不满意|不作为|要求退|太不像话|扰民|拖欠")),
    (
        "consult",
        re.compile(
            r"咨询|请问|想问|想知道|了解一下|怎么(?:办理|报销|申请|查|领|交)|"
            r"需要(?:什么|哪些)|在哪里?(?:办|补|交)"
        ),
    ),
)
_ASPECTS = (
    ("所需材料", re.compile(r"(?:什么|哪些|啥)(?:材料|资料|证件|手续)|准备(?:什么|哪些)|带(?:什么|哪些)")),
    ("办理条件", re.compile(r"条件|资格|符合|多少岁|几岁|可以(?:申请|办)吗|能不能(?:申请|办)")),
    ("办理流程", re.compile(r"怎么(?:办|报|申请|领|交|转|弄|查)|如何|流程|步骤")),
    ("办理地点", re.compile(r"(?:在|到|去)哪|哪里|哪儿|地点|地址|哪个(?:地方|部门|学校)")),
    ("办理时间", re.compile(r"什么时候|几点|多久|多长时间|时间|几号|哪天")),
    ("费用标准", re.compile(r"多少钱|费用|收费|标准")),
)
_STANDS_ALONE = ("问题", "纠纷", "求助", "着火", "被困", "感谢")
_TELLS_NOTHING = {"公司", "学校", "医院", "工地", "老板", "邻居", "工作人员"}
_TIMES_AND_NUMBERS = re.compile(
    r"(?:每天|昨天|今天|前天|最近|现在|上个?月|去年|今年)?(?:早上|上午|中午|下午|晚上|凌晨|夜里)?\d{1,2}点(?:半|\d+分)?|每天|昨天|今天|前天|最近|已经"
)


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One matter named in a text: 油烟 + 扰民, at `start`."""

    stem: str
    tail: str
    start: int


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((re.compile(row["pattern"]), row["stem"], row["tail"]) for row in rows("matters.csv"))


@cache
def _accused_words() -> re.Pattern[str]:
    alternatives = "|".join(sorted(map(re.escape, words("accused.csv")), key=len, reverse=True))
    return re.compile(rf"[\u4e00-\u9fff]{{0,6}}?(?P<word>{alternatives})")


_CUT_BEFORE = re.compile(
    r".*(?:[的在是把被让给和跟与对从到了有个家名位些这那我你他她们里面下边旁门口楼办去找叫因于为向期天月年日时点活着说，。！？；、]|举报|投诉|住|请|某|老是)"
)
_ASKED_TO_HELP = re.compile(r"(?:请|希望|联系|要求|报给|让|帮|找过)$")


def matters(text: str) -> list[Matter]:
    """The matters of the word list that a text names, in its order; 退款 is not told beside 预付卡退款."""
    found: dict[str, Matter] = {}
    for pattern, stem, tail in _patterns():
        match = pattern.search(text)
        if match and stem not in found:
            found[stem] = Matter(stem=stem, tail=tail, start=match.start())
    if "表扬感谢" in found:
        return [found["表扬感谢"]]
    kept = [m for m in found.values() if not any(m.stem != other and m.stem in other for other in found)]
    return sorted(kept, key=lambda matter: matter.start)


def accused(text: str) -> tuple[str, ...]:
    """Firms and persons a text complains of, as it calls them, in order and once each."""
    names: list[str] = []
    for match in _accused_words().finditer(text):
        if _ASKED_TO_HELP.search(text[max(0, match.start("word") - 2) : match.start("word")]):
            continue
        names.append(_named(match))
    return tuple(dict.fromkeys(names))


def _named(match: re.Match[str]) -> str:
    """The word with the name before it: 万家物业. A person's calling stands alone."""
    if match["word"] in _callings():
        return match["word"]
    lead = match[0][: -len(match["word"])]
    name, cuts = _CUT_BEFORE.subn("", lead)
    begins = cuts or match.start() == 0 or match.string[match.start() - 1] in "，。！？；、"
    return (name if begins and len(name) <= 4 else "") + match["word"]


@cache
def _callings() -> frozenset[str]:
    return frozenset(row["word"] for row in rows("accused.csv") if row["kind"] == "person")


def title(text: str, place: str, category: str, *, kind: str = "") -> str:
    """A title of at most 30 characters: 锦绣花园3号楼烧烤店油烟噪音扰民问题.

    place: the address or "". category: the name of the matter's class or "", used when the words name
    none that we know.
    kind: consult, help, complaint, report or suggestion; "" lets the words decide.
    """
    written = to_arabic(clauses.joined(text))
    kind = kind or _kind(written)
    if kind == "suggestion":
        return _suggestion(written, place, category)
    found = matters(written)
    for subject in (_subject(written, place, found, kind), ""):
        for kept in (found[:2], found[:1]):
            for spot in (place, _without_house(place), ""):
                best = _arranged(kind, spot, subject, _stated(kept, written, category, place), written)
                if len(best) <= LONGEST:
                    return best
    return best[:LONGEST]


def _kind(text: str) -> str:
    return next((kind for kind, cue in _KINDS if cue.search(text)), "help")


def _arranged(kind: str, place: str, subject: str, matter: str, text: str) -> str:
    if kind == "consult":
        asked = "和".join([name for name, cue in _ASPECTS if cue.search(text)][:2]) or "相关政策"
        matter = re.sub(r"办理$", "", matter) if asked.startswith("办理") else matter
        return f"咨询{place}{matter}{asked}"
    if kind == "report":
        return f"举报{place}{subject}{matter}"
    return f"{place}{subject}{matter}" + ("" if matter.endswith(_STANDS_ALONE) else "问题")


def _subject(text: str, place: str, found: list[Matter], kind: str) -> str:
    """Who is complained of, unless the place or the matter says it already."""
    if kind not in {"complaint", "report", "help"}:
        return ""
    said = place + "".join(matter.stem for matter in found)
    named = (name for name in accused(text) if len(name) <= 8 and name not in _TELLS_NOTHING)
    return next((name for name in named if name not in said and name[:2] not in said), "")


def _stated(found: list[Matter], text: str, category: str, place: str) -> str:
    """Stems with the same tail share it: 油烟 and 噪音, both 扰民, become 油烟噪音扰民."""
    if not found:
        return category or _statement(text, place)
    runs = [(tail, [m.stem for m in run]) for tail, run in groupby(found, key=lambda m: m.tail)]
    return "、".join(("" if tail else "、").join(stems) + tail for tail, stems in runs)


def _statement(text: str, place: str) -> str:
    """The clause that says most, without place, time and filler, cut between clauses only."""
    parts = clauses.clauses(text.replace(place, "") if place else text)
    bare = (clauses.core(_TIMES_AND_NUMBERS.sub("", part)) for part in parts)
    said = [part for part in bare if len(part) >= 4]
    short = [part for part in said if len(part) <= 16]
    return max(short or said or ["来电诉求"], key=len)[:16]


def _suggestion(text: str, place: str, category: str) -> str:
    """The proposal itself; it names its places already."""
    wish = next((part for part in clauses.clauses(text) if "建议" in part), "")
    proposal = clauses.core(re.sub(r"^.*?建议", "", wish)).removeprefix("一下").strip(" ，")
    if 4 <= len(proposal) <= LONGEST - 2:
        return "建议" + proposal
    found = "、".join(matter.stem for matter in matters(text)[:1])
    return f"关于{place}{found or category or '城市管理'}的建议"[:LONGEST]


def _without_house(place: str) -> str:
    return re.sub(r"(?:[A-Za-z]|\d+)(?:号楼|栋|幢|座|单元|楼|层|室|户|号).*$|与.*交叉口$", "", place)
