"""Joins and parts the legs of calls: what the carrier is asked to do once a decision is committed."""

from __future__ import annotations

from callcenter import connecting


def connect_call(call_id: int) -> None:
    """Ring the phone of the agent who accepted. Safe to run twice: the second run claims nothing."""
    connecting.connect(call_id)


def bring_caller(call_id: int) -> None:
    """Bring the caller to the agent who has joined."""
    connecting.bring_caller(call_id)


def take_back(call_id: int) -> None:
    """Tidy up after an agent's leg was lost: stray legs hang up, the caller stands at the front again."""
    connecting.take_back(call_id)


def check_alive(call_id: int) -> None:
    """Ask the carrier about a call of which nothing was heard for long."""
    connecting.check_alive(call_id)
