"""The life of a case as one table: which action leads where, who may take it, when, what it needs.

Read it from top to bottom: the way of a case, what may happen in any open state, what stands beside the way, and
the small life of a work order. lifecycle.py asks the table; docs/case-lifecycle.md is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.actor import Role
from dispatch.guards import Guard
from dispatch.stages import OPEN_STATES, UNIT_STATES, Action, CaseState, Need, OrderState


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the table: where it leads, whose action it is, its conditions, what must and may be given.

    codes: which coded list (city/…/codes.csv) `code` or `codes` is from. follows: what the step sets going,
    in words for the page.
    """

    to: CaseState
    by: frozenset[Role]
    needs: tuple[Need, ...] = field(default=())
    may: tuple[Need, ...] = field(default=())
    guards: tuple[Guard, ...] = field(default=())
    codes: str | None = None
    follows: str = ""


def _by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_DESK = _by(Role.AGENT, Role.SUPERVISOR)
# A draft that its call has left behind may be finished by the dispatcher too.
_FINISH = _DESK | {Role.DISPATCHER}
_INTAKE = _FINISH
_DISPATCH = _by(Role.DISPATCHER, Role.SUPERVISOR, Role.SYSTEM)
_RULING = _by(Role.DISPATCHER, Role.SUPERVISOR)
_ADJUDICATE = _by(Role.SUPERVISOR, Role.LEADER)
_UNIT = _by(Role.HANDLER)
_REVIEW = _by(Role.REVIEWER, Role.SUPERVISOR)
_CALLERS = _by(Role.CALLBACK, Role.REVIEWER, Role.SUPERVISOR)
_CITIZEN = _by(Role.CITIZEN, Role.AGENT, Role.SUPERVISOR)
_SYSTEM = _by(Role.SYSTEM)
_STAFF = frozenset(Role) - {Role.SYSTEM, Role.CITIZEN}

S, A, N, G = CaseState, Action, Need, Guard

# How the unit says what it has done (办理情况).
_REPLY = Step(
    to=S.TO_REVIEW,
    by=_UNIT,
    needs=(N.TEXT,),
    may=(
        N.CONTACTED_AT,
        N.CONTACT_MODE,
        N.TRUTH,
        N.SOLVED,
        N.UNSOLVED_REASON,
        N.PROMISE_ON,
        N.OVER_DUTY,
        N.PUBLIC_REPLY,
        N.FILES,
    ),
    guards=(G.CHIEF_SIGNS,),
    codes="unsolved",
    follows="停表，转审核；有承诺日期的到期回头看",
)
_RECALLED_FROM = (
    S.RETURN_REVIEW,
    S.HANDLING,
    S.DELEGATED,
    S.LEDGER,
    S.REDO,
    S.TO_REVIEW,
    S.TO_CALL_BACK,
    S.CALL_BACK_AGAIN,
)
_ANSWERED_CALL = (N.CONTACTED, N.TRUTH, N.SOLVED, N.REASONABLE, N.DUTY_DONE, N.TEXT)

_WAY: dict[tuple[CaseState | None, Action], Step] = {
    # ── 受理 ──
    (None, A.OPEN): Step(to=S.DRAFT, by=_DESK | _SYSTEM),
    (None, A.RECEIVE): Step(to=S.RECEIVED, by=_DESK | {Role.CITIZEN, Role.SYSTEM}, follows="受理时限开始"),
    (S.DRAFT, A.REGISTER): Step(to=S.TO_DISPATCH, by=_FINISH, follows="派单时限开始"),
    (S.DRAFT, A.ANSWER): Step(to=S.ANSWERED, by=_FINISH, needs=(N.TEXT,)),
    (S.DRAFT, A.TRANSFER): Step(
        to=S.TRANSFERRED, by=_DESK, needs=(N.CODE,), may=(N.TEXT,), codes="transfer", follows="事实一并转去"
    ),
    # The system may clear away a draft that stayed empty after the call.
    (S.DRAFT, A.DISCARD): Step(to=S.DISCARDED, by=_FINISH | _SYSTEM, needs=(N.REASON,)),
    (S.RECEIVED, A.ACCEPT): Step(to=S.TO_DISPATCH, by=_INTAKE, follows="派单时限开始"),
    (S.RECEIVED, A.ANSWER): Step(to=S.ANSWERED, by=_INTAKE, needs=(N.TEXT,)),
    (S.RECEIVED, A.TRANSFER): Step(
        to=S.TRANSFERRED, by=_INTAKE, needs=(N.CODE,), may=(N.TEXT,), codes="transfer", follows="事实一并转去"
    ),
    (S.RECEIVED, A.ASK_FACTS): Step(to=S.TO_COMPLETE, by=_INTAKE, needs=(N.TEXT,), follows="停表等诉求人补充"),
    (S.TO_COMPLETE, A.SUPPLY): Step(
        to=S.RECEIVED, by=_CITIZEN | _SYSTEM, needs=(N.TEXT,), follows="逾期不补按现有材料受理"
    ),
    (S.RECEIVED, A.PROPOSE_REJECTION): Step(
        to=S.RECEIVED, by=_INTAKE, needs=(N.CODE, N.TEXT), codes="rejection", follows="等另一人复核"
    ),
    (S.RECEIVED, A.REJECT): Step(to=S.REJECTED, by=_INTAKE, guards=(G.SECOND_PERSON,), follows="告知理由和途径"),
    (S.REJECTED, A.OBJECT): Step(
        to=S.RECEIVED, by=_CITIZEN, needs=(N.REASON,), guards=(G.FIRST_OBJECTION,), follows="重新审查一次"
    ),
    # ── 派单 ──
    # The machine looked and left the choice of unit to a person; its reasons are kept.
    (S.TO_DISPATCH, A.ROUTE): Step(to=S.TO_DISPATCH, by=_SYSTEM),
    (S.TO_DISPATCH, A.DISPATCH): Step(
        to=S.TO_SIGN, by=_DISPATCH, needs=(N.UNIT,), may=(N.HELPERS, N.REASON), follows="办理时限从此开始"
    ),
    (S.TO_DISPATCH, A.SPLIT): Step(
        to=S.TO_DISPATCH, by=_RULING, needs=(N.TITLE, N.TEXT), may=(N.CODE,), follows="另立一件，各自派单"
    ),
    (S.TO_DISPATCH, A.CONFER): Step(
        to=S.ADJUDICATION, by=_DISPATCH, needs=(N.UNITS, N.REASON), follows="会商一个工作日内裁定"
    ),
    (S.RETURN_REVIEW, A.CONFER): Step(
        to=S.ADJUDICATION, by=_DISPATCH, needs=(N.UNITS, N.REASON), follows="会商一个工作日内裁定"
    ),
    (S.ADJUDICATION, A.OPINE): Step(
        to=S.ADJUDICATION, by=_UNIT | _ADJUDICATE | {Role.DISPATCHER}, needs=(N.TEXT,), guards=(G.PARTY,)
    ),
    (S.ADJUDICATION, A.RULE): Step(
        to=S.TO_SIGN,
        by=_ADJUDICATE,
        needs=(N.UNIT, N.TEXT, N.BASIS),
        may=(N.HELPERS,),
        follows="不得再退；裁定成为职责清单的拟增条目",
    ),
    (S.TO_SIGN, A.RECALL): Step(
        to=S.TO_DISPATCH, by=_DISPATCH, needs=(N.REASON,), guards=(G.MAY_RECALL,), follows="对诉求人的承诺不变"
    ),
    # A lead that must keep out of the case (回避) loses it wherever it stands; only the centre does this.
    **{
        (state, A.RECALL): Step(to=S.TO_DISPATCH, by=_SYSTEM, needs=(N.REASON,), follows="承办单位回避，改派")
        for state in _RECALLED_FROM
    },
    # ── 签收 ──
    (S.TO_SIGN, A.SIGN): Step(to=S.HANDLING, by=_UNIT | _SYSTEM, follows="逾期视同签收并记黄牌"),
    # Only before signing: whoever has signed has accepted the duty.
    (S.TO_SIGN, A.RETURN): Step(
        to=S.RETURN_REVIEW,
        by=_UNIT,
        needs=(N.CODE, N.BASIS, N.SUGGESTED_UNIT),
        may=(N.REASON,),
        guards=(G.MAY_RETURN,),
        codes="return",
        follows="办理时限不停，裁定前仍由本单位先行处置；第二次争议转会商",
    ),
    (S.RETURN_REVIEW, A.GRANT_RETURN): Step(
        to=S.TO_DISPATCH, by=_RULING, may=(N.REASON,), guards=(G.FIRST_DISPUTE,), follows="改派，承诺期限不变"
    ),
    (S.RETURN_REVIEW, A.REFUSE_RETURN): Step(
        to=S.TO_SIGN, by=_RULING, needs=(N.REASON,), guards=(G.FIRST_DISPUTE,), follows="不得再退"
    ),
    # ── 办理 ──
    **{
        (state, A.CONTACT): Step(to=state, by=_UNIT, needs=(N.CONTACTED_AT, N.CONTACT_MODE), may=(N.TEXT,))
        # While it is disputed whose case it is, the unit that has it still speaks with the citizen (先办后议).
        for state in (S.HANDLING, S.DELEGATED, S.REDO, S.RETURN_REVIEW, S.ADJUDICATION)
    },
    (S.HANDLING, A.DELEGATE): Step(
        to=S.DELEGATED, by=_UNIT, needs=(N.UNITS, N.TEXT), may=(N.UNTIL,), follows="下级各有工单和时限，主办仍负责"
    ),
    (S.DELEGATED, A.GATHER): Step(to=S.HANDLING, by=_UNIT | _SYSTEM, follows="下级办完或主办决定"),
    (S.HANDLING, A.ADD_HELPERS): Step(to=S.HANDLING, by=_RULING, needs=(N.UNITS,), may=(N.REASON,)),
    (S.HANDLING, A.ASK_LEDGER): Step(
        to=S.HANDLING, by=_UNIT, needs=(N.CODE, N.TEXT, N.UNTIL), guards=(G.LEDGER_NOT_ASKED,), codes="ledger"
    ),
    (S.HANDLING, A.ENTER_LEDGER): Step(
        to=S.LEDGER,
        by=_ADJUDICATE,
        may=(N.TEXT, N.UNTIL),
        guards=(G.LEDGER_ASKED,),
        follows="停表，告知诉求人，到期复核",
    ),
    (S.HANDLING, A.REFUSE_LEDGER): Step(to=S.HANDLING, by=_ADJUDICATE, needs=(N.REASON,), guards=(G.LEDGER_ASKED,)),
    (S.LEDGER, A.RESUME): Step(to=S.HANDLING, by=_UNIT | _ADJUDICATE | _SYSTEM, may=(N.TEXT,), follows="继续计时"),
    (S.HANDLING, A.REPLY): _REPLY,
    (S.REDO, A.REPLY): _REPLY,
    # ── 审核 ──
    (S.TO_REVIEW, A.SEND_BACK): Step(
        to=S.HANDLING,
        by=_REVIEW,
        needs=(N.REASON,),
        may=(N.CODES,),
        codes="defect",
        follows="时限照原；屡次不合格转督办",
    ),
    (S.TO_REVIEW, A.PASS): Step(to=S.TO_CALL_BACK, by=_REVIEW, guards=(G.CALL_BACK_WANTED,), may=(N.TEXT,)),
    (S.TO_REVIEW, A.CLOSE): Step(to=S.CLOSED, by=_REVIEW, guards=(G.NO_CALL_BACK,), may=(N.TEXT,)),
    # ── 回访、评价 ──
    **{
        (state, A.RATE): Step(
            to=S.CLOSED,
            by=_CALLERS | {Role.CITIZEN},
            needs=(N.GRADE,),
            may=_ANSWERED_CALL,
            guards=(G.CONTENT_OR_EXCUSED,),
            follows="告知办结",
        )
        for state in (S.TO_CALL_BACK, S.CALL_BACK_AGAIN)
    },
    **{
        (state, A.MISSED): Step(
            to=S.CALL_BACK_AGAIN, by=_CALLERS | _SYSTEM, may=(N.TEXT,), guards=(G.TRIES_APART,), follows="换时段再拨"
        )
        for state in (S.TO_CALL_BACK, S.CALL_BACK_AGAIN)
    },
    **{
        (state, A.REDO): Step(
            to=S.REDO,
            by=_CALLERS | {Role.CITIZEN},
            needs=(N.GRADE, N.REASON),
            may=_ANSWERED_CALL,
            guards=(G.MAY_REDO,),
            follows="重办另有时限；第二次起督办",
        )
        for state in (S.TO_CALL_BACK, S.CALL_BACK_AGAIN)
    },
    (S.CALL_BACK_AGAIN, A.CLOSE_UNRATED): Step(
        to=S.CLOSED, by=_CALLERS | _SYSTEM, guards=(G.TRIES_MADE,), follows="计为未评价，不算满意"
    ),
    # ── 办结以后 ──
    (S.CLOSED, A.REOPEN): Step(
        to=S.REDO, by=_CITIZEN | _REVIEW | _SYSTEM, needs=(N.REASON,), guards=(G.REOPEN_WINDOW,), follows="按重办时限"
    ),
    (S.CLOSED, A.FILE): Step(to=S.FILED, by=_SYSTEM, follows="只读"),
    (S.ANSWERED, A.FILE): Step(to=S.FILED, by=_SYSTEM, follows="只读"),
    # ── 并单 ──
    (S.MERGED, A.UNMERGE): Step(to=S.TO_DISPATCH, by=_RULING | _SYSTEM, needs=(N.REASON,), follows="承诺期限不变"),
    (S.MERGED, A.FOLLOW): Step(to=S.TO_CALL_BACK, by=_SYSTEM, guards=(G.CALL_BACK_WANTED,), follows="逐一回访"),
    (S.MERGED, A.CLOSE): Step(to=S.CLOSED, by=_SYSTEM, guards=(G.NO_CALL_BACK,)),
}

_ANY_OPEN: dict[Action, Step] = {
    A.WITHDRAW: Step(to=S.WITHDRAWN, by=_CITIZEN, needs=(N.REASON,), guards=(G.NO_PUBLIC_DANGER,)),
    A.MERGE: Step(
        to=S.MERGED,
        by=_RULING,
        needs=(N.INTO,),
        may=(N.REASON,),
        guards=(G.MERGEABLE,),
        follows="随主件办理，逐一答复",
    ),
}
# Not before it is accepted, nor when it has its own answer.
_NEVER_MERGED_FROM = frozenset({S.RECEIVED, S.TO_COMPLETE, S.MERGED, S.TO_REVIEW, S.TO_CALL_BACK, S.CALL_BACK_AGAIN})

# What stands beside the way: a state on the left, the same state on the right.
_WITH_UNIT = frozenset({S.TO_SIGN, S.HANDLING, S.DELEGATED, S.LEDGER, S.REDO})
_ASSESSED = frozenset({S.CLOSED, S.FILED})
_EVERYWHERE = frozenset(S) - {S.DRAFT, S.DISCARDED}
_BESIDE: tuple[tuple[frozenset[CaseState], Action, frozenset[Role], dict[str, object]], ...] = (
    (_EVERYWHERE, A.NOTE, _STAFF, {"needs": (N.TEXT,)}),
    (OPEN_STATES, A.URGE, _CITIZEN | {Role.DISPATCHER}, {"may": (N.TEXT,), "follows": "提醒承办单位"}),
    (
        UNIT_STATES,
        A.ASK_EXTENSION,
        _UNIT,
        {"needs": (N.UNTIL, N.REASON), "guards": (G.MAY_EXTEND,), "follows": "不答复视为驳回"},
    ),
    (UNIT_STATES, A.GRANT_EXTENSION, _RULING, {"guards": (G.EXTENSION_ASKED,), "follows": "告知诉求人"}),
    (UNIT_STATES, A.REFUSE_EXTENSION, _RULING | _SYSTEM, {"may": (N.REASON,), "guards": (G.EXTENSION_ASKED,)}),
    (
        _WITH_UNIT | {S.TO_REVIEW},
        A.SUPERVISE,
        _by(Role.SUPERVISOR, Role.LEADER, Role.SYSTEM),
        {"needs": (N.LEVEL, N.CODE, N.TEXT), "codes": "supervision", "follows": "负责人限时答复"},
    ),
    (_EVERYWHERE, A.ANSWER_SUPERVISION, _by(Role.CHIEF), {"needs": (N.TEXT,), "guards": (G.SUPERVISED,)}),
    (
        UNIT_STATES | {S.TO_REVIEW, S.TO_CALL_BACK, S.CALL_BACK_AGAIN},
        A.ASK_FINDING,
        _UNIT,
        {"needs": (N.REASON,), "may": (N.FILES,), "guards": (G.NO_FINDING,), "follows": "三人评议，两人同意为准"},
    ),
    (
        OPEN_STATES | _ASSESSED,
        A.VOTE_FINDING,
        _REVIEW | {Role.DISPATCHER, Role.LEADER},
        {"needs": (N.REASONABLE, N.DUTY_DONE), "may": (N.REASON,), "guards": (G.MAY_VOTE,)},
    ),
    (
        OPEN_STATES | _ASSESSED,
        A.EXCLUDE,
        _by(Role.SUPERVISOR, Role.SYSTEM),
        {"needs": (N.CODE, N.REASON), "codes": "exclusion", "guards": (G.COUNTED,)},
    ),
    (OPEN_STATES | _ASSESSED, A.INCLUDE, _by(Role.SUPERVISOR), {"needs": (N.REASON,), "guards": (G.NOT_COUNTED,)}),
    (_ASSESSED, A.APPEAL, _by(Role.CHIEF), {"needs": (N.REASON,), "guards": (G.APPEAL_WINDOW,)}),
    (
        _ASSESSED,
        A.RULE_APPEAL,
        _ADJUDICATE,
        {"needs": (N.AGREED, N.REASON), "may": (N.CODE,), "codes": "exclusion", "guards": (G.APPEAL_ASKED,)},
    ),
    (OPEN_STATES, A.SET_SECRECY, _by(Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR), {"needs": (N.SECRECY, N.REASON)}),
    (OPEN_STATES, A.RECUSE, _RULING, {"needs": (N.UNIT, N.REASON), "follows": "该单位不得承办、不得看到"}),
    (
        _ASSESSED,
        A.LOOK_BACK,
        _CALLERS,
        {"needs": (N.AGREED,), "may": (N.TEXT,), "guards": (G.PROMISE_DUE,), "follows": "未兑现的重新办理"},
    ),
    (_EVERYWHERE, A.PENALTY, _SYSTEM, {}),
    (_EVERYWHERE, A.WARN, _SYSTEM, {}),
)

STEPS: dict[tuple[CaseState | None, Action], Step] = {
    **_WAY,
    **{
        (state, action): step
        for action, step in _ANY_OPEN.items()
        for state in S
        if state in OPEN_STATES and not (action is A.MERGE and state in _NEVER_MERGED_FROM)
    },
    **{
        (state, action): Step(to=state, by=by, **more)  # type: ignore[arg-type]
        for states, action, by, more in _BESIDE
        for state in S
        if state in states
    },
}

# What a unit does to its own work order; a helper's or sub-unit's order has this life beside the case's.
ORDER_STEPS: dict[tuple[OrderState, Action], OrderState] = {
    (OrderState.TO_SIGN, A.SIGN): OrderState.HANDLING,
    (OrderState.TO_SIGN, A.RETURN): OrderState.RETURNED,
    (OrderState.HANDLING, A.CONTACT): OrderState.HANDLING,
    (OrderState.RETURNED, A.CONTACT): OrderState.RETURNED,
    (OrderState.HANDLING, A.DELEGATE): OrderState.HANDLING,
    (OrderState.HANDLING, A.REPLY): OrderState.REPLIED,
    (OrderState.REPLIED, A.SEND_BACK): OrderState.HANDLING,
    (OrderState.REPLIED, A.REDO): OrderState.HANDLING,
    (OrderState.TO_SIGN, A.CLOSE): OrderState.DONE,
    (OrderState.HANDLING, A.CLOSE): OrderState.DONE,
    (OrderState.REPLIED, A.CLOSE): OrderState.DONE,
}

# Taken on an order of one's own: the case moves only with the lead's.
ORDER_ACTIONS = frozenset({A.SIGN, A.RETURN, A.CONTACT, A.DELEGATE, A.REPLY, A.ASK_EXTENSION})
# What is done to a draft that its call has left behind; while they talk, the call desk does it.
DRAFT_ACTIONS = frozenset({A.REGISTER, A.ANSWER, A.DISCARD, A.TRANSFER})
# These happen inside; nobody asks for them by name.
_INSIDE = frozenset({A.OPEN, A.RECEIVE, A.ROUTE, A.FILE, A.FOLLOW, A.PENALTY, A.WARN})
PUBLIC_ACTIONS = frozenset(A) - _INSIDE
