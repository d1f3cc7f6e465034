"""The signature that proves a request comes from the carrier."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

Fields = list[tuple[str, str]]


def signature(token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return X-Twilio-Signature for a form POST with `fields`, or for a GET or an upgrade without.

    Every distinct name in byte order, each with its distinct values sorted; an empty value is just its name.
    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def without_fragment(url: str) -> str:
    """Return the URL as it is requested: the fragment only carries connection overrides."""
    return url.partition("#")[0]


def without_userinfo(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return the URL without `user:pass@`, and that pair for HTTP Basic, or None."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (parts.username, parts.password or "")
