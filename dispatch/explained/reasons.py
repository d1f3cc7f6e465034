"""In which order the lines about a matter are considered, and in a sentence why one of them won. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dispatch.matching import DutyRow, UnitRow, area_stem, keeps_from_streets, rank, resolved
from dispatch.routing import deciding


@dataclass(frozen=True, kw_only=True)
class Considered:
    """A line that is about the matter: what it means here, whether it decided, and why or why not."""

    line: DutyRow
    lead: str | None
    won: bool
    why: str


def considered(
    category: str, area: str, on: date, lines: Iterable[DutyRow], units: Mapping[str, UnitRow]
) -> list[Considered]:
    """Return every line about the class in the place, in the order of consideration: the narrowest first.

    Longest class, then finest area, then level nearest the place; lines that did not hold that day come last.
    """
    about = [line for line in lines if line.covers(category, area)]
    ordered = sorted(about, key=lambda line: (line.in_force(on), rank(line)), reverse=True)
    held = [line for line in ordered if line.in_force(on)]
    winners = {line.duty_no: line for line in deciding(category, area, held)}
    keeper = keeps_from_streets(category, area, held)
    return [_judged(line, winners, keeper, area, on, units) for line in ordered]


def _judged(
    line: DutyRow,
    winners: Mapping[str, DutyRow],
    keeper: DutyRow | None,
    area: str,
    on: date,
    units: Mapping[str, UnitRow],
) -> Considered:
    read = winners.get(line.duty_no, line)
    lead = resolved(read.lead, read, area, units)
    if not line.in_force(on):
        why = f"{line.valid_from} 才生效" if line.valid_from > on else f"已于 {line.valid_until} 失效"
    elif line.duty_no in winners:
        why = _why_won(read, lead, winners, keeper)
    else:
        why = _why_lost(line, next(iter(winners.values())))
    return Considered(line=line, lead=lead, won=line.duty_no in winners, why=why)


def _why_won(line: DutyRow, lead: str | None, winners: Mapping[str, DutyRow], keeper: DutyRow | None) -> str:
    why = f"事项最细（{len(line.category)} 位）"
    why += "、区域最细" if line.area else "、全市适用"
    if line.department_only and keeper is not None and keeper.duty_no != line.duty_no:
        why += f"；{keeper.duty_no} 规定仅由部门办理，不派街道"
    if lead is None:
        return f"{why}；但地点不够具体或没有对应单位，找不到主办单位"
    others = [number for number in winners if number != line.duty_no]
    if others and len({one.lead for one in winners.values()}) > 1:
        return f"{why}；与 {'、'.join(others)} 并列而主办单位不同，须人工决定"
    return f"{why}，按此条确定"


def _why_lost(line: DutyRow, winner: DutyRow) -> str:
    if len(line.category) < len(winner.category):
        return f"事项较粗：{len(line.category)} 位，{winner.duty_no} 有 {len(winner.category)} 位"
    if len(area_stem(line.area)) < len(area_stem(winner.area)):
        return f"区域较粗：{winner.duty_no} 写到了更小的区域"
    return f"层级离现场较远：{winner.duty_no} 的层级更近"
