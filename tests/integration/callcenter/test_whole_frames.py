"""simple-websocket tears frames on partial sends under gevent; mended, it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# A process of its own: gevent patches everything, and the mending is for the whole process.
SCRIPT = """
from gevent import monkey; monkey.patch_all()
import json, os, socket, sys, gevent
from simple_websocket import Server
from wsproto.frame_protocol import FrameProtocol, ParseFailed

if sys.argv[1] == "mended":
    from callcenter.whole_frames import mend
    mend(); mend()

MESSAGES, WRITERS, SIZE = 300, 4, 8192
ours, theirs = socket.socketpair()
for one in (ours, theirs):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
environ = {
    "werkzeug.socket": ours,
    "HTTP_HOST": "x", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION": "13",
}
ws = Server(environ)
answer = b""
while b"\\r\\n\\r\\n" not in answer:
    answer += theirs.recv(1)

def write(writer):
    for number in range(MESSAGES):
        ws.send(f"{writer}:{number}:".ljust(SIZE, "x"))

def read():
    frames, whole, text = FrameProtocol(client=True, extensions=[]), 0, ""
    try:
        while whole < MESSAGES * WRITERS:
            chunk = theirs.recv(1500)
            gevent.sleep(0.0002)  # the slow reader that makes sends partial
            frames.receive_bytes(chunk)
            for frame in frames.received_frames():
                text += frame.payload
                if frame.message_finished:
                    if len(text) != SIZE or text.strip("x").count(":") != 2:
                        return whole, "torn"
                    whole, text = whole + 1, ""
    except (ParseFailed, UnicodeDecodeError) as error:
        return whole, "torn"
    return whole, "whole"

writers = [gevent.spawn(write, number) for number in range(WRITERS)]
reader = gevent.spawn(read)
reader.join(timeout=40)
print(json.dumps(reader.value or [0, "stuck"]), flush=True)
os._exit(0)  # the socket's own thread would wait for ever
"""


def outcome(how: str) -> list:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_as_shipped_a_slow_reader_gets_torn_frames():
    whole, how = outcome("as shipped")
    assert how != "whole", "the library has been mended upstream: callcenter/whole_frames.py can go"
    assert whole < 1200


def test_mended_every_frame_of_every_writer_arrives_whole():
    assert outcome("mended") == [1200, "whole"]


def test_a_flood_that_nobody_reads_is_bounded():
    script = """
import socket, time, json
from simple_websocket import Server, Client
from callcenter.whole_frames import mend
mend()
from wsproto import WSConnection, ConnectionType
from wsproto.events import Request, TextMessage
ours, theirs = socket.socketpair()
client = WSConnection(ConnectionType.CLIENT)
environ = {"werkzeug.socket": ours, "HTTP_HOST": "x", "HTTP_UPGRADE": "websocket",
           "HTTP_CONNECTION": "Upgrade",
           "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION": "13"}
ws = Server(environ)
ws.most_waiting = 100
client.send(Request(host="x", target="/"))
theirs.recv(4096)
from wsproto.frame_protocol import FrameProtocol, Opcode
frames = FrameProtocol(client=True, extensions=[])
try:
    for _ in range(100_000):
        theirs.sendall(frames.send_data("x" * 100, fin=True))
except OSError:
    pass
ends = time.monotonic() + 10
while ws.connected and time.monotonic() < ends:
    time.sleep(0.01)
print(json.dumps([ws.connected, len(ws.input_buffer)]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout, ran.stderr
    assert json.loads(ran.stdout) == [False, 0]


@pytest.mark.parametrize("times", [1, 3])
def test_mending_again_changes_nothing(times):
    script = "from simple_websocket import ws\nfrom callcenter.whole_frames import mend\n"
    script += "mend()\nfirst = ws.Base.send\n"
    script += "mend()\n" * times + "print(ws.Base.send is first)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"


def test_a_sender_is_slowed_down_to_its_reader_and_loses_nothing():
    script = """
import json, socket, threading, time
from simple_websocket import Server
from callcenter.whole_frames import mend
mend()
from wsproto.frame_protocol import FrameProtocol
ours, theirs = socket.socketpair()
for end in (ours, theirs):
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
environ = {"werkzeug.socket": ours, "HTTP_HOST": "x", "HTTP_UPGRADE": "websocket",
           "HTTP_CONNECTION": "Upgrade",
           "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION": "13"}
ws = Server(environ)
ws.most_waiting, ws.slow_at = 300, 20
theirs.recv(4096)
frames = FrameProtocol(client=True, extensions=[])
def pour():
    for number in range(2000):
        theirs.sendall(frames.send_data(str(number).ljust(200), fin=True))
threading.Thread(target=pour, daemon=True).start()
got, most = [], 0
while len(got) < 2000:
    most = max(most, len(ws.input_buffer))
    got.append(int(ws.receive(timeout=10)))
    if len(got) % 50 == 0:
        time.sleep(0.02)
theirs.close()  # ends the socket's own thread, and with it the process
print(json.dumps([got == list(range(2000)), most < 300]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout, ran.stderr
    assert json.loads(ran.stdout) == [True, True]
