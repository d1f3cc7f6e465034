"""Fifty people act on the same twenty cases at once, over HTTP, on a web process as it is served."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from core import people, sealed
from core.clock import now
from core.config import ROOT, Settings
from core.db import Database
from core.embedded import free_port
from core.people import PersonRecord
from dispatch import queries, service
from dispatch.city import load_city
from dispatch.intake.receiving import receive
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord
from tests.integration.dispatch.conftest import AGENT, DISPATCHER, a_case, act
from tests.integration.dispatch.invariants import Memory, broken
from tests.integration.dispatch.scenes import CODES, LEAD, MATTER, OTHER, SUB, a_day_after

PASSWORD = "practice-12345"
TRIES_EACH = 5
# Who they are: fifty people, most of them in the desks that everybody's work goes through.
STAFF = [
    *[(["dispatcher"], "hotline")] * 10,
    *[(["reviewer"], "hotline")] * 8,
    *[(["callback"], "hotline")] * 5,
    *[(["supervisor"], "hotline")] * 5,
    *[(["leader"], "hotline")] * 3,
    *[(["handler"], LEAD)] * 11,
    *[(["handler", "chief"], LEAD)] * 4,
    *[(["handler"], SUB)] * 4,
]
# What moves a case is tried more often than a remark.
WEIGHTS = {"note": 0.1, "urge": 0.1, "withdraw": 0.2, "recuse": 0.1, "set_secrecy": 0.2}


@dataclass
class Person:
    """A signed-in person."""

    port: int
    username: str
    seed: int
    said: list[tuple[str, str, int | None, int, dict[str, Any]]] = field(default_factory=list)

    def sign_in(self) -> None:
        self.dice = random.Random(self.seed)
        self.headers = {"Content-Type": "application/json"}
        status, answer = self.ask("POST", "/api/sign-in", {"username": self.username, "password": PASSWORD})
        assert status == 200, answer
        self.person_id = answer["person_id"]
        self.headers["X-CSRFToken"] = answer["csrf_token"]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        # One connection each: the server closes an idle one after two seconds.
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        link.request(method, path, body=None if body is None else json.dumps(body), headers=self.headers)
        answer = link.getresponse()
        content = answer.read()
        link.close()
        if cookies := answer.headers.get_all("Set-Cookie"):
            self.headers["Cookie"] = "; ".join(one.partition(";")[0] for one in cookies)
        return answer.status, json.loads(content) if content else {}

    def work(self, numbers: list[str]) -> None:
        """Open a case, do something that its page offers, and keep what was answered."""
        for _ in range(TRIES_EACH):
            number = self.dice.choice(numbers)
            status, page = self.ask("GET", f"/api/cases/{number}")
            self.said.append((number, "open", None, status, page if status != 200 else {}))
            if status != 200 or not page["actions"]:
                continue
            weights = [WEIGHTS.get(one["action"], 1.0) for one in page["actions"]]
            offered = self.dice.choices(page["actions"], weights)[0]
            version = page["card"]["version"]
            body = {"version": version, "order_no": offered["order_no"], **self._given(offered, page, numbers)}
            status, answer = self.ask("POST", f"/api/cases/{number}/actions/{offered['action']}", body)
            self.said.append((number, offered["action"], version, status, answer))

    def _given(self, offered: dict[str, Any], page: dict[str, Any], numbers: list[str]) -> dict[str, Any]:
        action = offered["action"]
        grown_up = {
            "unit": ("unit_code", "jiaotong" if action == "recuse" else LEAD),
            "units": ("units", ["qinghu-shuiwu" if action == "delegate" else "linjiang-chengguan"]),
            "until": ("until", str(a_day_after(now() + timedelta(days=self.dice.choice([3, 7, 12]))))),
            "into": ("into", self.dice.choice(numbers)),
            "contacted_at": ("contacted_at", now().isoformat()),
            "contact_mode": ("contact_mode", "phone"),
            "code": ("code", CODES.get(Action(action))),
            "suggested_unit": ("suggested_unit", OTHER),
            "grade": ("grade", 1 if action == "redo" else 5),
            "reasonable": ("reasonable", True),
            "duty_done": ("duty_done", False),
            "level": ("level", 1),
            "agreed": ("agreed", True),
            "secrecy": ("secrecy", "hidden_from_unit"),
        }
        words = f"第 {self.dice.randrange(10**9)} 号处理意见"
        return dict(grown_up.get(need, (need, words)) for need in offered["needs"])


@pytest.fixture
def served(database_url: str, redis_url: str, database: Database, tmp_path: Path) -> Iterator[int]:
    """The web process on a port of its own, as the Procfile starts it, in a city with fifty people."""
    given = {
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
        "VAR_DIR": str(tmp_path),
    }
    sealed.unlock(list(Settings.from_env(given).personal_keys))  # two processes, one vault
    hashed = people.hash_password(PASSWORD)
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
        work.session.add_all(
            PersonRecord(
                username=f"p{n}", name=f"第{n}人", roles=roles, unit_code=unit, password_hash=hashed, active=True
            )
            for n, (roles, unit) in enumerate(STAFF)
        )
    port = free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "-k", "gevent", "--workers", "1", "--worker-connections", "3000"]
    where = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--timeout", "120", "wsgi:application"]
    with (tmp_path / "web.log").open("wb") as log:
        running = subprocess.Popen([*gunicorn, *where], cwd=ROOT, env=os.environ | given, stdout=log, stderr=log)
        try:
            _wait_until_it_answers(port, running)
            yield port
        finally:
            running.terminate()
            running.wait(timeout=20)
    print((tmp_path / "web.log").read_text(encoding="utf-8")[-6000:])  # shown when the test fails


def _wait_until_it_answers(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert running.poll() is None, "the web process ended"
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/sign-in")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            link.close()
    raise AssertionError("the web process does not answer")


@pytest.fixture
def numbers(database: Database, served: int) -> list[str]:
    """Twenty cases: some just received, some to dispatch, some with the unit already."""
    found = []
    for n in range(20):
        with database.begin() as work:
            caller = service.Caller(phone=f"+8613800001{n:03}")
            if n < 4:
                case = receive(work, actor=AGENT, channel="web", fields=MATTER, caller=caller, now=now()).case
            else:
                case = a_case(work, phone=caller.phone, now=now())
            if n >= 8:
                act(work, case, Action.DISPATCH, DISPATCHER, unit=LEAD, now=now())
            found.append(case.case_no)
    return found


@pytest.mark.timeout(300)
def test_of_fifty_people_on_twenty_cases_nobody_loses_anything(database, served, numbers):
    crowd = [Person(served, f"p{n}", n) for n in range(len(STAFF))]
    assert len(crowd) == 50
    for person in crowd:
        person.sign_in()
    with database.begin() as work:
        memory = Memory()
        assert not broken(work, memory, now())
        before = memory.newest
    _all_at_once([lambda person=person: person.work(numbers) for person in crowd])
    said = [(person.person_id, *one) for person in crowd for one in person.said]
    tried = [one for one in said if one[2] != "open"]
    statuses = Counter(one[4] for one in tried)
    assert {one[4] for one in said} <= {200, 404, 409, 403, 422}, Counter(one[4] for one in said)
    assert all(one[5]["code"] and one[5]["message"] for one in said if one[4] != 200), "refused without a sentence"
    assert statuses[200] > 40, statuses
    assert statuses[409] > 5, f"nobody met anybody: {statuses}"
    # What was offered a moment ago and is refused now was refused because somebody was quicker.
    assert not [one for one in tried if one[4] in {403, 404} and one[5]["code"] == "wrong_role"]
    with database.begin() as work:
        assert not broken(work, memory, now())
        _nothing_lost(work, numbers, tried, before)
    _one_winner_each(tried)


def _all_at_once(doings: list[Any]) -> None:
    barrier, failed = threading.Barrier(len(doings)), []

    def run(doing: Any) -> None:
        barrier.wait()
        try:
            doing()
        except Exception as error:  # what a thread raises would be lost
            failed.append(error)

    threads = [threading.Thread(target=run, args=(doing,)) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


def _nothing_lost(work: Any, numbers: list[str], tried: list[Any], before: int) -> None:
    """Every 200 has its line in the story, and every line of a person its 200."""
    answered = Counter((number, action, who) for who, number, action, _, status, _ in tried if status == 200)
    told = (
        select(CaseRecord.case_no, TimelineRecord.action, TimelineRecord.actor_id)
        .join(CaseRecord, CaseRecord.id == TimelineRecord.case_id)
        .where(TimelineRecord.id > before, TimelineRecord.actor_id.is_not(None), CaseRecord.case_no.in_(numbers))
    )
    written = Counter((number, action, who) for number, action, who in work.session.execute(told))
    assert written == answered
    assert all(queries.find(work, number).version >= 1 for number in numbers)


def _one_winner_each(tried: list[Any]) -> None:
    """Of all who looked at the same version of a case one acted; a remark alone moves no version."""
    winners: dict[tuple[str, int], list[str]] = defaultdict(list)
    for _, number, action, version, status, _ in tried:
        if status == 200 and action != "note":
            winners[number, version].append(action)
    twice = {key: actions for key, actions in winners.items() if len(actions) > 1}
    assert not twice


def test_of_fifty_who_press_the_same_key_at_the_same_moment_one_wins_and_the_rest_are_told(database, served, numbers):
    crowd = [Person(served, f"p{n}", n) for n in (*range(10), *range(23, 28))]
    for person in crowd:
        person.sign_in()
    number, answers = numbers[5], []
    _, page = crowd[0].ask("GET", f"/api/cases/{number}")
    body = {"version": page["card"]["version"], "unit_code": LEAD}

    def press(person: Person) -> None:
        answers.append(person.ask("POST", f"/api/cases/{number}/actions/dispatch", body))

    _all_at_once([lambda person=person: press(person) for person in crowd])
    assert Counter(status for status, _ in answers) == {200: 1, 409: len(crowd) - 1}
    assert {answer["message"] for status, answer in answers if status == 409} == {
        "这个办件刚刚有变化，请看最新内容后再操作"
    }
    with database.begin() as work:
        case = queries.find(work, number)
        assert [order.part for order in case.orders] == ["lead"]
        assert not broken(work, Memory(), now())
    assert list(itertools.chain(*(answer["orders"] for status, answer in answers if status == 200)))
