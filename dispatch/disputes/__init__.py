"""Whose duty is it? Returns and the dispatcher's rulings on them, conferences (会商) and theirs."""

from __future__ import annotations

from dispatch.disputes import conferences, returns
from dispatch.disputes.reading import conference, conferences_of

__all__ = ["ACTS", "conference", "conferences_of"]

ACTS = returns.ACTS | conferences.ACTS
