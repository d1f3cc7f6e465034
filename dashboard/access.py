"""Who may come in: every blueprint gets exactly one guard, and a test fails if one has not."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user
from werkzeug.exceptions import Unauthorized

from core.actor import Actor, Role

# Blueprint name -> what its guard asks for; filled by the guard functions, read by the contract test.
GUARDS: dict[str, str] = {}

STAFF = tuple(role for role in Role if role not in {Role.SYSTEM, Role.CITIZEN})
# The wall shows the whole city; a unit's own people see their unit's cases only.
WALL = (
    Role.AGENT,
    Role.DISPATCHER,
    Role.REVIEWER,
    Role.CALLBACK,
    Role.SUPERVISOR,
    Role.LEADER,
    Role.ADMINISTRATOR,
)


class Visitor(UserMixin):
    """A signed-in person, as flask-login keeps them for one request."""

    def __init__(self, actor: Actor, username: str) -> None:
        self.actor = actor
        self.username = username

    def get_id(self) -> str:
        return str(self.actor.person_id)


def actor() -> Actor:
    """Return the person who makes this request. Answers 401 when nobody is signed in."""
    if not current_user.is_authenticated:
        abort(401)
    found: Actor = current_user.actor
    return found


def guard(blueprint: Blueprint, *roles: Role) -> Blueprint:
    """Let only signed-in people with one of `roles` into `blueprint`."""
    allowed = frozenset(roles)

    def check() -> ResponseReturnValue | None:
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        if not allowed.intersection(current_user.actor.roles):
            abort(403)
        return None

    return _mark(blueprint, check, "roles: " + ", ".join(sorted(allowed)))


def guard_public(blueprint: Blueprint) -> Blueprint:
    """Say aloud that anybody may see `blueprint`; what needs a person inside calls `actor()`."""
    return _mark(blueprint, lambda: None, "public")


def guard_basic(blueprint: Blueprint) -> Blueprint:
    """Let only the carrier's own account in, by HTTP Basic; closed when the practice line is off."""

    def check() -> ResponseReturnValue | None:
        settings = current_app.extensions["settings"]
        if not settings.practice:
            abort(404)
        given = request.authorization
        known = (settings.twilio_account_sid, settings.twilio_auth_token)
        if given is None or not _same((given.username or "", given.password or ""), known):
            raise Unauthorized(www_authenticate=None)
        return None

    return _mark(blueprint, check, "basic: carrier account")


def guarded_by_itself(blueprint: Blueprint, words: str) -> Blueprint:
    """Note that `blueprint` brought its own guard. Raises RuntimeError when it has none."""
    if not blueprint.before_request_funcs.get(None):
        raise RuntimeError(f"blueprint {blueprint.name} has no guard")
    GUARDS[blueprint.name] = words
    return blueprint


def _same(given: tuple[str, str], known: tuple[str, str]) -> bool:
    # Both are compared, always, so that the time taken tells nothing.
    return all([hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, known, strict=True)])


def _mark(blueprint: Blueprint, check: Callable[[], ResponseReturnValue | None], words: str) -> Blueprint:
    if blueprint.name in GUARDS and getattr(blueprint, "_guarded", False):
        raise RuntimeError(f"blueprint {blueprint.name} has two guards")
    GUARDS[blueprint.name] = words
    blueprint._guarded = True  # type: ignore[attr-defined]
    blueprint.before_request(check)
    return blueprint


def safe_path(target: str | None) -> str | None:
    """Accept only a path of our own to go on to, never another host; None for anything else."""
    # A browser drops tabs and line ends from an address and reads a backslash as a slash.
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    return None if target.startswith("//") or urlsplit(target).netloc else target


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        abort(401)
    return redirect(url_for("accounts.sign_in_page", next=request.full_path.rstrip("?")))
