"""Stories of cases written straight into the timeline, so that each figure can be counted by hand."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from core.clock import CITY_ZONE
from core.db import Work
from dispatch.records import CaseRecord, TimelineRecord

_numbers = itertools.count(1)
OPENED = datetime(2026, 11, 2, 9, tzinfo=CITY_ZONE)  # a Monday
HOUR = timedelta(hours=1)


class Story:
    """One case whose entries are added hour by hour, or at given hours after its opening."""

    def __init__(self, work: Work, *, at: datetime = OPENED, action: str = "register", **facts: Any) -> None:
        number = next(_numbers)
        self.work, self.opened, self.at = work, at, at
        self.case_no = f"T{number:011}"
        case = CaseRecord(
            case_no=self.case_no, version=1, state="closed", state_since=at, created_at=at, changed_at=at, touched=[]
        )
        work.session.add(case)
        work.session.flush()
        self.case_id = case.id
        known = {
            "kind": "complaint",
            "channel": "phone",
            "category": "030301",
            "area": "990102001",
            "urgency": "normal",
            "pack_id": 1,
            "opened_at": at.isoformat(),
        }
        self.add(action, hours=0, to="answered" if action == "answer" else "to_dispatch", facts=known | facts)

    def order(self, number: int) -> str:
        """Return the number of the case's n-th work order."""
        return f"{self.case_no}-{number}"

    def add(
        self,
        action: str,
        *,
        hours: float = 1,
        to: str | None = None,
        order: int | None = None,
        unit: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> Story:
        """Add an entry `hours` after the one before."""
        self.at += timedelta(hours=hours)
        self.work.session.add(
            TimelineRecord(
                case_id=self.case_id,
                order_no=self.order(order) if order else None,
                at=self.at,
                action=action,
                actor_name="测试",
                unit_code=unit,
                to_state=to,
                facts=facts or {},
            )
        )
        self.work.session.flush()
        return self

    def send(
        self,
        lead: str = "qinghu-chengguan",
        *helpers: str,
        due_in: float = 100,
        first_order: int = 1,
        action: str = "dispatch",
        **facts: Any,
    ) -> Story:
        """Send it an hour later: signing is due 4 hours, answers `due_in` hours after that."""
        at = self.at + HOUR
        sign_due, due = at + 4 * HOUR, at + due_in * HOUR
        orders = [
            {
                "order_no": self.order(first_order + place),
                "unit": unit,
                "part": "helper" if place else "lead",
                "due_at": due.isoformat(),
                "sign_due_at": sign_due.isoformat(),
            }
            for place, unit in enumerate([lead, *helpers])
        ]
        said = {
            "round": 1,
            "lead": lead,
            "helpers": list(helpers),
            "by_machine": False,
            "orders": orders,
            "promise_started_at": at.isoformat(),
            "promise_due_at": due.isoformat(),
        }
        return self.add(action, to="to_sign", facts=said | facts)

    def sign(self, order: int = 1, *, hours: float = 1, auto: bool = False) -> Story:
        return self.add("sign", hours=hours, to="handling", order=order, facts={"auto": auto})

    def reply(self, order: int = 1, *, hours: float = 10, part: str = "lead", **facts: Any) -> Story:
        to = "to_review" if part == "lead" else None
        said = {"part": part, "redo": False, "contacted_at": (self.at + HOUR).isoformat()}
        return self.add("reply", hours=hours, to=to, order=order, facts=said | facts)

    def passed(self, *, hours: float = 1) -> Story:
        return self.add("pass", hours=hours, to="to_call_back")

    def rated(self, grade: int | None, solved: str | None, *, action: str = "rate", contacted: bool = True) -> Story:
        said = {"via": "phone", "connected": True, "contacted": contacted, "solved": solved, "grade": grade}
        return self.add(action, to="redo" if action == "redo" else "closed", facts=said)


def a_good_case(work: Work, unit: str = "qinghu-chengguan", **changes: Any) -> Story:
    """A case that was sent, signed, answered, reviewed and rated "very satisfied"."""
    return Story(work, **changes).send(unit).sign().reply().passed().rated(5, "solved")
