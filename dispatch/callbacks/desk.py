"""The callback desk's work lists: whom to ask, what they were promised, what does not fit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, tuple_

from core.actor import Actor
from core.db import Work
from core.errors import BadInput, NotFound
from dispatch import cards, clocks, rules, scope, steps
from dispatch.callbacks import budget, contradictions, hours
from dispatch.callbacks.links import RATEABLE, RatingLinkRecord, last_link
from dispatch.callbacks.look_back import today
from dispatch.cards import Names
from dispatch.lists import names_of
from dispatch.masking import mask_people
from dispatch.records import CaseRecord
from dispatch.side_records import CallBackRecord, LookBackRecord
from dispatch.stages import Action, CaseState
from dispatch.steps import Scene

PAGE = 50
_STATES = [state.value for state in RATEABLE]
_AHEAD = timedelta(days=14)  # promises of the coming days are shown, so that nobody is surprised
WISHES = {"phone": "电话", "message": "短信或网页"}

_SERVICE = "callback"  # whose opening hours count (city/…/hours.csv)


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What a page of cases needs beside the cases: read once for all of them."""

    names: Names
    doubts: dict[int, list[str]]
    called: set[int]
    tried: dict[int, list[datetime]]
    asked: dict[int, datetime]


def waiting(
    work: Work, actor: Actor, *, cursor: str | None = None, now: datetime, limit: int = PAGE
) -> dict[str, Any]:
    """Return one page of the cases whose citizen is to be asked, by when (callbacks_shapes.CallBackPage).

    The same number of statements however many there are.
    """
    conditions = [CaseRecord.state.in_(_STATES), scope.visible(actor, rules.parents(work))]
    total = work.session.scalar(select(func.count()).select_from(CaseRecord).where(*conditions)) or 0
    key = tuple_(CaseRecord.stage_due_at, CaseRecord.id)
    wanted = select(CaseRecord).where(*conditions).order_by(CaseRecord.stage_due_at, CaseRecord.id)
    if cursor is not None:
        wanted = wanted.where(key > _after(cursor))
    found = work.session.scalars(wanted.limit(limit + 1)).all()
    shown = found[:limit]
    around = _around(work, shown, now)
    more = len(found) > limit
    return {
        "as_of": now,
        "total": total,
        "items": [_item(work, case, around, now) for case in shown],
        "next": _cursor(shown[-1]) if more else None,
    }


def one(work: Work, case_no: str, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return all that is needed to ask about one case (callbacks_shapes.CallBackSheet). Raises NotFound."""
    case = _visible(work, case_no, actor)
    around = _around(work, [case], now)
    lead = next((order for order in reversed(case.orders) if order.leads), None)
    tried = select(CallBackRecord).where(CallBackRecord.case_id == case.id).order_by(CallBackRecord.id)
    link = last_link(work, case.id)
    return {
        **_item(work, case, around, now),
        "reply": case.reply,
        "claims": lead and cards.order_card(lead, around.names)["record"],
        "calls": [_call(call) for call in work.session.scalars(tried)],
        "link": link and {"made_at": link.made_at, "expires_at": link.expires_at, "used_at": link.used_at},
    }


def look_backs(work: Work, actor: Actor, *, after: int = 0, now: datetime, limit: int = PAGE) -> dict[str, Any]:
    """Return the promises nobody has looked at, due or of the coming days (callbacks_shapes.LookBackPage)."""
    conditions = [
        LookBackRecord.done_at.is_(None),
        LookBackRecord.due_on <= today(now) + _AHEAD,
        scope.visible(actor, rules.parents(work)),
    ]
    wanted = select(LookBackRecord, CaseRecord).join(CaseRecord, CaseRecord.id == LookBackRecord.case_id)
    ordered = wanted.where(*conditions).order_by(LookBackRecord.due_on, LookBackRecord.id)
    found = work.session.execute(ordered.offset(after).limit(limit + 1)).all()
    names = names_of(work, [case for _, case in found])
    return {
        "as_of": now,
        "items": [_promise(promise, case, names, now) for promise, case in found[:limit]],
        "next": after + limit if len(found) > limit else None,
    }


def not_asked(work: Work, since: datetime, before: datetime, *, limit: int = 100) -> list[int]:
    """Return the cases that came to be asked about then and whose citizen has had no link; for the sweep."""
    asked = exists().where(RatingLinkRecord.case_id == CaseRecord.id, RatingLinkRecord.redos == CaseRecord.redos)
    reachable = CaseRecord.contact_phone.is_not(None) | CaseRecord.caller_phone.is_not(None)
    waiting = select(CaseRecord.id).where(
        CaseRecord.state == CaseState.TO_CALL_BACK,
        CaseRecord.state_since >= since,
        CaseRecord.state_since < before,
        CaseRecord.secrecy != "anonymous",
        reachable,
        ~asked,
    )
    return list(work.session.scalars(waiting.order_by(CaseRecord.id).limit(limit)))


def set_wish(work: Work, case_no: str, wish: str, *, actor: Actor, now: datetime) -> None:
    """Note how the citizen wants to be asked: "message" for whoever cannot or will not take a call."""
    if wish not in WISHES:
        raise BadInput("请选择电话，或短信和网页")
    case = steps.locked(work, _visible(work, case_no, actor).id)
    if case.contact_wish == wish:
        return
    case.contact_wish = wish
    Scene(work=work, case=case, actor=actor, now=now).aside(Action.NOTE, note=f"回访方式改为{WISHES[wish]}")


def wants_message(case: CaseRecord) -> bool:
    """Say whether this citizen is asked by message and web first."""
    return case.contact_wish == "message"


def _visible(work: Work, case_no: str, actor: Actor) -> CaseRecord:
    case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
    if case is None or not scope.sees(case, actor, rules.parents(work)):
        raise NotFound("没有这个办件")
    return case


def _around(work: Work, found: Sequence[CaseRecord], now: datetime) -> _Around:
    ids = [case.id for case in found]
    sent = select(RatingLinkRecord.case_id, func.max(RatingLinkRecord.made_at)).where(
        RatingLinkRecord.case_id.in_(ids)
    )
    return _Around(
        names=names_of(work, found),
        doubts=contradictions.of_cases(work, found),
        called=budget.called_today(work, ids, now),
        tried=budget.tries(work, found),
        asked={case_id: at for case_id, at in work.session.execute(sent.group_by(RatingLinkRecord.case_id))},
    )


def _item(work: Work, case: CaseRecord, around: _Around, now: datetime) -> dict[str, Any]:
    needed = clocks.pack_of(work, case).call_back_tries
    called = case.id in around.called
    again = case.next_try_at is None or case.next_try_at <= now
    calendar = rules.calendar(work, _SERVICE)
    parts = [hours.part_of(at, calendar) for at in around.tried[case.id]]
    awake = hours.is_open(now, calendar) and hours.next_try(now, calendar, parts) <= now
    return {
        "card": cards.case_card(case, around.names),
        "tries": case.tries,
        "tries_needed": needed,
        "next_try_at": case.next_try_at,
        "called_today": called,
        "ask_by": "message" if wants_message(case) else "phone",
        "may_call": case.stage in RATEABLE and case.tries < needed and again and awake and not called,
        "message_at": around.asked.get(case.id),
        "contradictions": around.doubts[case.id],
    }


def _call(call: CallBackRecord) -> dict[str, Any]:
    said = ("at", "via", "connected", "contacted", "truth", "solved", "grade", "reasonable", "duty_done", "note")
    return {name: getattr(call, name) for name in said}


def _promise(promise: LookBackRecord, case: CaseRecord, names: Names, now: datetime) -> dict[str, Any]:
    order = next((one for one in case.orders if one.order_no == promise.order_no), None)
    return {
        "card": cards.case_card(case, names),
        "order_no": promise.order_no,
        "unit": order and cards.named(order.unit_code, names.units),
        "due_on": promise.due_on,
        "is_due": promise.due_on <= today(now),
        "promise": mask_people(promise.promise, names=[case.caller_name or ""]),
    }


def _cursor(case: CaseRecord) -> str:
    at = case.stage_due_at.isoformat() if case.stage_due_at else ""
    return base64.urlsafe_b64encode(f"{at}|{case.id}".encode()).decode()


def _after(cursor: str) -> tuple[datetime, int]:
    try:
        at, case_id = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        moment, last = datetime.fromisoformat(at).astimezone(UTC), int(case_id)
        if datetime.fromisoformat(at).tzinfo is None or not 0 <= last < 2**63:
            raise ValueError("not a mark of this list")
        return moment, last
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadInput("翻页标记不正确") from error
