"""What comes in by other ways than a call, and what the desk may make of it; who must see less, or nothing."""

from __future__ import annotations

from dispatch.intake import accepting, completing, protecting, rejecting
from dispatch.intake.receiving import Received, fill, receive

__all__ = ["ACTS", "Received", "fill", "receive"]

ACTS = accepting.ACTS | completing.ACTS | rejecting.ACTS | protecting.ACTS
