"""What people see of an incident: its head, its children, and both sides before they are merged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.actor import Actor
from core.db import Work
from core.errors import BadInput, Refused
from dispatch import details, rules, scope, steps
from dispatch.given import Given
from dispatch.incidents.merging import head_refusal, same_person
from dispatch.lifecycle import Action, next_state
from dispatch.masking import mask_people
from dispatch.records import CaseRecord

# An incident of a whole city's blackout still makes a page.
_CHILDREN = 200


def incident(work: Work, case_no: str, actor: Actor) -> dict[str, Any]:
    """Return the incident that a case heads or belongs to (incidents_shapes.Incident).

    `size` counts every complainant but the head's; the list has those that this person may see. Raises NotFound.
    """
    case = details.visible(work, case_no, actor)
    head = case if case.merged_into is None else work.session.get_one(CaseRecord, case.merged_into)
    parents = rules.parents(work)
    wanted = select(CaseRecord).where(CaseRecord.merged_into == head.id, scope.visible(actor, parents))
    listed = [head, *work.session.scalars(wanted.order_by(CaseRecord.id).limit(_CHILDREN))]
    refs = details.refs(work, listed)
    main = refs[0] if scope.sees(head, actor, parents) else None
    part = "child" if case.merged_into is not None else "head" if head.incident_size else "alone"
    return {"part": part, "size": head.incident_size, "head": main, "children": refs[1:]}


def preview(work: Work, case_no: str, into: str, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return both sides of a merge that has not happened yet (incidents_shapes.MergePreview). Raises NotFound."""
    child, head = details.visible(work, case_no, actor), details.visible(work, into, actor)
    if child.id == head.id:
        raise BadInput("不能并入自己")
    same = same_person(child, head)
    promise = "同一诉求人的重复诉求，不另计时" if same else "对诉求人的承诺期限不变"
    return {
        "child": _whole(work, child, actor),
        "head": _whole(work, head, actor),
        "same_person": same,
        "refusal": refusal_of(work, child, head, actor, now),
        "follows": ["此件的工单撤销，随主件办理", promise, "主件审核通过后，此件单独答复、回访和评价"],
    }


def side(work: Work, case: CaseRecord) -> dict[str, Any]:
    """Return what a list of candidates shows of each."""
    return {
        "case": details.refs(work, [case])[0],
        "version": case.version,
        "incident_size": case.incident_size,
        "promise_due_at": case.promise_due_at,
    }


def refusal_of(work: Work, child: CaseRecord, head: CaseRecord, actor: Actor, now: datetime) -> str | None:
    """Return why this person cannot merge `child` into `head` now, or None; the rules of the merge itself."""
    given = Given(into=head.case_no)
    at = steps.circumstances(work, child, actor, now, given=given)
    try:
        next_state(child.stage, Action.MERGE, roles=actor.roles, given=given.needs(), at=at)
    except Refused as error:
        return str(error)
    return head_refusal(work, child, head)


def _whole(work: Work, case: CaseRecord, actor: Actor) -> dict[str, Any]:
    """Return one side with its matter, people masked; from a unit a secret case shows none of it."""
    names = [case.caller_name or ""]
    hidden = scope.hides_person(case, actor, rules.parents(work))
    return {
        **side(work, case),
        "content": "" if hidden else mask_people(case.content or "", names=names),
        "demand": None if hidden or not case.demand else mask_people(case.demand, names=names),
        "happened": case.happened,
        "people_affected": case.people_affected,
    }
