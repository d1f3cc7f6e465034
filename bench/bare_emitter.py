"""The peer of the fan-out bench: Flask-SocketIO with nothing around it. Run by gunicorn."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402 - the patch must come first

from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402

from core.feed import CHANNEL, NAMESPACE  # noqa: E402

application = Flask(__name__)
socketio = SocketIO(
    application,
    message_queue=os.environ["REDIS_URL"],
    channel=CHANNEL,
    async_mode="gevent",
    transports=["websocket"],
)


@socketio.on("connect", namespace=NAMESPACE)
def connect(_auth=None):
    join_room("board")
