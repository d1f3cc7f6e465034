"""A year's calendar as a CSV file: read whole, or refused with every bad row named."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import pairwise

from core.errors import BadInput
from dispatch.deadlines import Span

COLUMNS = ("date", "name", "works", "spans")
_NEEDED = COLUMNS[:3]
_NAME_LENGTH = 64
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
# Off in every year, by 全国年节及纪念日放假办法: a list without them is not a year's calendar.
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """A day that is not like its weekday; `spans` empty means the usual hours."""

    on: date
    name: str
    works: bool
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """Where a file is wrong: its line (1 is the header; 0 the file as a whole), the column, and why."""

    row: int
    column: str
    reason: str


class BadYear(BadInput):
    """The file cannot be loaded; nothing of it was. `rows` has every fault."""

    def __init__(self, rows: tuple[BadRow, ...]) -> None:
        said = "；".join(f"第 {one.row} 行 {one.column}：{one.reason}" for one in rows[:20])
        super().__init__(f"日历没有载入，共 {len(rows)} 处错误。{said}")
        self.rows = rows


class _Fault(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def read_year(content: str, year: int) -> tuple[DayRow, ...]:
    """Return the days of a file with the columns date, name, works and, if wanted, spans, in their order.

    Raises BadYear with all faults found: of the header alone, or of every row.
    """
    reader = csv.reader(StringIO(content.removeprefix("\ufeff")))
    header = [cell.strip() for cell in next(reader, [])]
    if faults := [*_of_header(header)]:
        raise BadYear(tuple(faults))
    days: dict[date, DayRow] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            day = _day(header, cells, year)
            if day.on in days:
                raise _Fault("date", "同一天写了两次")
            days[day.on] = day
        except _Fault as fault:
            faults.append(BadRow(row=reader.line_num, column=fault.column, reason=fault.reason))
    if not faults:
        faults = [*_of_whole(days, year)]
    if faults:
        raise BadYear(tuple(faults))
    return tuple(days[on] for on in sorted(days))


def read_spans(cell: str) -> tuple[Span, ...]:
    """Return the spans of `08:30-12:00|13:30-17:30`, in order. Raises BadInput when they are not such spans."""
    found = []
    for part in filter(None, (one.strip() for one in cell.split("|"))):
        clocks = [_CLOCK.fullmatch(clock.strip()) for clock in part.split("-")]
        minutes = [int(clock[1]) * 60 + int(clock[2]) for clock in clocks if clock]
        if len(clocks) != 2 or len(minutes) != 2 or not minutes[0] < minutes[1] <= 1440:
            raise BadInput("时段应写作 08:30-12:00|13:30-17:30")
        found.append(Span(opens=minutes[0], closes=minutes[1]))
    found.sort(key=lambda one: one.opens)
    if any(later.opens < earlier.closes for earlier, later in pairwise(found)):
        raise BadInput("时段之间有重叠")
    return tuple(found)


def write_spans(spans: list[list[int]]) -> str:
    """Return spans as a cell; the inverse of `read_spans`."""
    return "|".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _of_header(header: list[str]) -> Iterator[BadRow]:
    for column in _NEEDED:
        if column not in header:
            yield BadRow(row=1, column=column, reason="缺少这一列")
    for place, column in enumerate(header):
        if column not in COLUMNS:
            yield BadRow(row=1, column=column or str(place + 1), reason="没有这一列")
        elif column in header[:place]:
            yield BadRow(row=1, column=column, reason="这一列写了两次")


def _of_whole(days: dict[date, DayRow], year: int) -> Iterator[BadRow]:
    for month, day in _ALWAYS_OFF:
        said = days.get(date(year, month, day))
        if said is None or said.works:
            reason = "元旦、劳动节、国庆节必须是休息日，否则不是全年的安排"
            yield BadRow(row=0, column=f"{year}-{month:02}-{day:02}", reason=reason)


def _day(header: list[str], cells: list[str], year: int) -> DayRow:
    if len(cells) > len(header):
        raise _Fault(str(len(header) + 1), "这一行的列比表头多")
    row = dict.fromkeys(COLUMNS, "") | dict(zip(header, (cell.strip() for cell in cells), strict=False))
    on, name, works = _date(row["date"], year), row["name"], row["works"]
    if not name or len(name) > _NAME_LENGTH:
        raise _Fault("name", "请写明节日或原因，不超过 64 字")
    if works not in {"0", "1"}:
        raise _Fault("works", "上班写 1，休息写 0")
    try:
        spans = read_spans(row["spans"])
    except BadInput as error:
        raise _Fault("spans", str(error)) from error
    if spans and works == "0":
        raise _Fault("spans", "休息日不能有时段")
    return DayRow(on=on, name=name, works=works == "1", spans=spans)


def _date(cell: str, year: int) -> date:
    # Spreadsheets write 2027/1/1 when they save a date.
    parts = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", cell)
    try:
        on = date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        on = None
    if on is None:
        raise _Fault("date", "日期应写作 2027-01-01，且是有的日子")
    if on.year != year:
        raise _Fault("date", "这一天不在所载入的年份里")
    return on
