"""Signing in and out, and who one is."""

from __future__ import annotations

import csv

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from core import parts, people
from core.config import Settings
from core.db import database
from core.errors import NotKnown
from dashboard import schemas
from dashboard.access import Visitor, actor, guard_public, safe_path
from dashboard.openapi import answers, api
from dashboard.refusals import sentence_of
from dashboard.words import t
from dispatch import queries

accounts = guard_public(Blueprint("accounts", __name__))
sessions = LoginManager()
# A guesser is slowed down by address and by name; the counters live in Redis, shared by all processes.
limiter = Limiter(get_remote_address, strategy="moving-window", swallow_errors=True)


class SignInFailed(NotKnown):
    """Name and password do not fit; which of the two is not said."""

    def __init__(self) -> None:
        super().__init__("用户名或密码不正确。")


@sessions.user_loader
def _load(person_id: str) -> Visitor | None:
    with database().begin() as work:
        person = people.find(work, int(person_id))
        return Visitor(person.actor(), person.username) if person else None


def _named() -> str:
    """The name that is being tried, from the form or the JSON body."""
    sent = request.get_json(silent=True) or request.form
    return f"name:{sent.get('username', '')}"


def _enter(username: str, password: str) -> Visitor:
    with database().begin() as work:
        person = people.sign_in(work, username.strip(), password)
        if person is None:
            raise SignInFailed
        visitor = Visitor(person.actor(), person.username)
    login_user(visitor)
    return visitor


@accounts.get("/sign-in")
def sign_in_page() -> ResponseReturnValue:
    """The page for people."""
    return _page(None, 200)


@accounts.post("/sign-in")
@limiter.limit("60/minute")
@limiter.limit("10/minute", key_func=_named, deduct_when=lambda answer: answer.status_code == 401)
def sign_in_form() -> ResponseReturnValue:
    """Take the form; a wrong password shows the page again with a sentence."""
    try:
        _enter(request.form.get("username", ""), request.form.get("password", ""))
    except SignInFailed as error:
        return _page(sentence_of(error), 401)
    return redirect(safe_path(request.form.get("next")) or url_for("pages.staff"))


@accounts.post("/sign-out")
def sign_out_form() -> ResponseReturnValue:
    """End the session and show the landing page."""
    logout_user()
    return redirect(url_for("pages.home"))


@accounts.get("/api/me")
@api.validate(resp=answers(schemas.Me), tags=["accounts"])
def me() -> schemas.Me:
    """The signed-in person."""
    return _me()


@accounts.post("/api/sign-in")
@limiter.limit("60/minute")
@limiter.limit("10/minute", key_func=_named, deduct_when=lambda answer: answer.status_code == 401)
@api.validate(json=schemas.SignIn, resp=answers(schemas.Me), tags=["accounts"])
def sign_in(json: schemas.SignIn) -> schemas.Me:
    """Sign in a program; people use the page."""
    _enter(json.username, json.password)
    return _me()


@accounts.post("/api/sign-out")
@api.validate(resp=answers(schemas.Signed), tags=["accounts"])
def sign_out() -> schemas.Signed:
    """End the session."""
    actor()
    logout_user()
    return schemas.Signed(signed_in=False)


def listening() -> schemas.Listening:
    """Say which speech model listens, as the media process last said."""
    said = parts.facts_of(current_app.extensions["redis"], "media") or {}
    name = said.get("model")
    return schemas.Listening(available=name is not None, name=name, is_practice=bool(said.get("is_practice")))


def _me() -> schemas.Me:
    person = actor()
    assert person.person_id is not None  # nobody signs in as the system
    with database().begin() as work:
        name = queries.unit_name(work, person.unit_code) if person.unit_code else None
    unit = schemas.UnitName(code=person.unit_code, name=name or person.unit_code) if person.unit_code else None
    return schemas.Me(
        person_id=person.person_id,
        username=current_user.username,
        name=person.name,
        roles=sorted(role.value for role in person.roles),
        unit=unit,
        csrf_token=generate_csrf(),
        practice=_settings().practice,
        listening=listening(),
    )


def _page(refusal: str | None, status: int) -> ResponseReturnValue:
    settings = _settings()
    onward = safe_path(request.values.get("next")) or ""
    shown = _practice_accounts() if settings.practice else []
    return render_template(
        "sign_in.html",
        refusal=refusal,
        next=onward,
        here=url_for("accounts.sign_in_page", next=onward or None),
        username=request.form.get("username", ""),
        practice_accounts=shown,
        practice_password=settings.practice_password if settings.practice else None,
    ), status


def _practice_accounts() -> list[tuple[str, str, str]]:
    """Return (username, name, roles in words) of the practice city's staff, robots left out."""
    with (_settings().city_dir / "staff.csv").open(encoding="utf-8", newline="") as rows:
        return [
            (
                row["username"],
                row["name"],
                t("list.and").join(t(f"role.{role}") for role in row["roles"].split("|")),
            )
            for row in csv.DictReader(rows)
            if not row["username"].startswith("robot")
        ]


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
