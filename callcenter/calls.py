"""What a call is: its states, its legs, and what the carrier's words mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class CallState(StrEnum):
    """Where a call stands. It only moves forward, but for the ways back to the queue."""

    ARRIVED = "arrived"  # 来电: the notice is being played
    QUEUED = "queued"  # 排队
    OFFERED = "offered"  # 振铃: offered to one agent
    CONNECTING = "connecting"  # 接通中: accepted, the legs are being joined
    TALKING = "talking"  # 通话
    HELD = "held"  # 保持
    ENDED = "ended"  # 结束


class CallOutcome(StrEnum):
    """What a call came to; every ended call has one once its agent has wrapped up."""

    CASE = "case"  # 已立案
    ANSWERED = "answered"  # 直接答复
    VOICEMAIL = "voicemail"  # 留言
    ABANDONED = "abandoned"  # 放弃等待
    NO_MATTER = "no_matter"  # 无事项
    FAILED = "failed"  # 中断


class SeatState(StrEnum):
    """What an agent is doing."""

    OFFLINE = "offline"  # 离线
    READY = "ready"  # 空闲
    OFFERED = "offered"  # 振铃
    TALKING = "talking"  # 通话
    WRAP_UP = "wrap_up"  # 整理
    BREAK = "break"  # 小休


class Part(StrEnum):
    """Whose leg it is; also the participant's label in the conference and the name of its stream."""

    CALLER = "caller"
    AGENT = "agent"


class Presence(StrEnum):
    """Whether a leg is in the conference it was sent to; it only moves forward."""

    AWAY = "away"
    IN = "in"
    LEFT = "left"


LIVE: Final = (CallState.TALKING, CallState.HELD)
WAITING: Final = (CallState.QUEUED, CallState.OFFERED)
ATTENDED: Final = (CallState.CONNECTING, *LIVE)

OVER: Final = 4
LEG_RANKS: Final = {
    "queued": 0,
    "initiated": 1,
    "ringing": 2,
    "in-progress": 3,
    "answered": 3,  # what some compatible carriers say for in-progress
    **dict.fromkeys(("completed", "busy", "failed", "no-answer", "canceled"), OVER),
}

_PRESENCE_RANKS: Final = {Presence.AWAY: 0, Presence.IN: 1, Presence.LEFT: 2}
_MOBILE: Final = re.compile(r"(?:\+?86|0)?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"0(\d{9,11})")
_FOREIGN: Final = re.compile(r"\+\d{7,15}")
_WITHHELD: Final = frozenset({"+266696687", "+86266696687"})  # "ANONYMOUS" spelt on a keypad


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """A caller's leg as a webhook describes it. `phone` is None when the number is withheld."""

    call_sid: str
    phone: str | None

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> Self:
        return cls(call_sid=form["CallSid"], phone=normalised(form.get("From", "")))


@dataclass(frozen=True, kw_only=True)
class LegProgress:
    """One status callback of a leg. `conference` is the one it was made for; None for the caller's."""

    call_sid: str
    status: str
    conference: str | None

    @property
    def rank(self) -> int:
        """Return how far along the leg is; a status we do not know moves nothing."""
        return LEG_RANKS.get(self.status, -1)


@dataclass(frozen=True, kw_only=True)
class ConferenceNews:
    """One conference callback; `reason` is why somebody left or why it ended."""

    conference_sid: str
    name: str
    event: str
    sequence: int
    call_sid: str
    label: str
    reason: str

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> Self:
        return cls(
            conference_sid=form.get("ConferenceSid", ""),
            name=form.get("FriendlyName", ""),
            event=form.get("StatusCallbackEvent", ""),
            sequence=whole(form.get("SequenceNumber", "")),
            call_sid=form.get("CallSid", ""),
            label=form.get("ParticipantLabel", ""),
            reason=form.get("ReasonParticipantLeft") or form.get("ReasonConferenceEnded") or "",
        )


# Of the ways a participant leaves, these mean that the person or the phone let go; the others follow
# from something that we or the other side did (docs of conference callbacks, ReasonParticipantLeft).
LET_GO: Final = frozenset({"participant_hung_up", "participant_add_failed"})
# Of the ways a conference ends, these mean that the call is over: the caller left, or we ended it.
CALL_OVER: Final = frozenset(
    {
        "conference-ended-via-api",
        "participant-with-end-conference-on-exit-left",
        "participant-with-end-conference-on-exit-kicked",
    }
)


def later(held: Presence, heard: Presence) -> Presence:
    """Return the one further along; callbacks come in any order."""
    return max(held, heard, key=_PRESENCE_RANKS.__getitem__)


def normalised(number: str) -> str | None:
    """Return a Chinese or foreign number as +…, or None when it is withheld or no number at all.

    Carriers send mobiles with or without 0, 86 or +86, and words such as "anonymous".
    """
    number = re.sub(r"[\s()\-]", "", number)
    if number in _WITHHELD:
        return None
    if found := _MOBILE.fullmatch(number):
        return "+86" + found[1]
    if found := _LANDLINE.fullmatch(number):
        return "+86" + found[1]
    return number if _FOREIGN.fullmatch(number) else None


def masked(phone: str | None) -> str:
    """Return what of a number may stand on a screen: 138****1111."""
    if phone is None:
        return "未显示号码"
    local = phone.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}" if len(local) >= 10 else f"****{local[-2:]}"


def is_agents_leg(form: Mapping[str, str]) -> bool:
    """Say whether a webhook is about a soft-phone rather than a caller."""
    return form.get("To", "").startswith("client:") or form.get("From", "").startswith("client:")


def whole(text: str, default: int = -1) -> int:
    """Return a count the carrier wrote as text, or `default` when it wrote none."""
    return int(text) if text.isascii() and text.isdigit() else default
