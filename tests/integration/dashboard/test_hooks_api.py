"""Webhooks over HTTP: an administrator subscribes, the worker's job delivers, the log tells."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from core.clock import now
from core.config import ROOT
from dispatch.outbox import DeliveryRecord, SubscriptionRecord, write_down
from dispatch.records import CaseRecord
from tests.integration.dashboard.doors import UNIT, Browser, web
from tests.integration.dispatch.conftest import a_case
from tests.integration.dispatch.receiver import Receiver, start
from workers.deliver_hooks import deliver_hooks
from workers.forget import forget

__all__ = ["web"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = start(receiver)
    yield receiver
    receiver.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def case_id(web: Flask) -> int:
    with web.extensions["database"].begin() as work:
        return a_case(work, now=now()).id


def tell(app: Flask, case_id: int, times: int = 1) -> None:
    with app.extensions["database"].begin() as work:
        for _ in range(times):
            write_down(work, work.session.get_one(CaseRecord, case_id), "dispatch", now())


def work_off(app: Flask) -> None:
    with app.app_context():
        deliver_hooks()


def test_from_subscription_to_log(web, receiver, case_id):
    admin = Browser(web, "admin1")
    made = admin.post("/api/hooks", name="市局", address=receiver.url, actions=["dispatch", "close"])
    assert made.status_code == 200, made.text
    secret, hook_id = made.json["secret"], made.json["hook"]["hook_id"]
    assert secret not in admin.get("/api/hooks").text, "it is shown once"
    tell(web, case_id, times=6)
    work_off(web)
    assert len(receiver.came) == 6
    assert receiver.verified(secret)
    log = admin.get(f"/api/hooks/{hook_id}/deliveries?state=delivered").json
    assert [one["tries"] for one in log["items"]] == [1] * 6
    assert [one["attempts"][0]["answer_code"] for one in log["items"]] == [200] * 6
    assert log["next_before"] is None
    again = admin.post(f"/api/hooks/{hook_id}/deliveries/{log['items'][0]['delivery_id']}/resend")
    assert again.json["state"] == "waiting"
    work_off(web)
    assert len(receiver.came) == 7
    assert len(set(receiver.event_ids())) == 6


def test_a_failing_address_is_said_aloud_and_a_paused_one_too(web, receiver, case_id):
    receiver.answer = 500
    admin = Browser(web, "admin1")
    hook_id = admin.post("/api/hooks", name="市局", address=receiver.url).json["hook"]["hook_id"]
    tell(web, case_id)
    work_off(web)
    assert "正在重试" in admin.get("/api/hooks").json["items"][0]["notice"]
    with web.extensions["database"].begin() as work:
        work.session.execute(update(SubscriptionRecord).values(failing_since=now() - timedelta(days=4)))
        work.session.execute(update(DeliveryRecord).values(due_at=now()))
    work_off(web)
    shown = admin.get("/api/hooks").json["items"][0]
    assert shown["state"] == "paused"
    assert "已自动暂停" in shown["notice"]
    receiver.answer = 200
    assert admin.post(f"/api/hooks/{hook_id}/resume").json["notice"] is None
    work_off(web)
    assert admin.get(f"/api/hooks/{hook_id}/deliveries").json["items"][0]["state"] == "delivered"


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1/x", "https://169.254.169.254/", "ftp://x.example/", "https://["]
)
def test_an_address_inside_is_refused_when_somebody_subscribes(web, address):
    answer = Browser(web, "admin1").post("/api/hooks", name="x", address=address)
    assert answer.status_code in {409, 422}
    assert "推送地址" in answer.json["message"]


def test_an_unknown_kind_of_event_is_named(web, receiver):
    answer = Browser(web, "admin1").post("/api/hooks", name="x", address=receiver.url, actions=["nothing"])
    assert answer.status_code == 422
    assert "nothing" in answer.json["message"]


def test_nobody_but_an_administrator_comes_in(web, receiver):
    admin = Browser(web, "admin1")
    hook_id = admin.post("/api/hooks", name="市局", address=receiver.url).json["hook"]["hook_id"]
    for name in (UNIT, "dispatcher1", "reviewer1", "agent1"):
        person = Browser(web, name)
        assert person.get("/api/hooks").status_code == 403
        assert person.get(f"/api/hooks/{hook_id}/deliveries").status_code == 403
        for action in ("pause", "resume", "end"):
            assert person.post(f"/api/hooks/{hook_id}/{action}").status_code == 403
    assert admin.post(f"/api/hooks/{hook_id}/end").json["state"] == "ended"
    assert admin.post(f"/api/hooks/{hook_id}/resume").status_code == 409
    assert admin.post("/api/hooks/999/end").status_code == 404


def test_the_hourly_job_forgets_what_is_old(web, receiver, case_id):
    admin = Browser(web, "admin1")
    hook_id = admin.post("/api/hooks", name="市局", address=receiver.url).json["hook"]["hook_id"]
    tell(web, case_id)
    work_off(web)
    long_ago = now() - timedelta(days=40)
    with web.extensions["database"].begin() as work:
        work.session.execute(update(DeliveryRecord).values(at=long_ago, ended_at=long_ago))
    tell(web, case_id)
    with web.app_context():
        forget()
    assert [one["state"] for one in admin.get(f"/api/hooks/{hook_id}/deliveries").json["items"]] == ["waiting"]


A_WORKER = """
import os
from app import create_base
from core.config import Settings

app = create_base(Settings.from_env(os.environ), "test-worker")
with app.app_context():
    from workers.deliver_hooks import deliver_hooks
    deliver_hooks()
"""


def a_worker(app: Flask) -> subprocess.Popen[bytes]:
    """A process of its own that works the outbox off."""
    settings = app.extensions["settings"]
    known = {
        name: str(getattr(settings, name.lower()))
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_BASE_URL", "MEDIA_URL", "PRACTICE_LINE_URL")
    }
    twilio = {f"TWILIO_{name}": "x" for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY", "API_SECRET")}
    return subprocess.Popen([sys.executable, "-c", A_WORKER], cwd=ROOT, env={**os.environ, **known, **twilio})


def test_a_worker_killed_in_the_middle_of_a_delivery_loses_nothing(web, receiver, case_id):
    receiver.answer = "hang"
    admin = Browser(web, "admin1")
    made = admin.post("/api/hooks", name="市局", address=receiver.url).json
    tell(web, case_id)
    worker = a_worker(web)
    until = time.monotonic() + 60
    while not receiver.came and time.monotonic() < until:
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    receiver.answer = 200
    work_off(web)
    assert len(receiver.came) == 1, "the dead one's lease still holds"
    with web.extensions["database"].begin() as work:
        work.session.execute(update(DeliveryRecord).values(claimed_until=now()))
    work_off(web)
    (log,) = admin.get(f"/api/hooks/{made['hook']['hook_id']}/deliveries").json["items"]
    assert (log["state"], log["tries"]) == ("delivered", 2)
    assert len(receiver.came) == 2
    assert len(set(receiver.event_ids())) == 1
    assert receiver.verified(made["secret"])
