"""What people and jobs do to cases; the edges import all from here. Nothing here commits.

`act` is the one door to every action of the table (doors.py); drafts.py has the desk's work on a draft,
unfinished.py that on a draft after its call, sending.py the machine's routing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.actor import Actor, Role
from core.db import Work
from core.errors import NotFound, WrongRole
from core.people import record_disclosure
from dispatch import rules, scope, steps
from dispatch.callbacks import links
from dispatch.doors import act, route
from dispatch.drafts import (
    FIELDS,
    Caller,
    answer_directly,
    apply_suggestion,
    change_draft,
    discard_draft,
    open_draft,
    register,
)
from dispatch.given import Given
from dispatch.unfinished import finish_draft, leave_draft

__all__ = [
    "FIELDS",
    "Caller",
    "Given",
    "act",
    "answer_directly",
    "apply_suggestion",
    "change_draft",
    "discard_draft",
    "finish_draft",
    "leave_draft",
    "open_draft",
    "rate_by_link",
    "register",
    "reveal",
    "route",
]


def rate_by_link(work: Work, token: str, *, now: datetime, **answer: Any) -> bool:
    """Take a citizen's own rating by their link and say whether it was taken; a second sending changes nothing.

    answer: grade, contacted, solved, words. Raises what `links.use_link` and `act` raise.
    """
    rating = links.use_link(work, token, now=now, **answer)
    if rating is None:
        return False
    act(work, rating.case_no, rating.action, actor=links.CITIZEN, given=rating.given, now=now)
    return True


def reveal(work: Work, case_no: str, *, actor: Actor, purpose: str, now: datetime) -> dict[str, Any]:
    """Return phone, name and address once, and write down who looked and why.

    A unit looks only while it works on the case. Raises WrongRole when the case is secret from this person or
    no longer theirs, NotFound outside their scope.
    """
    case = steps.locked(work, case_no)
    parents = rules.parents(work)
    if not scope.reaches(work, case, actor, parents):
        raise NotFound("没有这个办件")
    if case.secrecy == "anonymous" and not actor.has(Role.SUPERVISOR):
        raise WrongRole("诉求人要求完全匿名，只有督办员可以查看")
    if scope.sees_as_unit(actor) and case.secrecy != "open":
        raise WrongRole("此件对承办单位保密，请通过热线联系诉求人")
    if scope.sees_as_unit(actor) and (case.closed_at is not None or not scope.has_part(case, actor, parents)):
        raise WrongRole("本单位没有此件在办的工单，不能查看诉求人的电话、姓名和地址；需要联系请通过热线")
    shown = {
        "phone": case.contact_phone or case.caller_phone,
        "name": case.caller_name,
        "address": case.place,
    }
    record_disclosure(
        work,
        actor,
        subject="case",
        subject_id=case.case_no,
        fields=[name for name, value in shown.items() if value],
        purpose=purpose,
        at=now,
    )
    return shown
