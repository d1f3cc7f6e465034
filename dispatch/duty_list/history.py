"""The list's history: every change of a line, and the list as it stood at any past moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from core.actor import Actor
from core.db import Work
from dispatch.duty_list.columns import COLUMNS, as_json, from_json
from dispatch.duty_list.records import ChangeKind, DutyChangeRecord
from dispatch.matching import DutyRow

# Not a column of the sheet: what a page says changed.
_PAGE = 50


def write(
    work: Work,
    kind: ChangeKind,
    before: DutyRow | None,
    after: DutyRow | None,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    load_id: int | None = None,
) -> None:
    """Append one change. `before` or `after` is None for a line that was or will be no more."""
    line = after or before
    if line is None:
        raise ValueError("a change of no line")
    work.session.add(
        DutyChangeRecord(
            at=now,
            actor_id=actor.person_id,
            actor_name=actor.name,
            action=kind.value,
            duty_no=line.duty_no,
            reason=reason,
            before=as_json(before) if before else None,
            after=as_json(after) if after else None,
            load_id=load_id,
        )
    )


def list_at(work: Work, at: datetime, *, categories: Iterable[str] | None = None) -> list[DutyRow]:
    """Return the list as it was known at `at`, by number; of `categories` and what is above them, if given.

    What routed a past case is read from here: a later change never alters it.
    """
    newest = (
        select(func.max(DutyChangeRecord.id))
        .where(DutyChangeRecord.at <= at)
        .group_by(DutyChangeRecord.duty_no)
        .scalar_subquery()
    )
    wanted = select(DutyChangeRecord.after).where(
        DutyChangeRecord.id.in_(newest), DutyChangeRecord.after.is_not(None)
    )
    if categories is not None:
        prefixes = {code[:length] for code in categories for length in range(1, len(code) + 1)}
        wanted = wanted.where(DutyChangeRecord.after["category"].astext.in_(prefixes))
    kept = work.session.scalars(wanted.order_by(DutyChangeRecord.duty_no))
    return [from_json(line) for line in kept if line is not None]


def newest(work: Work) -> int:
    """Return the number of the newest change: it moves with every change of any line. 0 for an empty history."""
    return work.session.scalar(select(func.max(DutyChangeRecord.id))) or 0


def touched_by_people(work: Work) -> bool:
    """Say whether any person has ever changed the list: from then on it is theirs and not the city file's."""
    found = select(DutyChangeRecord.id).where(DutyChangeRecord.actor_id.is_not(None)).limit(1)
    return work.session.scalar(found) is not None


def changes(
    work: Work, *, duty_no: str | None = None, load_id: int | None = None, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return one page of changes, newest first, and where the next begins: who changed what, when and why."""
    wanted: list[ColumnElement[bool]] = []
    if duty_no is not None:
        wanted.append(DutyChangeRecord.duty_no == duty_no)
    if load_id is not None:
        wanted.append(DutyChangeRecord.load_id == load_id)
    if before is not None:
        wanted.append(DutyChangeRecord.id < before)
    rows = list(
        work.session.scalars(
            select(DutyChangeRecord).where(*wanted).order_by(DutyChangeRecord.id.desc()).limit(_PAGE + 1)
        )
    )
    page = rows[:_PAGE]
    return [_shown(row) for row in page], page[-1].id if len(rows) > _PAGE else None


def last_changed(work: Work, duty_no: str) -> DutyChangeRecord | None:
    """Return the newest change of a line, or None."""
    found = select(DutyChangeRecord).where(DutyChangeRecord.duty_no == duty_no)
    return work.session.scalar(found.order_by(DutyChangeRecord.id.desc()).limit(1))


def differences(before: DutyRow | None, after: DutyRow | None) -> list[dict[str, str | None]]:
    """Return column, old and new text of every cell in which two lines differ."""
    return _compared(as_json(before) if before else None, as_json(after) if after else None)


def _shown(row: DutyChangeRecord) -> dict[str, Any]:
    return {
        "change_id": row.id,
        "at": row.at,
        "actor_name": row.actor_name,
        "action": row.action,
        "duty_no": row.duty_no,
        "reason": row.reason,
        "load_id": row.load_id,
        "cells": _compared(row.before, row.after),
    }


def _compared(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[dict[str, str | None]]:
    found = [(name, _text((before or {}).get(name)), _text((after or {}).get(name))) for name in COLUMNS]
    return [
        {"column": name, "heading": COLUMNS[name], "before": old, "after": new}
        for name, old, new in found
        if old != new
    ]


def _text(value: str | bool | Sequence[str] | None) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else "|".join(value) or None
