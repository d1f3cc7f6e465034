"""A report as a table for spreadsheets: numbers and names of units only, nothing of persons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.clock import CITY_ZONE
from dispatch.figures import formulas
from dispatch.figures.catalogue import FIGURES, SCORE, SCORE_NAMES
from dispatch.figures.report import Group, Report, is_share

Cell = str | int | float | None
# A spreadsheet takes a cell that begins so for a formula and would carry it out.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEAD_ZH = ("范围", "名称", "指标", "指标名称", "数值", "分子", "分母", "剔除", "下限（95%）", "上限（95%）")
_HEAD_EN = ("Scope", "Name", "Code", "Figure", "Value", "Numerator", "Denominator", "Excluded", "Lower", "Upper")
_WHOLE = {"zh": "合计", "en": "Total"}
_WIDTHS = (12, 30, 18, 30, 12, 12, 12, 12, 12, 12)


def table(report: Report, names: Mapping[str, Mapping[str, str]], *, language: str = "zh") -> list[list[Cell]]:
    """Return the report as rows, the first of them the heads.

    names: dimension -> key -> name. language: "zh" or "en".
    """
    rows: list[list[Cell]] = [list(_HEAD_EN if language == "en" else _HEAD_ZH)]
    rows += _of_group(report, report.whole, [_WHOLE[language], ""], language)
    for dimension, groups in report.groups.items():
        known = names.get(dimension, {})
        for key, group in groups.items():
            rows += _of_group(report, group, [dimension, known.get(key, key)], language)
    rows += [["excluded", "", code, "", None, None, count] for code, count in report.codes.items()]
    return rows


def as_csv(rows: Iterable[list[Cell]]) -> bytes:
    """Return the rows as CSV that spreadsheets open as UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(rows: Iterable[list[Cell]], *, title: str, as_of: datetime) -> bytes:
    """Return the rows as a workbook of one sheet; the heads stay in sight."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = title[:31]
    for row in rows:
        sheet.append([_safe(cell) for cell in row])
    # A text that was not made safe would have become a formula here; there must be none.
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for place, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    book.properties.title = f"{title} {as_of.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _of_group(report: Report, group: Group, scope: list[Cell], language: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for figure in FIGURES:
        counts = group.of(figure.code)
        ends = formulas.bounds(counts.numerator, counts.denominator) if is_share(figure.code) else None
        rows.append(
            [
                *scope,
                figure.code,
                figure.en if language == "en" else figure.zh,
                _rounded(group.value(figure.code)),
                counts.numerator,
                counts.denominator,
                counts.excluded,
                _rounded(ends and ends[0]),
                _rounded(ends and ends[1]),
            ]
        )
    name = SCORE_NAMES[1 if language == "en" else 0]
    return [*rows, [*scope, SCORE, name, _rounded(group.score(report.settings.weights))]]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
