"""The traps of our stack that were found by measuring: each would fail in silence."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from pathlib import Path

import psycopg
import pytest
import socketio
from flask import Flask
from flask_socketio import SocketIO, join_room
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from werkzeug.serving import make_server

from core.config import ROOT
from core.db import Database
from core.embedded import free_port
from core.events import Bus, Event
from core.feed import CHANNEL, NAMESPACE, RedisFeed
from core.queues import QueueName, Queues
from workers import clock
from workers.clock import Clock, hold_lock


@pytest.fixture
def board(redis_url: str):
    """A Socket.IO server as the web process runs it, with one screen that has joined `board`."""
    app = Flask(__name__)
    server = SocketIO(app, message_queue=redis_url, channel=CHANNEL, async_mode="threading", transports=["websocket"])

    @server.on("connect", namespace=NAMESPACE)
    def connect(_auth=None):
        join_room("board")
        join_room("desk")

    http = make_server("127.0.0.1", free_port(), app, threaded=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    screen, got = socketio.Client(), []
    screen.on("card", lambda card: got.append(card["n"]), namespace=NAMESPACE)
    screen.connect(f"http://127.0.0.1:{http.server_port}", namespaces=[NAMESPACE], transports=["websocket"])
    yield got
    screen.disconnect()
    http.shutdown()


def wait_for(condition, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()


def push_until_heard(feed: RedisFeed, got: list[int], number: int) -> None:
    """The server subscribes to Redis in a thread of its own; until it has, nothing can arrive."""
    assert wait_for(lambda: feed.push("board", "card", {"n": number}) or time.sleep(0.05) or number in got)


def test_a_push_from_another_process_reaches_the_screen_on_our_channel_only(board: list[int], redis_url: str):
    feed = RedisFeed(redis_url)
    push_until_heard(feed, board, 1)
    # python-socketio's own default channel: what is sent there vanishes.
    stray = socketio.RedisManager(redis_url, write_only=True)
    stray.emit("card", {"n": 2}, namespace=NAMESPACE, room="board")
    feed.push("board", "card", {"n": 3})
    assert wait_for(lambda: 3 in board)
    assert 2 not in board


def test_a_screen_in_several_rooms_hears_a_card_once_and_no_room_is_nobody(board: list[int], redis_url: str):
    feed = RedisFeed(redis_url)
    push_until_heard(feed, board, 1)
    feed.push(("board", "desk", "a-room-with-nobody"), "card", {"n": 2})
    feed.push((), "card", {"n": 3})
    feed.push(("a-room-with-nobody", "desk"), "card", {"n": 4})
    assert wait_for(lambda: 4 in board)
    assert [n for n in board if n > 1] == [2, 4]


class Happened(Event):
    """Something."""


def test_a_transaction_that_fails_announces_nothing(database_url: str):
    bus, told = Bus(), []
    bus.on(Happened, told.append)
    database = Database(database_url, bus)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117 - the transaction is what fails
        with database.begin() as work:
            work.announce(Happened())
            raise ZeroDivisionError
    assert told == []
    with database.begin() as work:
        work.announce(Happened())
        assert told == []
    assert len(told) == 1
    database.dispose()


def test_a_reaction_that_fails_does_not_keep_the_others_from_hearing(caplog: pytest.LogCaptureFixture):
    bus, told = Bus(), []
    bus.on(Happened, lambda _event: 1 / 0)
    bus.on(Happened, told.append)
    bus.publish([Happened()])
    assert len(told) == 1
    assert "reaction.failed" in caplog.text


def test_of_two_clocks_one_ticks_and_the_other_takes_over_when_it_falls(database_url: str):
    with psycopg.connect(database_url, autocommit=True) as second:
        with psycopg.connect(database_url, autocommit=True) as first:
            assert hold_lock(first) is True
            assert hold_lock(second) is False
        assert wait_for(lambda: hold_lock(second))


def test_a_tick_is_not_put_again_while_the_last_one_still_waits(redis_url: str):
    with Redis.from_url(redis_url) as redis:
        ours = Clock(Queues(redis))
        assert len(ours.tick(0.0)) == len(clock.TICKS)
        ours.tick(1000.0)
        Clock(Queues(redis)).tick(0.0)  # a second clock that should not be there
        waiting = sum(len(Queue(name.value, connection=redis, serializer=JSONSerializer)) for name in QueueName)
    assert waiting == len(clock.TICKS)


# The first byte of what RQ has compressed.
ZLIB = b"\x78"


def noted(path: str, words: str) -> None:
    """A job for the test below."""
    Path(path).write_text(words, encoding="utf-8")


def test_a_job_travels_as_json_with_ids_only(redis_url: str, tmp_path: Path):
    note = tmp_path / "note"
    with Redis.from_url(redis_url) as redis:
        Queues(redis).put(QueueName.DEFAULT, f"{__name__}.noted", path=str(note), words="工单")
        queue = Queue("default", connection=redis, serializer=JSONSerializer)
        (job_id,) = queue.job_ids
        lying_there = redis.hget(f"rq:job:{job_id}", "data")
        if lying_there.startswith(ZLIB):
            lying_there = zlib.decompress(lying_there)
        name, _instance, args, ids = json.loads(lying_there)  # a pickle would not be read
        assert (name, args, ids) == (f"{__name__}.noted", [], {"path": str(note), "words": "工单"})
        SimpleWorker([queue], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    assert note.read_text(encoding="utf-8") == "工单"


def test_the_web_process_is_patched_before_anything_is_imported():
    body = ast.parse((ROOT / "wsgi.py").read_text()).body
    after_docstring = [ast.unparse(line) for line in body[1:3]]
    assert after_docstring == ["from gevent import monkey", "monkey.patch_all()"]


def test_under_gevent_a_query_that_waits_lets_the_others_pass(database_url: str):
    code = """
        from gevent import monkey; monkey.patch_all()
        import gevent, os
        from sqlalchemy import text
        from core.db import Database
        from core.events import Bus
        database, done = Database(os.environ["URL"], Bus()), []
        def ask(name, seconds):
            with database.begin() as work:
                work.session.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})
            done.append(name)
        gevent.joinall([gevent.spawn(ask, "slow", 2.0), gevent.spawn(ask, "quick", 0.0)])
        print(done)
    """
    env = {**os.environ, "URL": database_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['quick', 'slow']"


def test_the_package_that_breaks_both_kinds_of_socket_is_not_installed():
    assert importlib.util.find_spec("geventwebsocket") is None


def test_no_gunicorn_opens_the_control_socket_that_all_instances_share():
    lines = [line for line in (ROOT / "Procfile").read_text().splitlines() if "gunicorn" in line]
    assert lines
    assert all("--no-control-socket" in line for line in lines)
