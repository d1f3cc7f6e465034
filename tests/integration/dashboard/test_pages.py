"""The pages of the server: two languages by a switch, safe ways onward, and one address of the line."""

from __future__ import annotations

import ast
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from core import people
from core.config import ROOT
from core.people import PersonRecord
from dashboard.refusals import ENGLISH
from dashboard.words import WORDS

from .doors import settings_of

CHINESE = re.compile("[\u4e00-\u9fff]")
PAGES = ("/", "/sign-in", "/phone", "/no-such-page")
DOMAINS = ("callcenter", "dispatch", "dashboard")


@pytest.fixture
def app(database_url: str, redis_url: str) -> Flask:
    settings = settings_of(database_url, redis_url, PRACTICE_LINE_URL="http://127.0.0.1:8002")
    app = create_app(settings, socket_mode="threading")
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def in_english(browser: FlaskClient) -> FlaskClient:
    assert browser.get("/language/en?next=/sign-in").headers["Location"] == "/sign-in"
    return browser


def body_without_the_switch(page: str) -> str:
    """The words of the page itself: neither its switch nor the practice city's own names."""
    page = re.sub(r"(?s)<nav class=\"languages\".*?</nav>", "", page)
    return re.sub(r"(?s)<button data-testid=\"practice-.*?</button>", "", page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_chinese_until_somebody_chooses_english(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).text
    assert '<html lang="zh-CN">' in page
    assert CHINESE.search(body_without_the_switch(page))


@pytest.mark.parametrize("path", PAGES)
def test_in_english_no_chinese_is_left_but_names(browser: FlaskClient, path: str) -> None:
    page = in_english(browser).get(path).text
    assert '<html lang="en">' in page
    assert not CHINESE.search(body_without_the_switch(page))


def test_the_switch_leads_back_to_the_same_page_with_its_query(browser: FlaskClient) -> None:
    page = browser.get("/sign-in?next=/cases/1").text
    assert 'href="/language/en?next=/sign-in?next%3D/cases/1"' in page


def test_the_switch_of_a_refused_sign_in_leads_back_to_the_sign_in(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data={"username": "nobody", "password": "x", "next": "/board"})
    assert answer.status_code == 401
    assert 'href="/language/en?next=/sign-in?next%3D/board"' in answer.text


def test_the_language_stays_until_the_other_is_chosen(browser: FlaskClient) -> None:
    in_english(browser)
    assert '<html lang="en">' in browser.get("/").text
    browser.get("/language/zh")
    assert '<html lang="zh-CN">' in browser.get("/").text


def test_there_is_no_third_language(browser: FlaskClient) -> None:
    answer = browser.get("/language/fr?next=/sign-in")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "/\t/elsewhere.test", "sign-in", ""],
)
def test_the_switch_never_leads_to_another_host(browser: FlaskClient, target: str) -> None:
    answer = browser.get("/language/en", query_string={"next": target})
    assert answer.headers["Location"] == "/"


def test_an_error_of_the_api_speaks_the_chosen_language(browser: FlaskClient) -> None:
    sent = {"username": "nobody", "password": "x"}
    assert browser.post("/api/sign-in", json=sent).json["message"] == "用户名或密码不正确。"
    refused = in_english(browser).post("/api/sign-in", json=sent)
    assert refused.json == {
        "code": "sign_in_failed",
        "message": "User name or password is not correct.",
    }


def test_a_refused_sign_in_says_so_in_the_chosen_language(browser: FlaskClient) -> None:
    answer = in_english(browser).post("/sign-in", data={"username": "nobody", "password": "x"})
    assert answer.status_code == 401
    assert "User name or password is not correct." in answer.text


def test_every_key_that_a_template_asks_for_has_words() -> None:
    asked = {
        key
        for template in (ROOT / "dashboard" / "templates").glob("*.html")
        for key in re.findall(r"\bt\('([a-z_0-9.]+)'", template.read_text(encoding="utf-8"))
    }
    assert asked
    assert asked <= WORDS.keys()
    assert all(zh and en and not CHINESE.search(en.replace("语言", "")) for zh, en in WORDS.values())


def test_every_plain_refusal_of_the_domain_has_an_english_sentence() -> None:
    sentences = {
        argument.value
        for folder in DOMAINS
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        for argument in node.exc.args
        if isinstance(argument, ast.Constant) and CHINESE.search(str(argument.value))
    }
    sentences.discard("电话线路")  # the name of a system, to which Unavailable adds the sentence
    assert sentences
    assert sentences <= ENGLISH.keys()


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8002/phone"),
        ("http://desk-7.example:8000", "ws://desk-7.example:8002/phone"),
        ("http://desk-7.example", "ws://desk-7.example:8002/phone"),
        ("http://[::1]:8000", "ws://[::1]:8002/phone"),
    ],
)
def test_caller_and_agent_reach_the_line_by_the_name_the_browser_used(
    app: Flask, browser: FlaskClient, base: str, address: str
) -> None:
    with app.extensions["database"].begin() as work:
        work.session.add(
            PersonRecord(username="li", name="李", roles=["agent"], password_hash=people.hash_password("practice"))
        )
    page = browser.get("/phone", base_url=base).text
    assert f'data-line-url="{address}"' in page
    assert browser.post("/phone/token", base_url=base).json["line_url"] == address
    browser.post("/api/sign-in", json={"username": "li", "password": "practice"}, base_url=base)
    assert browser.get("/api/desk/phone-token", base_url=base).json["line_url"] == address
