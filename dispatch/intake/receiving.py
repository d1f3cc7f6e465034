"""A matter comes in by window, web, mini-program, mailbox, 110 or another platform: it waits to be accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select

from core.actor import Actor, Role
from core.db import Work
from core.errors import BadInput, NotFound, Refused
from core.sealed import fingerprint
from dispatch import clocks, drafts, rules, scope, steps
from dispatch.events import CaseMoved
from dispatch.intake.records import SourceRecord
from dispatch.lifecycle import next_state
from dispatch.records import CaseRecord
from dispatch.stages import Action, CaseState

_LOCK = 12_346  # beside the calls' 12_345: one number of a channel at a time
_MAY_BE_NAMELESS = frozenset({"report", "suggestion"})
_MOBILE = re.compile(r"1\d{10}")


@dataclass(frozen=True, kw_only=True)
class Received:
    """The case that a matter became; known: it had come before, under the same number of its channel."""

    case: CaseRecord
    known: bool


def receive(
    work: Work,
    *,
    actor: Actor,
    channel: str,
    fields: Mapping[str, Any],
    caller: drafts.Caller | None = None,
    source_no: str | None = None,
    now: datetime,
) -> Received:
    """Take in a matter that did not come by a call; the limit to accept it starts.

    channel: a code of the list `channel`. fields: those of a draft's form. source_no: the channel's own number;
    with it this may run twice and opens one case. Raises BadInput for an unknown channel, field or code, or
    when nothing is said.
    """
    state = next_state(None, Action.RECEIVE, roles=actor.roles)
    if channel not in rules.codes(work, "channel"):
        raise BadInput("没有这个受理渠道")
    known = _known(work, channel, source_no) if source_no else None
    if known is not None:
        return Received(case=known, known=True)
    case = _opened(work, actor=actor, channel=channel, state=state, now=now)
    _fill_first(work, case, fields, caller, actor)
    work.session.add(case)
    work.session.flush()
    if source_no:
        work.session.add(SourceRecord(channel=channel, source_no=source_no, case_id=case.id))
    start_clock(work, case, now)
    facts = {**drafts.opening_facts(case), "source_no": source_no}
    steps.write(work, case, Action.RECEIVE, actor=actor, now=now, moves=(None, state.value), facts=facts)
    steps.announce(work, case, partial(CaseMoved, action=Action.RECEIVE.value))
    return Received(case=case, known=False)


def fill(
    work: Work, case_no: str, fields: Mapping[str, Any], *, actor: Actor, version: int | None, now: datetime
) -> CaseRecord:
    """Write into the form of a case that waits to be accepted: its class, its place, what was left out.

    Who may accept it may write in it; secrecy has an action of its own. The story says which fields, not what.
    """
    case = steps.locked(work, case_no)
    if not scope.sees(case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    steps.check_version(case, version)
    next_state(case.stage, Action.ACCEPT, roles=actor.roles)
    if case.stage is not CaseState.RECEIVED or not fields:
        raise BadInput("请填写内容")
    if "secrecy" in fields:
        raise Refused("请用“调整保密级别”并写明原因")
    drafts.write_fields(work, case, fields)
    _recognise(case)
    case.changed_at = now
    said = "改写：" + "、".join(_FIELD_NAMES.get(name, name) for name in fields)
    steps.write(work, case, Action.NOTE, actor=actor, now=now, note=said)
    steps.announce(work, case, partial(CaseMoved, action=Action.NOTE.value))
    return case


def start_clock(work: Work, case: CaseRecord, now: datetime) -> None:
    """Start the limit within which the desk must have accepted the case, or said no."""
    pack = clocks.pack_of(work, case)
    limit = pack.limits(case.kind, case.urgency, case.category_code).dispatch
    case.stage_due_at = clocks.due_of(work, pack, limit, now).at
    clocks.show(case, started=now, due=case.stage_due_at, limit=limit.words())


def _known(work: Work, channel: str, source_no: str) -> CaseRecord | None:
    """Return the case of that number; whoever asks with the same number at the same moment waits here."""
    key = func.hashtext(f"{channel}/{source_no}")
    work.session.execute(select(func.pg_advisory_xact_lock(_LOCK, key)))
    source = work.session.get(SourceRecord, (channel, source_no))
    return None if source is None else work.session.get(CaseRecord, source.case_id)


def _opened(work: Work, *, actor: Actor, channel: str, state: CaseState, now: datetime) -> CaseRecord:
    return CaseRecord(
        case_no=steps.next_number(work, now),
        state=state.value,
        state_since=now,
        changed_at=now,
        created_at=now,
        created_by=actor.person_id,
        channel=channel,
        urgency="normal",
        secrecy="open",
        touched=[],
        round=0,
        disputes=0,
        parties=[],
        recused=[],
        no_return=False,
    )


def _fill_first(
    work: Work, case: CaseRecord, fields: Mapping[str, Any], caller: drafts.Caller | None, actor: Actor
) -> None:
    drafts.write_fields(work, case, fields)
    case.caller_phone = caller.phone if caller else None
    _recognise(case)
    if not (case.title or "").strip() and not (case.content or "").strip():
        raise BadInput("请填写标题或内容")
    reachable = case.contact_phone or case.caller_phone
    if actor.has(Role.CITIZEN) and not reachable and case.kind not in _MAY_BE_NAMELESS:
        raise BadInput("请留下联系电话；只有举报和建议可以不留")
    drafts.protect(case)


def _recognise(case: CaseRecord) -> None:
    """Let the person be known again by number, whichever way they come."""
    phone = case.caller_phone or case.contact_phone
    if not phone:
        case.caller_fingerprint = None
        return
    digits = re.sub(r"[^\d+]", "", phone)
    case.caller_fingerprint = fingerprint(f"+86{digits}" if _MOBILE.fullmatch(digits) else digits)


_FIELD_NAMES = {
    "kind": "诉求类型",
    "title": "标题",
    "content": "内容",
    "demand": "诉求目的",
    "category_code": "事项分类",
    "area_code": "区域",
    "place": "地点",
    "happened": "发生时间",
    "urgency": "紧急程度",
    "people_affected": "涉及人数",
    "unit_code": "建议单位",
    "caller_name": "姓名",
    "contact_phone": "联系电话",
    "answer": "答复",
}
