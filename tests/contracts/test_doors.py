"""Every blueprint has exactly one guard, and the document of the API is the code's own."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet
from flask import Blueprint, Flask

from core.actor import Role
from core.config import ROOT, Settings
from dashboard import access
from dashboard.document import text

# What anybody may see, one by one and on purpose.
PUBLIC = {"accounts", "pages", "rating"}
# The carrier's players do not sign, and a tune is no secret.
OPEN = {"webhooks.waiting_music"}


def settings(**changes: str) -> Settings:
    env = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": Fernet.generate_key().decode(),
        "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
        "MEDIA_URL": "ws://127.0.0.1:8001/media",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_API_KEY": "SK" + "0" * 32,
        "TWILIO_API_SECRET": "secret",
        "PRACTICE_LINE_URL": "http://127.0.0.1:1",
        **changes,
    }
    return Settings.from_env(env)


@pytest.fixture(scope="module")
def app() -> Flask:
    from app import create_app

    app = create_app(settings(), socket_mode="threading")
    # Off here only, so that it is the guard that answers a stranger and not the check before it.
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def own_blueprints(app: Flask) -> dict[str, Blueprint]:
    return {name: one for name, one in app.blueprints.items() if one.import_name.partition(".")[0] != "spectree"}


def test_every_blueprint_has_a_guard(app: Flask):
    assert set(own_blueprints(app)) <= set(access.GUARDS), "a blueprint without a guard"
    assert {name for name, words in access.GUARDS.items() if words == "public"} == PUBLIC


def test_a_second_guard_on_a_blueprint_is_refused():
    once = access.guard(Blueprint("twice", __name__), Role.AGENT)
    with pytest.raises(RuntimeError, match="two guards"):
        access.guard(once, Role.AGENT)
    del access.GUARDS["twice"]


def test_every_address_behind_a_guard_refuses_a_stranger(app: Flask):
    client = app.test_client()
    tried = 0
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.rpartition(".")[0]
        if blueprint in PUBLIC or blueprint not in access.GUARDS or rule.endpoint in OPEN:
            continue
        address = rule.rule.replace("<int:", "<")
        for name in rule.arguments:
            address = address.replace(f"<path:_{name.lstrip('_')}>", "x").replace(f"<{name}>", "1")
        for method in rule.methods & {"GET", "POST", "PUT"}:
            answer = client.open(address, method=method, json={} if method != "GET" else None)
            assert answer.status_code in {302, 401, 403}, (method, address, answer.status_code)
            tried += 1
    assert tried > 25


def test_a_change_without_the_pages_own_token_is_refused(app: Flask):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post("/api/desk/seat", json={"state": "ready"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert answer.get_json()["code"] == "csrf"


def test_every_answer_carries_a_content_policy_that_lets_no_strange_script_in(app: Flask):
    answer = app.test_client().get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_only_these_addresses_have_no_blueprint_of_ours(app: Flask):
    free = {rule.rule for rule in app.url_map.iter_rules() if "." not in rule.endpoint}
    assert free == {"/static/<path:filename>", "/api/docs/openapi.json"}


def test_the_written_openapi_document_is_the_codes_own():
    written = (ROOT / "dashboard" / "frontend" / "openapi.json").read_text(encoding="utf-8")
    assert written == text(), "run make api"
    assert len(json.loads(written)["paths"]) > 20, "the document describes nothing"


def test_missing_settings_are_all_named_at_once():
    from core.config import SettingsError

    with pytest.raises(SettingsError) as refusal:
        Settings.from_env({"SECRET_KEY": "x"})
    for name in ("DATABASE_URL", "REDIS_URL", "MEDIA_URL", "TWILIO_AUTH_TOKEN"):
        assert name in str(refusal.value)
