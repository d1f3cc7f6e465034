"""The draft of a call's case: opened, filled by the machine and by a person, and what it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from core.actor import Actor
from core.db import Work
from core.errors import BadInput, Refused
from core.sealed import fingerprint
from dispatch import clocks, placing, relapse, rules, steps
from dispatch.events import CaseAnswered, CaseRegistered, DraftChanged, DraftOpened
from dispatch.lifecycle import Action, CaseState, Need, next_state
from dispatch.records import CaseRecord
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord

# The fields of the form, named as the columns are.
FIELDS = (
    "kind",
    "title",
    "content",
    "demand",
    "category_code",
    "area_code",
    "place",
    "happened",
    "urgency",
    "people_affected",
    "unit_code",
    "caller_name",
    "contact_phone",
    "secrecy",
    "answer",
)
_ALWAYS_SET = {"urgency": "normal", "secrecy": "open"}
_CODES = {"category_code": CategoryRecord, "area_code": AreaRecord, "unit_code": UnitRecord}
_CODE_NAMES = {"category_code": "事项分类", "area_code": "区域", "unit_code": "单位"}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls, as far as the line knows: None for a hidden number. voicemail: it was a message."""

    phone: str | None
    voicemail: bool = False


def open_draft(work: Work, *, call_id: int, actor: Actor, caller: Caller, now: datetime) -> CaseRecord:
    """Return the call's draft, opening it if there is none yet. May run twice: one draft a call.

    actor: the agent who holds the call (the draft is theirs), or the system.
    """
    steps.lock_call(work, call_id)
    known = work.session.scalar(select(CaseRecord).where(CaseRecord.call_id == call_id))
    if known is not None:
        return known
    state = next_state(None, Action.OPEN, roles=actor.roles)
    case = CaseRecord(
        case_no=steps.next_number(work, now),
        state=state.value,
        state_since=now,
        changed_at=now,
        created_at=now,
        created_by=actor.person_id,
        call_id=call_id,
        channel="voicemail" if caller.voicemail else "phone",
        urgency="normal",
        secrecy="open",
        touched=[],
        round=0,
        caller_phone=caller.phone,
        caller_fingerprint=fingerprint(caller.phone) if caller.phone else None,
    )
    work.session.add(case)
    work.session.flush()
    steps.write(work, case, Action.OPEN, actor=actor, now=now, moves=(None, state.value))
    steps.announce(work, case, DraftOpened)
    return case


def apply_suggestion(
    work: Work,
    case: int | str,
    suggestion: Mapping[str, Any],
    *,
    now: datetime,
    content: str | None = None,
    heard: int | None = None,
) -> CaseRecord:
    """Fill what no person has touched with what the machine has understood; a no-op after the draft.

    suggestion: the fields of schemas.Suggestion but for `revision` and `made_at`, which are set here;
    `units` is worked out from the responsibility list when it is empty. content: what the caller said,
    for the description. heard: how many utterances it rests on; of two jobs the one that read fewer may
    come last, and is dropped. A suggestion that changes nothing is not announced.
    """
    draft = steps.locked(work, case)
    if draft.stage is not CaseState.DRAFT or (heard is not None and heard < draft.heard):
        return draft
    if heard is not None:
        _note_heard(work, draft, heard)
    offered = dict(suggestion)
    known = draft.suggestion or {}
    fresh = {name: value for name, value in offered.items() if name not in {"revision", "made_at"}}
    area = draft.area_code if "area_code" in draft.touched else _suggested_area(fresh)
    if not fresh.get("units"):
        fresh["units"] = placing.unit_guesses(work, _classes(work, draft, fresh), area, now)
    values = {name: value for name, value in _filled(fresh, content).items() if name not in draft.touched}
    same = all(known.get(name) == value for name, value in fresh.items())
    if same and all(getattr(draft, name) == value for name, value in values.items()):
        return draft
    draft.suggestion = fresh | {"revision": int(known.get("revision", 0)) + 1, "made_at": now.isoformat()}
    for name, value in values.items():
        setattr(draft, name, value)
    draft.changed_at = now
    steps.announce(work, draft, DraftChanged)
    return draft


def change_draft(
    work: Work, case: int | str, fields: Mapping[str, Any], *, actor: Actor, now: datetime
) -> CaseRecord:
    """Save what a person typed or confirmed; each field becomes touched and no suggestion moves it again.

    Raises BadInput for an unknown field or code, Refused once the draft has become a case.
    """
    draft = steps.locked(work, case)
    # Whoever may register the draft may write in it.
    next_state(draft.stage, Action.REGISTER, roles=actor.roles)
    write_fields(work, draft, fields)
    if draft.created_by is None:
        draft.created_by = actor.person_id
    if not {"category_code", "area_code"}.isdisjoint(fields):
        _propose_units(work, draft, now)
    draft.changed_at = now
    steps.announce(work, draft, DraftChanged)
    return draft


def write_fields(work: Work, case: CaseRecord, fields: Mapping[str, Any]) -> None:
    """Put what a person entered into the form; each field becomes touched. Raises BadInput for an unknown one."""
    for name, value in fields.items():
        if name not in FIELDS:
            raise BadInput(f"没有“{name}”这一栏")
        if value and name in _CODES and work.session.get(_CODES[name], value) is None:
            raise BadInput(f"没有代码为 {value} 的{_CODE_NAMES[name]}")
        setattr(case, name, (value or _ALWAYS_SET.get(name)) if value in ("", None) else value)
    case.touched = [*case.touched, *(name for name in fields if name not in case.touched)]


def register(work: Work, case: int | str, *, actor: Actor, now: datetime) -> CaseRecord:
    """Turn the draft into a case that waits for its unit; its dispatch clock starts.

    A report of wrongdoing (举报) is hidden from units unless the desk has chosen otherwise: whoever reports
    a neighbour must not be named to them. Raises BadInput when kind or matter are missing.
    """
    draft = steps.locked(work, case)
    next_state(draft.stage, Action.REGISTER, roles=actor.roles)
    check_matter(draft)
    protect(draft)
    start_centre_clock(work, draft, now)
    steps.take(work, draft, Action.REGISTER, actor=actor, now=now, facts=opening_facts(draft))
    relapse.look(work, draft, now)
    _sign_off(draft, actor, now)
    steps.announce(work, draft, CaseRegistered)
    return draft


def protect(case: CaseRecord) -> None:
    """Hide whoever reports wrongdoing unless somebody chose otherwise; settle whether the citizen is to be asked."""
    if case.kind == "report" and "secrecy" not in case.touched:
        case.secrecy = "hidden_from_unit"
    case.call_back_wanted = wants_call_back(case)


def start_centre_clock(work: Work, case: CaseRecord, now: datetime) -> None:
    """Let the case keep the active pack for life, and start the centre's own limit: until it is dispatched."""
    case.pack_id, pack = rules.pack(work)
    limit = pack.limits(case.kind, case.urgency, case.category_code).dispatch
    due = clocks.due_of(work, pack, limit, now)
    clocks.show(case, started=now, due=due.at, limit=limit.words())
    case.stage_due_at = due.at


def opening_facts(case: CaseRecord) -> dict[str, Any]:
    """Return what the story keeps of a matter when it is accepted (docs/figures.md)."""
    return {
        "kind": case.kind,
        "channel": case.channel,
        "category": case.category_code,
        "area": case.area_code,
        "urgency": case.urgency,
        "pack_id": case.pack_id,
        "opened_at": case.created_at,
    }


def answer_directly(work: Work, case: int | str, *, actor: Actor, now: datetime) -> CaseRecord:
    """Close the matter as answered on the line. Raises BadInput when no answer is written down."""
    draft = steps.locked(work, case)
    given = {Need.TEXT} if (draft.answer or "").strip() else set()
    draft.pack_id, _ = rules.pack(work)
    steps.take(work, draft, Action.ANSWER, actor=actor, now=now, given=given, facts=opening_facts(draft))
    _sign_off(draft, actor, now)
    draft.closed_at = now
    steps.announce(work, draft, CaseAnswered)
    return draft


def discard_draft(work: Work, case: int | str, *, actor: Actor, now: datetime, reason: str | None) -> CaseRecord:
    """Put away a draft that is no matter: silence, a wrong number. The system may only put away an empty one.

    May run twice. Raises Refused when the draft has become a case or, for the system, holds something;
    BadInput without a reason.
    """
    draft = steps.locked(work, case)
    if draft.stage is CaseState.DISCARDED:
        return draft
    if actor.person_id is None and draft.touched:
        raise Refused("草稿里有人填写过内容，不能自动作废")
    given = {Need.REASON} if reason else set()
    steps.take(work, draft, Action.DISCARD, actor=actor, now=now, given=given, reason=reason)
    steps.announce(work, draft, DraftChanged)
    return draft


def wants_call_back(case: CaseRecord) -> bool:
    """Say whether the citizen is to be asked in the end: not on a question, nor when nobody can be reached."""
    reachable = bool(case.contact_phone or case.caller_phone)
    return case.kind != "consult" and case.secrecy != "anonymous" and reachable


def _note_heard(work: Work, draft: CaseRecord, heard: int) -> None:
    """Write it beside the row's version: nobody sees it, so it is no new version of the card."""
    noted = update(CaseRecord).where(CaseRecord.id == draft.id).values(heard=heard)
    work.session.execute(noted.execution_options(synchronize_session=False))
    set_committed_value(draft, "heard", heard)


def _propose_units(work: Work, draft: CaseRecord, now: datetime) -> None:
    """Bring the proposed units in line with the class and place that a person has just chosen."""
    known = draft.suggestion
    if known is None:
        return
    units = placing.unit_guesses(work, _classes(work, draft, known), draft.area_code, now)
    # A new object: a change inside the old one would go unnoticed and unsaved.
    draft.suggestion = known | {"units": units, "revision": int(known["revision"]) + 1}
    if "unit_code" not in draft.touched:
        draft.unit_code = units[0]["unit"]["code"] if units else None


def _classes(work: Work, draft: CaseRecord, suggestion: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the classes to propose units for: what a person chose stands alone and is certain."""
    if draft.category_code and "category_code" in draft.touched:
        chosen = work.session.get(CategoryRecord, draft.category_code)
        name = chosen.name if chosen is not None else draft.category_code
        return [{"code": draft.category_code, "name": name, "share": 1.0}]
    return list(suggestion.get("considered") or suggestion.get("categories") or [])


def check_matter(case: CaseRecord) -> None:
    """Raise BadInput for a matter that nobody could act on."""
    if case.kind is None:
        raise BadInput("请选择诉求类型")
    if not (case.title or "").strip() and not (case.content or "").strip():
        raise BadInput("请填写标题或内容")


def _sign_off(case: CaseRecord, actor: Actor, now: datetime) -> None:
    case.registered_at, case.registered_by = now, actor.person_id
    if case.created_by is None:
        case.created_by = actor.person_id


def _suggested_area(suggestion: Mapping[str, Any]) -> str | None:
    place = suggestion.get("place") or {}
    return (place.get("area") or {}).get("code")


def _filled(suggestion: Mapping[str, Any], content: str | None) -> dict[str, Any]:
    """Return field -> value for all that the suggestion says something about."""
    categories, units = suggestion.get("categories") or [], suggestion.get("units") or []
    place = suggestion.get("place") or {}
    values = {
        **{name: _value(suggestion, name) for name in ("kind", "title", "happened", "urgency", "demand")},
        "category_code": categories[0]["code"] if categories else None,
        "area_code": _suggested_area(suggestion),
        "place": place.get("name") and (place.get("raw") or place["name"]),
        "people_affected": suggestion.get("people_affected"),
        "unit_code": units[0]["unit"]["code"] if units else None,
        "content": content,
    }
    return {name: value for name, value in values.items() if value is not None}


def _value(suggestion: Mapping[str, Any], name: str) -> Any:
    guess = suggestion.get(name)
    return guess["value"] if guess else None
