"""Spoken Chinese numbers, written as figures where they count, number or time something."""

from __future__ import annotations

import re
from itertools import pairwise

from nlp.lexicon_files import words

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "幺": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_RUN = re.compile(r"[零〇一幺二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+(?![十点分刻]))?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_ASIDE = "\ue000"  # stands for a protected character; a private code point no text contains

# What may follow a number that counts something. Longest first where one begins another.
_COUNTS = (
    "号楼|号线|号院|号门|号店|号|栋|幢|座|单元|层|楼|室|户|弄|期|个多?月|个多?小时|个多?星期|多个|个|人|名|位|天|日|月|年(?!级|制|一贯|义务)|"
    "点钟|点半|点多|点|时(?!候|常)|分钟|小时|秒|元|块|毛|万元|平方|平米|平|米|公里|里(?!面)|斤|公斤|吨|次|条|辆|台|家|岁|周|星期|"
    "度|倍|套|间|件|所|棵|根|只|匹|亩|张|桶|瓶|箱|瓦|伏|兆|多(?=[个人名户天年月元块米岁斤平次分小])"
)
_COUNTED = re.compile(_COUNTS)
# After a bare 一 these words make an article ("一个" is "a", not "1"); the text stays as people say it.
_ARTICLE = re.compile(
    r"(?:个|名|位|家|条|辆|台|次|套|间|件|所|棵|根|只|张|桶|瓶|箱|天|周|年|人|里|度|时|期|多|座|户)(?!多?月|多?小时|多?星期)"
)
_CLOCK_BEFORE = re.compile(
    r"(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|深夜|[今昨明]晚|[今明]早|到|至)$"
)
_POINTS_ON_A_LIST = re.compile(r"点(?:建议|意见|要求|原因|问题|希望|想法|诉求|疑问)")
_NAMED_BEFORE = re.compile(r"(?:第|周|星期|礼拜|初|几|数)$")


def value(spoken: str) -> float | None:
    """The number that Chinese numerals say, such as 三万五 = 35000; None when they say none."""
    whole, _, part = spoken.partition("点")
    if not whole or any(c not in _DIGITS and c not in _TENS and c not in _BIG for c in whole):
        return None
    if all(c in _DIGITS for c in whole):
        number = float("".join(str(_DIGITS[c]) for c in whole))
    else:
        number = float(_positional(whole))
    if not part:
        return number
    digits = "".join(str(_DIGITS[c]) for c in part if c in _DIGITS)
    return float(f"{int(number)}.{digits}") if len(digits) == len(part) else None


def to_arabic(text: str) -> str:
    """The text with quantities, house numbers, times and phone numbers in figures.

    Words that only contain a numeral (一直, 万一, 三轮车, 第一医院) keep it, and so do rough
    numbers (三四个, 十几户): figures would claim more than was said.
    """
    text = re.sub(r"百分之([零一二两三四五六七八九十百点]+)", _percent, text.translate(_FULL_WIDTH))
    hidden = _PROTECTED.sub(lambda found: _ASIDE * len(found[0]), text)
    pieces, last = [], 0
    for found in _RUN.finditer(hidden):
        pieces.append(text[last : found.start()])
        pieces.append(_written(hidden, found))
        last = found.end()
    return "".join(pieces) + text[last:]


def _protected() -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, words("number_words.csv")), key=len, reverse=True)
    # Not inside a longer number: 万一 in 两万一千 and 十分 in 三点五十分 are no words.
    return re.compile(rf"(?<![零一二两三四五六七八九十百千万点])(?:{'|'.join(longest_first)})")


_PROTECTED = _protected()


def _percent(found: re.Match[str]) -> str:
    number = value(found[1])
    return found[0] if number is None else f"{number:g}%"


def _written(text: str, found: re.Match[str]) -> str:
    spoken, before, after = (
        found[0],
        text[max(0, found.start() - 3) : found.start()],
        text[found.end() : found.end() + 5],
    )
    if _NAMED_BEFORE.search(before) or after.startswith("几"):
        return spoken
    if _is_digit_string(spoken):
        return "".join(str(_DIGITS[c]) for c in spoken)
    if _is_rough(spoken) or not _is_counted(spoken, before, after):
        return spoken
    number = value(spoken)
    if number is None:
        return spoken
    return _figures(spoken, number)


def _figures(spoken: str, number: float) -> str:
    """Round sums of ten thousands keep their 万 as a clerk writes them; all else is figures."""
    if number >= 10_000 and spoken[-1] in _BIG and number % _BIG[spoken[-1]] == 0:
        return f"{number / _BIG[spoken[-1]]:.10g}{spoken[-1]}"
    return f"{number:.10g}"


def _is_digit_string(spoken: str) -> bool:
    """Three or more figures read one by one: a phone, a year, a plate; not 三三两两 or 五六七."""
    if len(spoken) < 3 or "两" in spoken or any(c not in _DIGITS for c in spoken):
        return False
    figures = [_DIGITS[c] for c in spoken]
    return len(spoken) > 3 or any(b - a != 1 for a, b in pairwise(figures))


def _is_rough(spoken: str) -> bool:
    """三四, 七八十: two neighbouring figures said together mean "about"."""
    return bool(
        re.search(
            r"[一二三四五六七八九两][二三四五六七八九](?![十百千万点])|[一二三四五六七八九]{2}[十百千万]",
            spoken,
        )
    ) and (not re.search(r"[十百千万零][一二三四五六七八九]$", spoken))


def _is_counted(spoken: str, before: str, after: str) -> bool:
    if before.endswith("点") and after.startswith("分"):
        return True
    if not _COUNTED.match(after):
        # "三万五千" without a measure is still a sum; a lone figure is not known to count anything.
        return len(spoken) > 2 and any(c in _BIG or c in "百千" for c in spoken) and spoken[0] in _DIGITS
    if _POINTS_ON_A_LIST.match(after):
        return False
    if spoken == "一":
        return _one_counts(before, after)
    return spoken[0] in _DIGITS or spoken[0] == "十"


def _one_counts(before: str, after: str) -> bool:
    """一 counts in 一号楼 and 晚上一点, but not in 一个, 有一点, 一块."""
    if after.startswith("点"):
        return after.startswith(("点钟", "点半")) or bool(_CLOCK_BEFORE.search(before))
    if after.startswith("块"):
        return after.startswith("块钱")
    return not _ARTICLE.match(after)


def _positional(spoken: str) -> int:
    total, section, digit, unit = 0, 0, 0, 1
    for c in spoken:
        if c in _DIGITS:
            digit = _DIGITS[c]
            unit = 1 if c in "零〇" else unit
        elif c in _TENS:
            section += (digit or (1 if section == 0 or c == "十" else 0)) * _TENS[c]
            digit, unit = 0, _TENS[c]
        else:
            total = (total + section + digit) * _BIG[c] if c == "亿" else total + (section + digit) * _BIG[c]
            section, digit, unit = 0, 0, _BIG[c]
    # 三万五 and 两千三: a last figure without its unit counts in the next unit below.
    return total + section + digit * (unit // 10 if unit >= 100 else 1)
