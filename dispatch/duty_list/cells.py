"""A line of the list as text cells: every wrong cell is named, all at once, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dispatch.duty_list.columns import COLUMNS
from dispatch.matching import DutyRow, UnitRow, is_grass_roots

REQUIRED = frozenset({"duty_no", "category", "level", "lead", "department_only", "valid_from"})
# A sheet may lack these columns altogether; the city's own file does.
MAY_LACK = frozenset({"owner", "note"})
LEVELS = ("city", "district", "street")
# Units that contain others but take no work orders themselves.
NO_ORDERS = frozenset({"city"})

_LONGEST = {"duty_no": 32, "legal_basis": 500, "owner": 64, "note": 1000}
_NUMBER = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff_.-]*")
_PATTERN = re.compile(r"\{district\}(?::(?P<trade>[^{}:|]+))?|\{street\}")
_FLAGS = {"0": False, "1": True, "否": False, "是": True}


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """What a line may name: classes and areas (code -> name), and units."""

    categories: Mapping[str, str]
    areas: Mapping[str, str]
    units: Mapping[str, UnitRow]
    trades: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the trades that a pattern may name: those of which some district has a bureau."""
        kinds = {unit.kind for unit in self.units.values()}
        trades = frozenset(kind.partition(":")[2] for kind in kinds if kind.startswith("bureau:"))
        object.__setattr__(self, "trades", trades)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A cell that cannot be taken. row: as the spreadsheet numbers it, the headings being row 1."""

    row: int
    column: str
    reason: str


def read_line(cells: Mapping[str, str], scheme: Scheme, *, row: int) -> DutyRow | list[Fault]:
    """Return the line, or everything that is wrong with its cells."""
    faults = [
        Fault(row=row, column=column, reason=reason)
        for column in COLUMNS
        for reason in _wrong(column, cells.get(column, ""), scheme)
    ]
    spoilt = {fault.column for fault in faults}
    faults += [one for one in _together(cells, scheme, row) if one.column not in spoilt]
    return faults or _built(cells)


def among_lines(lines: Sequence[tuple[int, DutyRow]], scheme: Scheme) -> list[Fault]:
    """Return what is wrong between lines: a number twice, a department's own duty given to a street elsewhere."""
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for row, line in lines:
        known = first.setdefault(line.duty_no, row)
        if known != row:
            reason = f"编号与第 {known} 行重复，请改用新编号或删去一行"
            faults.append(Fault(row=row, column="duty_no", reason=reason))
    kept: dict[str, list[DutyRow]] = {}
    for _, line in lines:
        if line.department_only:
            kept.setdefault(line.category, []).append(line)
    for row, line in lines:
        holder = _holder(line, kept.get(line.category, ()))
        if holder is not None:
            faults += street_faults(line, scheme, row, because=f"{holder.duty_no} 规定该事项仅由部门办理")
    return faults


def street_faults(line: DutyRow, scheme: Scheme, row: int, *, because: str) -> list[Fault]:
    """Name every cell of a line that gives its matter to a street or below."""
    cells = {"lead": (line.lead,), "helpers": line.helpers, "fallback": (line.fallback or "",)}
    return [
        Fault(row=row, column=column, reason=f"{because}，不得派给街道；请改为部门或区县单位")
        for column, names in cells.items()
        if any(to_street(name, scheme.units) for name in names)
    ]


def to_street(name: str, units: Mapping[str, UnitRow]) -> bool:
    """Say whether a unit or pattern means a street office or something below one."""
    return name.startswith("{street}") or is_grass_roots(name, units)


def _wrong(column: str, value: str, scheme: Scheme) -> Iterable[str]:
    if any(ord(sign) < 32 for sign in value):
        return ("含有换行或控制字符，请删去",)
    if not value:
        return (f"“{COLUMNS[column]}”不能为空",) if column in REQUIRED else ()
    if len(value) > _LONGEST.get(column, 4000):
        return (f"超过 {_LONGEST.get(column, 4000)} 个字",)
    check = _CHECKS.get(column)
    reason = check(value, scheme) if check else None
    return (reason,) if reason else ()


def _number(value: str, _scheme: Scheme) -> str | None:
    return None if _NUMBER.fullmatch(value) else "编号只能用字母、数字、汉字和 _ . -，且不以符号开头"


def _category(value: str, scheme: Scheme) -> str | None:
    if value in scheme.categories:
        return None
    if value.isdigit() and f"0{value}" in scheme.categories:
        return f"分类里没有 {value}；是不是 0{value}？电子表格丢掉了开头的 0，请把这一列设为文本"
    return f"分类里没有 {value}"


def _area(value: str, scheme: Scheme) -> str | None:
    return None if value in scheme.areas else f"没有代码为 {value} 的区域"


def _level(value: str, _scheme: Scheme) -> str | None:
    return None if value in LEVELS else f"层级只能是 {'、'.join(LEVELS)}"


def _unit_or_pattern(value: str, scheme: Scheme) -> str | None:
    if not value.startswith("{"):
        return _unit(value, scheme)
    pattern = _PATTERN.fullmatch(value)
    if pattern is None:
        return f"看不懂 {value}；可用 {{district}}、{{district}}:行业、{{street}} 或单位代码"
    trade = pattern["trade"]
    return f"没有一个区县设有“{trade}”行业的单位" if trade and trade not in scheme.trades else None


def _helpers(value: str, scheme: Scheme) -> str | None:
    names = [name for name in value.split("|") if name]
    if len(set(names)) < len(names):
        return "同一个协办单位写了两次"
    return "；".join(filter(None, (_unit_or_pattern(name, scheme) for name in names))) or None


def _unit(value: str, scheme: Scheme) -> str | None:
    unit = scheme.units.get(value)
    if unit is None:
        return f"没有代码为 {value} 的单位"
    return f"{unit.name}不承办工单，请写具体单位" if unit.kind in NO_ORDERS else None


def _flag(value: str, _scheme: Scheme) -> str | None:
    return None if value in _FLAGS else "只能填 0 或 1（也可填 否、是）"


def _day(value: str, _scheme: Scheme) -> str | None:
    return None if _date(value) else f"“{value}”不是日期，请写成 2026-01-31"


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        return None


_CHECKS: dict[str, Callable[[str, Scheme], str | None]] = {
    "duty_no": _number,
    "category": _category,
    "area": _area,
    "level": _level,
    "lead": _unit_or_pattern,
    "helpers": _helpers,
    "fallback": _unit,
    "department_only": _flag,
    "valid_from": _day,
    "valid_until": _day,
}


def _together(cells: Mapping[str, str], scheme: Scheme, row: int) -> list[Fault]:
    """Return what is wrong between cells of one line that are each right alone."""
    faults: list[Fault] = []
    starts, ends = _date(cells.get("valid_from", "")), _date(cells.get("valid_until", ""))
    if starts and ends and ends < starts:
        faults.append(Fault(row=row, column="valid_until", reason="失效日期早于生效日期"))
    helpers = cells.get("helpers", "").split("|")
    if cells.get("lead") and cells["lead"] in helpers:
        faults.append(Fault(row=row, column="helpers", reason="主办单位不能同时是协办单位"))
    if _FLAGS.get(cells.get("department_only", "")):
        named = {"lead": [cells.get("lead", "")], "helpers": helpers, "fallback": [cells.get("fallback", "")]}
        faults += [
            Fault(row=row, column=column, reason="仅部门办理的事项不得派给街道；请改为部门或区县单位")
            for column, names in named.items()
            if any(to_street(name, scheme.units) for name in names)
        ]
    return faults


def _holder(line: DutyRow, keepers: Iterable[DutyRow]) -> DutyRow | None:
    return next((one for one in keepers if not line.department_only and one.overlaps(line)), None)


def _built(cells: Mapping[str, str]) -> DutyRow:
    return DutyRow(
        duty_no=cells["duty_no"],
        category=cells["category"],
        area=cells.get("area", ""),
        level=cells["level"],
        lead=cells["lead"],
        helpers=tuple(name for name in cells.get("helpers", "").split("|") if name),
        fallback=cells.get("fallback") or None,
        legal_basis=cells.get("legal_basis", ""),
        department_only=_FLAGS[cells["department_only"]],
        valid_from=date.fromisoformat(cells["valid_from"]),
        valid_until=_date(cells.get("valid_until", "")),
        owner=cells.get("owner", ""),
        note=cells.get("note", ""),
    )
