"""Many hands on one case: sub-units with orders of their own, what they bring together, a matter split in two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.db import Work
from core.errors import BadInput, Refused
from dispatch import clocks, drafts, orders, rules, sending, steps, story
from dispatch.audience import with_units_above
from dispatch.deadlines import Limit, LimitUnit, worked_minutes
from dispatch.events import CaseRegistered
from dispatch.lifecycle import STATE_NAMES, Action, CaseState, OrderState, Part, next_order_state, next_state
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.rules import CategoryRecord
from dispatch.stages import UNIT_STATES
from dispatch.steps import Scene

# What a sub-unit gets of the time that is left, so that somebody can still put its answer to use.
_SHARE_BELOW = 0.8
_OPEN = frozenset({OrderState.TO_SIGN, OrderState.HANDLING})
# What a part that was split off takes over from the case: the person and the place, never the matter's own words.
_KEPT = (
    "channel",
    "created_by",
    "kind",
    "area_code",
    "happened",
    "urgency",
    "secrecy",
    "caller_phone",
    "caller_fingerprint",
    "contact_phone",
    "caller_name",
    "place",
    "place_fingerprint",
    "pack_id",
    "call_back_wanted",
    "contact_wish",
)


def delegate(scene: Scene) -> None:
    """Give units below one's own a task with a clock that ends before one's own does (下派).

    The lead's step moves the case. Whoever holds another order may delegate it too; the case stays where it is.
    Raises Refused for a unit that is not below, is recused, has the case already, or a date after one's own.
    """
    order = scene.order
    if order is None:
        raise BadInput("请指出是哪个工单")
    _check_may_delegate(scene, order)
    _check_day(scene)
    units = _checked_below(scene, order)
    made = [_send_below(scene, order, unit) for unit in units]
    facts = {"parent_order_no": order.order_no, "orders": [orders.facts(one) for one in made]}
    step = scene.take if order.leads else scene.aside
    step(Action.DELEGATE, facts=facts)


def gather(scene: Scene) -> None:
    """Go on without waiting for the sub-units (汇总): what they have answered stays, what is open is withdrawn."""
    scene.check(Action.GATHER)
    work, case = scene.work, scene.case
    waiting = [order for order in case.orders if order.part == Part.SUB and order.stage in _OPEN]
    _withdraw(waiting, scene.now)
    note = f"未等{_names(work, waiting)}回复" if waiting else None
    scene.take(
        Action.GATHER, unit=case.lead_unit, note=note, facts={"withdrawn": [order.order_no for order in waiting]}
    )


def split(scene: Scene) -> None:
    """Make a second case of what the citizen asked besides (拆分): own number, matter and class, the same person.

    Its promise counts from the day the first case was registered: splitting never adds time.
    given: title, text, and in `code` the class, if it is another one. Raises BadInput for an unknown class.
    """
    scene.check(Action.SPLIT)
    work, case, given = scene.work, scene.case, scene.given
    if given.code and work.session.get(CategoryRecord, given.code) is None:
        raise BadInput("没有这个事项分类")
    part = _part_of(scene)
    _accept(scene, part)
    scene.take(
        Action.SPLIT,
        facts={"case_no": part.case_no},
        note=f"拆分出 {part.case_no}：{given.title}",
        unit=case.lead_unit,
    )


def follow_up(scene: Scene, action: Action, before: CaseState) -> None:
    """Do what follows for the other hands, in the transaction of `action`."""
    order, case = scene.order, scene.case
    if order is not None and not order.leads and order.stage not in _OPEN:
        _withdraw(_below(case, order), scene.now)
        _gather_by_itself(scene)
    if action is Action.RECUSE:
        _gather_by_itself(scene)  # the unit that must keep out may have been the last one at work
    if action is Action.REPLY and order is not None and order.leads:
        _ask_helpers(scene, order)
    if case.stage is CaseState.CLOSED and before is not CaseState.CLOSED:
        _name_silent_helpers(scene)


def _check_may_delegate(scene: Scene, order: WorkOrderRecord) -> None:
    case = scene.case
    if order.leads:
        scene.check(Action.DELEGATE)
    elif case.stage not in UNIT_STATES:
        raise Refused(f"办件现在是“{STATE_NAMES[case.stage]}”，不能下派")
    at = steps.circumstances(scene.work, case, scene.actor, scene.now, order=order, given=scene.given)
    next_order_state(order.stage, Action.DELEGATE, roles=scene.actor.roles, given=scene.given.needs(), at=at)
    if order.due_at <= scene.now:
        raise Refused("本单位的办理时限已过，不能再下派，请直接办理并回复")


def _check_day(scene: Scene) -> None:
    """A sub-unit gets until the close of the day named, so that close must be yet to come."""
    until = scene.given.until
    if until is None:
        return
    pack = clocks.pack_of(scene.work, scene.case)
    if clocks.closing_of(scene.work, pack, until) <= scene.now:
        raise BadInput("下级办理的期限以所选日期下班时为准，这个时间已过，请选更晚的日期")


def _checked_below(scene: Scene, order: WorkOrderRecord) -> list[str]:
    work, case = scene.work, scene.case
    units, parents = rules.units(work), rules.parents(work)
    busy = {one.unit_code for one in case.orders if one.stage in _OPEN}
    found = [sending.checked_unit(scene, code) for code in dict.fromkeys(scene.given.units)]
    for code in found:
        if order.unit_code not in with_units_above(code, parents)[1:]:
            above = units[order.unit_code].name
            raise Refused(f"{units[code].name}不是{above}的下级单位，不能下派；需要其他单位请联系派单员增派协办")
        if code in busy:
            raise Refused(f"{units[code].name}已在办理此件")
    return found


def _send_below(scene: Scene, parent: WorkOrderRecord, unit: str) -> WorkOrderRecord:
    """Add one sub-unit's order: until the given day, or with most of what is left."""
    work, case, until = scene.work, scene.case, scene.given.until
    limit = _limit_below(scene, parent, unit) if until is None else Limit(quantity=1, unit=LimitUnit.NATURAL_MINUTES)
    order = orders.add(
        work, case, unit, Part.SUB, limit, now=scene.now, duty_no=parent.duty_no, parent=parent, task=scene.given.text
    )
    if until is not None:
        clocks.set_order_clock(work, case, order, limit, scene.now, until=until)
        order.limit = f"{until.isoformat()} 前"
    if order.due_at > parent.due_at:
        due = parent.due_at.astimezone(CITY_ZONE)
        raise Refused(f"下级的时限不能晚于本单位的时限 {due:%Y-%m-%d %H:%M}，请选更早的日期")
    order.sign_due_at = min(order.sign_due_at, order.due_at)
    return order


def _limit_below(scene: Scene, parent: WorkOrderRecord, unit: str) -> Limit:
    """Return most of the time that the upper unit has left, as the lower one works."""
    work, now = scene.work, scene.now
    calendar = rules.calendar(work, clocks.pack_of(work, scene.case).working_hours, unit)
    working = int(worked_minutes(now, parent.due_at, calendar) * _SHARE_BELOW)
    natural = int((parent.due_at - now).total_seconds() / 60 * _SHARE_BELOW)
    rule = (parent.limit_rule or {}).get("unit")
    if rule == LimitUnit.NATURAL_MINUTES or working < 1:
        return Limit(quantity=max(natural, 1), unit=LimitUnit.NATURAL_MINUTES)
    return Limit(quantity=working, unit=LimitUnit.WORKING_MINUTES)


def _below(case: CaseRecord, order: WorkOrderRecord) -> list[WorkOrderRecord]:
    """Return the open orders that hang on `order`, however deep."""
    children = [one for one in case.orders if one.parent_order_no == order.order_no]
    open_ones = [one for one in children if one.stage in _OPEN]
    return open_ones + [deeper for one in children for deeper in _below(case, one)]


def _withdraw(found: Iterable[WorkOrderRecord], now: datetime) -> None:
    for order in found:
        order.state, order.stopped_at = OrderState.DONE.value, order.stopped_at or now
        order.extension_open = False


def _gather_by_itself(scene: Scene) -> None:
    """Give the case back to the lead when no sub-unit of its own is still at work."""
    case = scene.case
    lead = orders.lead_of(case)
    if case.stage is not CaseState.DELEGATED or lead is None:
        return
    if any(one.parent_order_no == lead.order_no and one.stage in _OPEN for one in case.orders):
        return
    own = Scene(work=scene.work, case=case, actor=SYSTEM, now=scene.now)
    own.take(Action.GATHER, unit=case.lead_unit, note="下级单位均已办完", facts={"withdrawn": []})


def _ask_helpers(scene: Scene, lead: WorkOrderRecord) -> None:
    """Ask every helper that has not answered: nobody closes over their heads unasked."""
    for order in _helpers(scene.case, lead.round):
        if order.stage in _OPEN:
            story.write(
                scene.work,
                scene.case,
                Action.NOTE,
                actor=SYSTEM,
                now=scene.now,
                order=order,
                note="主办单位已回复，请协办单位尽快答复主办单位",
                facts={"asked": order.order_no},
            )


def _name_silent_helpers(scene: Scene) -> None:
    """Say in the story whose answer never came; their lateness stays theirs."""
    case = scene.case
    silent = [one for one in _helpers(case, case.round) if one.replied_at is None and one.stage is OrderState.DONE]
    if silent:
        note = f"办结时协办单位未答复：{_names(scene.work, silent)}"
        facts = {"silent": [one.order_no for one in silent]}
        story.write(scene.work, case, Action.NOTE, actor=SYSTEM, now=scene.now, note=note, facts=facts)


def _helpers(case: CaseRecord, round_: int) -> list[WorkOrderRecord]:
    return [one for one in case.orders if one.part == Part.HELPER and one.round == round_]


def _names(work: Work, found: Sequence[WorkOrderRecord]) -> str:
    units = rules.units(work)
    return "、".join(units[one.unit_code].name if one.unit_code in units else one.unit_code for one in found)


def _part_of(scene: Scene) -> CaseRecord:
    """Return the new case: written, received, with nothing promised yet."""
    work, case, given, now = scene.work, scene.case, scene.given, scene.now
    state = next_state(None, Action.RECEIVE, roles=SYSTEM.roles)
    part = CaseRecord(
        case_no=steps.next_number(work, now),
        state=state.value,
        state_since=now,
        changed_at=now,
        created_at=now,
        title=given.title,
        content=given.text,
        category_code=given.code or case.category_code,
        touched=["title", "content", "category_code"],
        round=0,
        recused=list(case.recused),
        registered_at=now,
        registered_by=scene.actor.person_id,
        parent_id=case.id,
        **{name: getattr(case, name) for name in _KEPT},
    )
    work.session.add(part)
    work.session.flush()
    note = f"由 {case.case_no} 拆分"
    steps.write(work, part, Action.RECEIVE, actor=SYSTEM, now=now, moves=(None, state.value), note=note)
    return part


def _accept(scene: Scene, part: CaseRecord) -> None:
    work, now = scene.work, scene.now
    result = clocks.pack_of(work, part).limits(part.kind, part.urgency, part.category_code).result
    clocks.set_promise(work, part, result, _first_registered(work, scene.case))
    facts = {
        **drafts.opening_facts(part),
        "split_from": scene.case.case_no,
        "promise_started_at": part.promise_started_at,
        "promise_due_at": part.promise_due_at,
    }
    steps.take(work, part, Action.ACCEPT, actor=scene.actor, now=now, facts=facts)
    steps.announce(work, part, CaseRegistered)


def _first_registered(work: Work, case: CaseRecord) -> datetime:
    """Return when the matter first came in: a part of a part has waited as long as the whole."""
    while case.parent_id is not None:
        above = work.session.get(CaseRecord, case.parent_id)
        if above is None:
            break
        case = above
    return case.registered_at or case.created_at


ACTS = {Action.DELEGATE: delegate, Action.GATHER: gather, Action.SPLIT: split}
