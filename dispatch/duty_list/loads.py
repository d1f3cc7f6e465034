"""Loading a sheet: tried first, shown as added, changed and removed lines, then applied whole or not at all."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.actor import SYSTEM, Actor
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput, NotFound, Refused, Stale
from dispatch.duty_list import history, upkeep
from dispatch.duty_list.cells import Fault, Scheme
from dispatch.duty_list.checks import Finding, check, streets
from dispatch.duty_list.columns import as_json, from_json
from dispatch.duty_list.records import ChangeKind, DutyLoadRecord, LoadState
from dispatch.duty_list.sheet import Sheet, read
from dispatch.matching import DutyRow

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What applying a sheet would do to the list."""

    added: tuple[DutyRow, ...]
    changed: tuple[tuple[DutyRow, DutyRow], ...]
    removed: tuple[DutyRow, ...]

    @property
    def empty(self) -> bool:
        """Say whether the sheet says what the list says already."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A dry run: what would happen, and what the checks would then say that they do not say now."""

    load_id: int
    state: LoadState
    faults: tuple[Fault, ...]
    plan: Plan
    new_findings: tuple[Finding, ...]
    old_findings: int


def try_sheet(work: Work, content: bytes, filename: str, *, whole: bool, actor: Actor, now: datetime) -> Trial:
    """Read a sheet and say what it would do; the list is not touched.

    whole: the sheet is the whole list, and lines that it lacks are removed; otherwise they stay.
    Raises BadInput when it is no CSV or XLSX, WrongRole for anybody but an administrator.
    """
    upkeep.lock(work, actor)
    known, before = upkeep.scheme(work), upkeep.whole_list(work)
    sheet = read(content, filename, known)
    after = merged(before, [line for _, line in sheet.lines], whole=whole)
    faults = sheet.faults or _broken(sheet, after, known)
    record = DutyLoadRecord(
        filename=filename[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        whole=whole,
        state=(LoadState.FAULTY if faults else LoadState.TRIED).value,
        rows=[] if faults else [as_json(line) for _, line in sheet.lines],
        faults=[asdict(fault) for fault in faults],
        list_version=history.newest(work),
        tried_at=now,
        tried_by=actor.person_id,
        tried_by_name=actor.name,
    )
    work.session.add(record)
    work.session.flush()
    return _trial(record, faults, before, after, known, now)


def trial(work: Work, load_id: int, *, now: datetime) -> Trial:
    """Return the dry run of a sheet again, against the list as it stands now."""
    record = _load(work, load_id)
    known, before = upkeep.scheme(work), upkeep.whole_list(work)
    after = list_after(before, record)
    return _trial(record, tuple(Fault(**fault) for fault in record.faults), before, after, known, now)


def proposed_list(work: Work, load_id: int) -> list[DutyRow]:
    """Return the whole list as it would be after a tried sheet. Raises NotFound, Refused for a faulty one."""
    record = _load(work, load_id)
    if record.state == LoadState.FAULTY:
        raise Refused("这份表格还有错误，请改正后重新上传")
    return list_after(upkeep.whole_list(work), record)


def apply(work: Work, load_id: int, *, reason: str, actor: Actor, now: datetime) -> Plan:
    """Bring the list in line with a tried sheet, all of it in this transaction.

    Raises Refused when it has faults or was applied before, Stale when the list has changed since it was tried.
    """
    upkeep.lock(work, actor)
    record = _load(work, load_id)
    if record.state == LoadState.FAULTY:
        raise Refused("这份表格还有错误，请改正后重新上传")
    if record.state == LoadState.APPLIED:
        raise Refused("这份表格已经导入过了")
    if not reason.strip():
        raise BadInput("请写明修改原因")
    if record.list_version != history.newest(work):
        raise Stale("试导入之后职责清单有了变化，请重新上传再看一遍")
    before = upkeep.whole_list(work)
    plan = compared(before, list_after(before, record))
    _carry_out(work, plan, actor=actor, reason=reason.strip(), now=now, load_id=record.id)
    record.state, record.applied_at = LoadState.APPLIED.value, now
    log.info("duties.loaded", extra={"load": record.id, **_counts(plan)})
    return plan


def load_city_file(work: Work, lines: Sequence[DutyRow], *, now: datetime) -> bool:
    """Bring the list in line with the city's own file; say whether it was taken.

    Once a person has changed the list it is theirs: a newer file is then left for somebody to try and apply.
    """
    upkeep.lock(work, SYSTEM)
    if history.touched_by_people(work):
        log.warning("duties.file_left", extra={"lines": len(lines)})
        return False
    plan = compared(upkeep.whole_list(work), lines)
    _carry_out(work, plan, actor=SYSTEM, reason="城市文件 duties.csv", now=now, added=ChangeKind.LOAD)
    return True


def compared(before: Iterable[DutyRow], after: Iterable[DutyRow]) -> Plan:
    """Return what leads from one list to the other."""
    old, new = _by_number(before), _by_number(after)
    return Plan(
        added=tuple(line for number, line in new.items() if number not in old),
        changed=tuple((old[number], line) for number, line in new.items() if number in old and old[number] != line),
        removed=tuple(line for number, line in old.items() if number not in new),
    )


def merged(before: Iterable[DutyRow], lines: Iterable[DutyRow], *, whole: bool) -> list[DutyRow]:
    """Return the list after `lines` have been taken over."""
    new = _by_number(lines)
    return list(new.values()) if whole else list((_by_number(before) | new).values())


def list_after(before: Iterable[DutyRow], record: DutyLoadRecord) -> list[DutyRow]:
    """Return the list after a sheet; unchanged by a faulty one."""
    if record.state == LoadState.FAULTY:
        return list(before)
    return merged(before, [from_json(row) for row in record.rows], whole=record.whole)


def recent(work: Work) -> list[dict[str, Any]]:
    """Return the last sheets, newest first."""
    wanted = select(
        DutyLoadRecord.id,
        DutyLoadRecord.filename,
        DutyLoadRecord.whole,
        DutyLoadRecord.state,
        DutyLoadRecord.tried_at,
        DutyLoadRecord.tried_by_name,
        DutyLoadRecord.applied_at,
    )
    rows = work.session.execute(wanted.order_by(DutyLoadRecord.id.desc()).limit(30)).mappings()
    return [{**{name: value for name, value in row.items() if name != "id"}, "load_id": row["id"]} for row in rows]


def _carry_out(
    work: Work,
    plan: Plan,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    load_id: int | None = None,
    added: ChangeKind = ChangeKind.ADD,
) -> None:
    given: Mapping[str, Any] = {"actor": actor, "reason": reason, "now": now, "load_id": load_id}
    for line in plan.removed:
        upkeep.put(work, ChangeKind.REMOVE, line, None, **given)
    for before, after in plan.changed:
        upkeep.put(work, ChangeKind.EDIT, before, after, **given)
    for line in plan.added:
        upkeep.put(work, added, None, line, **given)


def _broken(sheet: Sheet, after: Sequence[DutyRow], known: Scheme) -> tuple[Fault, ...]:
    """Return the rows by which the list as a whole would give a department's own duty to a street."""
    rows = {line.duty_no: row for row, line in sheet.lines}
    return tuple(
        Fault(row=next((rows[no] for no in found.duty_nos if no in rows), 1), column="lead", reason=found.sentence)
        for found in streets(after, known)
    )


def _trial(
    record: DutyLoadRecord,
    faults: tuple[Fault, ...],
    before: Sequence[DutyRow],
    after: Sequence[DutyRow],
    known: Scheme,
    now: datetime,
) -> Trial:
    on = now.astimezone(CITY_ZONE).date()
    old = check(before, known, on)
    new = [] if faults else [found for found in check(after, known, on) if found not in old]
    return Trial(
        load_id=record.id,
        state=LoadState(record.state),
        faults=faults,
        plan=Plan(added=(), changed=(), removed=()) if faults else compared(before, after),
        new_findings=tuple(new),
        old_findings=len(old),
    )


def _load(work: Work, load_id: int) -> DutyLoadRecord:
    record = work.session.get(DutyLoadRecord, load_id, with_for_update=True)
    if record is None:
        raise NotFound("没有这次导入")
    return record


def _by_number(lines: Iterable[DutyRow]) -> dict[str, DutyRow]:
    return {line.duty_no: line for line in lines}


def _counts(plan: Plan) -> dict[str, int]:
    return {"added": len(plan.added), "changed": len(plan.changed), "removed": len(plan.removed)}
