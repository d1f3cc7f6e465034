"""Facts that have happened, and the bus that hands them to whoever reacts."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that is already true; named in the past tense."""


E = TypeVar("E", bound=Event)


class Bus:
    """Calls the reactions to an event in the order they were connected."""

    def __init__(self) -> None:
        self._reactions: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)

    def on(self, kind: type[E], reaction: Callable[[E], None]) -> None:
        """Call `reaction` for every event of exactly this kind."""
        self._reactions[kind].append(reaction)

    def reactions(self, kind: type[Event]) -> tuple[Callable[[Any], None], ...]:
        """Return what is connected to `kind`."""
        return tuple(self._reactions[kind])

    def publish(self, events: Iterable[Event]) -> None:
        """Tell everyone. A reaction that fails is logged and does not stop the others.

        The facts are already committed, so nothing can be undone here; what a failed reaction
        should have started is put again by the sweep.
        """
        for event in events:
            for reaction in self._reactions[type(event)]:
                try:
                    reaction(event)
                except Exception:
                    log.exception("reaction.failed", extra={"event": type(event).__name__})
