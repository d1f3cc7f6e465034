"""A case whose citizen is to be asked, in the whole web application; and the link that was sent to them."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from callcenter.records import MessageRecord
from core import people
from core.actor import Actor, Role
from core.clock import CITY_ZONE, now
from core.people import PersonRecord
from dispatch import service
from dispatch.lifecycle import Action
from tests.integration.dashboard.doors import PASSWORD
from workers import ask_citizens

PHONE, NAME, PLACE = "+8613800001111", "王小明", "湖滨菜市场门口"
AGENT = Actor(person_id=1, name="林话务", roles=frozenset({Role.AGENT}), unit_code="hotline")
DISPATCHER = Actor(person_id=3, name="赵派单", roles=frozenset({Role.DISPATCHER}), unit_code="hotline")
REVIEWER = Actor(person_id=4, name="钱审核", roles=frozenset({Role.REVIEWER}), unit_code="hotline")
CALLBACK = Actor(person_id=5, name="孙回访", roles=frozenset({Role.CALLBACK}), unit_code="hotline")
UNIT = Actor(person_id=6, name="李承办", roles=frozenset({Role.HANDLER, Role.CHIEF}), unit_code="qinghu-chengguan")
STAFF_NAMES = [one.name for one in (AGENT, DISPATCHER, REVIEWER, CALLBACK, UNIT)]
REPLY = "已劝离流动摊贩，设置护栏并安排专人值守。"
FIELDS = {
    "kind": "complaint",
    "title": "流动摊贩占道",
    "content": f"{NAME}反映门口有摊贩，电话13800001111",
    "category_code": "030301",
    "area_code": "990102001",
    "place": PLACE,
    "caller_name": NAME,
}
_calls = itertools.count(1)


def act(app: Flask, case_no: str, action: Action, actor: Actor, *, at: datetime | None = None, **given: Any) -> None:
    with app.extensions["database"].begin() as work:
        service.act(work, case_no, action, actor=actor, given=service.Given(**given), now=at or now())


def when_the_desk_is_open() -> datetime:
    """Return ten o'clock of tomorrow: nobody is called at the hour of the night at which the tests run."""
    return (now() + timedelta(days=1)).astimezone(CITY_ZONE).replace(hour=10, minute=0, second=0, microsecond=0)


def a_replied_case(app: Flask, *, at: datetime | None = None, reply: str = REPLY, **given: Any) -> str:
    """A case whose reply has passed review, and nobody has been asked yet."""
    at = at or now() - timedelta(minutes=5)
    with app.extensions["database"].begin() as work:
        case = service.open_draft(work, call_id=next(_calls), actor=AGENT, caller=service.Caller(phone=PHONE), now=at)
        service.change_draft(work, case.id, FIELDS, actor=AGENT, now=at)
        case_no = service.register(work, case.id, actor=AGENT, now=at).case_no
    act(app, case_no, Action.DISPATCH, DISPATCHER, at=at, unit="qinghu-chengguan")
    act(app, case_no, Action.SIGN, UNIT, at=at)
    said = {"contacted_at": at, "contact_mode": "phone", "solved": "solved"} | given
    act(app, case_no, Action.REPLY, UNIT, at=at, text=reply, **said)
    act(app, case_no, Action.PASS, REVIEWER, at=at, text="内部备注：王小明很着急")
    return case_no


def ask(app: Flask, case_no: str, action: str = "pass") -> None:
    """Let the worker ask the citizen."""
    with app.app_context(), app.extensions["database"].begin() as work:
        case_id = service.steps.locked(work, case_no).id
    with app.app_context():
        ask_citizens.ask_after(case_id, action)


def messages(app: Flask, case_no: str) -> list[MessageRecord]:
    with app.extensions["database"].begin() as work:
        found = select(MessageRecord).where(MessageRecord.about == case_no, MessageRecord.subject.like("rating%"))
        return list(work.session.scalars(found.order_by(MessageRecord.id)))


def link_of(app: Flask, case_no: str) -> str:
    """Return the path of the newest link that was sent."""
    found = re.search(r"http://127\.0\.0\.1:8000(/rate/\S+)", messages(app, case_no)[-1].body)
    assert found is not None
    return found.group(1)


def hire(app: Flask, username: str, *roles: str, unit: str = "hotline") -> None:
    """Let somebody more sign in."""
    hashed = people.hash_password(PASSWORD)
    with app.extensions["database"].begin() as work:
        work.session.add(
            PersonRecord(
                username=username, name=username, roles=list(roles), unit_code=unit, password_hash=hashed, active=True
            )
        )
