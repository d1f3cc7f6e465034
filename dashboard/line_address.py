"""Where a browser's telephone reaches the practice line."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def line_address(practice_line: str) -> str:
    """Return the WebSocket address of the practice line as the browser of this request reaches it.

    practice_line: the line's own address. It listens beside the centre, so a browser that came by another
    name of this host (a LAN address, a tunnel) uses that name: only the scheme and the port are the line's.
    """
    line = urlsplit(practice_line)
    host = urlsplit(f"//{request.host}").hostname or line.hostname or "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    scheme = "wss" if line.scheme == "https" else "ws"
    return f"{scheme}://{host}:{line.port}/phone" if line.port else f"{scheme}://{host}/phone"
