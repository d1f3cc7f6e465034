"""The figures as a list: of which rows, which are left out, what a row counts. docs/figures.md says it in words.

The conditions are SQL over the columns of timeline.py; none of them comes from outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.figures.formulas import Kind


class Basis(StrEnum):
    """What is counted, and by which instant it lies in a period."""

    DUE = "due"  # cases by their promise to the citizen: V
    OPENED = "opened"  # cases by their opening
    SENT = "sent"  # cases by their first sending
    SIGN = "sign"  # work orders by the end of their time to sign
    ORDER = "order"  # work orders by their own deadline
    CARD = "card"  # yellow and red cards by their instant


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure. left_out: code -> condition, tried in order after the official exclusions.

    counts: what a row of the denominator counts, 0 or more; never null. kept: whether rows with an exclusion
    code leave the denominator (V′) or stay in it (V).
    """

    code: str
    zh: str
    en: str
    basis: Basis
    counts: str
    kind: Kind = Kind.SHARE
    kept: bool = False
    asked: str = "true"
    left_out: dict[str, str] = field(default_factory=dict)
    less_is_better: bool = False


def _yes(condition: str) -> str:
    """Return 1 where `condition` holds, 0 where it does not or cannot be known."""
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


_NO_CALLBACK = {"no_callback": "no_callback"}
_RATED = _NO_CALLBACK | {"not_rated": "NOT evaluated"}
_GRADED = _RATED | {"not_said": "grade IS NULL"}
_CLOSED = "state IN ('closed', 'filed')"
_ANSWERS = {
    "returned": "returned AND done_at IS NULL",
    "superseded": "superseded",
    "not_needed": "not_needed",
}
_DONE = "done_at >= first_sent_at"


def _solved_in(round_no: int) -> str:
    return _yes(f"solved = 'solved' AND evaluated_round = {round_no}")


def _due(code: str, zh: str, en: str, counts: str, **more: object) -> Figure:
    return Figure(code=code, zh=zh, en=en, basis=Basis.DUE, counts=counts, **more)  # type: ignore[arg-type]


def _count_of(code: str, zh: str, en: str, condition: str) -> Figure:
    """A share of V of which less is better."""
    return _due(code, zh, en, _yes(condition), less_is_better=True)


FIGURES: tuple[Figure, ...] = (
    _due(
        "responded",
        "响应率",
        "Responded",
        _yes("said_contacted AND contacted_at <= last_sent_at + make_interval(mins => :contact_minutes)"),
        kept=True,
        left_out=_NO_CALLBACK | {"followed": "followed"},
    ),
    _due(
        "solved",
        "解决率",
        "Solved",
        "CASE solved WHEN 'solved' THEN 1 WHEN 'partly' THEN 0.5 ELSE 0 END",
        kept=True,
        left_out=_RATED | {"not_said": "solved IS NULL"},
    ),
    _due(
        "satisfied",
        "满意率（有效参评）",
        "Satisfied, of valid answers",
        _yes("grade >= 3"),
        kept=True,
        left_out=_GRADED,
    ),
    _due(
        "satisfied_deemed",
        "满意率（含未接通视同）",
        "Satisfied, not reached deemed so",
        _yes("not_reached OR grade >= 3"),
        kept=True,
        left_out=_NO_CALLBACK
        | {"not_rated": "NOT evaluated AND NOT not_reached", "not_said": "evaluated AND grade IS NULL"},
    ),
    _due(
        "grade_mean", "满意度（五级均分）", "Mean grade, 1 to 5", "grade", kind=Kind.MEAN, kept=True, left_out=_GRADED
    ),
    _due("on_time", "按时办结率", "Closed in time", _yes("done_at <= due_at"), kept=True),
    _due("called_back", "有效回访率", "Callbacks answered", _yes("evaluated"), kept=True, asked="to_call_back"),
    _due(
        "solved_first",
        "一次解决率",
        "Solved at the first try",
        _solved_in(1),
        kept=True,
        asked=_CLOSED,
        left_out=_NO_CALLBACK,
    ),
    _due(
        "solved_second",
        "二次解决率",
        "Solved at the second try",
        _solved_in(2),
        kept=True,
        asked=_CLOSED,
        left_out=_NO_CALLBACK,
    ),
    _due(
        "solved_third",
        "三次解决率",
        "Solved at the third try",
        _solved_in(3),
        kept=True,
        asked=_CLOSED,
        left_out=_NO_CALLBACK,
    ),
    _due(
        "handling_working",
        "平均办理时长（工作时间，分钟）",
        "Mean handling, working minutes",
        "floor((worked_until_done - worked_until_sent) / 60)",
        kind=Kind.MEAN,
        kept=True,
        asked=_DONE,
        less_is_better=True,
    ),
    _due(
        "handling_natural",
        "平均办理时长（自然时间，分钟）",
        "Mean handling, natural minutes",
        "floor(extract(epoch FROM done_at - first_sent_at) / 60)",
        kind=Kind.MEAN,
        kept=True,
        asked=_DONE,
        less_is_better=True,
    ),
    _count_of("redone", "重办率", "Redone", "redos > 0"),
    _count_of("returned", "退单率", "Returned", "returns > 0"),
    _count_of("extended", "延期率", "Extended", "extensions > 0"),
    _count_of("supervised", "督办率", "Supervised", "supervisions > 0"),
    _count_of("urged", "催办率", "Urged", "urgings > 0"),
    _count_of("sent_back", "审核退回率", "Failed a review", "send_backs > 0"),
    _due("sendings_mean", "平均派单次数", "Mean number of sendings", "sendings", kind=Kind.MEAN, less_is_better=True),
    Figure(code="opened", zh="受理量", en="Cases opened", basis=Basis.OPENED, counts="1", kind=Kind.COUNT),
    Figure(
        code="direct",
        zh="直接办结率",
        en="Answered directly",
        basis=Basis.OPENED,
        counts=_yes("answers > 0 AND sendings = 0"),
    ),
    Figure(
        code="repeated",
        zh="重复率",
        en="Repeated",
        basis=Basis.OPENED,
        counts=_yes("state = 'merged'"),
        less_is_better=True,
    ),
    Figure(code="sent", zh="派单量", en="Cases sent", basis=Basis.SENT, counts="1", kind=Kind.COUNT),
    Figure(
        code="first_right",
        zh="首派准确率",
        en="First dispatch right",
        basis=Basis.SENT,
        counts=_yes("returns = 0 AND sendings = 1"),
    ),
    Figure(code="by_machine", zh="自动派单率", en="Sent by the machine", basis=Basis.SENT, counts=_yes("by_machine")),
    Figure(
        code="signed_on_time",
        zh="按时签收率",
        en="Signed in time",
        basis=Basis.SIGN,
        counts=_yes("NOT signed_by_clock AND signed_at <= due_at"),
        kept=True,
        left_out={"returned": "returned AND signed_at IS NULL", "superseded": "superseded AND signed_at IS NULL"},
    ),
    Figure(
        code="replied_on_time",
        zh="单位按时答复率",
        en="Work orders answered in time",
        basis=Basis.ORDER,
        counts=_yes("done_at <= due_at"),
        kept=True,
        left_out=_ANSWERS,
    ),
    Figure(
        code="overdue",
        zh="超期工单",
        en="Work orders answered late or not",
        basis=Basis.ORDER,
        counts=_yes("done_at IS NULL OR done_at > due_at"),
        kind=Kind.COUNT,
        kept=True,
        left_out=_ANSWERS,
        less_is_better=True,
    ),
    Figure(
        code="overdue_open",
        zh="超期未答复",
        en="Overdue and still open",
        basis=Basis.ORDER,
        counts=_yes("done_at IS NULL"),
        kind=Kind.COUNT,
        kept=True,
        left_out=_ANSWERS,
        less_is_better=True,
    ),
    Figure(
        code="yellow_cards",
        zh="黄牌",
        en="Yellow cards",
        basis=Basis.CARD,
        counts=_yes("colour = 'yellow'"),
        kind=Kind.COUNT,
        less_is_better=True,
    ),
    Figure(
        code="red_cards",
        zh="红牌",
        en="Red cards",
        basis=Basis.CARD,
        counts=_yes("colour = 'red'"),
        kind=Kind.COUNT,
        less_is_better=True,
    ),
)
BY_CODE: dict[str, Figure] = {figure.code: figure for figure in FIGURES}
SCORE = "score"
SCORE_NAMES = ("综合得分", "Score, 0 to 100")
OF_BASIS: dict[Basis, tuple[Figure, ...]] = {
    basis: tuple(figure for figure in FIGURES if figure.basis is basis) for basis in Basis
}
DIMENSIONS = ("unit", "district", "class", "kind", "channel", "urgency")
