"""What is to be tried: a changed list, pack, threshold or model, read from what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput
from dispatch import rules
from dispatch.duty_list import shelf
from dispatch.duty_list.cells import among_lines, read_line
from dispatch.duty_list.columns import COLUMNS, as_cells
from dispatch.duty_list.upkeep import explain
from dispatch.matching import DutyRow
from dispatch.packs import PackError, read_pack
from dispatch.what_if.replay import DutyIndex, Model, PackSide, Side

DAYS = 30  # the period when none is given
SAMPLE = 2_000  # cases when no number is given
MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to try, on which past cases.

    edits: lines as cells; those of a known number change that line, others are new. removed: numbers. load_id: a
    sheet that was tried. pack_id, pack: a pack on the shelf, or one not loaded yet. model: replay with the model
    of this installation instead of what was stored. on: the day on which the new lines must hold.
    """

    since: date
    until: date
    at_most: int = SAMPLE
    on: date | None = None
    load_id: int | None = None
    edits: tuple[Mapping[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    pack_id: int | None = None
    pack: Mapping[str, Any] | None = None
    threshold: float | None = None
    model: bool = False

    @property
    def of_list(self) -> bool:
        """Say whether the list would be another."""
        return self.load_id is not None or bool(self.edits) or bool(self.removed)

    @property
    def of_pack(self) -> bool:
        """Say whether the pack would be another."""
        return self.pack_id is not None or self.pack is not None


def as_json(change: Change) -> dict[str, Any]:
    """Return the change as it is kept."""
    kept = dict(vars(change))
    for name in ("since", "until", "on"):
        kept[name] = kept[name] and kept[name].isoformat()
    return kept | {"edits": [dict(cells) for cells in change.edits], "removed": list(change.removed)}


def from_json(kept: Mapping[str, Any]) -> Change:
    """Return the change that was kept."""
    days = {name: kept[name] and date.fromisoformat(kept[name]) for name in ("since", "until", "on")}
    return Change(**{**kept, **days, "edits": tuple(kept["edits"]), "removed": tuple(kept["removed"])})


def check(work: Work, change: Change) -> None:
    """Raise BadInput or Refused when the change cannot be tried, in a sentence."""
    if change.until < change.since:
        raise BadInput("结束日期早于开始日期")
    if not 1 <= change.at_most <= MOST:
        raise BadInput(f"件数应在 1 到 {MOST} 之间")
    if not (change.of_list or change.of_pack or change.threshold is not None or change.model):
        raise BadInput("请说明要预演什么变化")
    changed_list(work, change)
    new_pack(work, change)


def sides(work: Work, change: Change, *, at: datetime, model: Model | None) -> tuple[Side, Side]:
    """Return the list and threshold in force at `at`, and those after the change."""
    _, pack = rules.pack(work)
    units, today = rules.units(work), at.astimezone(CITY_ZONE).date()
    before = shelf.whole_list(work)
    after = changed_list(work, change)
    pack_after = new_pack(work, change)
    threshold = change.threshold
    if threshold is None:
        threshold = (pack_after.pack if pack_after else pack).automatic_from_share
    old = Side(duties=DutyIndex(before), units=units, on=today, threshold=pack.automatic_from_share)
    on = change.on or _first_day(before, after, today)
    new = Side(
        duties=DutyIndex(after), units=units, on=on, threshold=threshold, model=model if change.model else None
    )
    return old, new


def changed_list(work: Work, change: Change) -> list[DutyRow]:
    """Return the list after the change. Raises BadInput naming what is wrong with the edits."""
    lines = shelf.proposed_list(work, change.load_id) if change.load_id else shelf.whole_list(work)
    if not change.edits and not change.removed:
        return lines
    by_number = {line.duty_no: line for line in lines if line.duty_no not in change.removed}
    if gone := [number for number in change.removed if number not in {line.duty_no for line in lines}]:
        raise BadInput(f"职责清单里没有 {'、'.join(gone)}")
    known = shelf.scheme(work)
    for at, cells in enumerate(change.edits, start=1):
        kept = by_number.get(cells.get("duty_no", ""))
        whole = {name: "" for name in COLUMNS} | (as_cells(kept) if kept else {}) | dict(cells)
        line = read_line(whole, known, row=at)
        if isinstance(line, list):
            raise BadInput(f"第 {at} 条修改：{explain(line)}")
        by_number[line.duty_no] = line
    if faults := among_lines(list(enumerate(by_number.values(), start=1)), known):
        raise BadInput(explain(faults[:5]))
    return list(by_number.values())


def new_pack(work: Work, change: Change) -> PackSide | None:
    """Return the pack to try, or None. Raises BadInput when it cannot be read."""
    if change.pack is not None:
        try:
            pack = read_pack(change.pack)
        except PackError as error:
            raise BadInput(f"规则包有误：{error}") from error
    elif change.pack_id is not None:
        _, pack = rules.pack(work, change.pack_id)
    else:
        return None
    return PackSide(pack=pack, calendar=rules.calendar(work, pack.working_hours))


def own_packs(work: Work, ids: Sequence[int | None], known: dict[int | None, PackSide]) -> dict[int | None, PackSide]:
    """Return the packs that cases were opened under, by id; `known` are not read again."""
    for pack_id in set(ids) - known.keys():
        _, pack = rules.pack(work, pack_id)
        known[pack_id] = PackSide(pack=pack, calendar=rules.calendar(work, pack.working_hours))
    return known


def default_period(now: datetime) -> tuple[date, date]:
    """Return the last 30 days of the city, today included."""
    today = now.astimezone(CITY_ZONE).date()
    return today - timedelta(days=DAYS - 1), today


def _first_day(before: Sequence[DutyRow], after: Sequence[DutyRow], today: date) -> date:
    """Return the day on which all that is new has begun, today at the earliest: a list of next month must show."""
    known = set(before)
    return max([today, *(line.valid_from for line in after if line not in known)])
