"""One case as a page shows it to one person: what they may read, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.actor import Actor, Role
from core.db import Work
from core.errors import NotFound
from dispatch import cards, rules, scope, steps
from dispatch.guards import Circumstances, refusal
from dispatch.lifecycle import (
    LIVE_ORDERS,
    OPEN_STATES,
    ORDER_ACTIONS,
    ORDER_STEPS,
    Action,
    CaseState,
    allowed,
    step_of,
)
from dispatch.lists import names_of
from dispatch.masking import mask_people, mask_phone
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord
from dispatch.side_records import SupervisionRecord
from dispatch.stages import UNIT_STATES

_ALIKE_WITHIN = timedelta(days=30)
_FEW = 5


def find(work: Work, case: int | str) -> CaseRecord:
    """Return the case of that id or case number as it stands. Raises NotFound."""
    wanted = select(CaseRecord).where(steps.is_case(case))
    found = work.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("没有这个办件")
    return found


def visible(work: Work, case_no: str, actor: Actor) -> CaseRecord:
    """Return the case if this person may see it. Raises NotFound, which tells the two apart for nobody."""
    case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
    if case is None or not scope.reaches(work, case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    return case


def detail(work: Work, case_no: str, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return one case whole (schemas.CaseDetail) but for `words`, which the call's side knows.

    From a unit a secret case shows neither person nor place, and to a unit without a part in it no case does.
    Raises NotFound outside the actor's scope.
    """
    case = visible(work, case_no, actor)
    story = work.session.scalars(
        select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    ).all()
    names = names_of(work, [case], units=[entry.unit_code for entry in story])
    of_unit, secret = scope.sees_as_unit(actor), scope.hides_person(case, actor, rules.parents(work))
    known = cards.known_of(case, place=secret) if of_unit else []
    return {
        "card": cards.case_card(case, names),
        **_matter(case, hidden=of_unit, secret=secret),
        "secrecy": case.secrecy,
        "channel": case.channel,
        "call_id": case.call_id,
        "orders": [cards.order_card(order, names, known=known) for order in case.orders],
        "timeline": [cards.timeline_entry(entry, names, known=known) for entry in story],
        "routing": case.routing,
        "suggestion": None if of_unit else case.suggestion,
        "similar": _similar(work, case, actor),
        "actions": actions(work, case, actor, now=now),
    }


def actions(work: Work, case: CaseRecord, actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return what this person may do now (schemas.AllowedAction): the case's steps, then the unit's own.

    The same table and guards that would refuse it decide, so nothing is offered that would be refused.
    """
    if case.stage is CaseState.DRAFT and case.left_at is None:
        return []  # while they talk, the call desk has the draft
    parents = rules.parents(work)
    units = scope.units_of(actor, parents)
    at = steps.circumstances(work, case, actor, now)
    found = [
        _offered(case, action, None)
        for action in allowed(case.stage, actor.roles, at)
        if action not in ORDER_ACTIONS
        and scope.takes_part(case, action, actor, parents)
        and (action is not Action.SET_SECRECY or _may_set_secrecy(case, actor))
        and (action is not Action.ANSWER_SUPERVISION or _is_supervised(work, case, units))
    ]
    for order in case.orders:
        if order.unit_code in units:
            at = steps.circumstances(work, case, actor, now, order=order)
            found += [
                _offered(case, action, order)
                for action in Action
                if action in ORDER_ACTIONS
                and _order_allows(case, order, action, actor, at)
                and (action is not Action.DELEGATE or _may_delegate(case, order, parents, now))
            ]
    return found


def _offered(case: CaseRecord, action: Action, order: WorkOrderRecord | None) -> dict[str, Any]:
    step = step_of(action, case.stage)
    return {
        "action": action.value,
        "order_no": order and order.order_no,
        "needs": [need.value for need in step.needs],
        "may": [need.value for need in step.may],
        "codes": step.codes,
        "follows": step.follows,
    }


def refs(work: Work, found: Iterable[CaseRecord]) -> list[dict[str, Any]]:
    """Return cases as lines in a list of others (schemas.CaseCardRef)."""
    listed = list(found)
    names = names_of(work, listed)
    return [cards.case_ref(case, names) for case in listed]


def _matter(case: CaseRecord, *, hidden: bool, secret: bool) -> dict[str, Any]:
    """Return the texts of a case; from a unit without numbers and, if secret, without person and place."""
    known = cards.known_of(case, place=secret)

    def shown(text: str | None) -> str | None:
        return mask_people(text, names=known) if text and hidden else text

    phone = case.contact_phone or case.caller_phone
    return {
        "content": shown(case.content) or "",
        "demand": shown(case.demand),
        "place": None if secret else case.place,
        "happened": case.happened,
        "people_affected": case.people_affected,
        "caller_masked": mask_phone(phone) if phone and not secret else None,
        "answer": shown(case.answer) if secret else case.answer,
        "reply": shown(case.reply) if secret else case.reply,
    }


def _order_allows(case: CaseRecord, order: WorkOrderRecord, action: Action, actor: Actor, at: Circumstances) -> bool:
    known = order.stage in LIVE_ORDERS or (order.stage, action) in ORDER_STEPS
    if not known or case.stage not in OPEN_STATES:
        return False
    if action in {step for _, step in ORDER_STEPS} and (order.stage, action) not in ORDER_STEPS:
        return False
    if order.leads or action not in {step for _, step in ORDER_STEPS}:
        return action in allowed(case.stage, actor.roles, at) and (order.leads or action is Action.ASK_EXTENSION)
    step = step_of(action)
    return not step.by.isdisjoint(actor.roles) and all(refusal(guard, at) is None for guard in step.guards)


def _may_set_secrecy(case: CaseRecord, actor: Actor) -> bool:
    """Say whether another level is left: nothing is above anonymous, and only a supervisor lowers it."""
    return case.secrecy != "anonymous" or actor.has(Role.SUPERVISOR)


def _is_supervised(work: Work, case: CaseRecord, units: frozenset[str]) -> bool:
    """Say whether one of the units has a supervision order to answer; a helper's chief has none."""
    own = select(SupervisionRecord.id).where(
        SupervisionRecord.case_id == case.id,
        SupervisionRecord.answered_at.is_(None),
        SupervisionRecord.unit_code.in_(units),
    )
    return work.session.scalar(own.limit(1)) is not None


def _may_delegate(case: CaseRecord, order: WorkOrderRecord, parents: Mapping[str, str | None], now: datetime) -> bool:
    """Say whether the unit has others below it, and time to give them."""
    return case.stage in UNIT_STATES and order.due_at > now and order.unit_code in parents.values()


def _similar(work: Work, case: CaseRecord, actor: Actor) -> list[dict[str, Any]]:
    """Return recent cases of the same class in the same area that this person may see."""
    if case.category_code is None or case.area_code is None:
        return []
    alike = select(CaseRecord).where(
        CaseRecord.id != case.id,
        CaseRecord.category_code == case.category_code,
        CaseRecord.area_code == case.area_code,
        CaseRecord.state.not_in([CaseState.DRAFT, CaseState.DISCARDED]),
        CaseRecord.created_at >= case.created_at - _ALIKE_WITHIN,
        scope.visible(actor, rules.parents(work)),
    )
    return refs(work, work.session.scalars(alike.order_by(CaseRecord.id.desc()).limit(_FEW)).all())
