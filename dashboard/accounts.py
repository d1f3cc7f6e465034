"""Signing in and out, and who one is."""

from __future__ import annotations

from flask import Blueprint

from dashboard import schemas
from dashboard.openapi import answers, api

accounts = Blueprint("accounts", __name__)


@accounts.get("/api/me")
@api.validate(resp=answers(schemas.Me), tags=["accounts"])
def me() -> schemas.Me:
    """The signed-in person."""
    raise NotImplementedError


@accounts.post("/api/sign-in")
@api.validate(json=schemas.SignIn, resp=answers(schemas.Me), tags=["accounts"])
def sign_in(json: schemas.SignIn) -> schemas.Me:
    """Sign in a program; people use the page."""
    raise NotImplementedError


@accounts.post("/api/sign-out")
@api.validate(resp=answers(schemas.Signed), tags=["accounts"])
def sign_out() -> schemas.Signed:
    """End the session."""
    raise NotImplementedError
