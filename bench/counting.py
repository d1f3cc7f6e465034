"""What a piece of work costs: processor time, ours and the server's, and statements."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import event

from core.db import Database, Work


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One kind of work, medians: milliseconds of processor, ours and the server's; statements; lines returned."""

    own_ms: float
    server_ms: float
    statements: float
    lines: int

    @property
    def cpu_ms(self) -> float:
        """Both together."""
        return self.own_ms + self.server_ms


class Meter:
    """Counts the statements of a database and times what is done with it, in one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statements = 0
        self._processes: set[int] = set()
        event.listen(database.engine, "before_cursor_execute", self._heard)
        event.listen(database.engine, "connect", self._connected)
        database.dispose()  # so that the connections to come are all seen

    def of(self, read: Callable[[Work], object], *, times: int) -> Cost:
        """Return the cost of `read`, each time in a transaction of its own; the first two warm up."""
        took = [self._once(read) for _ in range(times + 2)][2:]
        return Cost(
            own_ms=statistics.median(one.own_ms for one in took),
            server_ms=statistics.median(one.server_ms for one in took),
            statements=statistics.median(one.statements for one in took),
            lines=took[-1].lines,
        )

    def _once(self, read: Callable[[Work], object]) -> Cost:
        before, served, own = self.statements, self._served_ns(), time.process_time()
        with self.database.begin() as work:
            found = read(work)
        return Cost(
            own_ms=1000 * (time.process_time() - own),
            server_ms=(self._served_ns() - served) / 1e6,
            statements=self.statements - before,
            lines=len(found["items"]) if isinstance(found, dict) and "items" in found else 1,
        )

    def _served_ns(self) -> int:
        """Return the processor time of the server's processes that work for us, as Linux counts it."""
        return sum(int(Path(f"/proc/{one}/schedstat").read_text().split()[0]) for one in self._processes)

    def _connected(self, connection: psycopg.Connection[tuple[object, ...]], _record: object) -> None:
        self._processes.add(connection.info.backend_pid)

    def _heard(self, *_given: object) -> None:
        self.statements += 1
