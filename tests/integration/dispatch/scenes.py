"""One real case in each state and each circumstance, brought there by real steps; and one person of each role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core.actor import SYSTEM, Actor, Role
from core.clock import CITY_ZONE
from core.db import Database, Work
from dispatch import intake, service, timers
from dispatch.callbacks import due_look_backs, tell_look_back
from dispatch.intake.receiving import receive
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord
from dispatch.side_records import WakingRecord

from .conftest import (
    AGENT,
    CALLBACK,
    DISPATCHER,
    LEADER,
    MONDAY,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    act,
    person,
)

__all__ = ["CASES", "FIRST_OF_STATE", "PEOPLE", "Built", "given_for", "intake", "later"]

LEAD, SUB, HELPER, OTHER = "qinghu", "qinghu-shijian", "linjiang-chengguan", "qinghu-zhujian"
UNIT = person(7, "青湖区", Role.HANDLER, unit=LEAD)
CHIEF = person(12, "青湖区负责人", Role.HANDLER, Role.CHIEF, unit=LEAD)
SUB_UNIT = person(9, "青湖市监", Role.HANDLER, unit=SUB)
ADMINISTRATOR = person(14, "管理员", Role.ADMINISTRATOR)
CITIZEN = Actor(person_id=None, name="诉求人", roles=frozenset({Role.CITIZEN}))
OTHER_REVIEWER = person(15, "另一审核员", Role.REVIEWER)
# One of each role. A chief is a handler too; nobody is a chief alone.
PEOPLE: dict[str, Actor] = {
    "agent": AGENT,
    "dispatcher": DISPATCHER,
    "handler": UNIT,
    "chief": CHIEF,
    "reviewer": REVIEWER,
    "callback": CALLBACK,
    "supervisor": SUPERVISOR,
    "leader": LEADER,
    "administrator": ADMINISTRATOR,
    "citizen": CITIZEN,
    "system": SYSTEM,
}
MATTER = {
    "kind": "complaint",
    "title": "小区门口流动摊贩占道",
    "content": "门口有摊贩",
    "category_code": "030301",
    "area_code": "990102001",
    "place": "湖滨菜市场门口",
}
REPLY = {"text": "已劝离摊贩并加装护栏", "contact_mode": "phone", "solved": "solved", "truth": "true"}
RETURN = {"code": "not_our_duty", "basis": "三定方案", "suggested_unit": OTHER, "reason": "不属本单位"}


@dataclass(kw_only=True)
class Built:
    """A case that stands where its scene says, and the moment at which people look at it."""

    case: CaseRecord
    now: datetime = MONDAY
    # What the actions of this scene need beside the ordinary: the number of another case, a day.
    more: dict[str, Any] = field(default_factory=dict)


def later(built: Built, **span: float) -> Built:
    built.now += timedelta(**span)
    return built


def step(work: Work, built: Built, action: Action, actor: Actor, **given: Any) -> Built:
    act(work, built.case, action, actor, now=built.now, **given)
    return built


def draft(work: Work) -> Built:
    case = a_draft(work)
    return Built(case=service.leave_draft(work, case.id, heard=True, holder=AGENT.person_id, now=MONDAY))


def discarded(work: Work) -> Built:
    built = draft(work)
    service.finish_draft(
        work, built.case.case_no, Action.DISCARD, actor=AGENT, fields={}, reason="骚扰电话", now=MONDAY
    )
    return built


def received(work: Work, **fields: Any) -> Built:
    caller = service.Caller(phone="+8613800002222")
    came = receive(work, actor=AGENT, channel="web", fields=MATTER | fields, caller=caller, now=MONDAY)
    return Built(case=came.case)


def rejection_proposed(work: Work) -> Built:
    return step(work, received(work), Action.PROPOSE_REJECTION, SUPERVISOR, code="litigation", text="请向法院起诉")


def to_complete(work: Work) -> Built:
    return step(work, received(work), Action.ASK_FACTS, AGENT, text="请说明门牌号")


def rejected(work: Work) -> Built:
    return step(work, rejection_proposed(work), Action.REJECT, DISPATCHER)


def transferred(work: Work) -> Built:
    return step(work, received(work), Action.TRANSFER, AGENT, code="110")


def answered(work: Work) -> Built:
    return step(work, received(work), Action.ANSWER, AGENT, text="请到政务大厅二楼办理")


def to_dispatch(work: Work) -> Built:
    return Built(case=a_case(work, phone="+8613800003333"))


def to_sign(work: Work, *helpers: str) -> Built:
    return step(work, to_dispatch(work), Action.DISPATCH, DISPATCHER, unit=LEAD, helpers=helpers)


def return_review(work: Work) -> Built:
    return step(work, to_sign(work), Action.RETURN, UNIT, **RETURN)


def adjudication(work: Work) -> Built:
    return step(work, return_review(work), Action.CONFER, DISPATCHER, units=(OTHER,), reason="双方都不认")


def ruled(work: Work) -> Built:
    said = {"unit": LEAD, "text": "由区政府牵头", "basis": "职责清单第1条"}
    return step(work, adjudication(work), Action.RULE, SUPERVISOR, **said)


def handling(work: Work, *helpers: str) -> Built:
    return later(step(work, to_sign(work, *helpers), Action.SIGN, UNIT), minutes=30)


def delegated(work: Work) -> Built:
    return step(work, handling(work), Action.DELEGATE, UNIT, units=(SUB,), text="请先行劝离")


def ledger_asked(work: Work) -> Built:
    plan = {"code": "season", "text": "待春季施工", "until": date(2026, 12, 31)}
    return step(work, handling(work), Action.ASK_LEDGER, UNIT, **plan)


def on_ledger(work: Work) -> Built:
    return step(work, ledger_asked(work), Action.ENTER_LEDGER, LEADER)


def extension_asked(work: Work) -> Built:
    built = handling(work)
    day = a_day_after(built.case.orders[-1].due_at)
    return step(work, built, Action.ASK_EXTENSION, UNIT, until=day, reason="须等设备到货")


def supervised(work: Work) -> Built:
    said = {"level": 1, "code": "media", "text": "请尽快办理"}
    return step(work, handling(work), Action.SUPERVISE, SUPERVISOR, **said)


def to_review(work: Work, **said: Any) -> Built:
    built = handling(work)
    return step(work, built, Action.REPLY, UNIT, **REPLY | {"contacted_at": MONDAY} | said)


def to_review_without_callback(work: Work) -> Built:
    built = to_review(work)
    return step(work, built, Action.SET_SECRECY, SUPERVISOR, secrecy="anonymous", reason="诉求人要求完全匿名")


def to_call_back(work: Work, **said: Any) -> Built:
    return step(work, to_review(work, **said), Action.PASS, REVIEWER)


def finding_open(work: Work) -> Built:
    return step(work, to_call_back(work), Action.ASK_FINDING, UNIT, reason="诉求超出法律规定")


def call_back_again(work: Work) -> Built:
    built = step(work, to_call_back(work), Action.MISSED, CALLBACK)
    built.now = built.case.next_try_at
    return built


def tries_made(work: Work) -> Built:
    built = to_call_back(work)
    while built.case.tries < 3:
        built.now = built.case.next_try_at or built.now
        step(work, built, Action.MISSED, CALLBACK)
    return built


def redo(work: Work) -> Built:
    return later(step(work, to_call_back(work), Action.REDO, CALLBACK, grade=1, reason="摊贩又回来了"), minutes=5)


def redone_to_the_last(work: Work) -> Built:
    built = redo(work)
    for times in range(2, 4):
        said = REPLY | {"text": f"第 {times} 轮：新措施第 {times} 号，联合执法 {times * 7} 人次，逐户登记"}
        step(work, built, Action.REPLY, CHIEF, **said)
        step(work, built, Action.PASS, REVIEWER)
        step(work, built, Action.REDO, CALLBACK, grade=1, reason="仍未解决")
    step(work, built, Action.REPLY, CHIEF, **REPLY | {"text": "长期值守，设固定岗亭，夜间巡逻三班"})
    return step(work, built, Action.PASS, REVIEWER)


def closed(work: Work, **said: Any) -> Built:
    return step(work, to_call_back(work, **said), Action.RATE, CALLBACK, grade=5)


def promised(work: Work) -> Built:
    return later(closed(work, promise_on=date(2026, 11, 25)), days=2)


def appealed(work: Work) -> Built:
    return step(work, closed(work), Action.APPEAL, CHIEF, reason="非本单位责任")


def excluded(work: Work) -> Built:
    return step(work, closed(work), Action.EXCLUDE, SUPERVISOR, code="third_party", reason="第三方原因")


def filed(work: Work) -> Built:
    return on_file(work, closed(work))


def filed_with_appeal(work: Work) -> Built:
    return on_file(work, appealed(work))


def on_file(work: Work, built: Built) -> Built:
    built.now = built.case.stage_due_at
    work.session.flush()
    for one in work.session.query(WakingRecord).filter_by(case_id=built.case.id, kind="file", fired_at=None):
        timers.fire(work, one.id, now=built.now)
    return built


def withdrawn(work: Work) -> Built:
    return step(work, handling(work), Action.WITHDRAW, AGENT, reason="诉求人自行解决")


def merged(work: Work) -> Built:
    head = handling(work)
    return step(work, to_dispatch(work), Action.MERGE, DISPATCHER, into=head.case.case_no)


def head_of_incident(work: Work) -> Built:
    head = handling(work)
    step(work, to_dispatch(work), Action.MERGE, DISPATCHER, into=head.case.case_no)
    return head


# By the state they stand in; the first of each state is the plain one.
CASES: dict[str, dict[str, Callable[[Work], Built]]] = {
    "draft": {"draft": draft},
    "discarded": {"discarded": discarded},
    "received": {"received": received, "rejection_proposed": rejection_proposed},
    "to_complete": {"to_complete": to_complete},
    "rejected": {"rejected": rejected},
    "transferred": {"transferred": transferred},
    "answered": {"answered": answered},
    "to_dispatch": {"to_dispatch": to_dispatch},
    "adjudication": {"adjudication": adjudication},
    "to_sign": {"to_sign": to_sign, "ruled": ruled},
    "return_review": {"return_review": return_review},
    "handling": {
        "handling": handling,
        "ledger_asked": ledger_asked,
        "extension_asked": extension_asked,
        "supervised": supervised,
        "head_of_incident": head_of_incident,
    },
    "delegated": {"delegated": delegated},
    "ledger": {"ledger": on_ledger},
    "to_review": {"to_review": to_review, "to_review_without_callback": to_review_without_callback},
    "to_call_back": {"to_call_back": to_call_back, "redone_to_the_last": redone_to_the_last},
    "call_back_again": {"call_back_again": call_back_again, "tries_made": tries_made},
    "redo": {"redo": redo},
    "closed": {"closed": closed, "promised": promised, "appealed": appealed, "excluded": excluded},
    "filed": {"filed": filed, "filed_with_appeal": filed_with_appeal},
    "withdrawn": {"withdrawn": withdrawn},
    "merged": {"merged": merged},
}
CASES["to_call_back"]["finding_open"] = finding_open
BUILD = {scene: build for found in CASES.values() for scene, build in found.items()}
FIRST_OF_STATE = {state: next(iter(found)) for state, found in CASES.items()}

# One of a coded list fits one action only.
CODES = {
    Action.TRANSFER: "120",
    Action.PROPOSE_REJECTION: "review",
    Action.RETURN: "other_area",
    Action.ASK_LEDGER: "funds",
    Action.SUPERVISE: "bad_effect",
    Action.EXCLUDE: "beyond_law",
}


def given_for(built: Built, action: Action, actor: Actor) -> dict[str, Any]:
    """Return all that an action needs, such that nothing but state, role and conditions can refuse it."""
    order = next((one for one in reversed(built.case.orders) if one.leads), None)
    unit = {Action.RECUSE: "jiaotong", Action.RULE: OTHER}.get(action, LEAD)
    units = {Action.DELEGATE: ("qinghu-shuiwu",), Action.ADD_HELPERS: (HELPER,)}.get(action, ("jiaotong",))
    said: dict[str, Any] = {
        "unit": unit,
        "units": units,
        "reason": "理由充分",
        "text": "采取了与以往不同的办法，现场已经整改完毕，并安排专人值守",
        "title": "另一诉求",
        "basis": "《城市市容和环境卫生管理条例》",
        "suggested_unit": OTHER,
        "code": CODES.get(action),
        "until": date(2026, 12, 28) if action is Action.ASK_LEDGER else order and a_day_after(order.due_at),
        "into": built.more.get("into"),
        "contacted_at": built.now,
        "contact_mode": "phone",
        "grade": 1 if action is Action.REDO else 5,
        "reasonable": True,
        "duty_done": False,
        "level": 2,
        "agreed": True,
        "secrecy": "hidden_from_unit",
        "via": "web" if actor.has(Role.CITIZEN) else "phone",
    }
    if action in {Action.DELEGATE, Action.ENTER_LEDGER}:
        del said["until"]
    if action is Action.REDO:
        said["reasonable"] = None
    return {name: value for name, value in said.items() if value is not None}


def a_day_after(due_at: datetime) -> date:
    """Return the next weekday after that moment; the samples stay clear of holidays."""
    day = due_at.astimezone(CITY_ZONE).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def wake(city: Database, now: datetime) -> list[tuple[str, bool]]:
    """Fire all that is due as the job does; return (kind, whether it did something or was void)."""
    from core.errors import NotFound, Refused

    fired = []
    for _ in range(40):
        with city.begin() as work:
            waiting = timers.due(work, now)
            promises = due_look_backs(work, now)
        if not waiting and not promises:
            return fired
        for one in waiting:
            try:
                with city.begin() as work:
                    kind = work.session.get_one(WakingRecord, one).kind
                    fired.append((kind, timers.fire(work, one, now=now)))
            except (Refused, NotFound):
                with city.begin() as work:
                    timers.give_up(work, one, now=now)
                fired.append((kind, False))
        for one in promises:
            with city.begin() as work:
                tell_look_back(work, one, now=now)
    raise AssertionError("wakings that never end")
