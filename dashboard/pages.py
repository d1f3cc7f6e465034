"""The pages: landing, the shell of the staff screens, the practice telephone, the health of all parts."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from callcenter.telephony import access_token
from core.clock import now
from core.config import Settings
from dashboard import health
from dashboard.access import STAFF, guard, guard_public

pages = guard_public(Blueprint("pages", __name__))
screens = guard(Blueprint("screens", __name__), *STAFF)


@pages.get("/")
def home() -> ResponseReturnValue:
    """What this is and the number to call."""
    return render_template("home.html", practice=_settings().practice)


@pages.get("/staff")
def staff() -> ResponseReturnValue:
    """On to the first desk of the person, or to the sign-in."""
    return redirect("/desk" if current_user.is_authenticated else url_for("accounts.sign_in_page"))


@screens.get("/desk")
@screens.get("/desk/<path:_screen>")
@screens.get("/cases/<path:_screen>")
@screens.get("/board")
def screen(_screen: str = "") -> ResponseReturnValue:
    """The shell of every staff screen; the front end takes over from here."""
    return render_template("staff.html")


@pages.get("/phone")
def phone() -> ResponseReturnValue:
    """The caller's telephone of the practice line; no such page with a real carrier."""
    settings = _practising()
    return render_template(
        "phone.html", line_url=socket_url(settings), token_url=url_for("pages.caller_token")
    )


@pages.post("/phone/token")
def caller_token() -> ResponseReturnValue:
    """A token for one practice caller, good for an hour."""
    settings = _practising()
    token, identity, expires_at = access_token(settings, f"caller_{secrets.token_hex(6)}", now=now())
    return jsonify(
        token=token, identity=identity, line_url=socket_url(settings), expires_at=expires_at.isoformat()
    )


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 when every part is ready; else 503 and which is not."""
    found = health.parts()
    ready = all(part["ready"] for part in found.values())
    return jsonify(ready=ready, parts=found), 200 if ready else 503


def socket_url(settings: Settings) -> str:
    """Return the practice line's address as this browser reaches it.

    The line listens on this machine; a browser that came by another name of it uses that name.
    """
    line = settings.practice_line_url or ""
    host = (request.host.rpartition(":")[0] or request.host) if request else "127.0.0.1"
    port = line.rpartition(":")[2].rstrip("/")
    return f"ws://{host}:{port}/phone"


def _practising() -> Settings:
    settings = _settings()
    if not settings.practice:
        abort(404)
    return settings


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
