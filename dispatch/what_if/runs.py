"""A replay as a job: asked for, claimed, taken further chunk by chunk, read while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from core.actor import Actor, Role
from core.db import Work
from core.errors import NotFound, WrongRole
from dispatch import rules
from dispatch.events import WhatIfAsked
from dispatch.what_if import past
from dispatch.what_if.change import Change, as_json, check, from_json, new_pack, own_packs, sides
from dispatch.what_if.records import RunState, WhatIfMoveRecord, WhatIfRecord
from dispatch.what_if.replay import Model, Move, PackSide, PastCase, Side, Tally, compare, compare_due, result

CHUNK = 200
# A run that has not got further for so long lost its worker; another may begin it anew.
_LOST_AFTER = timedelta(minutes=10)
_PAGE = 100


@dataclass(kw_only=True)
class Replay:
    """A replay under way, held by the worker that claimed it."""

    what_if_id: int
    before: Side
    after: Side
    pack: PackSide | None
    ids: list[int]
    tally: Tally = field(default_factory=Tally)
    own_packs: dict[int | None, PackSide] = field(default_factory=dict)

    def chunks(self) -> Iterator[list[int]]:
        """Yield the ids, some at a time."""
        for start in range(0, len(self.ids), CHUNK):
            yield self.ids[start : start + CHUNK]


def ask(work: Work, change: Change, *, actor: Actor, now: datetime) -> int:
    """Note that a replay is wanted; a worker begins it after the commit. Returns its number."""
    if not actor.has(Role.ADMINISTRATOR, Role.SUPERVISOR):
        raise WrongRole("只有管理员和督办员可以预演")
    check(work, change)
    there = past.count(work, change.since, change.until)
    record = WhatIfRecord(
        state=RunState.WAITING.value,
        change=as_json(change),
        asked_at=now,
        asked_by=actor.person_id,
        asked_by_name=actor.name,
        moved_at=now,
        cases_in_period=there,
        replayed=0,
        to_replay=min(there, change.at_most),
    )
    work.session.add(record)
    work.session.flush()
    work.announce(WhatIfAsked(what_if_id=record.id))
    return record.id


def claim(work: Work, what_if_id: int, *, now: datetime) -> bool:
    """Take a waiting replay, or one whose worker is lost; of two only one gets it."""
    lost = (WhatIfRecord.state == RunState.RUNNING) & (WhatIfRecord.moved_at < now - _LOST_AFTER)
    taken = work.session.execute(
        update(WhatIfRecord)
        .where(WhatIfRecord.id == what_if_id, (WhatIfRecord.state == RunState.WAITING) | lost)
        .values(state=RunState.RUNNING.value, moved_at=now, replayed=0)
        .returning(WhatIfRecord.id)
    ).scalar()
    if taken is not None:
        work.session.execute(delete(WhatIfMoveRecord).where(WhatIfMoveRecord.what_if_id == what_if_id))
    return taken is not None


def prepare(work: Work, what_if_id: int, *, model: Model | None = None) -> Replay:
    """Return the claimed replay with both sides read. model: asked only if the change is about the model."""
    record = _record(work, what_if_id)
    change = from_json(record.change)
    before, after = sides(work, change, at=record.asked_at, model=model)
    ids = past.sample(work, change.since, change.until, at_most=change.at_most)
    return Replay(what_if_id=what_if_id, before=before, after=after, pack=new_pack(work, change), ids=ids)


def step(work: Work, replay: Replay, ids: list[int], *, now: datetime) -> list[Move]:
    """Replay some cases, keep what moves and say how far it is."""
    moves: list[Move] = []
    for case, pack_id in past.read(work, ids, with_words=replay.after.model is not None):
        moves += compare(case, replay.before, replay.after, replay.tally)
        moves += _due_moves(work, replay, case, pack_id, now)
    work.session.add_all(WhatIfMoveRecord(what_if_id=replay.what_if_id, **_kept(move)) for move in moves)
    record = _record(work, replay.what_if_id)
    record.replayed, record.moved_at = replay.tally.replayed, now
    return moves


def finish(work: Work, replay: Replay, *, now: datetime) -> None:
    """Keep the counts: the replay is done."""
    record = _record(work, replay.what_if_id)
    record.state, record.moved_at = RunState.DONE.value, now
    record.replayed = record.to_replay = replay.tally.replayed
    record.result = result(replay.tally, replay.before.units) | {"on": replay.after.on.isoformat()}


def fail(work: Work, what_if_id: int, why: str, *, now: datetime) -> None:
    """Say that the replay could not be done."""
    record = _record(work, what_if_id)
    record.state, record.fault, record.moved_at = RunState.FAILED.value, why, now


def show(work: Work, what_if_id: int) -> dict[str, Any]:
    """Return how far a replay is and, once done, its counts. Raises NotFound."""
    record = _record(work, what_if_id)
    shown = (
        "state",
        "change",
        "asked_at",
        "asked_by_name",
        "cases_in_period",
        "replayed",
        "to_replay",
        "result",
        "fault",
    )
    return {"what_if_id": record.id} | {name: getattr(record, name) for name in shown}


def moves(work: Work, what_if_id: int, *, after: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of what would move, by case, and where the next begins."""
    _record(work, what_if_id)
    wanted = select(WhatIfMoveRecord).where(WhatIfMoveRecord.what_if_id == what_if_id)
    if after:
        case_no, _, kind = after.partition("~")
        later = (WhatIfMoveRecord.case_no > case_no) | (
            (WhatIfMoveRecord.case_no == case_no) & (WhatIfMoveRecord.kind > kind)
        )
        wanted = wanted.where(later)
    rows = list(
        work.session.scalars(wanted.order_by(WhatIfMoveRecord.case_no, WhatIfMoveRecord.kind).limit(_PAGE + 1))
    )
    units = rules.units(work)
    page = rows[:_PAGE]
    more = f"{page[-1].case_no}~{page[-1].kind}" if len(rows) > _PAGE else None
    return [_shown(row, units) for row in page], more


def _due_moves(work: Work, replay: Replay, case: PastCase, pack_id: int | None, now: datetime) -> list[Move]:
    if replay.pack is None:
        return []
    own = own_packs(work, [pack_id], replay.own_packs)[pack_id]
    return compare_due(case, own, replay.pack, replay.tally, now=now)


def _kept(move: Move) -> dict[str, Any]:
    return {
        "case_no": move.case_no,
        "kind": move.kind,
        "from_unit": move.from_unit,
        "to_unit": move.to_unit,
        "why": move.why,
        "facts": dict(move.facts),
    }


def _shown(row: WhatIfMoveRecord, units: Any) -> dict[str, Any]:
    def named(code: str | None) -> dict[str, str] | None:
        return None if code is None else {"code": code, "name": units[code].name if code in units else code}

    return {
        "case_no": row.case_no,
        "kind": row.kind,
        "from_unit": named(row.from_unit),
        "to_unit": named(row.to_unit),
        "decided_unit": named(row.facts.get("decided_unit")),
        "why": row.why,
        "automatic": row.facts.get("automatic"),
        "due_at": row.facts.get("due_at"),
        "late": row.facts.get("late"),
    }


def _record(work: Work, what_if_id: int) -> WhatIfRecord:
    record = work.session.get(WhatIfRecord, what_if_id)
    if record is None:
        raise NotFound("没有这次预演")
    return record
