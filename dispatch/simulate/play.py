"""Plays the city: one clock, one heap of moments, every step through the one door of dispatch/."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from core.clock import CITY_ZONE
from core.db import Database, Work
from core.errors import HotlineError
from dispatch import drafts, intake, rules, timers
from dispatch.figures import days
from dispatch.records import CaseRecord
from dispatch.side_records import WakingRecord
from dispatch.simulate.fates import (
    CHANNELS,
    CLASSES,
    KINDS,
    URGENCIES,
    Dice,
    Staff,
)
from dispatch.simulate.people import People
from dispatch.stages import Action, CaseState

A, S = Action, CaseState
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SETTLED = timedelta(minutes=10)


@dataclass(kw_only=True)
class Play(People):
    """A year under way. refused: how often the rules said no, by action; done: steps taken, by action."""

    database: Database
    dice: Dice
    staff: Staff
    first: date
    last: date
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    days_closed: int = 0
    _heap: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)
    _calls: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _open: list[str] = field(default_factory=list)
    _areas: list[str] = field(default_factory=list)
    _units: dict[str, str] = field(default_factory=dict)

    def run(self, cases: int) -> None:
        """Let `cases` citizens turn to the city between the first and the last day, and play until that is over."""
        with self.database.begin() as work:
            self._units = {code: unit.kind for code, unit in rules.units(work).items()}
            streets = [row for row in work.session.scalars(select(rules.AreaRecord.code)) if len(row) == 9]
        self._areas = sorted(streets)
        begins, ends = _midnight(self.first), _midnight(self.last) + _DAY
        for _ in range(cases):
            self._at(self._arrival(begins), self._arrive)
        day = begins + _DAY + _SETTLED
        while day <= ends + _SETTLED:
            self._at(day, self._close_day)
            day += _DAY
        while self._heap and self._heap[0][0] <= ends + _SETTLED:
            now, _, happens = heapq.heappop(self._heap)
            happens(now)

    # ── the clock ──

    def _at(self, when: datetime, happens: Callable[[datetime], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._order), happens))

    def _arrival(self, begins: datetime) -> datetime:
        day = begins + _DAY * self.dice.number(0, (self.last - self.first).days)
        minute = self.dice.number(8 * 60, 21 * 60) if self.dice.chance(0.85) else self.dice.number(0, 24 * 60 - 1)
        return day + timedelta(minutes=minute, seconds=self.dice.number(0, 59))

    def _close_day(self, now: datetime) -> None:
        with self.database.begin() as work:
            while days.close_next(work, now=now) is not None:
                self.days_closed += 1

    def _wake(self, waking_id: int, case_no: str, now: datetime) -> None:
        """Fire one moment, as the job does; then look what the case needs."""
        try:
            with self.database.begin() as work:
                fired = timers.fire(work, waking_id, now=now)
            if fired:
                self.done["waking"] += 1
                self._watch(case_no, now)
        except HotlineError:
            self.refused["waking"] += 1
            with self.database.begin() as work:
                timers.give_up(work, waking_id, now=now)

    def _watch(self, case_no: str, now: datetime) -> None:
        """Put the case's moments, and its people's next step, on the heap."""
        with self.database.begin() as work:
            case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
            if case is None:
                return
            coming = select(WakingRecord.id, WakingRecord.due_at).where(
                WakingRecord.case_id == case.id, WakingRecord.fired_at.is_(None)
            )
            for waking_id, due_at in work.session.execute(coming).all():
                self._at(max(due_at, now), lambda at, one=waking_id: self._wake(one, case_no, at))  # type: ignore[misc]
        self._at(self.dice.later(now, self._pace(case)), lambda at: self._next(case_no, case.version, at))

    def _pace(self, case: CaseRecord) -> timedelta:
        hours = {
            S.RECEIVED: 1.2,
            S.TO_COMPLETE: 30,
            S.TO_DISPATCH: 1.0,
            S.ADJUDICATION: 6,
            S.TO_SIGN: 3.0,
            S.RETURN_REVIEW: 1.5,
            S.HANDLING: 60,
            S.DELEGATED: 30,
            S.LEDGER: 24 * 40,
            S.TO_REVIEW: 6,
            S.TO_CALL_BACK: 24,
            S.CALL_BACK_AGAIN: 26,
            S.REDO: 40,
            S.CLOSED: 24 * 9,
            S.MERGED: 24 * 20,
        }
        urgent = 0.15 if case.urgency != "normal" and case.stage in {S.HANDLING, S.TO_SIGN, S.TO_DISPATCH} else 1.0
        return _HOUR * hours.get(case.stage, 24 * 365) * urgent

    # ── people ──

    def _arrive(self, now: datetime) -> None:
        channel = self.dice.one_of(CHANNELS)
        kind, urgency = self.dice.one_of(KINDS), self.dice.one_of(URGENCIES)
        fields = {
            "kind": kind,
            "title": "一件诉求",
            "content": "经过和诉求",
            "category_code": self.dice.one_of(CLASSES),
            "area_code": self.dice.any_of(self._areas),
            "urgency": urgency,
        }
        caller = drafts.Caller(phone=f"+86138{self.dice.number(0, 99_999_999):08d}")
        answered = kind == "consult" and self.dice.chance(0.7)
        with self.database.begin() as work:
            if channel == "phone":
                case_no = self._by_phone(work, fields, caller, answered, now)
            else:
                received = intake.receive(
                    work, actor=self.staff.agent, channel=channel, fields=fields, caller=caller, now=now
                )
                case_no = received.case.case_no
        self.done["arrive"] += 1
        self._open.append(case_no)
        self._watch(case_no, now)

    def _by_phone(
        self, work: Work, fields: dict[str, str], caller: drafts.Caller, answered: bool, now: datetime
    ) -> str:
        agent = self.staff.agent
        case = drafts.open_draft(work, call_id=next(self._calls), actor=agent, caller=caller, now=now)
        said = {**fields, "answer": "已解释政策"} if answered else fields
        drafts.change_draft(work, case.id, said, actor=agent, now=now)
        if answered:
            drafts.answer_directly(work, case.id, actor=agent, now=now)
        else:
            drafts.register(work, case.id, actor=agent, now=now)
        return case.case_no


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY_ZONE)
