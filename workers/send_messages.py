"""Hands text messages to the carrier."""

from __future__ import annotations

from callcenter import messages


def send_message(message_id: int) -> None:
    """Send one message. Safe to run twice: whoever claims it sends it, and nobody again."""
    messages.send(message_id)
