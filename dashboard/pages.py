"""The pages: landing, the shell of the staff screens, the practice telephone, the health of all parts."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from callcenter.telephony import access_token
from core.clock import now
from core.config import Settings
from dashboard import health, words
from dashboard.access import STAFF, guard, guard_public, safe_path
from dashboard.line_address import line_address

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
@screens.get("/figures")
@screens.get("/admin")
@screens.get("/board")
def screen(_screen: str = "") -> ResponseReturnValue:
    """The shell of every staff screen; the front end takes over from here."""
    return render_template("staff.html")


@pages.get("/phone")
def phone() -> ResponseReturnValue:
    """The caller's telephone of the practice line; no such page with a real carrier."""
    return render_template(
        "phone.html", line_url=line_address(_practice_line()), token_url=url_for("pages.caller_token")
    )


@pages.post("/phone/token")
def caller_token() -> ResponseReturnValue:
    """A token for one practice caller, good for an hour."""
    line_url = line_address(_practice_line())
    token, identity, expires_at = access_token(_settings(), f"caller_{secrets.token_hex(6)}", now=now())
    return jsonify(token=token, identity=identity, line_url=line_url, expires_at=expires_at.isoformat())


@pages.get("/language/<chosen>")
def choose_language(chosen: str) -> ResponseReturnValue:
    """Keep what language this browser reads, and go back to where it was."""
    if chosen not in set(words.Language):
        abort(404)
    answer = redirect(safe_path(request.args.get("next")) or url_for("pages.home"))
    # The staff screens read and write it too, so scripts may see it; it says nothing about a person.
    answer.set_cookie(
        words.COOKIE, chosen, max_age=words.COOKIE_LIVES_S, samesite="Lax", secure=_settings().secure_cookies
    )
    return answer


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 when every part is ready, else 503 and which is not; and what is ready but not right."""
    found = health.parts()
    ready = all(part["ready"] for part in found.values())
    warnings = health.warnings() if found["database"]["ready"] else []
    return jsonify(ready=ready, parts=found, warnings=warnings), 200 if ready else 503


def _practice_line() -> str:
    """Return the practice line's own address; with a real carrier there is none, and no such page."""
    line = _settings().practice_line_url
    if line is None:
        abort(404)
    return line


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
