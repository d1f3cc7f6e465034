"""What each step of a case costs, through the one door, among few cases and among many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bench.city import AGENT, CALLER, DISPATCHER, HANDLER, REVIEWER
from bench.counting import Cost, Meter
from core.actor import Actor
from core.clock import now
from core.db import Work
from dispatch import service
from dispatch.lifecycle import Action

ROUNDS = 30
_FIELDS = {
    "kind": "complaint",
    "title": "流动摊贩占道",
    "content": "门口有很多流动摊贩",
    "category_code": "030301",
    "area_code": "990102001",
    "place": "湖滨菜市场门口",
}
_REPLY: dict[str, Any] = {
    "text": "已劝离摊贩并安排值守",
    "public_reply": "摊贩已劝离",
    "contact_mode": "phone",
    "truth": "true",
    "solved": "solved",
    "over_duty": False,
}
_RATING = {"contacted": True, "solved": "solved", "grade": 5, "text": "满意"}


def costs(meter: Meter) -> dict[str, Cost]:
    """Return action -> its cost; each case is taken the whole way, ROUNDS times over."""
    numbers: list[str] = []
    calls = iter(range(1_000_000_000, 2_000_000_000))

    def register(work: Work) -> None:
        at = now()
        caller = service.Caller(phone="+8613800001111")
        draft = service.open_draft(work, call_id=next(calls), actor=AGENT, caller=caller, now=at)
        service.change_draft(work, draft.id, _FIELDS, actor=AGENT, now=at)
        numbers.append(service.register(work, draft.id, actor=AGENT, now=at).case_no)

    found = {"register": meter.of(register, times=ROUNDS)}
    steps: tuple[tuple[Action, Actor, dict[str, Any]], ...] = (
        (Action.DISPATCH, DISPATCHER, {"unit": "qinghu-chengguan"}),
        (Action.SIGN, HANDLER, {}),
        (Action.CONTACT, HANDLER, {"contact_mode": "phone"}),
        (Action.REPLY, HANDLER, _REPLY),
        (Action.PASS, REVIEWER, {"text": "属实"}),
        (Action.RATE, CALLER, _RATING),
    )
    for action, actor, given in steps:
        waiting = iter(list(numbers))
        found[action.value] = meter.of(_step(action, actor, given, waiting), times=ROUNDS)
    return found


def _step(action: Action, actor: Actor, given: dict[str, Any], waiting: Any) -> Callable[[Work], object]:
    def take(work: Work) -> object:
        at = now()
        came = service.Given(**given, **_moments(action, at))
        return service.act(work, next(waiting), action, actor=actor, given=came, now=at)

    return take


def _moments(action: Action, at: datetime) -> dict[str, Any]:
    return {"contacted_at": at - timedelta(seconds=1)} if action in {Action.CONTACT, Action.REPLY} else {}
