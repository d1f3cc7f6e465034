"""The guard of everything the carrier asks: a signed request, or an empty 403."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, request

from callcenter import place
from callcenter.signing import Asked, is_genuine

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def let_only_the_carrier_in(public_origin: str) -> None:
    """Refuse the request unless the carrier signed it for `public_origin` (scheme and host as configured).

    The address is put together from the settings and the raw path: proxies and Host headers are not believed.
    """
    posted_form = request.method == "POST" and request.mimetype in _FORMS
    asked = Asked(
        url=public_origin + _raw_path(),
        pairs=tuple(request.form.items(multi=True)) if posted_form else (),
        body=None if posted_form or request.method in ("GET", "HEAD") else request.get_data(cache=True),
    )
    if not is_genuine(asked, request.headers.get("X-Twilio-Signature"), _tokens()):
        abort(Response(status=403))


def _raw_path() -> str:
    """Return path and query as they stood on the wire; Flask's own are decoded, and signatures are not."""
    found: str = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
    return found


def _tokens() -> list[str]:
    """Return the tokens that are good now; several, separated by commas, while one is being replaced."""
    return [token.strip() for token in place.settings().twilio_auth_token.split(",")]
