"""Lines that the list should perhaps have: from a ruling or from matters that units keep giving back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.actor import Actor
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput, NotFound, Refused, Stale
from dispatch import rules
from dispatch.duty_list import upkeep
from dispatch.duty_list.records import DutyProposalRecord, ProposalSource, ProposalState
from dispatch.matching import DutyRow
from dispatch.rules import DutyRecord

_LEVEL_OF_KIND = {"street": "street", "district": "district"}


def propose_line(
    work: Work,
    *,
    category: str,
    area: str,
    lead: str,
    basis: str,
    from_case_no: str | None,
    ruling: str,
    actor: Actor,
    now: datetime,
    source: ProposalSource = ProposalSource.RULING,
) -> DutyProposalRecord:
    """Put a line up for an administrator to accept or decline. May run twice: one open proposal of a kind.

    area: "" for the whole city. lead: a unit's code or a pattern. It is checked when it is accepted.
    """
    upkeep.hold(work)
    same = (
        DutyProposalRecord.state == ProposalState.OPEN,
        DutyProposalRecord.category == category,
        DutyProposalRecord.area == area,
        DutyProposalRecord.lead == lead,
    )
    known = work.session.scalar(select(DutyProposalRecord).where(*same))
    if known is not None:
        return known
    record = DutyProposalRecord(
        state=ProposalState.OPEN.value,
        source=source.value,
        category=category,
        area=area,
        lead=lead,
        basis=basis,
        from_case_no=from_case_no,
        ruling=ruling,
        made_at=now,
        made_by=actor.person_id,
        made_by_name=actor.name,
    )
    work.session.add(record)
    work.session.flush()
    return record


def accept(
    work: Work,
    proposal_id: int,
    *,
    version: int,
    cells: Mapping[str, str],
    ends: Sequence[str] = (),
    reason: str,
    actor: Actor,
    now: datetime,
) -> DutyRow:
    """Make a proposed line one of the list.

    cells: what the administrator wants otherwise, by column. ends: numbers of lines that end the day before
    it begins, so that the ruling does not stand beside what it overrules. Raises what `upkeep.add_line` raises.
    """
    upkeep.lock(work, actor)
    record = _open(work, proposal_id, version)
    wanted = _cells(work, record, now) | {name: value for name, value in cells.items() if value}
    for number in ends:
        _end_before(work, number, wanted["valid_from"], reason=reason, actor=actor, now=now)
    line = upkeep.add_line(work, wanted, reason=reason, actor=actor, now=now)
    _decide(record, ProposalState.ACCEPTED, reason, actor, now)
    record.duty_no = line.duty_no
    work.session.flush()
    return line


def decline(
    work: Work, proposal_id: int, *, version: int, reason: str, actor: Actor, now: datetime
) -> DutyProposalRecord:
    """Say no to a proposed line, and why."""
    upkeep.lock(work, actor)
    record = _open(work, proposal_id, version)
    if not reason.strip():
        raise BadInput("请写明不采纳的原因")
    _decide(record, ProposalState.DECLINED, reason, actor, now)
    work.session.flush()
    return record


def listed(work: Work, state: str | None = None) -> list[dict[str, Any]]:
    """Return proposals, newest first, at most 200."""
    wanted = select(DutyProposalRecord).order_by(DutyProposalRecord.id.desc()).limit(200)
    if state:
        wanted = wanted.where(DutyProposalRecord.state == state)
    known = upkeep.scheme(work)
    return [
        {
            "proposal_id": row.id,
            "version": row.version,
            "state": row.state,
            "source": row.source,
            "category": _named(row.category, known.categories),
            "area": _named(row.area, known.areas) if row.area else None,
            "lead": row.lead,
            "lead_name": known.units[row.lead].name if row.lead in known.units else row.lead,
            "basis": row.basis,
            "from_case_no": row.from_case_no,
            "ruling": row.ruling,
            "made_at": row.made_at,
            "made_by_name": row.made_by_name,
            "decided_at": row.decided_at,
            "decided_by_name": row.decided_by_name,
            "decision_reason": row.decision_reason,
            "duty_no": row.duty_no,
        }
        for row in work.session.scalars(wanted)
    ]


def _named(code: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"code": code, "name": names.get(code, code)}


def _cells(work: Work, record: DutyProposalRecord, now: datetime) -> dict[str, str]:
    unit = rules.units(work).get(record.lead)
    pattern = "street" if record.lead.startswith("{street}") else "district"
    kind = unit.kind.partition(":")[0] if unit else pattern
    level = _LEVEL_OF_KIND.get("district" if kind == "bureau" else kind, "city")
    return {
        "duty_no": f"XZ{record.id:04d}",
        "category": record.category,
        "area": record.area,
        "level": level,
        "lead": record.lead,
        "helpers": "",
        "fallback": "",
        "legal_basis": record.basis,
        "department_only": "0",
        "valid_from": now.astimezone(CITY_ZONE).date().isoformat(),
        "valid_until": "",
        "owner": "",
        "note": f"来自办件 {record.from_case_no} 的裁定" if record.from_case_no else "来自监管空白分析",
    }


def _end_before(work: Work, number: str, first: str, *, reason: str, actor: Actor, now: datetime) -> None:
    record = work.session.get(DutyRecord, number)
    if record is None:
        raise NotFound("职责清单里没有这一条")
    try:
        until = datetime.fromisoformat(first).date() - timedelta(days=1)
    except ValueError as error:
        raise BadInput("生效日期请写成 2026-01-31 的样子") from error
    upkeep.end_line(work, number, until=until, version=record.version, reason=reason, actor=actor, now=now)


def _open(work: Work, proposal_id: int, version: int) -> DutyProposalRecord:
    record = work.session.get(DutyProposalRecord, proposal_id, populate_existing=True)
    if record is None:
        raise NotFound("没有这条建议")
    if record.state != ProposalState.OPEN:
        raise Refused(f"{record.decided_by_name}已经处理了这条建议")
    if record.version != version:
        raise Stale("刚刚有人修改了这条建议，请看最新内容后再操作")
    return record


def _decide(record: DutyProposalRecord, state: ProposalState, reason: str, actor: Actor, now: datetime) -> None:
    record.state, record.decision_reason = state.value, reason.strip()
    record.decided_at, record.decided_by, record.decided_by_name = now, actor.person_id, actor.name
