"""The whole web application on a real database, with staff who can sign in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from core import people
from core.config import ROOT, Settings
from core.people import PersonRecord
from dispatch.city import load_city

PASSWORD = "practice-12345"
STAFF = {
    "agent1": (["agent"], "hotline"),
    "dispatcher1": (["dispatcher"], "hotline"),
    "reviewer1": (["reviewer"], "hotline"),
    "admin1": (["administrator"], "hotline"),
    "qinghu-chengguan1": (["handler"], "qinghu-chengguan"),
    "linjiang-chengguan1": (["handler"], "linjiang-chengguan"),
}
UNIT, STRANGER = "qinghu-chengguan1", "linjiang-chengguan1"


def settings_of(database_url: str, redis_url: str, **more: str) -> Settings:
    """The settings of a centre on these servers, with a carrier that is never asked."""
    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": Fernet.generate_key().decode(),
            "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
            "MEDIA_URL": "ws://127.0.0.1:8001/media",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "0" * 32,
            "TWILIO_API_KEY": "SK" + "0" * 32,
            "TWILIO_API_SECRET": "the-api-secret-of-32-bytes-or-more",
            "PRACTICE_LINE_URL": "http://127.0.0.1:1",
        }
        | more
    )


def staffed(settings: Settings, staff: Mapping[str, tuple[list[str], str]]) -> Flask:
    """The web application in the practice city, with `staff`: user name -> roles and unit."""
    app = create_app(settings, socket_mode="threading")
    hashed = people.hash_password(PASSWORD)
    with app.extensions["database"].begin() as work:
        load_city(work, ROOT / "city" / "practice")
        work.session.add_all(
            PersonRecord(username=name, name=name, roles=roles, unit_code=unit, password_hash=hashed, active=True)
            for name, (roles, unit) in staff.items()
        )
    return app


@pytest.fixture
def web(database_url: str, redis_url: str, tmp_path) -> Flask:
    settings = settings_of(
        database_url, redis_url, VAR_DIR=str(tmp_path), EVIDENCE_MAX_MB="3", EVIDENCE_PER_ORDER="4"
    )
    app = staffed(settings, STAFF)
    yield app
    app.extensions["database"].dispose()


class Browser:
    """A signed-in person's browser."""

    def __init__(self, app: Flask, username: str) -> None:
        self.client: FlaskClient = app.test_client()
        answer = self.client.post("/api/sign-in", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.token, self.person_id = answer.json["csrf_token"], answer.json["person_id"]

    def get(self, path: str, **how: Any):
        return self.client.get(path, **how)

    def post(self, path: str, *, key: str | None = None, **body: Any):
        return self.client.post(path, json=body, headers=self.headers(key))

    def send(self, path: str, *, key: str | None = None, **fields: Any):
        """Send a form with a file, as a page does."""
        return self.client.post(path, data=fields, headers=self.headers(key), content_type="multipart/form-data")

    def headers(self, key: str | None) -> dict[str, str]:
        return {"X-CSRFToken": self.token} | ({"Idempotency-Key": key} if key else {})
