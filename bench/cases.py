"""From a caller's words to a work order on a board: the pipeline against bare inserts of the same rows."""

from __future__ import annotations

import asyncio
import csv
import json
import secrets
import statistics
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from flask import Flask

from app import create_base
from bench.centre import Rig
from callcenter.calls import IncomingCall
from callcenter.records import SegmentRecord
from callcenter.service import receive
from core.actor import Actor, Role
from core.clock import now
from core.config import ROOT, Settings
from core.db import database
from core.feed import NAMESPACE
from dispatch import queries, service
from workers import draft_cases

CASES = 40
# What one case leaves behind, parents first, with how its rows are found.
TABLES = {
    "call": "id = %(call)s",
    "call_leg": "call_id = %(call)s",
    "segment": "call_id = %(call)s",
    "hotline_case": "id = %(case)s",
    "case_timeline": "case_id = %(case)s",
    "work_order": "case_id = %(case)s",
}
AGENT = Actor(person_id=1, name="测量", roles=frozenset({Role.AGENT}))


class Screen(threading.Thread):
    """A board in a thread of its own: notes when each case was first seen as routed."""

    def __init__(self, base: str, cookie: str) -> None:
        super().__init__(daemon=True)
        self._base, self._cookie = base, cookie
        self.ready, self.changed = threading.Event(), threading.Condition()
        self.seen_at: dict[str, float] = {}

    def run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        address = self._base.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, headers={"Cookie": self._cookie}) as socket,
        ):
            async for message in socket:
                await self._hear(socket, message.data)

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, packet: str) -> None:
        if packet.startswith("0"):
            await socket.send_str(f"40{NAMESPACE},")
        elif packet == "2":
            await socket.send_str("3")
        elif packet.startswith("40"):
            self.ready.set()
        elif packet.startswith("42"):
            name, card = json.loads(packet[packet.index("[") :])
            if name == "case.card" and card["state"] in {"to_sign", "to_dispatch"}:
                with self.changed:
                    self.seen_at[f"{card['case_no']}:{card['state']}"] = time.perf_counter()
                    self.changed.notify_all()

    def wait_for(self, key: str, within_s: float = 20) -> float:
        """Return when the board showed the case in this state."""
        with self.changed:
            if not self.changed.wait_for(lambda: key in self.seen_at, timeout=within_s):
                raise RuntimeError(f"the board never showed {key}")
            return self.seen_at[key]


def texts() -> list[str]:
    """Return what callers of the demo say, over and over."""
    with (ROOT / "city" / "practice" / "calls" / "calls.csv").open(encoding="utf-8", newline="") as lines:
        said = [row["speaks"] for row in csv.DictReader(lines)]
    return [said[number % len(said)] for number in range(CASES)]


def one_case(text: str, screen: Screen) -> tuple[int, int, float, bool]:
    """Take one matter the whole way; return call, case, seconds to the board, and if it needed nobody."""
    began = time.perf_counter()
    sid = "CA" + secrets.token_hex(16)
    with database().begin() as work:
        call = receive(work, IncomingCall(call_sid=sid, phone="+8613800001111"), now=now())
        row = SegmentRecord(call_id=call.id, utterance=sid, speaker="caller", text=text, at_ms=0, heard_at=now())
        work.session.add(row)
        call_id = call.id
    draft_cases.draft_case(call_id)
    with database().begin() as work:
        draft = queries.case_of_call(work, call_id)
        assert draft is not None
        if draft.kind is None:
            service.change_draft(work, draft.id, {"kind": "help"}, actor=AGENT, now=now())
        service.register(work, draft.id, actor=AGENT, now=now())
        case_id, case_no = draft.id, draft.case_no
    alone = _routed(case_id)
    shown = screen.wait_for(f"{case_no}:{'to_sign' if alone else 'to_dispatch'}")
    return call_id, case_id, shown - began, alone


def _routed(case_id: int) -> bool:
    """Wait until the worker has judged the case; True when it went out without a person."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with database().begin() as work:
            case = queries.find(work, case_id)
            if case.judged_at is not None:
                return case.state == "to_sign"
        time.sleep(0.002)
    raise RuntimeError("no worker judged the case")


def bare_inserts(url: str, ids: Iterable[tuple[int, int]]) -> list[float]:
    """Insert the same rows again, as they are, into tables of the same shape; one transaction a case."""
    took = []
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"DROP TABLE IF EXISTS bare_{table}")
            connection.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
        for call, case in ids:
            rows = {
                table: connection.execute(
                    f"SELECT * FROM {table} WHERE {where}", {"call": call, "case": case}
                ).fetchall()
                for table, where in TABLES.items()
            }
            began = time.perf_counter()
            with connection.transaction():
                for table, found in rows.items():
                    for row in found:
                        places = ", ".join(["%s"] * len(row))
                        values = [_plain(value) for value in row]
                        connection.execute(f"INSERT INTO bare_{table} VALUES ({places})", values)
            took.append(time.perf_counter() - began)
    return took


def _plain(value: Any) -> Any:
    return psycopg.types.json.Jsonb(value) if isinstance(value, dict | list) and _is_json(value) else value


def _is_json(value: Any) -> bool:
    """A list of words is a text array; every other list or object came from a JSON column."""
    return isinstance(value, dict) or any(not isinstance(item, str) for item in value)


def run(rig: Rig) -> dict[str, Any]:
    """Return the median way of a case, that of its bare rows, and their ratio."""
    app: Flask = create_base(Settings.from_env(_settings(rig)), "bench")
    screen = Screen(rig.base, rig.sign_in("supervisor1"))
    screen.start()
    screen.ready.wait(20)
    with app.app_context():
        draft_cases.understander()  # loaded before the clock starts, as in a worker
        ways = [one_case(text, screen) for text in texts()]
    bare = bare_inserts(rig.database_url, [(call, case) for call, case, _, _ in ways])
    seconds = sorted(way for _, _, way, _ in ways)
    own, peer = statistics.median(seconds), statistics.median(bare)
    return {
        "cases": CASES,
        "routed_without_a_person": sum(alone for *_, alone in ways),
        "way_to_the_board_p50_ms": round(1000 * own, 1),
        "way_to_the_board_p95_ms": round(1000 * seconds[int(len(seconds) * 0.95)], 1),
        "bare_inserts_p50_ms": round(1000 * peer, 2),
        "ratio": round(own / peer, 1),
    }


def _settings(rig: Rig) -> dict[str, str]:
    kept = json.loads((Path(rig.env["VAR_DIR"]) / "secrets.json").read_text())
    carrier = {name.upper(): kept[name] for name in kept}
    return rig.env | carrier | {"PUBLIC_BASE_URL": rig.base, "MEDIA_URL": "ws://127.0.0.1:1/media"}
