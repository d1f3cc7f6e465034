"""Whether each part of the centre is ready, asked of the part itself."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import parts as alive
from core.clock import now
from core.db import database
from dashboard import assets
from dispatch import calendars

# Every process of the Procfile that has no door of its own says that it is alive through Redis.
SPEAKING = ("media", "worker", "errands", "speech", "clock")
_PATIENCE_S = 2


def parts() -> dict[str, dict[str, Any]]:
    """Return for each part `ready` and, when it is not, a sentence why."""
    found = {"database": _database(), "redis": _redis(), "pages": _said(assets.built(), "前端尚未构建")}
    for part in SPEAKING:
        found[part] = _speaks(part) if found["redis"]["ready"] else _said(False, "Redis 不可用，无法得知")
    if current_app.extensions["settings"].practice:
        found["practice line"] = _practice_line()
    return found


def warnings() -> list[str]:
    """Return what works but should not stay so: years whose holidays nobody has loaded and that cases need."""
    with database().begin() as work:
        unknown = calendars.unknown_ahead(work, now=now())
    return [f"{year} 年的节假日安排尚未载入，期限暂按周一至周五计算" for year in unknown]


def _said(ready: bool, otherwise: str) -> dict[str, Any]:
    return {"ready": True} if ready else {"ready": False, "why": otherwise}


def _database() -> dict[str, Any]:
    try:
        with database().begin() as work:
            loaded = work.session.scalar(text("SELECT count(*) FROM person"))
    except SQLAlchemyError:
        return _said(False, "数据库没有应答")
    return _said(bool(loaded), "城市数据尚未装载")


def _redis() -> dict[str, Any]:
    try:
        return _said(bool(current_app.extensions["redis"].ping()), "Redis 没有应答")
    except RedisError:
        return _said(False, "Redis 没有应答")


def _speaks(part: str) -> dict[str, Any]:
    try:
        facts = alive.facts_of(current_app.extensions["redis"], part)
    except RedisError:
        facts = None
    return _said(facts is not None, "进程没有报到")


def _practice_line() -> dict[str, Any]:
    line = current_app.extensions["settings"].practice_line_url
    try:
        with urllib.request.urlopen(f"{line}/healthz", timeout=_PATIENCE_S) as answer:
            return _said(answer.status == 200, "练习线路未就绪")
    except (urllib.error.URLError, OSError):
        return _said(False, "练习线路没有应答")
