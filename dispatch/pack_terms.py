"""What a pack of time limits (时限规则包) holds, and which of its limits a case gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from dispatch.deadlines import Limit, LimitUnit
from dispatch.pack_fields import PackError

KINDS = ("consult", "help", "complaint", "report", "suggestion")
URGENCIES = ("critical", "urgent", "normal")
ANY = "*"
# A case whose kind is still open gets the longest-standing reading: a request for help.
_KIND_WHEN_OPEN = "help"
# Used when a pack does not say how sure the classifier must be before nobody is asked.
DEFAULT_THRESHOLD = 0.6
# A working day is a seventh of a week's five; a working minute one of a day's 480.
_NATURAL_MINUTES = {
    LimitUnit.NATURAL_MINUTES: 1.0,
    LimitUnit.WORKING_DAYS: 7 * 1440 / 5,
    LimitUnit.WORKING_MINUTES: 7 * 1440 / 5 / 480,
}


class RateWeights(NamedTuple):
    """What the three rates (三率) weigh in the total; they add up to 1."""

    responded: float
    solved: float
    satisfied: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of one case. contact: None means that the pack sets none.

    why: name of the limit -> where it comes from, in Chinese: the number of the pack's rule, counted from 1,
    or the name of the statute.
    """

    dispatch: Limit
    sign: Limit
    contact: Limit | None
    result: Limit
    why: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The limits of a kind, an urgency and a class; `*` and None mean any."""

    kind: str
    urgency: str
    category: str | None
    limits: Limits

    def rank(self) -> tuple[bool, int, bool]:
        """Return how exact the rule is; the highest of those that match is taken.

        Urgency first, so that a rule about a class never slows down danger to life; then the longer class
        prefix; then a named kind. Two rules of one rank that match one case would be the same rule, and a
        pack may not hold both.
        """
        return self.urgency != ANY, len(self.category or ""), self.kind != ANY

    def matches(self, kind: str, urgency: str, category: str | None) -> bool:
        """Say whether the rule is about such a case."""
        of_class = self.category is None or (category or "").startswith(self.category)
        return self.kind in (ANY, kind) and self.urgency in (ANY, urgency) and of_class


@dataclass(frozen=True, kw_only=True)
class Statute:
    """A limit that a law sets for a class of matters (法定期限)."""

    category: str
    kind: str | None
    name: str
    limit: Limit


@dataclass(frozen=True, kw_only=True)
class Special:
    """A result limit that somebody has to approve, such as that of complex matters."""

    code: str
    title: str
    limit: Limit


# What a pack means when its file leaves a setting out.
_TWO_HOURS = Limit(quantity=120, unit=LimitUnit.WORKING_MINUTES)
_FOUR_HOURS = Limit(quantity=240, unit=LimitUnit.WORKING_MINUTES)
_FOUR_NATURAL_HOURS = Limit(quantity=240, unit=LimitUnit.NATURAL_MINUTES)
_ONE_DAY = Limit(quantity=1, unit=LimitUnit.WORKING_DAYS)
_THREE_DAYS = Limit(quantity=3, unit=LimitUnit.WORKING_DAYS)
_FIVE_DAYS = Limit(quantity=5, unit=LimitUnit.WORKING_DAYS)
_HALF_MONTH = Limit(quantity=15 * 1440, unit=LimitUnit.NATURAL_MINUTES)
_MONTH = Limit(quantity=30 * 1440, unit=LimitUnit.NATURAL_MINUTES)
_QUARTER = Limit(quantity=90 * 1440, unit=LimitUnit.NATURAL_MINUTES)
_WEIGHTS = RateWeights(responded=0.3, solved=0.35, satisfied=0.35)


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The limits in force, and every other number of the life of a case that a city sets for itself."""

    name: str
    version: str
    title: str
    valid_from: date
    source: str
    assumed: tuple[str, ...] = ()  # paths of values that are ours, not the city's
    working_hours: str = "offices"  # which service of hours.csv is working time
    rules: tuple[Rule, ...]
    statutes: tuple[Statute, ...] = ()
    special: tuple[Special, ...] = ()
    return_within: Limit
    return_within_urgent: Limit
    returns_per_unit: int = 1
    rule_return_within: Limit = _TWO_HOURS
    adjudicate_from_dispute: int = 2
    adjudicate_within: Limit = _ONE_DAY
    review_within: Limit = _ONE_DAY
    failed_reviews_until_supervision: int = 2
    redo_within: Limit = _THREE_DAYS
    redos_until_supervision: int = 2
    redos_at_most: int = 3
    supervision_within: Limit = _THREE_DAYS
    call_back_within: Limit = _THREE_DAYS
    call_back_tries: int = 3
    call_back_apart: Limit = _FOUR_NATURAL_HOURS
    extension_times: int = 1
    extension_at_most: str = "original"  # no longer than the limit that is extended, or than the statute's
    extension_decide_within: Limit = _FOUR_HOURS
    facts_within: Limit = _THREE_DAYS
    ledger_review: Limit = _QUARTER
    reopen_within: Limit = _HALF_MONTH
    file_after: Limit = _MONTH
    appeal_within: Limit = _FIVE_DAYS
    relapse_days: int = 30  # natural days
    warn_at_shares: tuple[float, ...] = (0.5, 0.8)  # of the limit
    red_after: Limit = _ONE_DAY  # counted from the deadline
    rate_weights: RateWeights = _WEIGHTS
    rank_from: int = 30  # rated cases; fewer are shown without a rank
    automatic_from_share: float = DEFAULT_THRESHOLD

    def limits(self, kind: str | None, urgency: str, category: str | None = None) -> Limits:
        """Return the limits of a case: those of the most exact rule, lengthened by a statute.

        See Rule.rank for the order. A statute replaces the result limit of an ordinary case when it is
        longer, never when it is shorter; the first answer to danger or an outage waits for no statute.
        Lengths in different units are compared by five working days of eight hours to the week.
        Raises PackError when no rule matches.
        """
        asked = kind or _KIND_WHEN_OPEN
        matching = [
            (rule.rank(), -number, rule)
            for number, rule in enumerate(self.rules, start=1)
            if rule.matches(asked, urgency, category)
        ]
        if not matching:
            raise PackError(f"rules：没有 {asked}/{urgency} 的时限")
        _, number, rule = max(matching, key=lambda found: found[:2])
        law = self._statute(asked, category) if urgency == "normal" else None
        result = rule.limits.result
        why = dict.fromkeys(("dispatch", "sign", "contact", "result"), f"规则包第 {-number} 条规则")
        if law is not None and length(law.limit) > length(result):
            result, why["result"] = law.limit, f"法定期限：{law.name}"
        own = rule.limits
        return Limits(dispatch=own.dispatch, sign=own.sign, contact=own.contact, result=result, why=why)

    def return_limit(self, urgency: str) -> Limit:
        """Return how long after dispatch a unit may still give an order back."""
        return self.return_within if urgency == "normal" else self.return_within_urgent

    def _statute(self, kind: str, category: str | None) -> Statute | None:
        about = [
            law for law in self.statutes if (category or "").startswith(law.category) and law.kind in (None, kind)
        ]
        return max(about, key=lambda law: (len(law.category), law.kind is not None), default=None)


def length(limit: Limit) -> float:
    """Return about how many natural minutes `limit` takes, to say which of two is longer."""
    return limit.quantity * _NATURAL_MINUTES[limit.unit]


def uncovered(rules: Iterable[Rule]) -> list[str]:
    """Return the kinds and urgencies, such as `complaint/urgent`, that no rule for all classes covers."""
    general = [rule for rule in rules if rule.category is None]
    return [
        f"{kind}/{urgency}"
        for kind in KINDS
        for urgency in URGENCIES
        if not any(rule.matches(kind, urgency, None) for rule in general)
    ]
