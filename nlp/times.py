"""Time phrases of talk, as moments and spans of the city's clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")

# Hours of the parts of a day as people use the words; 半夜 runs into the next morning.
_PARTS = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "早上": (6, 10),
    "早晨": (6, 10),
    "上午": (8, 12),
    "中午": (11, 14),
    "下午": (12, 18),
    "傍晚": (17, 20),
    "晚上": (18, 24),
    "晚间": (18, 24),
    "夜里": (20, 30),
    "夜间": (20, 30),
    "半夜": (23, 30),
    "深夜": (22, 30),
}
_DAYS = {"大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "后天": 2}
_SHORT = {
    "今早": (0, "早上"),
    "今晚": (0, "晚上"),
    "昨晚": (-1, "晚上"),
    "昨夜": (-1, "夜里"),
    "明早": (1, "早上"),
    "明晚": (1, "晚上"),
}
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}
_FEW = {"半": 0.5, "一": 1.0, "两": 2.0, "几": 3.0, "十几": 10.0}
_STEPS = {
    "年": 365.0,
    "月": 30.0,
    "周": 7.0,
    "星期": 7.0,
    "礼拜": 7.0,
    "天": 1.0,
    "小时": 1 / 24,
    "分钟": 1 / 1440,
}
_A_LIFE_DAYS = 100 * 365
# Spans that people mean roughly, in days before now: from, to.
_VAGUE = {
    "刚才": (1 / 24, 0),
    "刚刚": (1 / 24, 0),
    "现在": (0, 0),
    "目前": (0, 0),
    "最近": (7, 0),
    "近期": (14, 0),
    "近来": (14, 0),
    "这几天": (4, 0),
    "这两天": (2, 0),
    "这段时间": (14, 0),
    "前几天": (7, 1),
    "前两天": (3, 1),
    "前段时间": (30, 7),
    "前一阵": (30, 7),
}

_PART = "|".join(_PARTS)
_CLOCK = r"(\d{1,2})(?:(?:点钟|点|时)(?:(半)|(一刻)|(\d{1,2})分?)?|[:：](\d{2}))(?:多|左右|钟)?"
_HOUSE_AFTER = r"(?!楼|院|门|线|店|车|铺|房|厂|仓|地|单元|桌|机|口|库|\d)"
_DAY = (
    r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})(?:[日号]|(?!\d|个))|"
    r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})|"
    rf"(?:这个月|本月|(?P<last_month>上个?月)|(?<=[从到至自于，。、,\s])|^)(?P<dom>\d{{1,2}})[号日]{_HOUSE_AFTER}|"
    rf"(?P<near>{'|'.join(_DAYS)})|(?P<short>{'|'.join(_SHORT)})|"
    r"(?P<week>上上|上|这|本|下)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])(?!期)"
)
_UNTIL = rf"(?:[^，。,]{{0,4}}?(?:到|至|-|—)(?:第二天|次日)?(?P<until_part>{_PART})?{_CLOCK})?"
_MOMENT = re.compile(rf"(?:(?:{_DAY})的?)?(?P<part>{_PART})?的?(?:{_CLOCK})?{_UNTIL}")
_DAILY = re.compile(rf"(?:每天|天天|每日|每晚|每到|每个?周末|经常)(?P<part>{_PART})?(?:{_CLOCK})?{_UNTIL}")
_AGO = re.compile(r"(\d+(?:\.\d+)?|半|一|两|几|十几)个?(半)?多?(年|月|周|星期|礼拜|天|小时|分钟)(?:以|之)?前")
_FOR = re.compile(
    r"(\d+(?:\.\d+)?|半|一|两|几|十几)个?(半)?多?(年|月|周|星期|礼拜|天|小时|分钟)多?"
    r"(?:(?=了|没|不|还没|都没|未|一直|仍)|(?<=[坏停欠堵断关漏]了.{2})|(?<=[坏停欠堵断关漏]了.{3})|(?<=[坏停欠堵断关漏]了.{4}))"
)
_MONTH = re.compile(r"(?:(\d{4})年|(去年|今年|前年))?的?(\d{1,2})月份?(?!\d)")
_NAMED = re.compile(
    r"上个月|上月|这个月|本月|上个?(?:星期|周|礼拜)|这个?(?:星期|周|礼拜)|去年|今年|前年|" + "|".join(_VAGUE)
)


@dataclass(frozen=True, kw_only=True)
class TimeMention:
    """One time phrase.

    when, until: ISO 8601 with the city's offset; `until` is None for a moment and exclusive for a span.
    repeats: the phrase says every day; `when` is then today's turn. exact: False when the words are rough.
    """

    text: str
    when: str
    until: str | None
    start: int
    end: int
    repeats: bool = False
    exact: bool = True


@dataclass(frozen=True, kw_only=True)
class _Span:
    start: datetime
    end: datetime | None
    exact: bool = True
    repeats: bool = False


def find_times(text: str, *, now: datetime) -> tuple[TimeMention, ...]:
    """The time phrases of a text whose numbers are figures (see `numbers.to_arabic`), in order.

    What could be past or future is taken as past, because people call about what happened.
    Raises ValueError when `now` carries no zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a time zone")
    here = now.astimezone(CITY)
    found: list[TimeMention] = []
    for pattern, read in _RULES:
        for match in pattern.finditer(text):
            if match[0] and all(match.end() <= f.start or f.end <= match.start() for f in found):
                span = read(match, here)
                if span is not None:
                    found.append(_mention(match, span))
    return tuple(sorted(found, key=lambda mention: mention.start))


def _mention(match: re.Match[str], span: _Span) -> TimeMention:
    return TimeMention(
        text=match[0],
        when=span.start.isoformat(),
        until=span.end.isoformat() if span.end else None,
        start=match.start(),
        end=match.end(),
        repeats=span.repeats,
        exact=span.exact,
    )


def _at(day: date, hours: float) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY) + timedelta(hours=hours)


def _daily(match: re.Match[str], now: datetime) -> _Span:
    span = _within(match, now.date(), match["part"] or ("晚上" if match[0].startswith("每晚") else None))
    return _Span(start=span.start, end=span.end, exact=span.exact, repeats=True)


def _moment(match: re.Match[str], now: datetime) -> _Span | None:
    day, part = _day(match, now), match["part"]
    clock = next(_clocks(match), None)
    if day is None and (clock is None or (part is None and clock[0] > 24)):
        return None  # "晚上" alone says no day
    if match["short"]:
        part = part or _SHORT[match["short"]][1]
    return _within(match, day or now.date(), part)


def _within(match: re.Match[str], day: date, part: str | None) -> _Span:
    """The span on one day that part of day, clock and end say."""
    low, high = _PARTS.get(part or "", (0, 24))
    clocks = list(_clocks(match))
    ends = match["until_part"] is not None or len(clocks) > 1 or (clocks and clocks[0][1])
    opening = next((hours for hours, is_end in clocks if not is_end), None)
    closing = next((hours for hours, is_end in clocks if is_end), None)
    start = _at(day, low if opening is None else _hour(opening, part))
    if not ends or closing is None:
        if opening is not None:
            return _Span(start=start, end=None)
        return _Span(start=start, end=_at(day, high), exact=not part)
    end = _at(day, _hour(closing, match["until_part"] or part))
    while end <= start:
        end += timedelta(hours=12 if match["until_part"] is None and closing < 12 else 24)
    return _Span(start=start, end=end)


def _clocks(match: re.Match[str]) -> Iterator[tuple[float, bool]]:
    """Hours said, with whether they end a span. The clock's groups are unnamed because it occurs twice."""
    names = set(match.re.groupindex.values())
    groups = [i for i in range(1, match.re.groups + 1) if i not in names]
    for first in range(0, len(groups), 5):
        hour, half, quarter, minutes, digital = (match[i] for i in groups[first : first + 5])
        if hour is not None:
            past = 0.5 if half else 0.25 if quarter else int(minutes or digital or 0) / 60
            yield int(hour) + past, first > 0


def _hour(hours: float, part: str | None) -> float:
    """Two in the afternoon is 14; twelve at night is the end of the day."""
    if part in {"下午", "傍晚", "晚上", "晚间", "夜里", "夜间", "半夜", "深夜"} and hours <= 12:
        small = part in {"夜里", "夜间", "半夜", "深夜", "晚上"} and hours < 5
        return hours + (24 if small else 12) if part != "下午" or hours < 12 else hours
    return hours + 12 if part == "中午" and hours < 4 else hours


def _day(match: re.Match[str], now: datetime) -> date | None:
    today = now.date()
    if match["near"]:
        return today + timedelta(days=_DAYS[match["near"]])
    if match["short"]:
        return today + timedelta(days=_SHORT[match["short"]][0])
    if match["weekday"]:
        return _weekday(today, match["week"], _WEEKDAYS[match["weekday"]])
    if match["iso"]:
        return _real_date(*map(int, re.split(r"[-/.]", match["iso"])))
    if match["dom"]:
        return _day_of_month(today, int(match["dom"]), last=match["last_month"] is not None)
    if match["month"]:
        year, month, day = int(match["year"] or today.year), int(match["month"]), int(match["day"])
        when = _real_date(year, month, day)
        far = when is not None and not match["year"] and when > today + timedelta(days=90)
        return _real_date(year - 1, month, day) if far else when
    return None


def _real_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(today: date, week: str | None, weekday: int) -> date:
    monday = today - timedelta(days=today.weekday())
    if week:
        return monday + timedelta(days=7 * _WEEKS[week] + weekday)
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def _day_of_month(today: date, day: int, *, last: bool) -> date | None:
    """That day of last month, or the nearest such day: up to a week ahead, else behind."""
    last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    this = _real_date(today.year, today.month, day)
    if not last and this is not None and this <= today + timedelta(days=7):
        return this
    return _real_date(last_month.year, last_month.month, day)


def _length_days(match: re.Match[str]) -> float:
    count = _FEW[match[1]] if match[1] in _FEW else float(match[1])
    return (count + (0.5 if match[2] else 0)) * _STEPS[match[3]]


def _ago(match: re.Match[str], now: datetime) -> _Span | None:
    days = _length_days(match)
    if days > _A_LIFE_DAYS:
        return None  # "2017年前" names a year, not a length
    moment = now - timedelta(days=days)
    if days >= 1:
        exact = match[3] == "天" and match[1].isdigit()
        return _Span(start=_at(moment.date(), 0), end=_at(moment.date(), 24), exact=exact)
    return _Span(start=moment, end=None, exact=False)


def _for(match: re.Match[str], now: datetime) -> _Span | None:
    days = _length_days(match)
    return _Span(start=now - timedelta(days=days), end=now, exact=False) if days <= _A_LIFE_DAYS else None


def _month(match: re.Match[str], now: datetime) -> _Span | None:
    if not 1 <= int(match[3]) <= 12 or not 1900 <= int(match[1] or now.year) <= 2100:
        return None
    month = int(match[3])
    if match[1] or match[2]:
        year = int(match[1]) if match[1] else now.year - {"今年": 0, "去年": 1, "前年": 2}[match[2]]
    else:
        year = now.year - (month > now.month + 3)
    return _Span(start=_at(date(year, month, 1), 0), end=_at(date(year + month // 12, month % 12 + 1, 1), 0))


def _named(match: re.Match[str], now: datetime) -> _Span:
    word, today = match[0], now.date()
    if word in _VAGUE:
        since, to = _VAGUE[word]
        return _Span(start=now - timedelta(days=since), end=now - timedelta(days=to), exact=False)
    if word.endswith("年"):
        year = today.year - {"今年": 0, "去年": 1, "前年": 2}[word]
        return _Span(start=_at(date(year, 1, 1), 0), end=_at(date(year + 1, 1, 1), 0))
    if word.endswith("月"):
        first = today.replace(day=1)
        if word.startswith("上"):
            return _Span(start=_at((first - timedelta(days=1)).replace(day=1), 0), end=_at(first, 0))
        return _Span(start=_at(first, 0), end=_at((first + timedelta(days=32)).replace(day=1), 0))
    monday = today - timedelta(days=today.weekday() + 7 * word.startswith("上"))
    return _Span(start=_at(monday, 0), end=_at(monday + timedelta(days=7), 0))


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], _Span | None]], ...] = (
    (_DAILY, _daily),
    (_AGO, _ago),
    (_FOR, _for),
    (_MOMENT, _moment),
    (_MONTH, _month),
    (_NAMED, _named),
)
