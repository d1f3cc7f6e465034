"""Where evidence lies: one file for one digest, below VAR_DIR/evidence, written whole or not at all.

A file is on the disk before its row is committed, so that no row is without its file. What a failed
transaction left behind is removed by `sweep`; both hold the lock of the digest, so neither can cross the other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import exists, func, select

from core.config import Settings
from core.db import Work, database
from dispatch.evidence.records import EvidenceRecord

# Younger than this, a file may belong to a transaction that is still open.
_YOUNG = timedelta(hours=1)
_LOCKS = 12_348


def settings() -> Settings:
    """Return the settings of the running application."""
    found: Settings = current_app.extensions["settings"]
    return found


def folder() -> Path:
    """Return where evidence lies; behind the guard, never served as files."""
    return settings().var_dir / "evidence"


def path_of(sha256: str) -> Path:
    """Return where the file of this digest lies, or would."""
    return folder() / sha256[:2] / sha256


def put(work: Work, sha256: str, content: bytes) -> None:
    """Have the file on the disk before `work` commits; what is there already is not written again."""
    _lock(work, sha256)
    path = path_of(sha256)
    if path.exists():
        os.utime(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(part).replace(path)
    _flush_folder(path.parent)


def sweep(now: datetime) -> int:
    """Remove old files that no row names; return how many went. Safe to run twice and beside uploads."""
    removed = 0
    for path in list(_old_files(now)):
        with database().begin() as work:
            _lock(work, path.name)
            named = work.session.scalar(select(exists().where(EvidenceRecord.sha256 == path.name)))
            # Looked at again under the lock: an upload may have come for it meanwhile.
            if not named and _is_old(path, now):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _old_files(now: datetime) -> Iterator[Path]:
    return (path for path in folder().glob("??/*") if path.is_file() and _is_old(path, now))


def _is_old(path: Path, now: datetime) -> bool:
    try:
        return path.stat().st_mtime < (now - _YOUNG).timestamp()
    except FileNotFoundError:
        return False


def _lock(work: Work, sha256: str) -> None:
    # Two keys: the first is this store's own, so that no other lock is ever waited for.
    work.session.execute(select(func.pg_advisory_xact_lock(_LOCKS, func.hashtext(sha256))))


def _flush_folder(path: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
