"""The columns of the list, and a line written out by them: as text cells and as history keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dispatch.matching import DutyRow

# Column -> the heading that people read. The order is the order of the sheet.
COLUMNS = {
    "duty_no": "条目编号",
    "category": "事项代码",
    "area": "区域代码",
    "level": "层级",
    "lead": "主办单位",
    "helpers": "协办单位",
    "fallback": "兜底单位",
    "legal_basis": "法律依据",
    "department_only": "仅部门办理",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "owner": "维护责任",
    "note": "备注",
}


def as_cells(line: DutyRow) -> dict[str, str]:
    """Return the line as the cells that `read_line` would take back."""
    return {
        "duty_no": line.duty_no,
        "category": line.category,
        "area": line.area,
        "level": line.level,
        "lead": line.lead,
        "helpers": "|".join(line.helpers),
        "fallback": line.fallback or "",
        "legal_basis": line.legal_basis,
        "department_only": "1" if line.department_only else "0",
        "valid_from": line.valid_from.isoformat(),
        "valid_until": line.valid_until.isoformat() if line.valid_until else "",
        "owner": line.owner,
        "note": line.note,
    }


def as_json(line: DutyRow) -> dict[str, Any]:
    """Return the line as history keeps it."""
    kept = {name: getattr(line, name) for name in COLUMNS}
    kept["helpers"] = list(line.helpers)
    kept["valid_from"] = line.valid_from.isoformat()
    kept["valid_until"] = line.valid_until.isoformat() if line.valid_until else None
    return kept


def from_json(kept: Mapping[str, Any]) -> DutyRow:
    """Return the line that history has kept."""
    until = kept["valid_until"]
    return DutyRow(
        **{name: kept[name] for name in COLUMNS if name not in {"helpers", "valid_from", "valid_until"}},
        helpers=tuple(kept["helpers"]),
        valid_from=date.fromisoformat(kept["valid_from"]),
        valid_until=date.fromisoformat(until) if until else None,
    )
