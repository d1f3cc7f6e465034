"""The shapes of the callback desk: whom to ask, what to ask about, which promises to look back on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from dashboard.schemas import CaseCard, HandlingRecord, Named, Shape

Doubt = Literal["not_contacted", "not_solved", "relapse"]
AskBy = Literal["phone", "message"]


class CallBackItem(Shape):
    """A case whose citizen is to be asked. may_call: now, by the pack's pauses and the day's budget."""

    card: CaseCard
    tries: int
    tries_needed: int
    next_try_at: datetime | None
    called_today: bool  # for this or another case of the same incident
    ask_by: AskBy
    may_call: bool
    message_at: datetime | None  # when a link to rate went out last
    contradictions: list[Doubt]


class CallBackPage(Shape):
    as_of: datetime
    total: int
    items: list[CallBackItem]
    next: str | None


class CallBackQuery(Shape):
    cursor: str | None = Field(default=None, max_length=200)


class CallBackTry(Shape):
    """One try to ask, or the citizen's own rating; grade: 5 = very satisfied."""

    at: datetime
    via: Literal["phone", "message", "web"]
    connected: bool
    contacted: bool | None
    truth: str | None
    solved: str | None
    grade: int | None
    reasonable: bool | None
    duty_done: bool | None
    note: str | None


class RatingLinkState(Shape):
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class CallBackSheet(CallBackItem):
    """What the desk needs to ask about one case; the number comes by the case's reveal, which is recorded."""

    reply: str | None
    claims: HandlingRecord | None
    calls: list[CallBackTry]
    link: RatingLinkState | None


class ContactWish(Shape):
    ask_by: AskBy


class Asked(Shape):
    """A message has been put; it goes out unless one went out in this very minute."""

    asked: bool


class LookBackItem(Shape):
    card: CaseCard
    order_no: str
    unit: Named | None
    due_on: date
    is_due: bool
    promise: str


class LookBackPage(Shape):
    as_of: datetime
    items: list[LookBackItem]
    next: int | None


class LookBackQuery(Shape):
    after: int = Field(default=0, ge=0, le=100_000)
