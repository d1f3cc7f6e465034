"""The list as a file: CSV and XLSX in, every bad row named; CSV and XLSX out, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import BadInput
from dispatch.duty_list.cells import MAY_LACK, Fault, Scheme, among_lines, read_line
from dispatch.duty_list.columns import COLUMNS, as_cells
from dispatch.matching import DutyRow

LARGEST = 1_500_000  # bytes of a file; a list of 20,000 lines is about 1.4 MB as CSV
MOST_LINES = 20_000
# A small packed file may unpack to a very large one (a "zip bomb").
_LARGEST_UNPACKED = 60_000_000

# What a spreadsheet would take for a formula; the full-width signs too. Any quotes before it are ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_HEADINGS = {zh: name for name, zh in COLUMNS.items()} | {name: name for name in COLUMNS}

_Row = tuple[int, dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What was read: lines with their row numbers, and everything that is wrong. With faults, load nothing."""

    lines: tuple[tuple[int, DutyRow], ...]
    faults: tuple[Fault, ...]


def read(content: bytes, filename: str, scheme: Scheme) -> Sheet:
    """Return the lines of a CSV or XLSX file. Raises BadInput when it is no such file at all, or too large."""
    if len(content) > LARGEST:
        raise BadInput(f"文件超过 {LARGEST / 1_000_000:.1f} MB，请分批导入")
    suffix = filename.rpartition(".")[2].lower()
    if suffix not in _READERS:
        raise BadInput("只能导入 .csv 或 .xlsx 文件；旧版 .xls 请先另存为 .xlsx")
    faults: list[Fault] = []
    table = list(_READERS[suffix](content, faults))
    rows = _under_headings(table, faults)
    return _read_rows(rows, scheme, faults)


def csv_of(lines: Iterable[DutyRow]) -> bytes:
    """Return the list as UTF-8 CSV with a byte-order mark, by which spreadsheets know the encoding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in as_cells(line).values()] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(lines: Iterable[DutyRow]) -> bytes:
    """Return the list as a workbook of text cells: codes keep their leading zeros, nothing is a formula."""
    book = openpyxl.Workbook(write_only=False)
    del book[book.sheetnames[0]]
    page = book.create_sheet("职责清单")
    page.freeze_panes = "B2"
    page.append(list(COLUMNS.values()))
    for line in lines:
        page.append([harmless(cell) for cell in as_cells(line).values()])
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            cell.number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (CWE-1236); `plain` turns it back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """Return what a cell made by `harmless` said."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _from_csv(content: bytes, _faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    lines = csv.reader(io.StringIO(_decoded(content), newline=""))
    try:
        for number, cells in enumerate(lines, start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadInput("这个 CSV 文件的格式已损坏，请用电子表格另存后再导入") from error


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        raise BadInput("这不是文本文件，请导入真正的 CSV")
    for encoding in ("utf-8-sig", "gb18030"):  # spreadsheets in China still save CSV as GBK
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("看不懂这个文件的文字编码，请另存为 UTF-8 的 CSV")


def _from_xlsx(content: bytes, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    _check_size(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        pages = book.worksheets
        rows = [[_Cell.of(cell) for cell in row] for row in pages[0].iter_rows(max_row=MOST_LINES + 2, max_col=40)]
    # A damaged workbook fails anywhere in the library, by whatever its XML leads to.
    except (InvalidFileException, KeyError, ValueError, TypeError, IndexError, SyntaxError, OSError) as error:
        raise BadInput("这个 XLSX 文件已损坏，请用电子表格重新保存后再导入") from error
    headings = [cell.text for cell in rows[0]] if rows else []
    for number, cells in enumerate(rows, start=1):
        for at, cell in enumerate(cells):
            if cell.formula:
                column = _HEADINGS.get(headings[at], headings[at]) if at < len(headings) else f"第 {at + 1} 列"
                faults.append(Fault(row=number, column=column, reason="这一格是公式，请改为“粘贴数值”"))
        yield number, [cell.text for cell in cells]


def _check_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise BadInput("这不是 XLSX 文件，请用电子表格另存为 .xlsx") from error
    if unpacked > _LARGEST_UNPACKED:
        raise BadInput("这个 XLSX 文件解开后过大，请只保留清单一页再导入")


_READERS = {"csv": _from_csv, "xlsx": _from_xlsx}


@dataclass(frozen=True)
class _Cell:
    text: str
    formula: bool = False

    @classmethod
    def of(cls, cell: Any) -> _Cell:
        value = cell.value
        if value is None:
            return cls("")
        if getattr(cell, "data_type", "") == "f":
            return cls("", formula=True)
        if isinstance(value, bool):
            return cls("1" if value else "0")
        if isinstance(value, datetime):
            return cls(value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat())
        if isinstance(value, float) and value.is_integer():
            return cls(str(int(value)))
        return cls(str(value).strip())


def _under_headings(table: list[tuple[int, list[str]]], faults: list[Fault]) -> list[_Row]:
    if len(table) > MOST_LINES + 1:
        raise BadInput(f"超过 {MOST_LINES} 行，请分批导入")
    if not any(any(cells) for _, cells in table):
        raise BadInput("文件里没有内容")
    headings = [_HEADINGS.get(cell, cell) for cell in table[0][1]]
    while headings and not headings[-1]:
        headings.pop()
    faults += _heading_faults(headings)
    rows: list[_Row] = []
    for number, cells in table[1:]:
        if not any(cells):
            continue
        if any(cells[len(headings) :]):
            reason = "比表头多出几格，可能是某一格里有没加引号的逗号"
            faults.append(Fault(row=number, column=headings[-1] if headings else "", reason=reason))
        rows.append((number, {name: plain(cell) for name, cell in zip(headings, cells, strict=False)}))
    return rows


def _heading_faults(headings: list[str]) -> list[Fault]:
    faults = [
        Fault(row=1, column=name, reason=f"缺少这一列（{COLUMNS[name]}）")
        for name in COLUMNS
        if name not in headings and name not in MAY_LACK
    ]
    faults += [
        Fault(row=1, column=name or f"第 {at} 列", reason="清单里没有这一列，请删去或改正表头")
        for at, name in enumerate(headings, start=1)
        if name not in COLUMNS
    ]
    twice = {name for name in headings if headings.count(name) > 1}
    return faults + [Fault(row=1, column=name, reason="这一列出现了两次") for name in sorted(twice)]


def _read_rows(rows: list[_Row], scheme: Scheme, faults: list[Fault]) -> Sheet:
    # With a heading missing every row would be faulty for the same reason: say it once.
    lacking = any(fault.row == 1 for fault in faults)
    lines: list[tuple[int, DutyRow]] = []
    for number, cells in [] if lacking else rows:
        spoilt = {fault.column for fault in faults if fault.row == number}
        found = read_line(cells, scheme, row=number)
        if isinstance(found, list):
            faults += [fault for fault in found if fault.column not in spoilt]
        else:
            lines.append((number, found))
    faults += among_lines(lines, scheme)
    if not lacking and not rows:
        faults.append(Fault(row=1, column="duty_no", reason="表头下面没有一行条目"))
    ordered = sorted(
        set(faults),
        key=lambda fault: (fault.row, list(COLUMNS).index(fault.column) if fault.column in COLUMNS else len(COLUMNS)),
    )
    return Sheet(lines=tuple(lines), faults=tuple(ordered))
