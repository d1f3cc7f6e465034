"""The signature of a webhook: how we make it, and how a receiver checks it (docs/hooks.md)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

EVENT = "Hotline-Event"
DELIVERY = "Hotline-Delivery"
TIMESTAMP = "Hotline-Timestamp"
SIGNATURE = "Hotline-Signature"

# Older than this, a request is a replay: the receiver refuses it.
TOLERANCE_S = 300


def new_secret() -> str:
    """Return a fresh secret of 256 bits, for one subscription."""
    return "hook_" + secrets.token_urlsafe(32)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature over `timestamp` (seconds of the epoch) and `body`, as the header carries it."""
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(secret: str, signature: str, *, timestamp: int, body: bytes, at: int) -> bool:
    """Say whether a request that arrives `at` is ours and fresh."""
    if abs(at - timestamp) > TOLERANCE_S:
        return False
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
