"""Guessing passwords is slow, by the page and by the API."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import people
from core.people import PersonRecord
from tests.contracts.test_doors import settings


@pytest.fixture
def browser(database_url: str, redis_url: str) -> FlaskClient:
    from app import create_app

    app: Flask = create_app(settings(DATABASE_URL=database_url, REDIS_URL=redis_url), socket_mode="threading")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.extensions["database"].begin() as work:
        password_hash = people.hash_password("right")
        for name in ("agent1", "agent2"):
            person = PersonRecord(username=name, name=name, roles=["agent"], password_hash=password_hash)
            work.session.add(person)
    return app.test_client()


def attempt(browser: FlaskClient, username: str, password: str) -> int:
    return browser.post("/api/sign-in", json={"username": username, "password": password}).status_code


def test_a_wrong_password_is_401_and_the_right_one_opens(browser: FlaskClient):
    assert attempt(browser, "agent1", "wrong") == 401
    assert browser.get("/api/me").status_code == 401
    assert attempt(browser, "agent1", "right") == 200
    assert browser.get("/api/me").get_json()["username"] == "agent1"


def test_guessing_at_one_name_is_stopped_and_another_name_is_not(browser: FlaskClient):
    assert [attempt(browser, "agent1", f"guess{number}") for number in range(10)] == [401] * 10
    assert attempt(browser, "agent1", "right") == 429
    assert attempt(browser, "agent2", "right") == 200


def test_the_page_says_what_is_wrong_and_keeps_the_name(browser: FlaskClient):
    answer = browser.post("/sign-in", data={"username": "agent1", "password": "wrong"})
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text
    assert 'value="agent1"' in answer.text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/x", "/\\evil.example"])
def test_after_the_sign_in_nobody_is_led_to_another_house(browser: FlaskClient, target: str):
    answer = browser.post("/sign-in", data={"username": "agent1", "password": "right", "next": target})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/staff"
