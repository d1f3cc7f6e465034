"""The packs of limits a city has: loaded, compared, switched; who did what stays written down."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, exists, func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import SYSTEM, Actor
from core.clock import CITY_ZONE
from core.db import Base, Instant, Work
from core.errors import BadInput, NotFound, Refused
from dispatch import rules
from dispatch.pack_changes import Change, changes
from dispatch.packs import Pack, PackError, parse_pack, read_pack
from dispatch.rules import CategoryRecord, OpeningHoursRecord, PackRecord

log = logging.getLogger(__name__)

_SWITCHING_LOCK = 12_348  # two administrators at once: the second sees what the first has done
_MORE_THAN_ANY_ID = 2**63  # the column holds no larger number, and a link may
_THRESHOLD = "routing.automatic_from_share"
_DERIVED = "+"  # parts the version of a file from the count of what was derived from it


class PackAction(StrEnum):
    """What was done with a pack."""

    LOAD = "load"
    ACTIVATE = "activate"
    THRESHOLD = "threshold"  # a version derived from the active one, and put in force


class PackStepRecord(Base):
    """One step in the history of the packs. Append-only."""

    __tablename__ = "pack_step"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    action: Mapped[str] = mapped_column(String(16))
    pack_id: Mapped[int] = mapped_column(ForeignKey("limit_pack.id"))
    replaced_id: Mapped[int | None] = mapped_column(ForeignKey("limit_pack.id"))  # in force until then
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)


def load(work: Work, text: str, *, actor: Actor, now: datetime) -> PackRecord:
    """Put the pack file `text` beside the others; what is in force stays in force.

    The same content again changes nothing, whatever its layout. Raises BadInput for a file that is no pack, and
    Refused for a version that is known with other content: cases have been promised by it.
    """
    try:
        body = parse_pack(text)
        pack = read_pack(body)
    except PackError as error:
        raise BadInput(str(error)) from error
    if _DERIVED in pack.version:
        raise BadInput("version：带“+”的版本号由系统生成，文件里请写不带“+”的版本号")
    known_hours = exists().where(OpeningHoursRecord.service == pack.working_hours)
    if not work.session.scalar(select(known_hours)):
        raise BadInput(f"working_hours：没有“{pack.working_hours}”这种工作时间")
    _lock(work)
    known = work.session.scalar(
        select(PackRecord).where(PackRecord.name == pack.name, PackRecord.version == pack.version)
    )
    if known is None:
        return _shelved(work, pack, body, actor=actor, now=now)
    if known.sha256 != _digest(body):
        raise Refused(f"{pack.name} {pack.version} 已载入过，内容不同；请换一个版本号再载入")
    return known


def activate_first(work: Work, name: str, *, now: datetime) -> None:
    """Put the newest pack of that name in force if none is yet."""
    _lock(work)
    newest = select(PackRecord).where(PackRecord.name == name).order_by(PackRecord.id.desc()).limit(1)
    first = work.session.scalar(newest)
    if _active(work) is None and first is not None:
        _switch(work, first, PackAction.ACTIVATE, actor=SYSTEM, reason="首次载入", now=now)


def activate(work: Work, pack_id: int, *, actor: Actor, reason: str, now: datetime) -> PackRecord:
    """Put the pack in force for cases opened from now on; the others keep the one they were opened under.

    Raises Refused for the one that is in force, and before the day from which a pack is valid.
    """
    _lock(work)
    record = _found(work, pack_id)
    if record.active:
        raise Refused("这个规则包正在使用")
    pack = read_pack(record.body)
    if now.astimezone(CITY_ZONE).date() < pack.valid_from:
        raise Refused(f"{pack.title}自 {pack.valid_from.isoformat()} 起生效，还不能启用")
    _switch(work, record, PackAction.ACTIVATE, actor=actor, reason=_given(reason), now=now)
    return record


def set_threshold(work: Work, share: float, *, actor: Actor, reason: str, now: datetime) -> PackRecord:
    """Dispatch by machine from `share` on: a version derived from the pack in force, at once in force.

    share: of 1; how sure the classifier must be. Raises Refused when nothing would change.
    """
    _lock(work)
    active = _active(work)
    if active is None:
        raise Refused("还没有载入时限规则包，请管理员先载入")
    pack = read_pack(active.body)
    if share == pack.automatic_from_share:
        raise Refused("自动派单门槛没有变化")
    body = active.body | {
        "version": _next_version(work, pack),
        "assumed": [path for path in pack.assumed if path != _THRESHOLD],
        "routing": {"automatic_from_share": share},
    }
    try:
        derived = read_pack(body)
    except PackError as error:
        raise BadInput(str(error)) from error
    record = _shelved(work, derived, body, actor=actor, now=now)
    _switch(work, record, PackAction.THRESHOLD, actor=actor, reason=_given(reason), now=now)
    return record


def shelf(work: Work) -> list[dict[str, Any]]:
    """Return all packs, the newest first, with who loaded each."""
    loads = select(PackStepRecord).where(PackStepRecord.action == PackAction.LOAD)
    loaded_by = {step.pack_id: step.actor_name for step in work.session.scalars(loads)}
    return [
        _row(record, loaded_by.get(record.id, SYSTEM.name))
        for record in work.session.scalars(select(PackRecord).order_by(PackRecord.id.desc()))
    ]


def one(work: Work, pack_id: int) -> dict[str, Any]:
    """Return a pack whole: its file and everything that was done with it."""
    record = _found(work, pack_id)
    steps = history(work, pack_id)
    loaded_by = next((step["by"] for step in steps if step["action"] == PackAction.LOAD), SYSTEM.name)
    return _row(record, loaded_by) | {"body": record.body, "history": steps}


def history(work: Work, pack_id: int | None = None) -> list[dict[str, Any]]:
    """Return what was done with the packs, or with one of them, the latest first."""
    steps = select(PackStepRecord).order_by(PackStepRecord.id.desc())
    if pack_id is not None:
        steps = steps.where((PackStepRecord.pack_id == pack_id) | (PackStepRecord.replaced_id == pack_id))
    return [
        {
            "at": step.at,
            "action": step.action,
            "pack_id": step.pack_id,
            "replaced_id": step.replaced_id,
            "by": step.actor_name,
            "reason": step.reason,
        }
        for step in work.session.scalars(steps)
    ]


def compare(work: Work, before_id: int, after_id: int) -> list[Change]:
    """Return in words what a case would get otherwise under the second pack."""
    classes = {code: name for code, name in work.session.execute(select(CategoryRecord.code, CategoryRecord.name))}
    before, after = (rules.pack(work, _found(work, one).id)[1] for one in (before_id, after_id))
    return changes(before, after, classes)


def _shelved(work: Work, pack: Pack, body: Mapping[str, Any], *, actor: Actor, now: datetime) -> PackRecord:
    record = PackRecord(
        name=pack.name, version=pack.version, sha256=_digest(body), body=dict(body), active=False, loaded_at=now
    )
    work.session.add(record)
    work.session.flush()
    _note(work, record, PackAction.LOAD, actor=actor, now=now)
    return record


def _switch(work: Work, record: PackRecord, action: PackAction, *, actor: Actor, reason: str, now: datetime) -> None:
    replaced = _active(work)
    if replaced is not None:
        replaced.active = False
        work.session.flush()  # before the other is set: only one may be active, at any moment
    record.active = True
    _note(work, record, action, actor=actor, now=now, reason=reason, replaced_id=replaced.id if replaced else None)
    log.info("pack.switched", extra={"pack_id": record.id, "action": action.value})


def _note(
    work: Work,
    record: PackRecord,
    action: PackAction,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    replaced_id: int | None = None,
) -> None:
    step = PackStepRecord(
        at=now,
        action=action.value,
        pack_id=record.id,
        replaced_id=replaced_id,
        actor_id=actor.person_id,
        actor_name=actor.name,
        reason=reason,
    )
    work.session.add(step)
    work.session.flush()


def _lock(work: Work) -> None:
    work.session.execute(sql("SELECT pg_advisory_xact_lock(:key)"), {"key": _SWITCHING_LOCK})


def _active(work: Work) -> PackRecord | None:
    return work.session.scalar(select(PackRecord).where(PackRecord.active))


def _found(work: Work, pack_id: int) -> PackRecord:
    record = work.session.get(PackRecord, pack_id) if pack_id < _MORE_THAN_ANY_ID else None
    if record is None:
        raise NotFound("没有这个规则包")
    return record


def _given(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请写明原因")
    return reason.strip()


def _next_version(work: Work, pack: Pack) -> str:
    file_version = pack.version.split(_DERIVED)[0]
    derived = PackRecord.version.startswith(f"{file_version}{_DERIVED}", autoescape=True)
    made = work.session.scalar(select(func.count()).where(PackRecord.name == pack.name, derived)) or 0
    return f"{file_version}{_DERIVED}{made + 1}"


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _row(record: PackRecord, loaded_by: str) -> dict[str, Any]:
    body = record.body
    return {
        "pack_id": record.id,
        "name": record.name,
        "version": record.version,
        "title": body["title"],
        "valid_from": body["valid_from"],
        "source": body["source"],
        "assumed": len(body.get("assumed", ())),
        "automatic_from_share": read_pack(body).automatic_from_share,
        "active": record.active,
        "loaded_at": record.loaded_at,
        "loaded_by": loaded_by,
    }
