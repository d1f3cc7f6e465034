"""More time (延期): asked for before the limit ends, with a day and a reason; granted or refused."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from core.errors import BadInput, NotFound, Refused
from dispatch import clocks
from dispatch.deadlines import Limit, LimitUnit
from dispatch.lifecycle import Action
from dispatch.records import WorkOrderRecord
from dispatch.side_records import ExtensionRecord
from dispatch.steps import Scene


def ask(scene: Scene) -> None:
    """Ask for the close of a working day after the limit, no further than the pack allows."""
    order = scene.order
    if order is None:
        raise NotFound("没有这个工单，或它不属于本单位")
    scene.check(Action.ASK_EXTENSION)
    if order.stopped_at is not None:
        raise Refused("这个工单的时限没有在走，不需要延期")
    until = scene.given.until
    assert until is not None
    _check_until(scene, order, until)
    pack = clocks.pack_of(scene.work, scene.case)
    asked = ExtensionRecord(
        case_id=scene.case.id,
        order_no=order.order_no,
        asked_at=scene.now,
        asked_by=scene.actor.person_id,
        until=until,
        reason=scene.given.reason or "",
        decide_by=clocks.due_of(scene.work, pack, pack.extension_decide_within, scene.now).at,
        due_before=order.due_at,
    )
    scene.work.session.add(asked)
    order.extension_open = True
    facts = {"order_no": order.order_no, "until": until, "decide_by": asked.decide_by}
    scene.take(Action.ASK_EXTENSION, note=f"申请延期至 {until.isoformat()}", facts=facts)


def grant(scene: Scene) -> None:
    """Give the time asked for: the order's limit moves, and for the lead what the citizen was promised."""
    scene.check(Action.GRANT_EXTENSION)
    asked, order = _waiting(scene)
    assert order.limit_rule is not None
    limit = Limit(quantity=order.limit_rule["quantity"], unit=LimitUnit(order.limit_rule["unit"]))
    clocks.set_order_clock(scene.work, scene.case, order, limit, order.sent_at, until=asked.until)
    order.extensions, order.extension_open = order.extensions + 1, False
    if order.leads:
        _move_promise(scene, order, asked.until)
    _decide(scene, asked, granted=True, due_after=order.due_at)
    facts = {
        "order_no": order.order_no,
        "until": asked.until,
        "due_at": order.due_at,
        "promise_due_at": scene.case.promise_due_at,
    }
    scene.order = order
    scene.take(Action.GRANT_EXTENSION, note=f"同意延期至 {asked.until.isoformat()}", facts=facts)


def refuse(scene: Scene) -> None:
    """Refuse; also what happens by itself when nobody decides in time."""
    scene.check(Action.REFUSE_EXTENSION)
    asked, order = _waiting(scene)
    order.extension_open = False
    _decide(scene, asked, granted=False, due_after=None)
    scene.order = order
    facts = {"order_no": order.order_no, "until": asked.until, "by_silence": scene.actor.person_id is None}
    scene.take(Action.REFUSE_EXTENSION, facts=facts)


def _check_until(scene: Scene, order: WorkOrderRecord, until: date) -> None:
    pack = clocks.pack_of(scene.work, scene.case)
    closes = clocks.closing_of(scene.work, pack, until)
    if closes <= order.due_at:
        raise BadInput("延期的日期须晚于原时限")
    furthest = _furthest(scene, order)
    if closes > furthest:
        raise BadInput(f"延期最多到 {furthest.date().isoformat()}（不超过原时限的长度）")


def _furthest(scene: Scene, order: WorkOrderRecord) -> datetime:
    """Return the latest moment: the limit once more, from where it ends."""
    rule = order.limit_rule or {"quantity": 0, "unit": LimitUnit.NATURAL_MINUTES}
    limit = Limit(quantity=rule["quantity"], unit=LimitUnit(rule["unit"]))
    pack = clocks.pack_of(scene.work, scene.case)
    return clocks.due_of(scene.work, pack, limit, order.due_at, unit=order.unit_code).at


def _move_promise(scene: Scene, order: WorkOrderRecord, until: date) -> None:
    """A redo has a limit of its own: more time for it is shown, and the old promise stays what it was."""
    if order.redo:
        clocks.show(scene.case, started=order.sent_at, due=order.due_at, limit=order.limit)
    else:
        clocks.extend_promise(scene.work, scene.case, until)


def _waiting(scene: Scene) -> tuple[ExtensionRecord, WorkOrderRecord]:
    """Return the oldest request of an order that still waits; one whose order has ended is nobody's any more."""
    named = scene.given.order_no
    open_ones = {
        order.order_no: order
        for order in scene.case.orders
        if order.extension_open and (named is None or order.order_no == named)
    }
    wanted = select(ExtensionRecord).where(
        ExtensionRecord.case_id == scene.case.id,
        ExtensionRecord.decided_at.is_(None),
        ExtensionRecord.order_no.in_(open_ones),
    )
    # An order that has been replied to and sent back may ask anew: its newest request counts.
    newest = {asked.order_no: asked for asked in scene.work.session.scalars(wanted.order_by(ExtensionRecord.id))}
    if not newest:
        raise NotFound("没有待答复的延期申请")
    asked = min(newest.values(), key=lambda one: one.id)
    return asked, open_ones[asked.order_no]


def _decide(scene: Scene, asked: ExtensionRecord, *, granted: bool, due_after: datetime | None) -> None:
    asked.decided_at, asked.decided_by = scene.now, scene.actor.person_id
    asked.granted, asked.due_after = granted, due_after


ACTS = {Action.ASK_EXTENSION: ask, Action.GRANT_EXTENSION: grant, Action.REFUSE_EXTENSION: refuse}
