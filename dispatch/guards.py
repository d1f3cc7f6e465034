"""The conditions of the table: each a question about small values, with a sentence for whoever is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_SATISFIED_FROM = 3  # of five grades: 基本满意


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the guards need to know of a case, of the order acted on and of the person, at one moment.

    disputes: returns asked for so far. return_until, order_due_at: of the order acted on. tries: callbacks
    that were not answered. grade: what came with the request, None when nobody said. found_unreasonable,
    found_duty_done: what the panel has decided, never what one caller thinks.
    promised: a promise waits to be looked at; promise_due: its day has come.
    """

    now: datetime
    actor_id: int | None = None
    by_system: bool = False
    is_chief: bool = False
    of_centre: bool = True
    units: frozenset[str] = frozenset()
    kind: str | None = None
    urgency: str = "normal"
    secrecy: str = "open"
    rejection_by: int | None = None
    objected: bool = False
    unit: str | None = None
    returned_before: frozenset[str] = frozenset()
    return_until: datetime | None = None
    order_due_at: datetime | None = None
    no_return: bool = False
    disputes: int = 0
    adjudicate_from: int = 2
    parties: frozenset[str] = frozenset()
    supervised: bool = False
    ledger_asked: bool = False
    call_back_wanted: bool = True
    tries: int = 0
    tries_needed: int = 3
    next_try_at: datetime | None = None
    redos: int = 0
    redos_at_most: int = 3
    grade: int | None = None
    found_unreasonable: bool = False
    found_duty_done: bool = False
    finding_asked: bool = False
    finding_open: bool = False
    voted: frozenset[int] = frozenset()
    reopen_until: datetime | None = None
    broken_promise: bool = False
    appeal_until: datetime | None = None
    appeal_open: bool = False
    heads_incident: bool = False
    extension_open: bool = False
    extensions: int = 0
    extension_times: int = 1
    assessed: bool = True
    promised: bool = False
    promise_due: bool = False


class Guard(StrEnum):
    """Every condition that a step may carry."""

    SECOND_PERSON = "second_person"
    FIRST_OBJECTION = "first_objection"
    MAY_RETURN = "may_return"
    MAY_RECALL = "may_recall"
    FIRST_DISPUTE = "first_dispute"
    PARTY = "party"
    CHIEF_SIGNS = "chief_signs"
    LEDGER_ASKED = "ledger_asked"
    LEDGER_NOT_ASKED = "ledger_not_asked"
    CALL_BACK_WANTED = "call_back_wanted"
    NO_CALL_BACK = "no_call_back"
    TRIES_APART = "tries_apart"
    TRIES_MADE = "tries_made"
    CONTENT_OR_EXCUSED = "content_or_excused"
    MAY_REDO = "may_redo"
    REOPEN_WINDOW = "reopen_window"
    NO_PUBLIC_DANGER = "no_public_danger"
    MERGEABLE = "mergeable"
    MAY_EXTEND = "may_extend"
    EXTENSION_ASKED = "extension_asked"
    SUPERVISED = "supervised"
    NO_FINDING = "no_finding"
    MAY_VOTE = "may_vote"
    APPEAL_WINDOW = "appeal_window"
    APPEAL_ASKED = "appeal_asked"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"
    PROMISE_DUE = "promise_due"


def refusal(guard: Guard, at: Circumstances) -> str | None:
    """Return why `guard` says no, as a sentence to act on, or None when it lets the step pass."""
    return _CHECKS[guard](at)


def return_refusal(at: Circumstances) -> str | None:
    """Return why this unit may not return its order, or None. Each unit returns a case once, and soon."""
    if at.no_return:
        return "此件已裁定承办单位，不能再退；如有困难请申请延期或联系督办员"
    if at.unit in at.returned_before:
        return "本单位已退过一次，不能再退"
    if at.return_until is not None and at.now > at.return_until:
        return "已超过退单时限，请签收办理或联系派单员"
    return None


def _unless(holds: Callable[[Circumstances], bool], sentence: str) -> Callable[[Circumstances], str | None]:
    return lambda at: None if holds(at) else sentence


def _excused(at: Circumstances) -> bool:
    # Only the panel excuses. When no redo is left, the case is closed as what it is: not satisfied, and counted so.
    return at.found_unreasonable or at.found_duty_done or at.redos >= at.redos_at_most


def _tries_apart(at: Circumstances) -> str | None:
    if at.tries >= at.tries_needed:
        return "已按规定回访满次数，请按未评价办结"
    if at.next_try_at is not None and at.now < at.next_try_at:
        return "两次回访须错开时段，请稍后再拨"
    return None


def _may_redo(at: Circumstances) -> str | None:
    if at.found_unreasonable:
        return "诉求已认定为不合理，不再重办，请回访办结"
    if at.redos >= at.redos_at_most:
        return "已达重办次数上限，请转挂账或督办"
    return None


def _mergeable(at: Circumstances) -> str | None:
    if at.kind == "report" or at.secrecy != "open":
        return "举报件和保密件不能并单，以免暴露诉求人"
    return "此件已是并单主件，不能再并入别的办件" if at.heads_incident else None


def _may_extend(at: Circumstances) -> str | None:
    if at.extension_open:
        return "已有延期申请在等答复"
    if at.extensions >= at.extension_times:
        return "延期次数已用完"
    if at.order_due_at is not None and at.now > at.order_due_at:
        return "已超过办理时限，不能再申请延期"
    return None


def _may_vote(at: Circumstances) -> str | None:
    if not at.finding_open:
        return "没有待评议的不合理诉求申请"
    return "您已评议过" if at.actor_id in at.voted else None


def _promise_due(at: Circumstances) -> str | None:
    if not at.promised:
        return "此件没有待回头看的承诺"
    return None if at.promise_due else "承诺的日期还没有到，到期后再回头看"


def _appeal_window(at: Circumstances) -> str | None:
    if at.appeal_open:
        return "已有考核申诉在等裁定"
    closed_too_long = at.appeal_until is None or at.now > at.appeal_until
    return "已超过考核申诉期限" if closed_too_long else None


_CHECKS: dict[Guard, Callable[[Circumstances], str | None]] = {
    Guard.SECOND_PERSON: _unless(
        lambda at: at.rejection_by is not None and at.rejection_by != at.actor_id,
        "不予受理须先由一人提出、再由另一人复核",
    ),
    Guard.FIRST_OBJECTION: _unless(lambda at: not at.objected, "异议只能提出一次"),
    Guard.MAY_RETURN: return_refusal,
    Guard.MAY_RECALL: _unless(
        # The centre itself takes it from a unit that must keep out, ruled or not.
        lambda at: at.by_system or not at.no_return,
        "此件已裁定承办单位，不能撤回改派；该单位确须回避的请登记回避",
    ),
    Guard.FIRST_DISPUTE: _unless(
        lambda at: at.disputes < at.adjudicate_from, "已是第二次争议，须会商裁定，不能再由派单员审核"
    ),
    Guard.PARTY: _unless(
        lambda at: at.of_centre or not at.units.isdisjoint(at.parties), "只有会商参加单位可以发表意见"
    ),
    Guard.CHIEF_SIGNS: _unless(lambda at: not at.supervised or at.is_chief, "此件正在督办，须由单位负责人签发回复"),
    Guard.LEDGER_ASKED: _unless(lambda at: at.ledger_asked, "承办单位还没有申请挂账"),
    Guard.LEDGER_NOT_ASKED: _unless(lambda at: not at.ledger_asked, "已有挂账申请在等批准"),
    Guard.CALL_BACK_WANTED: _unless(lambda at: at.call_back_wanted, "此件不需要回访，请直接办结"),
    Guard.NO_CALL_BACK: _unless(lambda at: not at.call_back_wanted, "此件需要回访，审核通过后转回访"),
    Guard.TRIES_APART: _tries_apart,
    Guard.TRIES_MADE: _unless(lambda at: at.tries >= at.tries_needed, "回访次数还不够，不能按未评价办结"),
    Guard.CONTENT_OR_EXCUSED: _unless(
        lambda at: at.grade is None or at.grade >= _SATISFIED_FROM or _excused(at),
        "诉求人不满意，评议也没有认定诉求不合理或单位已尽责，应转重办，不能办结",
    ),
    Guard.MAY_REDO: _may_redo,
    Guard.REOPEN_WINDOW: _unless(
        # A promise that was not kept is found on its own day, which may be later than any window.
        lambda at: at.broken_promise or (at.reopen_until is not None and at.now <= at.reopen_until),
        "已超过重新办理的期限，请另行登记",
    ),
    Guard.NO_PUBLIC_DANGER: _unless(
        lambda at: at.kind != "report" or at.urgency == "normal", "举报公共危险的诉求不能撤单"
    ),
    Guard.MERGEABLE: _mergeable,
    Guard.MAY_EXTEND: _may_extend,
    Guard.EXTENSION_ASKED: _unless(lambda at: at.extension_open, "没有待答复的延期申请"),
    Guard.SUPERVISED: _unless(lambda at: at.supervised, "没有待答复的督办单"),
    Guard.NO_FINDING: _unless(lambda at: not at.finding_asked, "已申请过不合理诉求认定"),
    Guard.MAY_VOTE: _may_vote,
    Guard.APPEAL_WINDOW: _appeal_window,
    Guard.APPEAL_ASKED: _unless(lambda at: at.appeal_open, "没有待裁定的考核申诉"),
    Guard.COUNTED: _unless(lambda at: at.assessed, "此件已不计入考核"),
    Guard.NOT_COUNTED: _unless(lambda at: not at.assessed, "此件本来就计入考核"),
    Guard.PROMISE_DUE: _promise_due,
}

# For the generated page: what each guard asks, in a word.
GUARD_NAMES = {
    Guard.SECOND_PERSON: "双人复核",
    Guard.FIRST_OBJECTION: "异议一次",
    Guard.MAY_RETURN: "未裁定、本单位未退过、在退单时限内",
    Guard.MAY_RECALL: "未裁定，或系统因回避",
    Guard.FIRST_DISPUTE: "首次争议",
    Guard.PARTY: "会商参加单位",
    Guard.CHIEF_SIGNS: "督办件由负责人签发",
    Guard.LEDGER_ASKED: "已申请挂账",
    Guard.LEDGER_NOT_ASKED: "未申请挂账",
    Guard.CALL_BACK_WANTED: "需要回访",
    Guard.NO_CALL_BACK: "不需回访",
    Guard.TRIES_APART: "错开时段、未满次数",
    Guard.TRIES_MADE: "回访满次数",
    Guard.CONTENT_OR_EXCUSED: "满意，或经评议认定不合理、已尽责，或重办已满",
    Guard.MAY_REDO: "未达重办上限、未认定不合理",
    Guard.REOPEN_WINDOW: "在异议期内，或回头看未兑现",
    Guard.NO_PUBLIC_DANGER: "非举报公共危险",
    Guard.MERGEABLE: "非举报、非保密、不是并单主件",
    Guard.MAY_EXTEND: "到期前、次数未用完",
    Guard.EXTENSION_ASKED: "有延期申请",
    Guard.SUPERVISED: "有督办单",
    Guard.NO_FINDING: "未申请过认定",
    Guard.MAY_VOTE: "有申请、本人未评",
    Guard.APPEAL_WINDOW: "在申诉期内",
    Guard.APPEAL_ASKED: "有申诉",
    Guard.COUNTED: "计入考核",
    Guard.NOT_COUNTED: "未计入考核",
    Guard.PROMISE_DUE: "承诺的日期已到",
}
