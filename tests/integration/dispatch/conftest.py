"""The practice city in the tables, and the people who act in it."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pytest

from core.actor import Actor, Role
from core.clock import CITY_ZONE
from core.config import ROOT
from core.db import Database, Work
from dispatch import service
from dispatch.city import load_city
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=CITY_ZONE)
_calls = itertools.count(1)


def person(person_id: int, name: str, *roles: Role, unit: str | None = "hotline") -> Actor:
    return Actor(person_id=person_id, name=name, roles=frozenset(roles), unit_code=unit)


AGENT = person(1, "林晓岚", Role.AGENT)
OTHER_AGENT = person(2, "陈思源", Role.AGENT)
DISPATCHER = person(3, "派单员", Role.DISPATCHER)
REVIEWER = person(4, "审核员", Role.REVIEWER)
SUPERVISOR = person(5, "督办员", Role.SUPERVISOR)
CHENGGUAN = person(6, "青湖城管", Role.HANDLER, unit="qinghu-chengguan")
QINGHU = person(7, "青湖区", Role.HANDLER, unit="qinghu")
CALLBACK = person(10, "回访员", Role.CALLBACK)
LEADER = person(11, "领导", Role.LEADER)
CHENGGUAN_CHIEF = person(12, "青湖城管负责人", Role.HANDLER, Role.CHIEF, unit="qinghu-chengguan")
HUBIN = person(13, "湖滨街道", Role.HANDLER, unit="qinghu-hubin")
LINJIANG = person(8, "临江城管", Role.HANDLER, unit="linjiang-chengguan")

PHONE = "+8613800001111"


@pytest.fixture
def city(database: Database) -> Database:
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
    return database


def category(code: str, share: float, name: str = "流动摊贩") -> dict[str, Any]:
    return {"code": code, "name": name, "share": share, "words": []}


def a_suggestion(**changes: Any) -> dict[str, Any]:
    """What the machine understood of a complaint about street stalls in 青湖区."""
    return {
        "kind": {"value": "complaint", "share": 0.9, "reason": "投诉"},
        "title": {"value": "湖滨菜市场门口流动摊贩占道", "share": 0.8, "reason": "概括"},
        "categories": [category("030301", 0.9), category("060201", 0.05, "占道停车")],
        "place": {
            "raw": "湖滨菜市场门口",
            "name": "湖滨菜市场",
            "area": {"code": "990102001", "name": "湖滨街道"},
            "share": 0.9,
            "reason": "地名",
        },
        "happened": None,
        "urgency": {"value": "normal", "share": 0.9, "reason": "无紧急词"},
        "danger_words": [],
        "demand": {"value": "清理摊贩", "share": 0.7, "reason": "希望"},
        "people_affected": None,
        "units": [],
        "missing": [],
    } | changes


def a_draft(work: Work, *, phone: str | None = PHONE, now: datetime = MONDAY, **changes: Any) -> CaseRecord:
    caller = service.Caller(phone=phone)
    case = service.open_draft(work, call_id=next(_calls), actor=AGENT, caller=caller, now=now)
    service.apply_suggestion(work, case.id, a_suggestion(**changes), now=now, content="门口有很多流动摊贩")
    return case


def a_case(work: Work, *, fields: dict[str, Any] | None = None, now: datetime = MONDAY, **changes: Any) -> CaseRecord:
    """A registered case that waits for dispatch."""
    case = a_draft(work, now=now, **changes)
    if fields:
        service.change_draft(work, case.id, fields, actor=AGENT, now=now)
    return service.register(work, case.id, actor=AGENT, now=now)


def act(
    work: Work,
    case: CaseRecord | str,
    action: Action | str,
    actor: Actor,
    *,
    now: datetime = MONDAY,
    version: int | None = None,
    **given: Any,
) -> CaseRecord:
    """Take an action through the one door; `given` are the fields of dispatch/given.py."""
    number = case if isinstance(case, str) else case.case_no
    came = service.Given(**given)
    return service.act(work, number, Action(action), actor=actor, given=came, version=version, now=now)


def return_order(work: Work, case: CaseRecord | str, actor: Actor, *, to: str = "qinghu", **given: Any) -> CaseRecord:
    """A unit's return with all that a return needs."""
    came = {"code": "not_our_duty", "basis": "三定方案", "suggested_unit": to, "reason": "不属本单位"} | given
    return act(work, case, Action.RETURN, actor, **came)


def a_sent_case(work: Work, unit: str = "qinghu-chengguan", *helpers: str, now: datetime = MONDAY) -> CaseRecord:
    case = a_case(work, now=now)
    return act(work, case, Action.DISPATCH, DISPATCHER, unit=unit, helpers=helpers, now=now)
