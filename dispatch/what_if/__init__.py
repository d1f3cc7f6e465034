"""What if (预演)? Past cases replayed through a changed list, pack or model; nothing is changed by it."""

from __future__ import annotations

from dispatch.what_if.change import SAMPLE, Change, default_period
from dispatch.what_if.runs import ask, claim, fail, finish, moves, prepare, show, step

__all__ = ["SAMPLE", "Change", "ask", "claim", "default_period", "fail", "finish", "moves", "prepare", "show", "step"]
