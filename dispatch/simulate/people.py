"""Who does what next with a case in a given state: mostly what is right, sometimes what the rules refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from core.actor import Actor
from core.db import Database
from core.errors import HotlineError
from dispatch import rules, sending
from dispatch.doors import act
from dispatch.given import Given
from dispatch.records import CaseRecord
from dispatch.simulate.fates import GRADES, RETURNS, SOLVED, TRUTHS, Dice, Staff, handler
from dispatch.stages import Action, OrderState

A = Action
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class People:
    """The part of the play that decides; the clock is play.py's."""

    database: Database
    dice: Dice
    staff: Staff
    done: Counter[str]
    refused: Counter[str]
    _open: list[str]
    _units: dict[str, str]

    def _at(self, when: datetime, happens: Callable[[datetime], None]) -> None:
        raise NotImplementedError

    def _watch(self, case_no: str, now: datetime) -> None:
        raise NotImplementedError

    def _next(self, case_no: str, version: int, now: datetime) -> None:
        """Let whoever has the case do something with it; a case that has moved meanwhile was planned anew."""
        with self.database.begin() as work:
            case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
            if case is None or case.version != version:
                return
        plan = getattr(self, f"_when_{case.stage.value}", None)
        if plan is not None:
            plan(case, now)

    def _do(self, case: CaseRecord | str, action: Action, actor: Actor, now: datetime, **given: object) -> bool:
        """Take a step, and say whether the rules let it."""
        case_no = case if isinstance(case, str) else case.case_no
        try:
            with self.database.begin() as work:
                act(work, case_no, action, actor=actor, given=Given(**given), now=now)  # type: ignore[arg-type]
        except HotlineError:
            self.refused[action.value] += 1
            self._at(self.dice.later(now, _HOUR * 8), lambda at: self._again(case_no, at))
            return False
        self.done[action.value] += 1
        self._watch(case_no, now)
        return True

    def _again(self, case_no: str, now: datetime) -> None:
        with self.database.begin() as work:
            case = work.session.scalar(select(CaseRecord).where(CaseRecord.case_no == case_no))
        if case is not None:
            self._next(case_no, case.version, now)

    def _when_received(self, case: CaseRecord, now: datetime) -> None:
        agent = self.staff.agent
        if self.dice.chance(0.06):
            self._do(case, A.ASK_FACTS, agent, now, text="请补充具体地点")
        elif case.rejection_by is not None:
            self._do(case, A.REJECT, self.staff.supervisor, now)
        elif self.dice.chance(0.05):
            self._do(case, A.PROPOSE_REJECTION, agent, now, code="litigation", text="请向法院起诉")
        elif self.dice.chance(0.02):
            self._do(case, A.TRANSFER, agent, now, code="110")
        elif case.kind == "consult" and self.dice.chance(0.6):
            self._do(case, A.ANSWER, agent, now, text="已解释政策")
        else:
            self._do(case, A.ACCEPT, agent, now)

    def _when_to_complete(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.7):
            self._do(case, A.SUPPLY, self.staff.agent, now, text="在三号楼门口")

    def _when_rejected(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.15):
            self._do(case, A.OBJECT, self.staff.agent, now, reason="有新的事实")

    def _when_to_dispatch(self, case: CaseRecord, now: datetime) -> None:
        if case.round == 0 and case.judged_at is None and self.dice.chance(0.9):
            with self.database.begin() as work:
                sending.route(work, case.id, now=now)
            self.done["route"] += 1
            self._watch(case.case_no, now)
            return
        if self.dice.chance(0.04) and self._merge(case, now):
            return
        if self.dice.chance(0.02):
            self._do(case, A.SPLIT, self.staff.dispatcher, now, title="另一件", text="另一项诉求")
            return
        if self.dice.chance(0.01):
            self._do(case, A.WITHDRAW, self.staff.agent, now, reason="自行解决")
            return
        self._dispatch(case, now)

    def _dispatch(self, case: CaseRecord, now: datetime) -> None:
        units = [one["unit"]["code"] for one in (case.routing or {}).get("candidates", [])]
        unit = units[0] if units and self.dice.chance(0.85) else self._some_unit()
        helpers = (self._some_unit(),) if self.dice.chance(0.12) else ()
        self._do(case, A.DISPATCH, self.staff.dispatcher, now, unit=unit, helpers=helpers)

    def _some_unit(self) -> str:
        able = sorted(code for code, kind in self._units.items() if kind not in {"city", "street", "hotline"})
        return self.dice.any_of(able)

    def _merge(self, case: CaseRecord, now: datetime) -> bool:
        recent = [one for one in self._open[-60:] if one != case.case_no]
        return bool(recent) and self._do(case, A.MERGE, self.staff.dispatcher, now, into=self.dice.any_of(recent))

    def _when_adjudication(self, case: CaseRecord, now: datetime) -> None:
        if case.parties and self.dice.chance(0.5):
            self._do(case, A.OPINE, handler(case.parties[0]), now, text="不属我单位职责")
            return
        unit = case.parties[0] if case.parties and self.dice.chance(0.7) else self._some_unit()
        self._do(case, A.RULE, self.staff.leader, now, unit=unit, text="由该单位牵头办理", basis="三定方案")

    def _when_to_sign(self, case: CaseRecord, now: datetime) -> None:
        lead = next(order for order in reversed(case.orders) if order.leads)
        actor = handler(lead.unit_code)
        if self.dice.chance(0.02):
            self._do(case, A.RECALL, self.staff.dispatcher, now, reason="派错单位")
        elif self.dice.chance(0.07):
            given = {
                "code": self.dice.any_of(list(RETURNS)),
                "basis": "三定方案",
                "suggested_unit": self._some_unit(),
            }
            self._do(case, A.RETURN, actor, now, **given)
        else:
            self._do(case, A.SIGN, actor, now)

    def _when_return_review(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.6):
            self._do(case, A.GRANT_RETURN, self.staff.dispatcher, now)
        else:
            self._do(case, A.REFUSE_RETURN, self.staff.dispatcher, now, reason="职责清单明确")

    def _when_handling(self, case: CaseRecord, now: datetime) -> None:
        lead = next(order for order in reversed(case.orders) if order.leads)
        actor = handler(lead.unit_code, chief=True)
        if self._helpers(case, now) or self._beside(case, actor, now):
            return
        subs = [code for code in self._below(lead.unit_code)]
        if subs and self.dice.chance(0.08):
            self._do(case, A.DELEGATE, actor, now, units=(self.dice.any_of(subs),), text="请现场核实")
            return
        # Some say that it was earlier than it can have been, and are refused; some write it down days later.
        ago = _HOUR * self.dice.number(1, 40)
        since = lead.sent_at if self.dice.chance(0.97) else lead.sent_at - _HOUR
        contact = {"contacted_at": max(since, now - ago), "contact_mode": "phone"}
        with_contact = contact if self.dice.chance(0.85) else {}
        solved = self.dice.one_of(SOLVED)
        given = {
            "truth": self.dice.one_of(TRUTHS),
            "solved": solved,
            "text": f"第{case.redos + case.failed_reviews}次答复：{now:%m%d%H%M}办理{self.dice.number(1, 10**6)}",
        }
        if solved == "unsolved" and self.dice.chance(0.4):
            given["promise_on"] = (now + _DAY * self.dice.number(5, 60)).date()  # type: ignore[assignment]
        if case.supervised:
            self._do(case, A.ANSWER_SUPERVISION, actor, now, text="正在办理")
        self._do(case, A.REPLY, actor, now, **given, **with_contact)

    _when_redo = _when_handling

    def _below(self, unit: str) -> list[str]:
        with self.database.begin() as work:
            parents = rules.parents(work)
        return sorted(code for code, parent in parents.items() if parent == unit)

    def _helpers(self, case: CaseRecord, now: datetime) -> bool:
        waiting = [order for order in case.orders if not order.leads and order.stage is OrderState.TO_SIGN]
        active = [order for order in case.orders if not order.leads and order.stage is OrderState.HANDLING]
        if waiting and self.dice.chance(0.7):
            return self._do(case, A.SIGN, handler(waiting[0].unit_code), now, order_no=waiting[0].order_no)
        if active and self.dice.chance(0.6):
            one = active[0]
            return self._do(case, A.REPLY, handler(one.unit_code), now, order_no=one.order_no, text="已协助")
        return False

    def _beside(self, case: CaseRecord, actor: Actor, now: datetime) -> bool:
        if self.dice.chance(0.05):
            return self._do(case, A.URGE, self.staff.agent, now, text="催办")
        if any(order.extension_open for order in case.orders):
            granted = A.GRANT_EXTENSION if self.dice.chance(0.7) else A.REFUSE_EXTENSION
            return self._do(case, granted, self.staff.dispatcher, now)
        if self.dice.chance(0.08):
            until = (now + _DAY * self.dice.number(4, 12)).date()
            return self._do(case, A.ASK_EXTENSION, actor, now, until=until, reason="须联合办理")
        if case.ledger_asked:
            return self._do(case, A.ENTER_LEDGER, self.staff.leader, now)
        if self.dice.chance(0.015):
            until = (now + _DAY * self.dice.number(20, 60)).date()
            return self._do(case, A.ASK_LEDGER, actor, now, code="season", text="待春季施工", until=until)
        if case.finding == "open":
            who = self.dice.any_of([self.staff.reviewer, self.staff.second, self.staff.leader])
            unreasonable = self.dice.chance(0.7)
            return self._do(case, A.VOTE_FINDING, who, now, reasonable=not unreasonable, duty_done=True)
        if self.dice.chance(0.02):
            return self._do(case, A.ASK_FINDING, actor, now, reason="诉求不合理")
        return False

    def _when_delegated(self, case: CaseRecord, now: datetime) -> None:
        subs = [
            order
            for order in case.orders
            if order.part == "sub" and order.stage in {OrderState.TO_SIGN, OrderState.HANDLING}
        ]
        if subs and self.dice.chance(0.85):
            sub = subs[0]
            action = A.SIGN if sub.stage is OrderState.TO_SIGN else A.REPLY
            self._do(case, action, handler(sub.unit_code), now, order_no=sub.order_no, text="已核实")
        else:
            lead = next(order for order in reversed(case.orders) if order.leads)
            self._do(case, A.GATHER, handler(lead.unit_code), now)

    def _when_ledger(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.3) and case.lead_unit:
            self._do(case, A.RESUME, handler(case.lead_unit), now, text="条件具备")

    def _when_to_review(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.1):
            self._do(case, A.SEND_BACK, self.staff.reviewer, now, reason="没有联系凭证", codes=("no_contact",))
        else:
            self._do(case, A.PASS if case.call_back_wanted else A.CLOSE, self.staff.reviewer, now)

    def _when_to_call_back(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.35):
            self._do(case, A.MISSED, self.staff.caller, now)
            return
        grade = self.dice.one_of(GRADES)
        said = {
            "contacted": self.dice.chance(0.9),
            "truth": self.dice.one_of(TRUTHS),
            "solved": self.dice.one_of(SOLVED),
            "grade": grade,
            "via": self.dice.any_of(["phone", "phone", "web"]),
        }
        if grade >= 3:
            self._do(case, A.RATE, self.staff.caller, now, **said)
        elif case.finding == "unreasonable" or self.dice.chance(0.1):  # mostly refused: one caller excuses nobody
            self._do(case, A.RATE, self.staff.caller, now, **said, reasonable=False)
        else:
            reasonable = self.dice.chance(0.7)
            self._do(case, A.REDO, self.staff.caller, now, **said, reasonable=reasonable, reason="没有解决")

    _when_call_back_again = _when_to_call_back

    def _when_closed(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.02):
            self._do(case, A.REOPEN, self.staff.agent, now, reason="问题又出现了")
        elif case.appeal == "open":
            self._do(case, A.RULE_APPEAL, self.staff.leader, now, agreed=self.dice.chance(0.5), reason="已核")
        elif case.lead_unit and self.dice.chance(0.03):
            self._do(case, A.APPEAL, handler(case.lead_unit, chief=True), now, reason="不应计入")
        elif self.dice.chance(0.02):
            self._do(case, A.EXCLUDE, self.staff.supervisor, now, code="third_party", reason="第三方原因")

    def _when_merged(self, case: CaseRecord, now: datetime) -> None:
        if self.dice.chance(0.05):
            self._do(case, A.UNMERGE, self.staff.dispatcher, now, reason="并错了")
