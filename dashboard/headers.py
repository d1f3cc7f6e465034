"""What every answer tells the browser about what it may do with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response

# Styles are set on elements by the component library and the charts; scripts only come from our own files.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; worker-src 'self' blob:; connect-src {connect}; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'"
)
# Where the browser's side of the real carrier connects to.
_CARRIER = "wss://*.twilio.com https://*.twilio.com"


def protect(response: Response, *, line_url: str | None) -> Response:
    """Add the content policy and its companions."""
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(connect=_connect(line_url)))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
    return response


def _connect(line_url: str | None) -> str:
    """Return who may be connected to: ourselves, and the carrier's socket on whatever host we are seen under."""
    if line_url is None:
        return f"'self' {_CARRIER}"
    port = urlsplit(line_url).port
    return f"'self' ws://*:{port} ws://localhost:{port} ws://127.0.0.1:{port}"
