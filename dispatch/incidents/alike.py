"""Which other cases may be about the same: found by indexes alone, with the reasons, for a person to decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.db import Work
from dispatch import details, rules, scope
from dispatch.incidents.merging import same_person
from dispatch.incidents.reading import refusal_of, side
from dispatch.lifecycle import OPEN_STATES, CaseState
from dispatch.records import CaseRecord
from dispatch.rules import AreaRecord
from dispatch.similarity import likeness

_RECENT = timedelta(days=30)
# How far each index is followed, newest first: the work stays the same at ten cases and at a million.
_PER_AREA = 40
_PER_PERSON = 40
_PER_PLACE = 40
_SHOWN = 10
_TITLE_FROM = 0.3
_PLACE_FROM = 0.5
_WEIGHTS = {"same_person": 0.5, "same_place": 0.4, "same_class": 0.1, "same_area": 0.1, "place": 0.2, "title": 0.4}
_WORDS = {
    "same_person": "同一诉求人",
    "same_place": "同一地点",
    "same_class": "同一类别",
    "same_area": "同一区域",
    "place": "地点相近",
    "title": "标题相近",
}


def duplicates(work: Work, case_no: str, actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return the likeliest duplicates of a case (incidents_shapes.Duplicate), the likeliest first, within scope.

    Open ones, and closed ones of the last thirty days: who has been answered asks again, too. Raises NotFound.
    """
    case = details.visible(work, case_no, actor)
    judged = [(*_judged(case, other), other) for other in _found(work, case, actor, now)]
    likely = [one for one in judged if _enough(one[1])]
    likely.sort(key=lambda one: (-one[0], -one[2].id))
    return [
        {
            **side(work, other),
            "share": round(min(share, 1.0), 2),
            "reasons": [{"code": code, "words": _WORDS[code], "share": part} for code, part in reasons.items()],
            "open": other.stage in OPEN_STATES,
            "same_person": "same_person" in reasons,
            "refusal": refusal_of(work, case, other, actor, now),
        }
        for share, reasons, other in likely[:_SHOWN]
    ]


def _found(work: Work, case: CaseRecord, actor: Actor, now: datetime) -> Iterable[CaseRecord]:
    probes = [*by_person(case), *by_place(case), *by_class(work, case)]
    ids = {found for probe in probes for found in work.session.scalars(probe)} - {case.id}
    if not ids:
        return []
    over = [CaseState.DRAFT.value, CaseState.DISCARDED.value]
    still_open = CaseRecord.state.in_([state.value for state in OPEN_STATES])
    wanted = select(CaseRecord).where(
        CaseRecord.id.in_(ids),
        CaseRecord.state.not_in(over),
        or_(still_open, CaseRecord.created_at >= now - _RECENT),
        scope.visible(actor, rules.parents(work)),
    )
    return work.session.scalars(wanted).all()


def by_person(case: CaseRecord) -> list[Select[int]]:
    """By ix_hotline_case_caller_fingerprint."""
    if case.caller_fingerprint is None:
        return []
    same = CaseRecord.caller_fingerprint == case.caller_fingerprint
    return [select(CaseRecord.id).where(same).order_by(CaseRecord.id.desc()).limit(_PER_PERSON)]


def by_place(case: CaseRecord) -> list[Select[int]]:
    """By ix_hotline_case_place, in its own order."""
    if case.place_fingerprint is None or case.category_code is None:
        return []
    same = (CaseRecord.place_fingerprint == case.place_fingerprint) & (CaseRecord.category_code == case.category_code)
    return [select(CaseRecord.id).where(same).order_by(CaseRecord.id.desc()).limit(_PER_PLACE)]


def by_class(work: Work, case: CaseRecord) -> list[Select[int]]:
    """By ix_hotline_case_alike in its own order: the same class in the area itself, the one above, those below."""
    if case.category_code is None or case.area_code is None:
        return []
    own = aliased(AreaRecord)
    above = select(own.parent).where(own.code == case.area_code).scalar_subquery()
    areas = (
        select(AreaRecord.code)
        .where(
            (AreaRecord.code == case.area_code) | (AreaRecord.parent == case.area_code) | (AreaRecord.code == above)
        )
        .subquery()
    )
    newest = (
        select(CaseRecord.id)
        .where(CaseRecord.category_code == case.category_code, CaseRecord.area_code == areas.c.code)
        .order_by(CaseRecord.id.desc())
        .limit(_PER_AREA)
        .lateral()
    )
    return [select(newest.c.id).select_from(areas.join(newest, true()))]


def _judged(case: CaseRecord, other: CaseRecord) -> tuple[float, dict[str, float]]:
    """Return how likely the same matter, 0 to 1, and the reasons, each with its own share."""
    title = likeness(_text(case), _text(other))
    place = likeness(case.place, other.place) if case.place and other.place else 0.0
    holds = {
        "same_person": same_person(case, other),
        "same_place": case.place_fingerprint is not None and case.place_fingerprint == other.place_fingerprint,
        "same_class": case.category_code is not None and case.category_code == other.category_code,
        "same_area": case.area_code is not None and case.area_code == other.area_code,
    }
    reasons = {name: 1.0 for name, held in holds.items() if held}
    if place >= _PLACE_FROM and not holds["same_place"]:
        reasons["place"] = round(place, 2)
    if title >= _TITLE_FROM:
        reasons["title"] = round(title, 2)
    return sum(_WEIGHTS[name] * share for name, share in reasons.items()), reasons


def _enough(reasons: dict[str, float]) -> bool:
    """Say whether it is more than the same class in the same area, which is most of a city's day."""
    alike = reasons.keys() & {"title", "place", "same_place"}
    return bool(alike) or {"same_person", "same_class"} <= reasons.keys()


def _text(case: CaseRecord) -> str:
    return case.title or (case.content or "")[:60]
