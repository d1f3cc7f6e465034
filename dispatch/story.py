"""The story of a case (办理过程): one appended line for everything that happens, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.actor import Actor
from core.db import Work
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord
from dispatch.stages import Action


def write(
    work: Work,
    case: CaseRecord,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    moves: tuple[str | None, str | None] = (None, None),
    order: WorkOrderRecord | None = None,
    unit: str | None = None,
    reason: str | None = None,
    note: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Append one line. `unit` is the unit it is about; else the order's. facts: docs/figures.md; JSON values."""
    work.session.add(
        TimelineRecord(
            case_id=case.id,
            order_no=order.order_no if order else None,
            at=now,
            action=action.value,
            actor_id=actor.person_id,
            actor_name=actor.name,
            unit_code=unit or (order.unit_code if order else None),
            from_state=moves[0],
            to_state=moves[1],
            reason=reason,
            note=note,
            facts=None if facts is None else {name: _plain(value) for name, value in facts.items()},
        )
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
