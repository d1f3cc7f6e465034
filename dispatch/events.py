"""What has happened to a case; ids only, so that nothing of a person travels with the news.

`version` is the case's after the fact. The fields are repeated, not inherited: each event stands in the
reaction table by itself, and a base class would be an event that never happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, kw_only=True)
class DraftOpened(Event):
    """A call has got its draft."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class DraftChanged(Event):
    """Somebody typed, the machine understood more, or the draft was discarded."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseRegistered(Event):
    """A draft became a case that waits for its unit."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseAnswered(Event):
    """The matter was answered on the line."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseDispatched(Event):
    """Work orders have gone to units; their clocks run."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class OrderSigned(Event):
    """A unit has accepted its order."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class OrderReturned(Event):
    """A unit says that the order is not its own."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class OrderReplied(Event):
    """A unit has replied."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseSentBack(Event):
    """The reviewer wants it done better."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """The reviewer has closed the case."""

    case_id: int
    case_no: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    """A step of the table was taken; `action` is its name in dispatch/stages.py."""

    case_id: int
    case_no: str
    version: int
    action: str


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """Days or hours are not what they were: open deadlines have to be counted anew."""

    change_id: int


@dataclass(frozen=True, kw_only=True)
class WhatIfAsked(Event):
    """Somebody wants past cases replayed through a change of the rules."""

    what_if_id: int
