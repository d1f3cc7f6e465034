"""Turns what is said in a call into the draft of its case, while they talk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callcenter import queries as calls
from callcenter import service as call_service
from callcenter.calls import CallOutcome
from core.actor import SYSTEM, Actor, Role
from core.clock import now
from core.db import Work, database
from dispatch import placing, service
from dispatch import queries as cases
from dispatch.lifecycle import CaseState
from nlp.understand import Turn, Understanding
from workers.language import understander

CONSIDERED = 12


def open_draft(call_id: int) -> None:
    """Open the call's draft for the agent who holds it. Safe to run twice: one draft a call."""
    with database().begin() as work:
        _draft(work, call_id)


def draft_case(call_id: int) -> None:
    """Understand the whole talk anew and suggest. Safe to run twice; what a person typed stays."""
    with database().begin() as work:
        case_id = _draft(work, call_id)
        said = calls.segments(work, call_id)
        turns = [Turn(speaker=one.speaker, text=one.text) for one in said]
    if not turns:
        return
    understood = understander().understand(turns, now=now())
    with database().begin() as work:
        service.apply_suggestion(
            work,
            case_id,
            suggestion(work, understood),
            content=understood.text or None,
            heard=len(turns),
            now=now(),
        )


def put_away_draft(call_id: int) -> None:
    """Settle the draft of a call that is over: empty, it is put away; else it waits in a list to be finished.

    A message on the machine gets a draft even when no model could hear it. Safe to run twice, and early:
    while the call or its wrap-up lasts nothing happens.
    """
    with database().begin() as work:
        call = calls.find(work, call_id)
        left_message = call.outcome == CallOutcome.VOICEMAIL
        if left_message:
            _draft(work, call_id)
        elif calls.in_hand(work, call_id):
            return
        draft = cases.case_of_call(work, call_id)
        if draft is not None:
            heard = left_message or _may_have_spoken(work, call_id)
            holder = call.last_agent_id
            draft = service.leave_draft(work, draft.id, heard=heard, holder=holder, now=now())
        if left_message and draft is not None:
            call_service.attach_case(work, call_id, draft.case_no)
        elif draft is None or draft.stage is CaseState.DISCARDED:
            _no_matter(work, call_id)


def suggestion(work: Work, understood: Understanding) -> dict[str, Any]:
    """Return what was understood as plain JSON, the shape of schemas.Suggestion without its revision."""
    urgency = understood.urgency
    return {
        "kind": _guess(understood.kind),
        "title": _guess(understood.title),
        "categories": [_category(guess) for guess in understood.categories],
        "considered": [_category(guess) for guess in considered(understood)],
        "place": _place(work, understood),
        "happened": _happened(understood),
        "urgency": {"value": str(urgency.level), "share": urgency.share, "reason": urgency.reason},
        "danger_words": list(urgency.danger_words),
        "demand": _guess(understood.demand),
        "people_affected": understood.people_affected,
        "units": [],
        "missing": list(understood.missing),
    }


def considered(understood: Understanding) -> list[Any]:
    """Return every class that is not hopeless: which detail it is may be open while the unit is not."""
    return understander().classifier.suggest(understood.text, top=CONSIDERED)


def _may_have_spoken(work: Work, call_id: int) -> bool:
    """Say whether words were heard, or a recording still waits for a model that can hear it."""
    waits = calls.recording_state(work, call_id) == "awaiting_transcript"
    return waits or bool(calls.segments(work, call_id))


def _no_matter(work: Work, call_id: int) -> None:
    if calls.find(work, call_id).outcome is None:
        call_service.conclude(work, call_id, CallOutcome.NO_MATTER)


def _draft(work: Work, call_id: int) -> int:
    call = calls.find(work, call_id)
    agent = call.agent_id or call.last_agent_id
    holder = SYSTEM
    if agent is not None:
        roles = frozenset({Role.AGENT})
        holder = Actor(person_id=agent, name=call.agent_name or "话务员", roles=roles)
    caller = service.Caller(phone=call.phone, voicemail=call.outcome == CallOutcome.VOICEMAIL)
    return service.open_draft(work, call_id=call_id, actor=holder, caller=caller, now=now()).id


def _happened(understood: Understanding) -> dict[str, Any] | None:
    """Return when it happened in the words of a clock on the wall; the component speaks ISO 8601."""
    guess = understood.happened
    if guess is None:
        return None
    start, _, until = guess.value.partition("/")
    words = in_words(start) + (f" 至 {in_words(until)}" if until else "")
    return {"value": words, "share": guess.share, "reason": guess.reason}


def in_words(iso: str) -> str:
    """Return an ISO 8601 moment or day as people write it: 11月23日 23:00."""
    at = datetime.fromisoformat(iso)
    day = f"{at.month}月{at.day}日"
    return day if "T" not in iso else f"{day} {at:%H:%M}"


def _category(guess: Any) -> dict[str, Any]:
    return {"code": guess.code, "name": guess.name, "share": guess.share, "words": list(guess.words)}


def _guess(guess: Any) -> dict[str, Any] | None:
    return guess and {"value": guess.value, "share": guess.share, "reason": guess.reason}


def _place(work: Work, understood: Understanding) -> dict[str, Any] | None:
    place = understood.place
    if place is None:
        return None
    area = place.area_code or None
    return {
        "raw": place.raw,
        "name": place.name,
        "area": area and {"code": area, "name": placing.area_name(work, area)},
        "share": place.share,
        "reason": place.reason,
    }
