"""A carrier's REST edge on a loopback port: notes what it is asked, answers by the contract."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Ask:
    method: str
    path: str
    form: dict[str, list[str]]


@dataclass
class Carrier:
    """What was asked, in order; `answers` maps the end of a path to the (status, body) it gets."""

    asks: list[Ask] = field(default_factory=list)
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    url: str = ""
    made: int = 0

    def asked(self, method: str, *parts: str) -> list[Ask]:
        return [ask for ask in self.asks if ask.method == method and all(part in ask.path for part in parts)]


def start(carrier: Carrier) -> ThreadingHTTPServer:
    class Edge(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = urlsplit(self.path).path
            carrier.asks.append(Ask(self.command, path, parse_qs(body, keep_blank_values=True)))
            carrier.made += 1
            status, content = 201 if self.command == "POST" else 200, {"sid": f"XX{carrier.made:032x}"}
            if path.endswith("/Calls.json"):
                content = {"sid": f"CA{carrier.made:032x}"}
            if self.command == "DELETE":
                status, content = 204, b""
            for end, (given_status, given) in carrier.answers.items():
                if path.endswith(end):
                    status, content = given_status, given
            sent = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    carrier.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
