"""A pack of time limits (时限规则包): read from its JSON, asked for the limits of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.deadlines import Limit, LimitUnit

# Used when a pack does not say how sure the classifier must be before nobody is asked.
DEFAULT_THRESHOLD = 0.6


class PackError(ValueError):
    """A pack cannot be used; the message names what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of one class of cases; None means that the pack sets none."""

    dispatch: Limit
    sign: Limit
    contact: Limit | None
    result: Limit


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The limits in force and the rules about returns and automatic dispatch."""

    name: str
    version: str
    working_hours: str  # which service of hours.csv is working time
    rules: tuple[tuple[str, str, Limits], ...]  # kind or "*", urgency, limits
    return_within: Limit
    return_within_urgent: Limit
    returns_per_unit: int
    automatic_from_share: float

    def limits(self, kind: str | None, urgency: str) -> Limits:
        """Return the limits of `kind` and `urgency`; a rule for the kind goes before one for all.

        A case whose kind is still open gets the longest-standing reading: a request for help.
        """
        asked = kind or "help"
        for wanted in (asked, "*"):
            for of_kind, of_urgency, limits in self.rules:
                if of_kind == wanted and of_urgency == urgency:
                    return limits
        raise PackError(f"pack {self.name} has no limits for {asked}/{urgency}")

    def return_limit(self, urgency: str) -> Limit:
        """Return how long after dispatch a unit may still give an order back."""
        return self.return_within if urgency == "normal" else self.return_within_urgent


def read_pack(body: Mapping[str, Any]) -> Pack:
    """Return the pack that `body` describes. Raises PackError."""
    try:
        returns = body["return"]
        routing = body.get("routing", {})
        return Pack(
            name=body["name"],
            version=body["version"],
            working_hours=body.get("working_hours", "offices"),
            rules=tuple((rule["kind"], rule["urgency"], _limits(rule)) for rule in body["rules"]),
            return_within=_limit(returns["ask_within"]),
            return_within_urgent=_limit(returns["ask_within_urgent"]),
            returns_per_unit=int(returns.get("per_unit", 1)),
            automatic_from_share=float(routing.get("automatic_from_share", DEFAULT_THRESHOLD)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"the pack cannot be read: {error!r}") from error


def _limits(rule: Mapping[str, Any]) -> Limits:
    return Limits(
        dispatch=_limit(rule["dispatch"]),
        sign=_limit(rule["sign"]),
        contact=_limit(rule["contact"]) if rule.get("contact") else None,
        result=_limit(rule["result"]),
    )


def _limit(given: Mapping[str, Any]) -> Limit:
    quantity = int(given["quantity"])
    if quantity < 0:
        raise ValueError(f"a limit of {quantity}")
    return Limit(quantity=quantity, unit=LimitUnit(given["unit"]))
