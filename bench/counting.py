"""What a piece of work costs: processor time, ours and the server's share apart, and statements."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import event

from core.db import Database, Work


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One kind of work: milliseconds of our processor, milliseconds of the clock, statements; each a median."""

    cpu_ms: float
    wall_ms: float
    statements: float


class Meter:
    """Counts the statements of a database and times what is done with it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statements = 0
        event.listen(database.engine, "before_cursor_execute", self._heard)

    def of(self, read: Callable[[Work], object], *, times: int) -> Cost:
        """Return the cost of `read`, each time in a transaction of its own; the first two warm up."""
        took = [self._once(read) for _ in range(times + 2)][2:]
        return median(took)

    def _once(self, read: Callable[[Work], object]) -> Cost:
        before, cpu, wall = self.statements, time.process_time(), time.perf_counter()
        with self.database.begin() as work:
            read(work)
        return Cost(
            cpu_ms=1000 * (time.process_time() - cpu),
            wall_ms=1000 * (time.perf_counter() - wall),
            statements=self.statements - before,
        )

    def _heard(self, *_given: object) -> None:
        self.statements += 1


def median(took: list[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        cpu_ms=statistics.median(one.cpu_ms for one in took),
        wall_ms=statistics.median(one.wall_ms for one in took),
        statements=statistics.median(one.statements for one in took),
    )
