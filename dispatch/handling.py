"""What a unit does with its own work order: sign, return, say whom it has contacted, reply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.errors import BadInput, Refused
from dispatch import clocks, evidence, rules, steps
from dispatch.events import OrderReplied, OrderReturned, OrderSigned
from dispatch.lifecycle import Action, next_order_state
from dispatch.records import WorkOrderRecord
from dispatch.side_records import LookBackRecord
from dispatch.similarity import says_the_same
from dispatch.stages import OrderState
from dispatch.steps import Scene

_PROMISE_WITHIN = timedelta(days=366)  # a promise further away is none (own default)

_TOLD = {Action.SIGN: OrderSigned, Action.RETURN: OrderReturned, Action.REPLY: OrderReplied}


def sign(scene: Scene) -> None:
    """Accept the unit's order. The clock has been running since dispatch and does not notice."""
    order = _order(scene)
    order.state = _next(scene, order, Action.SIGN).value
    order.signed_at, order.signed_by = scene.now, scene.actor.person_id
    order.auto_signed = scene.actor == SYSTEM
    facts = {
        "order_no": order.order_no,
        "part": order.part,
        "auto": order.auto_signed,
        "sign_due_at": order.sign_due_at,
    }
    _step(scene, order, Action.SIGN, facts)


def return_order(scene: Scene) -> None:
    """Give the order back as another unit's, with the right unit, a coded reason and its legal basis.

    The promise to the citizen runs on while the hotline rules. A helper's or sub-unit's return ends only that
    order. Raises Refused for a second return by the unit, after the window, or on a ruled case.
    """
    order, given = _order(scene), scene.given
    to = _next(scene, order, Action.RETURN)
    suggested = rules.units(scene.work).get(given.suggested_unit or "")
    if suggested is None or suggested.code == order.unit_code:
        raise BadInput("请指出应由哪个单位办理")
    if given.code not in rules.codes(scene.work, "return"):
        raise BadInput("没有这个退单原因代码")
    order.return_reason, order.suggested_unit = given.reason, suggested.code
    order.return_code, order.return_basis = given.code, given.basis
    order.stopped_at, order.extension_open = scene.now, False
    if order.leads:
        scene.case.disputes += 1
    facts = {
        "order_no": order.order_no,
        "part": order.part,
        "code": given.code,
        "basis": given.basis,
        "suggested_unit": suggested.code,
    }
    _step(scene, order, Action.RETURN, facts, note=f"建议由{suggested.name}办理", to=to)


def contact(scene: Scene) -> None:
    """Write down when and how the unit has contacted the citizen."""
    order, given = _order(scene), scene.given
    _next(scene, order, Action.CONTACT)
    _check_contact(scene, order)
    order.contacted_at, order.contact_mode = given.contacted_at, given.contact_mode
    facts = {
        "order_no": order.order_no,
        "part": order.part,
        "contacted_at": given.contacted_at,
        "contact_mode": given.contact_mode,
    }
    _step(scene, order, Action.CONTACT, facts)


def reply(scene: Scene) -> None:
    """Report what the unit has done. The lead's reply goes to review and stops the clock."""
    order, given, case = _order(scene), scene.given, scene.case
    to = _next(scene, order, Action.REPLY)
    _check_contact(scene, order)
    _check_promise(scene)
    _check_new(scene, order)
    _check_files(scene, order)
    _keep_record(scene, order)
    order.state, order.replied_at, order.stopped_at = to.value, scene.now, scene.now
    order.extension_open = False  # who has replied needs no more time
    facts = {
        "order_no": order.order_no,
        "part": order.part,
        "due_at": order.due_at,
        "round": order.round,
        "redo": order.redo,
        "contacted_at": order.contacted_at,
        "contact_mode": order.contact_mode,
        "truth": order.truth,
        "solved": order.solved,
        "unsolved_reason": order.unsolved_reason,
        "promise_on": order.promise_on,
        "over_duty": order.over_duty,
    }
    if order.leads:
        case.reply = given.public_reply or given.text
        clocks.stop(case, scene.now)
    if given.promise_on is not None and order.leads:
        _promise(scene, order)
    _step(scene, order, Action.REPLY, facts)


def _order(scene: Scene) -> WorkOrderRecord:
    if scene.order is None:
        raise BadInput("请指出是哪个工单")
    return scene.order


def _next(scene: Scene, order: WorkOrderRecord, action: Action) -> OrderState:
    """Ask both tables: the order's own life, and for the lead the case's."""
    if order.leads:
        scene.check(action)
    at = steps.circumstances(scene.work, scene.case, scene.actor, scene.now, order=order, given=scene.given)
    return next_order_state(order.stage, action, roles=scene.actor.roles, given=scene.given.needs(), at=at)


def _step(
    scene: Scene,
    order: WorkOrderRecord,
    action: Action,
    facts: dict[str, Any],
    *,
    note: str | None = None,
    to: OrderState | None = None,
) -> None:
    """Write a unit's step down. Only the lead's moves the case; the others have their own small life."""
    step = scene.take if order.leads else scene.aside
    step(action, facts=facts, note=note, event=_TOLD.get(action))
    # A return moves the order after the table was asked, which reads the units that have returned.
    if to is not None:
        order.state = to.value
        scene.work.session.flush()


def _check_contact(scene: Scene, order: WorkOrderRecord) -> None:
    given = scene.given
    if given.contacted_at is not None and given.contacted_at > scene.now:
        raise BadInput("联系时间不能晚于现在")
    # People say the minute, not the second.
    if given.contacted_at is not None and given.contacted_at < order.sent_at.replace(second=0, microsecond=0):
        raise BadInput("联系时间不能早于派单时间，请填写派单以后联系诉求人的时间")
    if given.contact_mode is not None and given.contact_mode not in rules.codes(scene.work, "contact_mode"):
        raise BadInput("没有这种联系方式")
    if given.unsolved_reason is not None and given.unsolved_reason not in rules.codes(scene.work, "unsolved"):
        raise BadInput("没有这个未解决原因")


def _check_new(scene: Scene, order: WorkOrderRecord) -> None:
    """A redo (重办) has to bring something new: the words of an earlier round again are no answer."""
    earlier = [one.reply for one in scene.case.orders if one.leads and one is not order and one.reply]
    if order.redo and any(says_the_same(scene.given.text or "", reply) for reply in earlier):
        raise Refused("重办答复与上次几乎相同，请写明这次新采取的措施和结果")


def _check_files(scene: Scene, order: WorkOrderRecord) -> None:
    """A reply names its own evidence, not another's and not what was withdrawn."""
    if scene.given.files and not evidence.belongs(scene.work, [order.order_no], scene.given.files):
        raise BadInput("所列佐证材料不属于这个工单或已撤回")


def _keep_record(scene: Scene, order: WorkOrderRecord) -> None:
    """Keep the handling record (办理情况); what was said of the contact before stays unless said anew."""
    given = scene.given
    order.reply = given.text
    order.contacted_at = given.contacted_at or order.contacted_at
    order.contact_mode = given.contact_mode or order.contact_mode
    order.truth, order.solved, order.unsolved_reason = given.truth, given.solved, given.unsolved_reason
    order.promise_on, order.over_duty, order.public_reply = given.promise_on, given.over_duty, given.public_reply
    order.evidence_ids = list(given.files)


def _check_promise(scene: Scene) -> None:
    on, today = scene.given.promise_on, scene.now.astimezone(CITY_ZONE).date()
    if on is None:
        return
    if on <= today:
        raise BadInput("承诺的日期须在今天以后")
    if on > today + _PROMISE_WITHIN:
        raise BadInput("承诺的日期最多在一年以内，请写明能兑现的日期")


def _promise(scene: Scene, order: WorkOrderRecord) -> None:
    """A promise with a day is looked at on that day (回头看)."""
    on = scene.given.promise_on
    if on is None:
        return
    promise = LookBackRecord(
        case_id=scene.case.id,
        order_no=order.order_no,
        due_on=on,
        promise=scene.given.public_reply or scene.given.text or "",
        opened_at=scene.now,
    )
    scene.work.session.add(promise)


ACTS = {Action.SIGN: sign, Action.CONTACT: contact, Action.REPLY: reply}
