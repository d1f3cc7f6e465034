"""A subscriber's server, real and on a port of its own: it notes what came and answers as told."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dispatch.hooks import signing


@dataclass
class Receiver:
    """answer: what it says to everything; a status, or "hang", "drip", "drop"."""

    answer: int | str = 200
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def verified(self, secret: str) -> bool:
        """Say whether all that came was signed with `secret` just now."""
        return bool(self.came) and all(
            signing.verify(
                secret,
                headers[signing.SIGNATURE.lower()],
                timestamp=int(headers[signing.TIMESTAMP.lower()]),
                body=body,
                at=int(time.time()),
            )
            for headers, body in self.came
        )

    def event_ids(self) -> list[str]:
        return [headers[signing.EVENT.lower()] for headers, _ in self.came]


def start(receiver: Receiver) -> ThreadingHTTPServer:  # noqa: C901 - one small server, not many branches
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if receiver.answer == "hang":
                receiver.over.wait(30)
            elif receiver.answer == "drip":
                self.drip()
            elif receiver.answer == "drop":
                self.connection.close()
            else:
                self.say(int(receiver.answer))

        def drip(self) -> None:
            """Send a byte now and then: no single read is ever late."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not receiver.over.wait(0.5):
                self.wfile.write(b"X-A: b\r\n")

        def say(self, status: int) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", receiver.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
