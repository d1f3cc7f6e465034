"""What a component says when it is not certain: a value, how sure, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A provisional answer. share: 0 to 1. reason: in Chinese, fit for the person at the desk."""

    value: str
    share: float
    reason: str
