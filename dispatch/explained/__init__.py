"""Why a case went where it went, and how often the machine is right when it is that sure."""

from __future__ import annotations

from dispatch.explained.precision import MIN_CASES, curve, precision_at
from dispatch.explained.story import explain

__all__ = ["MIN_CASES", "curve", "explain", "precision_at"]
