"""Names and dates as the carrier writes them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from email.utils import format_datetime


def sid(prefix: str) -> str:
    """Return a fresh 34-character id: `CA…` calls, `CF…` conferences, `RE…` recordings, and so on."""
    return prefix + uuid.uuid4().hex


def present() -> datetime:
    return datetime.now(UTC)


def rfc2822(at: datetime | None) -> str | None:
    """Return the date as the 2010 API and its callbacks write it; None stays None."""
    return format_datetime(at) if at else None


def iso8601(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
