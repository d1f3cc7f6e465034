"""Random histories of several cases at once, through the real services, with time that passes: nothing breaks."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.db import Database, Work
from core.errors import HotlineError
from dispatch import queries, rules, scope, service
from dispatch.lifecycle import PUBLIC_ACTIONS, Action, CaseState
from dispatch.records import CaseRecord
from dispatch.side_records import WakingRecord

from .conftest import AGENT, CALLBACK, DISPATCHER, LEADER, MONDAY, REVIEWER, SUPERVISOR, a_draft, person
from .invariants import Memory, broken
from .scenes import CITIZEN, CODES, MATTER, OTHER_REVIEWER, receive, wake

UNITS = ["qinghu", "qinghu-chengguan", "qinghu-shijian", "linjiang", "linjiang-chengguan", "chengguan"]
PEOPLE: list[Actor] = [
    *(AGENT, DISPATCHER, REVIEWER, OTHER_REVIEWER, CALLBACK, SUPERVISOR, LEADER, CITIZEN),
    *(person(20 + n, unit, Role.HANDLER, unit=unit) for n, unit in enumerate(UNITS)),
    *(person(40 + n, f"{unit}负责人", Role.HANDLER, Role.CHIEF, unit=unit) for n, unit in enumerate(UNITS)),
]
# What a history is made of: ends are rare, what leads on and what makes trouble is frequent.
WEIGHTS = {
    **dict.fromkeys(["withdraw", "discard", "transfer", "answer", "reject", "note", "urge"], 0.03),
    **dict.fromkeys(["close", "set_secrecy", "recuse", "look_back", "exclude", "include", "supervise"], 0.2),
    **dict.fromkeys(["return", "reply", "redo", "merge", "unmerge", "delegate", "gather", "reopen"], 3.0),
    **dict.fromkeys(["dispatch", "sign", "pass", "accept", "grant_return", "rule", "enter_ledger"], 2.0),
}
ENDS = frozenset({CaseState.WITHDRAWN, CaseState.FILED, CaseState.TRANSFERRED, CaseState.ANSWERED})
STEPS_EACH, MOST_CASES = 300, 7
SPANS = [0, 0, 0, 1, 5, 30, 60, 240, 600, 1440, 2880, 7200, 20000]  # minutes


class Walk:
    """One history: its dice, its moment, what it has seen."""

    def __init__(self, city: Database, seed: int) -> None:
        self.city, self.dice, self.now = city, random.Random(seed), MONDAY
        self.memory, self.done, self.fired = Memory(), Counter[str](), Counter[tuple[str, bool]]()
        self.numbers: list[str] = []

    def step(self) -> str:
        """Let time pass, a matter come in, or somebody try something; return what it was."""
        if len(self.numbers) < 4 or (len(self.numbers) < MOST_CASES and self.dice.random() < 0.05):
            return self._comes_in()
        if self.dice.random() < 0.12:
            return self._time_passes()
        number, actor, action = self._chosen()
        try:
            with self.city.begin() as work:
                self._act(work, number, action, actor)
        except HotlineError as error:
            return f"{action} refused: {error}"
        self.done[action.value] += 1
        return f"{action} on {number} by {actor.name}"

    def _comes_in(self) -> str:
        caller = service.Caller(phone=f"+861380000{self.dice.choice([1111, 2222, 3333])}")
        with self.city.begin() as work:
            if self.dice.random() < 0.5:
                kind = self.dice.choice(["complaint", "help", "report"])
                came = receive(
                    work, actor=AGENT, channel="web", fields=MATTER | {"kind": kind}, caller=caller, now=self.now
                )
                self.numbers.append(came.case.case_no)
            else:
                case = a_draft(work, phone=caller.phone, now=self.now)
                self.numbers.append(service.register(work, case.id, actor=AGENT, now=self.now).case_no)
                if self.dice.random() < 0.3:
                    service.route(work, case.id, now=self.now)
        return f"{self.numbers[-1]} comes in"

    def _time_passes(self) -> str:
        self.now += timedelta(minutes=self.dice.choice(SPANS))
        self.fired.update(wake(self.city, self.now))
        with self.city.begin() as work:
            late = select(WakingRecord.kind).where(WakingRecord.fired_at.is_(None), WakingRecord.due_at <= self.now)
            assert not list(work.session.scalars(late)), "a moment has come, and nothing happened"
        return f"it is {self.now}"

    def _chosen(self) -> tuple[str, Actor, Action]:
        """Mostly somebody who may do more than remark; sometimes anybody, anything."""
        number, actor = self.dice.choice(self.numbers), self.dice.choice(PEOPLE)
        if self.dice.random() < 0.12:
            return number, actor, self.dice.choice(sorted(PUBLIC_ACTIONS))
        with self.city.begin() as work:
            case, parents = queries.find(work, number), rules.parents(work)
            if case.stage in ENDS and len(self.numbers) > 1:
                self.numbers.remove(number)  # it stays among those that are checked
            for actor in self.dice.sample(PEOPLE, len(PEOPLE)):
                if not scope.sees(case, actor, parents):
                    continue
                offered = [one["action"] for one in queries.actions(work, case, actor, now=self.now)]
                weights = [WEIGHTS.get(action, 1.0) for action in offered]
                if sum(weights) > self.dice.random():
                    return number, actor, Action(self.dice.choices(offered, weights)[0])
        return number, actor, Action.NOTE

    def _act(self, work: Work, number: str, action: Action, actor: Actor) -> None:
        given = service.Given(**self._given(action, actor))
        service.act(work, number, action, actor=actor, given=given, now=self.now)

    def _given(self, action: Action, actor: Actor) -> dict[str, Any]:
        dice = self.dice
        grade = dice.choice([1, 2]) if action is Action.REDO else dice.choice([1, 3, 4, 5])
        said: dict[str, Any] = {
            "unit": dice.choice([*UNITS, "nobody"] if dice.random() < 0.1 else UNITS),
            "units": tuple(dice.sample(UNITS, dice.choice([1, 1, 2]))),
            "helpers": tuple(dice.sample(UNITS, 1)) if dice.random() < 0.3 else (),
            "reason": "理由充分",
            "text": f"第 {dice.randrange(10**9)} 号措施，出动 {dice.randrange(99)} 人，{dice.choice('甲乙丙丁')}方案",
            "title": "另一诉求",
            "basis": "三定方案",
            "suggested_unit": dice.choice(UNITS),
            "code": CODES.get(action),
            "until": self._day() if action is not Action.DELEGATE or dice.random() < 0.2 else None,
            "into": dice.choice(self.numbers),
            "contacted_at": self.now,
            "contact_mode": "phone",
            "solved": dice.choice(["solved", "unsolved"]),
            "promise_on": self._day() if dice.random() < 0.2 else None,
            "grade": grade,
            "reasonable": dice.choice([True, True, False]) if action is not Action.REDO else None,
            "duty_done": dice.choice([True, False]),
            "level": dice.choice([1, 2, 3, 4]),
            "agreed": dice.choice([True, False]),
            "secrecy": dice.choice(["open", "hidden_from_unit", "anonymous"]),
            "via": "web"
            if actor.has(Role.CITIZEN)
            else "phone"
            if action is Action.MISSED
            else dice.choice(["phone", "message"]),
        }
        return {name: value for name, value in said.items() if value is not None}

    def _day(self) -> date:
        return self.now.date() + timedelta(days=self.dice.randrange(1, 14))


@pytest.fixture
def walked(city: Database, request: pytest.FixtureRequest) -> Walk:
    return Walk(city, request.param)


@pytest.mark.parametrize("walked", range(8), indirect=True)
def test_no_history_breaks_anything(walked: Walk):
    told: list[str] = []
    for _ in range(STEPS_EACH):
        told.append(walked.step())
        if " refused: " in told[-1]:
            continue  # the matrix shows that a refusal leaves no trace
        with walked.city.begin() as work:
            wrong = broken(work, walked.memory, walked.now)
        assert not wrong, "\n".join([*told[-6:], *wrong])
    assert sum(walked.done.values()) > STEPS_EACH / 3, walked.done
    assert len(walked.done) > 20, walked.done
    with walked.city.begin() as work:
        assert set(work.session.scalars(select(CaseRecord.state))) <= set(CaseState)
    refused = [kind for kind, did in walked.fired if not did]
    assert not refused, f"moments that came and were refused by the rules: {refused}"
