"""The media process as it is served: gunicorn, threads, the real engine, synthetic speech in real time."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import simple_websocket
from redis import Redis

from callcenter.calls import Part
from callcenter.records import SegmentRecord
from callcenter.signing import sign
from core import parts, sealed, voice
from core.embedded import free_port
from core.g711 import mulaw_from_pcm
from tests.integration.callcenter.conftest import MEDIA, TOKEN, an_agent
from tests.integration.callcenter.test_media import a_token, eventually, start

ROOT = Path(__file__).resolve().parents[3]
SAID = "青湖区的路灯坏了三天没有人来修"


@pytest.fixture
def process(settings, database_url, redis_url, tmp_path):
    """A media process on a port of its own; it says through Redis which model listens."""
    sealed.unlock(list(settings.personal_keys))  # two processes, one vault
    port = free_port()
    env = os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_BASE_URL": settings.public_base_url,
        "MEDIA_URL": MEDIA,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_KEY": settings.twilio_api_key,
        "TWILIO_API_SECRET": settings.twilio_api_secret,
        "VAR_DIR": str(tmp_path),
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--workers", "1", "--threads", "16"]
    where = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--timeout", "0", "app:create_media_app()"]
    log = (tmp_path / "media.log").open("wb")
    running = subprocess.Popen([*gunicorn, *where], cwd=ROOT, env=env, stdout=log, stderr=log)
    redis = Redis.from_url(redis_url)
    try:
        facts = eventually(lambda: running.poll() is None and parts.facts_of(redis, "media"), within_s=60)
        yield f"ws://127.0.0.1:{port}/media", facts, redis
    finally:
        running.terminate()
        running.wait(timeout=20)
        redis.close()
        log.close()


def test_what_is_spoken_into_a_leg_is_on_the_screen_and_in_the_database(process, desk, database, redis_url):
    address, facts, redis = process
    assert facts["model"], "the practice model ships with the project"
    call_id = desk.arrive()
    desk.talk(call_id, an_agent(1))
    listening = redis.pubsub()
    listening.subscribe("flask-socketio")
    ws = simple_websocket.Client.connect(address, headers={"X-Twilio-Signature": sign(TOKEN, MEDIA)})
    start(ws, a_token(database, call_id))
    quiet = np.zeros(8000, dtype=np.int16)
    sound = mulaw_from_pcm(np.concatenate([quiet, voice.speak(SAID), quiet, quiet]))
    for number, at in enumerate(range(0, len(sound), 160)):
        payload = base64.b64encode(sound[at : at + 160]).decode()
        ws.send(json.dumps({"event": "media", "media": {"payload": payload}}))
        if number % 5 == 4:
            time.sleep(0.05)  # twice real time
    ws.send(json.dumps({"event": "stop"}))

    def heard() -> str:
        with database.begin() as work:
            return "".join(one.text for one in work.session.query(SegmentRecord).order_by(SegmentRecord.id))

    text = eventually(heard, within_s=30)
    assert len(set(SAID) & set(text)) >= len(set(SAID)) * 0.7, text
    with database.begin() as work:
        assert {one.speaker for one in work.session.query(SegmentRecord)} == {Part.CALLER}
    pushed = 0
    while message := listening.get_message(timeout=1):
        pushed += message["type"] == "message" and b"call.words" in message["data"]
    assert pushed >= 2, "some partial words and the final ones"
    listening.close()
