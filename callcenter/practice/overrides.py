"""Connection overrides: how patient the carrier is with one webhook URL, written in its fragment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

ERRORS_THAT_RETRY = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """Times in seconds. Source: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> Self:
        """Return what the fragment of `url` asks for, each value kept within the carrier's range."""
        given = dict(parse_qsl(url.partition("#")[2]))
        asked = frozenset(given.get("rp", "ct").split(",")) & ERRORS_THAT_RETRY
        return cls(
            connect_s=_seconds(given.get("ct"), 5.0, 10.0),
            read_s=_seconds(given.get("rt"), 15.0, 15.0),
            total_s=_seconds(given.get("tt"), 15.0, 15.0),
            retries=max(0, min(5, int(given["rc"]))) if given.get("rc", "").isdigit() else 1,
            retry_on=asked,
        )

    def retries_after(self, failure: str) -> bool:
        """Say whether a try that failed as `failure` (ct, rt, 4xx, 5xx) may be repeated."""
        return "all" in self.retry_on or failure in self.retry_on


def _seconds(given: str | None, default_s: float, longest_s: float) -> float:
    if given is None or not given.isdigit():
        return default_s
    return max(0.1, min(longest_s, int(given) / 1000))
