"""What people do with evidence: add, look at, withdraw. Who may, follows the case (dispatch/scope.py)."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import cast, func, select, update
from sqlalchemy.dialects.postgresql import BIT

from core import people
from core.actor import Actor
from core.db import Work
from core.errors import BadInput, NotFound, Refused
from dispatch import rules, scope, steps
from dispatch.evidence import pictures, store
from dispatch.evidence.contents import Cleaned, clean
from dispatch.evidence.kinds import KINDS, Kind, clean_name
from dispatch.evidence.records import EvidenceRecord
from dispatch.lifecycle import CaseState, OrderState
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord

log = logging.getLogger(__name__)

# These end a review: what was shown to it stays as it was shown.
_REVIEWED = ("pass", "send_back", "close")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file to be sent to somebody who may have it."""

    path: Path
    name: str
    kind: Kind
    sha256: str


def add(
    work: Work,
    case_no: str,
    order_no: str | None,
    *,
    actor: Actor,
    name: str,
    content: bytes,
    keep_place: bool = False,
    reason: str | None = None,
    now: datetime,
) -> EvidenceRecord:
    """Check, clean and keep a file: `clean` and `keep` in one, for callers that may hold the transaction so long."""
    cleaned = clean(content, most_bytes=store.settings().evidence_max_mb * 1024 * 1024)
    return keep(
        work,
        case_no,
        order_no,
        actor=actor,
        name=name,
        cleaned=cleaned,
        keep_place=keep_place,
        reason=reason,
        now=now,
    )


def keep(
    work: Work,
    case_no: str,
    order_no: str | None,
    *,
    actor: Actor,
    name: str,
    cleaned: Cleaned,
    keep_place: bool = False,
    reason: str | None = None,
    now: datetime,
) -> EvidenceRecord:
    """Keep a cleaned file with the unit's order, or with the case when `order_no` is None and the desk asks.

    keep_place: write down, sealed and with its reason, where the picture was taken; the file never carries it.
    Raises NotFound, Refused, BadInput.
    """
    if keep_place and not (reason or "").strip():
        raise BadInput("保留拍摄位置须写明理由")
    case = _locked_case(work, case_no, actor)
    order = _order_to_fill(work, case, order_no, actor)
    _check_room(work, case, order)
    store.put(work, cleaned.sha256, cleaned.content)
    kept = keep_place and cleaned.place is not None
    row = EvidenceRecord(
        case_id=case.id,
        order_no=order and order.order_no,
        unit_code=order and order.unit_code,
        at=now,
        person_id=actor.person_id,
        person_name=actor.name,
        name=clean_name(name, cleaned.kind),
        kind=cleaned.kind.code,
        size_bytes=len(cleaned.content),
        sha256=cleaned.sha256,
        original_sha256=cleaned.original_sha256,
        look=cleaned.look,
        look_parts=pictures.parts_of(cleaned.look),
        reused_in=_note_reuse(work, case, cleaned),
        had_place=cleaned.place is not None,
        place=cleaned.place if kept else None,
        place_reason=reason if kept else None,
    )
    work.session.add(row)
    work.session.flush()
    return row


def listed(work: Work, case: CaseRecord, actor: Actor | None = None) -> list[EvidenceRecord]:
    """Return the evidence of a case, oldest first, withdrawn ones too; with an actor, what they may see of it."""
    found = select(EvidenceRecord).where(EvidenceRecord.case_id == case.id).order_by(EvidenceRecord.id)
    return [one for one in work.session.scalars(found) if actor is None or _may_see(work, case, one, actor)]


def open_(work: Work, case_no: str, evidence_id: int, *, actor: Actor, now: datetime) -> Opened:
    """Return the file for reading, and write down who has it. Raises NotFound."""
    case = _case(work, case_no, actor)
    one = _find(work, case, evidence_id, actor)
    path = store.path_of(one.sha256)
    if not path.is_file():
        log.error("evidence.file_missing", extra={"evidence_id": one.id})
        raise NotFound("材料文件不在存储中，请联系管理员")
    _record(work, actor, case, one, "evidence", now)
    return Opened(path=path, name=one.name, kind=KINDS[one.kind], sha256=one.sha256)


def withdraw(
    work: Work, case_no: str, evidence_id: int, *, actor: Actor, reason: str | None, now: datetime
) -> EvidenceRecord:
    """Mark a file as withdrawn by its unit; it stays. Raises Refused once it has been reviewed."""
    if not (reason or "").strip():
        raise BadInput("请写明原因")
    case = _locked_case(work, case_no, actor)
    one = _find(work, case, evidence_id, actor)
    order = _own_order(work, case, one.order_no, actor) if one.order_no else None
    if order is None and one.person_id != actor.person_id:
        raise Refused("只有上传的单位可以撤回材料")
    if one.withdrawn_at is not None:
        raise Refused("这份材料已经撤回")
    if _reviewed(work, case, one) or (order is not None and not _before_review(case, order)):
        raise Refused("材料已进入审核结论，不能撤回")
    one.withdrawn_at, one.withdrawn_by, one.withdraw_reason = now, actor.person_id, reason
    return one


def belongs(work: Work, order_nos: Collection[str], ids: Collection[int]) -> bool:
    """Say whether every one of `ids` is evidence of these orders that has not been withdrawn."""
    wanted = set(ids)
    found = select(func.count()).where(
        EvidenceRecord.id.in_(wanted),
        EvidenceRecord.order_no.in_(order_nos),
        EvidenceRecord.withdrawn_at.is_(None),
    )
    return work.session.scalar(found) == len(wanted)


def place_of(
    work: Work, case_no: str, evidence_id: int, *, actor: Actor, purpose: str, now: datetime
) -> dict[str, Any]:
    """Return where and when a picture was taken, and why that was kept; who looks and why is written down.

    For those who see every case and for whoever uploaded it. Raises NotFound, also when nothing was kept.
    """
    case = _case(work, case_no, actor)
    one = _find(work, case, evidence_id, actor)
    if one.place is None or not (actor.has(*scope.CITYWIDE) or one.person_id == actor.person_id):
        raise NotFound("这份材料没有可查看的拍摄位置")
    _record(work, actor, case, one, "evidence_place", now, purpose=purpose)
    found: dict[str, Any] = json.loads(one.place)
    return found | {"reason": one.place_reason}


def may_see_reuse(actor: Actor) -> bool:
    """Say whether the actor may know in which other cases a picture stands: those cases are not everybody's."""
    return actor.has(*scope.CITYWIDE)


def _locked_case(work: Work, case_no: str, actor: Actor) -> CaseRecord:
    return _seen(work, steps.locked(work, case_no), actor)


def _case(work: Work, case_no: str, actor: Actor) -> CaseRecord:
    found = work.session.scalar(select(CaseRecord).where(steps.is_case(case_no)))
    if found is None:
        raise NotFound("没有这个办件")
    return _seen(work, found, actor)


def _seen(work: Work, case: CaseRecord, actor: Actor) -> CaseRecord:
    if not scope.reaches(work, case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    return case


def _find(work: Work, case: CaseRecord, evidence_id: int, actor: Actor) -> EvidenceRecord:
    one = work.session.get(EvidenceRecord, evidence_id)
    if one is None or one.case_id != case.id or not _may_see(work, case, one, actor):
        raise NotFound("没有这份材料")
    return one


def _may_see(work: Work, case: CaseRecord, one: EvidenceRecord, actor: Actor) -> bool:
    """A unit does not get what the desk attached to a case that hides its person: it may show them."""
    return one.order_no is not None or not scope.hides_person(case, actor, rules.parents(work))


def _order_to_fill(work: Work, case: CaseRecord, order_no: str | None, actor: Actor) -> WorkOrderRecord | None:
    if order_no is None:
        if scope.sees_as_unit(actor):
            raise BadInput("请指明材料属于哪个工单")
        return None
    order = _own_order(work, case, order_no, actor)
    if order is None:
        raise NotFound("没有这个工单，或它不属于本单位")
    if order.state != OrderState.HANDLING:
        raise Refused("签收之后、回复之前才能上传材料")
    return order


def _own_order(work: Work, case: CaseRecord, order_no: str | None, actor: Actor) -> WorkOrderRecord | None:
    units = scope.units_of(actor, rules.parents(work))
    return next((one for one in case.orders if one.order_no == order_no and one.unit_code in units), None)


def _check_room(work: Work, case: CaseRecord, order: WorkOrderRecord | None) -> None:
    of_order = EvidenceRecord.order_no == order.order_no if order else EvidenceRecord.order_no.is_(None)
    count = work.session.scalar(select(func.count()).where(EvidenceRecord.case_id == case.id, of_order)) or 0
    if count >= store.settings().evidence_per_order:
        raise Refused("材料数量已达上限，请合并后上传")


def _note_reuse(work: Work, case: CaseRecord, cleaned: Cleaned) -> list[str]:
    """Return the other cases that have the same file or picture, and tell those of this one."""
    same = _same(work, case, cleaned)
    tell = update(EvidenceRecord).where(
        EvidenceRecord.id.in_([evidence_id for evidence_id, _ in same]),
        ~EvidenceRecord.reused_in.contains([case.case_no]),
    )
    if same:
        work.session.execute(tell.values(reused_in=func.array_append(EvidenceRecord.reused_in, case.case_no)))
    return sorted({case_no for _, case_no in same})


def _same(work: Work, case: CaseRecord, cleaned: Cleaned) -> Sequence[tuple[int, str]]:
    digests = {cleaned.sha256, cleaned.original_sha256}
    alike = EvidenceRecord.sha256.in_(digests) | EvidenceRecord.original_sha256.in_(digests)
    if cleaned.look is not None:
        differ = func.bit_count(cast(EvidenceRecord.look.bitwise_xor(cleaned.look), BIT(64)))
        near = EvidenceRecord.look_parts.overlap(pictures.parts_of(cleaned.look)) & (differ <= pictures.ALIKE)
        alike = alike | near
    others = select(EvidenceRecord.id, CaseRecord.case_no).join(CaseRecord, CaseRecord.id == EvidenceRecord.case_id)
    found = work.session.execute(others.where(EvidenceRecord.case_id != case.id, alike).order_by(EvidenceRecord.id))
    return [(evidence_id, case_no) for evidence_id, case_no in found]


def _reviewed(work: Work, case: CaseRecord, one: EvidenceRecord) -> bool:
    since = select(TimelineRecord.id).where(
        TimelineRecord.case_id == case.id, TimelineRecord.at >= one.at, TimelineRecord.action.in_(_REVIEWED)
    )
    return work.session.scalar(since.limit(1)) is not None


def _before_review(case: CaseRecord, order: WorkOrderRecord) -> bool:
    replied = order.state == OrderState.REPLIED and case.state in {CaseState.TO_REVIEW, CaseState.HANDLING}
    return order.state == OrderState.HANDLING or replied


def _record(
    work: Work,
    actor: Actor,
    case: CaseRecord,
    one: EvidenceRecord,
    field: str,
    now: datetime,
    *,
    purpose: str = "办理",
) -> None:
    subject_id = f"{case.case_no}/{one.id}"
    people.record_view(
        work, actor, subject="evidence", subject_id=subject_id, fields=[field], purpose=purpose, at=now
    )
