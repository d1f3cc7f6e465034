"""What is true of every case after every step, whoever took it: asked of the rows, not of the code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text

from core.db import Work
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord
from dispatch.side_records import AdjudicationRecord, PauseRecord, SupervisionRecord, WakingRecord
from tests.unit.dispatch.test_lifecycle import EXPECTED, SETS

OPEN = frozenset(SETS["OPEN"].split())
CENTRE_HAS_IT = {"received", "to_complete", "to_dispatch"}
LIVE = {"to_sign", "handling", "replied"}
# In this state of the case its lead's order stands like this.
LEADS = {
    "to_sign": "to_sign",
    "return_review": "returned",
    "handling": "handling",
    "delegated": "handling",
    "ledger": "handling",
    "redo": "handling",
    "to_review": "replied",
    "to_call_back": "replied",
    "call_back_again": "replied",
}
PAUSED = {"to_complete", "ledger"}
# Only these may move what was promised to the citizen: more time that was granted, and the end of a pause.
MOVE_THE_PROMISE = {"grant_extension", "resume", "supply", "withdraw", "merge", "recuse"}


@dataclass(kw_only=True)
class Memory:
    """What was so before: of each case the hash of its story, its promise; the newest line of all."""

    newest: int = 0
    stories: dict[int, str] = field(default_factory=dict)
    promises: dict[int, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What stands beside the cases: who will be woken, stands still, is supervised, confers."""

    woken: frozenset[int]
    pauses: list[tuple[int, str]]
    supervised: frozenset[int]
    conferring: frozenset[int]

    @classmethod
    def of(cls, work: Work) -> Sides:
        woken = select(WakingRecord.case_id).where(WakingRecord.fired_at.is_(None))
        pauses = select(PauseRecord.case_id, PauseRecord.state).where(PauseRecord.ends.is_(None))
        asked = select(SupervisionRecord.case_id).where(SupervisionRecord.answered_at.is_(None))
        confer = select(AdjudicationRecord.case_id).where(AdjudicationRecord.ruled_at.is_(None))
        return cls(
            woken=frozenset(work.session.scalars(woken)),
            pauses=[(case_id, state) for case_id, state in work.session.execute(pauses)],
            supervised=frozenset(work.session.scalars(asked)),
            conferring=frozenset(work.session.scalars(confer)),
        )


def broken(work: Work, memory: Memory, now: datetime) -> list[str]:
    """Return what is not as it must be, in words, and remember what is so now."""
    cases = work.session.scalars(select(CaseRecord).order_by(CaseRecord.id)).all()
    stories: dict[int, list[TimelineRecord]] = {case.id: [] for case in cases}
    for entry in work.session.scalars(select(TimelineRecord).order_by(TimelineRecord.id)):
        stories[entry.case_id].append(entry)
    sides = Sides.of(work)
    found = [f"story: {said}" for said in _rewritten(work, memory)]
    for case in cases:
        story = stories[case.id]
        rules = {
            "chain": _chain(case, story),
            "responsible": _responsible(case, {one.id: one for one in cases}),
            "orders": _orders(case),
            "clock": _clock(case, sides, now),
            "counts": _counts(case, story, cases),
            "once": _returns(case, story),
            "promise": _promise(case, story, memory),
            "sides": _sides(case, sides),
        }
        found += [f"{name}: {case.case_no} {case.state}: {said}" for name, told in rules.items() for said in told]
    memory.newest = max((entry.id for story in stories.values() for entry in story), default=0)
    memory.promises = {case.id: case.promise_due_at for case in cases}
    return found


def _rewritten(work: Work, memory: Memory) -> Iterator[str]:
    """The story only grows: what stood there before stands there still, to the letter."""
    hashes = text(
        "SELECT case_id, md5(string_agg(t::text, '|' ORDER BY id) FILTER (WHERE id <= :newest)) AS old,"
        " md5(string_agg(t::text, '|' ORDER BY id)) AS now FROM case_timeline AS t GROUP BY case_id"
    )
    rows = {row.case_id: row for row in work.session.execute(hashes, {"newest": memory.newest})}
    for case_id, known in memory.stories.items():
        if case_id not in rows or rows[case_id].old != known:
            yield f"case {case_id}: what was written has changed"
    memory.stories = {case_id: row.now for case_id, row in rows.items()}


def _chain(case: CaseRecord, story: list[TimelineRecord]) -> Iterator[str]:
    stands = None
    for entry in story:
        if entry.to_state is None:
            continue
        step = EXPECTED.get((entry.from_state, entry.action))
        if entry.from_state != stands:
            yield f"{entry.action} from {entry.from_state}, but it stood in {stands}"
        if step is None or step.to != entry.to_state:
            yield f"{entry.action} from {entry.from_state} to {entry.to_state} is not in the table"
        stands = entry.to_state
    if stands != case.state:
        yield f"the story ends in {stands}"


def _responsible(case: CaseRecord, known: dict[int, CaseRecord]) -> Iterator[str]:
    if case.state == "merged":
        head = known.get(case.merged_into or 0)
        if head is None or head.state not in OPEN - {"merged"}:
            yield f"its head is {head and head.state}"
        elif head.lead_unit != case.lead_unit:
            yield f"led by {case.lead_unit}, its head by {head.lead_unit}"
    elif case.state in CENTRE_HAS_IT:
        if case.lead_unit is not None:
            yield f"the centre has it, and {case.lead_unit} leads"
    elif case.state == "adjudication":
        if not case.parties and case.lead_unit is None and not case.stage_due_at:
            yield "nobody confers"
    elif case.state in OPEN and case.lead_unit is None:
        yield "nobody leads"


def _orders(case: CaseRecord) -> Iterator[str]:
    live = [order for order in case.orders if order.state in LIVE]
    leading = [order for order in case.orders if order.part == "lead"]
    wanted = LEADS.get(case.state)
    if wanted is not None:
        lead = leading[-1] if leading else None
        if lead is None or lead.state != wanted or lead.unit_code != case.lead_unit or lead.round != case.round:
            yield f"the lead's order is {lead and (lead.state, lead.unit_code)}, not {wanted} of {case.lead_unit}"
        yield from _hangs_together(case, leading, live)
    elif live and case.state != "adjudication":
        yield f"live orders: {[(order.order_no, order.state) for order in live]}"
    for order in case.orders:
        if order.state in {"replied", "returned", "done"} and order.stopped_at is None:
            yield f"{order.order_no} is {order.state}, and its clock runs"
        if order.state in LIVE - {"replied"} and (order.stopped_at is not None) != (case.state in PAUSED):
            yield f"{order.order_no} is {order.state}, stopped: {order.stopped_at}"


def _hangs_together(case: CaseRecord, leading: list[WorkOrderRecord], live: list[WorkOrderRecord]) -> Iterator[str]:
    if len([order for order in live if order.part == "lead"]) > 1:
        yield "two leads"
    if (case.state == "redo") and not leading[-1].redo:
        yield "a redo without a redo's order"
    waits = any(order.part == "sub" and order.state in {"to_sign", "handling"} for order in case.orders)
    if case.state == "delegated" and not waits:
        yield "waits for sub-units, and there are none"


def _clock(case: CaseRecord, sides: Sides, now: datetime) -> Iterator[str]:
    if case.state not in OPEN:
        return
    moments = [case.stage_due_at, case.promise_due_at, *(order.due_at for order in case.orders)]
    late = any(at is not None and at <= now for at in moments)
    if case.clock_due_at is None or case.clock_started_at is None:
        yield "no clock is shown"
    if not late and case.id not in sides.woken:
        yield "nothing will ever wake it"
    stands_still = case.clock_stopped_at is not None
    if stands_still and case.state in {"to_dispatch", "to_sign", "handling", "delegated", "redo", "return_review"}:
        yield "its clock stands still"


def _counts(case: CaseRecord, story: list[TimelineRecord], cases: list[CaseRecord]) -> Iterator[str]:
    told = Counter(entry.action for entry in story)
    lead_returns = [one for one in story if one.action == "return" and one.to_state is not None]
    children = sum(one.merged_into == case.id for one in cases)
    wanted = {
        "incident_size": children,
        "disputes": len(lead_returns),
        "redos": told["redo"] + told["reopen"],
        "failed_reviews": told["send_back"],
        "urgings": told["urge"],
        "round": told["dispatch"] + told["rule"] + told["redo"] + told["reopen"] + _followed(story),
    }
    for name, number in wanted.items():
        if getattr(case, name) != number:
            yield f"{name} is {getattr(case, name)}, the story says {number}"
    granted = Counter(one.order_no for one in story if one.action == "grant_extension")
    if any(order.extensions != granted[order.order_no] for order in case.orders):
        yield "an order has more extensions than were granted"


def _followed(story: list[TimelineRecord]) -> int:
    """Return how often it got its head's answer: by FOLLOW, or closed with it, in both cases with a lead's order."""
    return sum(one.action in {"follow", "close"} and one.from_state == "merged" for one in story)


def _returns(case: CaseRecord, story: list[TimelineRecord]) -> Iterator[str]:
    units = Counter(one.unit_code for one in story if one.action == "return")
    yield from (f"{unit} has returned it {times} times" for unit, times in units.items() if times > 1)
    ruled = [one.id for one in story if one.action in {"rule", "refuse_return"}]
    if ruled and any(one.action == "return" and one.to_state and one.id > ruled[0] for one in story):
        yield "returned after it was ruled"


def _promise(case: CaseRecord, story: list[TimelineRecord], memory: Memory) -> Iterator[str]:
    before = memory.promises.get(case.id)
    new = {entry.action for entry in story if entry.id > memory.newest}
    if before is not None and case.promise_due_at != before and not new & MOVE_THE_PROMISE:
        yield f"the promise moved from {before} to {case.promise_due_at} by {sorted(new)}"
    if before is not None and case.promise_due_at is not None and case.promise_due_at < before:
        yield "the promise has become earlier"


def _sides(case: CaseRecord, sides: Sides) -> Iterator[str]:
    pauses = [state for case_id, state in sides.pauses if case_id == case.id]
    if pauses != ([case.state] if case.state in PAUSED else []):
        yield f"open pauses: {pauses}"
    if case.supervised != (case.id in sides.supervised):
        yield f"supervised is {case.supervised}"
    if case.state == "adjudication" and case.id not in sides.conferring:
        yield "no conference is open"
    if any(order.extension_open and order.state not in {"to_sign", "handling"} for order in case.orders):
        yield "a request for more time hangs on an order that is over"
