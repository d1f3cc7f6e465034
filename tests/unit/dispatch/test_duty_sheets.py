"""The responsibility list as a file: what goes out comes back, and every spoilt cell is named."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from dispatch.duty_list.cells import Scheme, read_line
from dispatch.duty_list.columns import COLUMNS, as_cells, as_json, from_json
from dispatch.duty_list.sheet import LARGEST, csv_of, harmless, plain, read, xlsx_of
from dispatch.matching import DutyRow, UnitRow


def unit(code: str, kind: str, area: str = "990100", parent: str | None = "city") -> UnitRow:
    return UnitRow(code=code, name=f"{code}单位", kind=kind, parent=parent, area=area)


SCHEME = Scheme(
    categories={"03": "市容", "0303": "摊贩", "030301": "流动摊贩", "05": "交通", "08": "环保", "0801": "噪声"},
    areas={"990100": "澜州市", "990102": "青湖区", "990102001": "湖滨街道", "990102002": "月山街道"},
    units={
        one.code: one
        for one in (
            unit("city", "city", parent=None),
            unit("hotline", "hotline"),
            unit("chengguan", "department"),
            unit("huanjing", "department"),
            unit("qinghu", "district", "990102"),
            unit("qinghu-chengguan", "bureau:城管", "990102", "qinghu"),
            unit("qinghu-hubin", "street", "990102001", "qinghu"),
            unit("hubin-yuehu", "community", "990102001", "qinghu-hubin"),
        )
    },
)


def line(number: str = "Z1", **changes) -> DutyRow:
    made = DutyRow(
        duty_no=number,
        category="0303",
        area="",
        level="district",
        lead="{district}:城管",
        helpers=("chengguan",),
        fallback="chengguan",
        legal_basis="市级职责分工",
        department_only=False,
        valid_from=date(2026, 1, 1),
        valid_until=None,
    )
    return replace(made, **changes)


GOOD = [
    line("Z1"),
    line("Z2", category="030301", area="990102001", level="street", lead="{street}", helpers=()),
    line("Z3", category="05", lead="qinghu", helpers=("{district}:城管", "{street}"), note='有“引号”，逗号, 和"号'),
    line("Z4", category="08", lead="huanjing", helpers=(), department_only=True, valid_until=date(2027, 1, 31)),
    line("Z5", category="0801", lead="huanjing", legal_basis="", fallback=None, owner="法制科 王敏"),
]

text = st.text(
    alphabet=st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\ufffe\uffff"), max_size=30
).map(str.strip)


@pytest.mark.parametrize(("write", "name"), [(csv_of, "list.csv"), (xlsx_of, "list.xlsx")])
def test_what_is_exported_can_be_imported_again(write, name):
    sheet = read(write(GOOD), name, SCHEME)
    assert sheet.faults == ()
    assert [one for _, one in sheet.lines] == GOOD
    assert [row for row, _ in sheet.lines] == [2, 3, 4, 5, 6]


@given(note=text, basis=text, owner=text)
@settings(max_examples=60, deadline=None)
def test_any_words_survive_the_way_out_and_in(note, basis, owner):
    lines = [line(note=note, legal_basis=basis, owner=owner)]
    for content, name in ((csv_of(lines), "a.csv"), (xlsx_of(lines), "a.xlsx")):
        sheet = read(content, name, SCHEME)
        assert [one for _, one in sheet.lines] == lines, name


@given(st.text(max_size=12))
def test_a_cell_made_harmless_turns_back(cell):
    assert plain(harmless(cell)) == cell


@pytest.mark.parametrize("evil", ["=1+1", "+86", "-2", "@SUM(A1)", "＝cmd|' /C calc'!A0", "'=1", "''=1"])
def test_nothing_that_is_exported_is_a_formula(evil):
    lines = [line(note=evil)]
    cells = next(iter(list(csv.reader(io.StringIO(csv_of(lines).decode("utf-8-sig"))))[1:]))
    assert cells[-1].startswith("'")
    page = openpyxl.load_workbook(io.BytesIO(xlsx_of(lines))).worksheets[0]
    assert "f" not in {cell.data_type for row in page.iter_rows() for cell in row}
    assert page.cell(2, len(COLUMNS)).value == f"'{evil}"
    assert [one for _, one in read(xlsx_of(lines), "a.xlsx", SCHEME).lines] == lines


# Column -> cells that no list may have there.
SPOILT = {
    "duty_no": ["", "=1", "有 空格", "x" * 33],
    "category": ["", "99", "3", "流动摊贩"],
    "area": ["990199", "青湖区"],
    "level": ["", "市级", "community"],
    "lead": ["", "gone", "city", "{district}:航空", "{town}", "{district"],
    "helpers": ["gone", "chengguan|gone", "chengguan|chengguan", "{street}:城管"],
    "fallback": ["gone", "city", "{district}"],
    "legal_basis": ["法" * 501],
    "department_only": ["", "2", "yes"],
    "valid_from": ["", "2026-02-30", "2026/1/1", "明天"],
    "valid_until": ["2026-13-01", "2025-12-31", "20270101"],
    "owner": ["王" * 65],
    "note": ["注" * 1001, "一行\x07响铃"],
}
corruption = st.sampled_from([(column, cell) for column, cells in SPOILT.items() for cell in cells])


def csv_with(cells: dict[tuple[int, str], str]) -> bytes:
    """The good list as CSV, with these cells (row as the spreadsheet counts, column) replaced."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row, one in enumerate(GOOD, start=2):
        writer.writerow(as_cells(one) | {column: cell for (at, column), cell in cells.items() if at == row})
    return out.getvalue().encode()


def xlsx_with(cells: dict[tuple[int, str], str]) -> bytes:
    """The same as a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(GOOD)))
    for (row, column), cell in cells.items():
        book.worksheets[0].cell(row, list(COLUMNS).index(column) + 1).value = cell or None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@given(st.dictionaries(st.integers(2, 6), corruption, min_size=1, max_size=5), st.sampled_from(["csv", "xlsx"]))
@settings(max_examples=200, deadline=None)
def test_every_spoilt_cell_is_named_by_row_and_column_all_at_once(spoilt, kind):
    cells = {(row, column): cell for row, (column, cell) in spoilt.items()}
    assume(kind == "csv" or not any("\x07" in cell for cell in cells.values()))  # no workbook can hold that sign
    content = csv_with(cells) if kind == "csv" else xlsx_with(cells)
    faults = read(content, f"list.{kind}", SCHEME).faults
    assert set(cells) <= {(one.row, one.column) for one in faults}
    assert all(one.reason for one in faults)
    # A row that nobody spoilt is not blamed.
    assert {one.row for one in faults} == set(spoilt)


@pytest.mark.parametrize(("column", "cell"), [(column, cell) for column, cells in SPOILT.items() for cell in cells])
def test_each_kind_of_spoilt_cell_is_refused_with_a_reason(column, cell):
    found = read_line(as_cells(line()) | {column: cell}, SCHEME, row=7)
    assert isinstance(found, list)
    assert (7, column) in {(one.row, one.column) for one in found}


@pytest.mark.parametrize("named", [{"lead": "{street}"}, {"lead": "qinghu-hubin"}, {"lead": "hubin-yuehu"},
                                   {"helpers": ("{street}",)}, {"fallback": "qinghu-hubin"}])  # fmt: skip
def test_a_departments_own_duty_cannot_name_a_street_or_what_is_below_it(named):
    sheet = read(csv_of([line(department_only=True, **named)]), "a.csv", SCHEME)
    assert [(one.row, one.column) for one in sheet.faults] == [(2, next(iter(named)))]


def test_a_line_for_one_street_cannot_take_over_what_its_class_keeps_for_the_department():
    keeper = line("Z1", category="08", lead="huanjing", department_only=True)
    taker = line("Z2", category="08", area="990102001", level="street", lead="{street}")
    faults = read(csv_of([keeper, taker]), "a.csv", SCHEME).faults
    assert [(one.row, one.column) for one in faults] == [(3, "lead")]
    assert "Z1" in faults[0].reason
    later = replace(taker, valid_from=date(2027, 1, 1))
    ended = replace(keeper, valid_until=date(2026, 12, 31))
    assert read(csv_of([ended, later]), "a.csv", SCHEME).faults == ()


def test_a_number_used_twice_names_the_row_that_had_it_first():
    faults = read(csv_of([line("Z1"), line("Z2", category="05"), line("Z1", category="08")]), "a.csv", SCHEME).faults
    assert [(one.row, one.column) for one in faults] == [(4, "duty_no")]
    assert "第 2 行" in faults[0].reason


def test_a_lost_leading_zero_is_explained():
    (fault,) = read(csv_with({(2, "category"): "303"}), "a.csv", SCHEME).faults
    assert "0303" in fault.reason


def test_a_missing_a_strange_and_a_double_heading_are_each_named():
    content = csv_of(GOOD).decode("utf-8-sig").replace("legal_basis", "law", 1).replace("fallback", "lead", 1)
    found = {(one.row, one.column) for one in read(content.encode(), "a.csv", SCHEME).faults}
    assert found == {(1, "legal_basis"), (1, "law"), (1, "fallback"), (1, "lead")}


def test_a_row_with_more_cells_than_headings_is_named():
    content = csv_of([line()]).decode("utf-8-sig").rstrip() + ",多出来\r\n"
    assert [one.row for one in read(content.encode(), "a.csv", SCHEME).faults] == [2]


def test_a_sheet_saved_as_gbk_with_chinese_headings_is_read():
    content = csv_of(GOOD).decode("utf-8-sig")
    first, rest = content.split("\r\n", 1)
    chinese = ",".join(COLUMNS[name] for name in first.split(","))
    sheet = read(f"{chinese}\r\n{rest}".encode("gb18030"), "清单.CSV", SCHEME)
    assert sheet.faults == ()
    assert [one for _, one in sheet.lines] == GOOD


def book(*rows: list[object]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_dates_numbers_and_formulas_of_a_workbook_are_understood():
    cells = list(as_cells(line()).values())
    at = list(COLUMNS).index
    cells[at("valid_from")], cells[at("department_only")] = date(2026, 1, 1), 0
    assert [one for _, one in read(book(list(COLUMNS), cells), "a.xlsx", SCHEME).lines] == [line()]
    cells[at("lead")] = "=B1"
    faults = read(book(list(COLUMNS), cells), "a.xlsx", SCHEME).faults
    assert [(one.row, one.column) for one in faults] == [(2, "lead")]
    assert "公式" in faults[0].reason


def packed_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"%PDF-1.7", "list.pdf", ".csv 或 .xlsx"),
        (b"\xd0\xcf\x11\xe0", "list.xls", ".xlsx"),
        (b"\xd0\xcf\x11\xe0", "list.xlsx", "不是 XLSX"),
        (b"PK\x03\x04\x00\x00rubbish", "list.csv", "不是文本"),
        (b"\x80\xff\xff", "list.csv", "文字编码"),
        (b"", "list.csv", "没有内容"),
        (b"x" * (LARGEST + 1), "list.csv", "MB"),
        (packed_bomb(), "list.xlsx", "过大"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(content, name, says):
    with pytest.raises(BadInput, match=says):
        read(content, name, SCHEME)


def test_a_zip_that_is_no_workbook_is_refused_in_a_sentence():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("hello.txt", "hello")
    with pytest.raises(BadInput, match="损坏"):
        read(out.getvalue(), "a.xlsx", SCHEME)


def test_headings_without_lines_are_no_list():
    faults = read(csv_of([]), "a.csv", SCHEME).faults
    assert [(one.row, one.column) for one in faults] == [(1, "duty_no")]


@pytest.mark.parametrize("one", GOOD)
def test_history_keeps_a_line_whole(one):
    assert from_json(as_json(one)) == one
