"""The telephone side on a real database, with a carrier that writes down what it is asked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter import connecting, events, service
from callcenter.calls import SeatState
from callcenter.records import CallRecord, SeatRecord
from callcenter.seats import change_seat
from callcenter.signing import sign
from callcenter.telephony import TwilioLine
from callcenter.webhooks import webhooks
from core.actor import Actor, Role
from core.clock import now
from core.config import Settings
from tests.integration.callcenter.carrier import Carrier, start

BASE = "https://hotline.test"
MEDIA = "wss://hotline.test/media"
TOKEN = "the-account-token"
CALLER_SID = "CA" + "1" * 32
CALLER = "+8613800001111"


class RecordedFeed:
    """Keeps what was pushed."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, str, dict]] = []

    def push(self, room: str, name: str, payload: dict) -> None:
        self.pushed.append((room, name, payload))


@pytest.fixture
def carrier():
    carrier = Carrier()
    server = start(carrier)
    yield carrier
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(database_url: str, carrier: Carrier, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://127.0.0.1:1",
            "SECRET_KEY": "secret",
            "PUBLIC_BASE_URL": BASE,
            "MEDIA_URL": MEDIA,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_KEY": "SK" + "0" * 32,
            "TWILIO_API_SECRET": "the-api-secret-of-32-bytes-or-more",
            "PRACTICE_LINE_URL": carrier.url,
            "VAR_DIR": str(tmp_path),
        }
    )


@pytest.fixture
def app(database, bus, settings) -> Flask:
    app = Flask("callcenter-test")
    app.extensions |= {
        "settings": settings,
        "database": database,
        "bus": bus,
        "telephony": TwilioLine(settings),
        "feed": RecordedFeed(),
    }
    app.register_blueprint(webhooks)
    return app


class Desk:
    """A call and its people, driven the way the carrier, the workers and the agents drive them."""

    def __init__(self, app: Flask, database, carrier: Carrier) -> None:
        self.app, self.database, self.carrier = app, database, carrier
        self.client: FlaskClient = app.test_client()
        self.sequence = 0

    def post(self, path: str, form: dict[str, str], *, token: str = TOKEN, headers: dict | None = None):
        signature = sign(token, BASE + path, form.items())
        return self.client.post(
            path,
            data=urlencode(form),
            headers={"X-Twilio-Signature": signature, **(headers or {})},
            content_type="application/x-www-form-urlencoded",
        )

    def arrive(self, call_sid: str = CALLER_SID, caller: str = CALLER) -> int:
        """Ring, hear the notice, stand in the queue; return the call's id."""
        assert self.post("/twilio/voice/incoming", a_call(call_sid, caller, "ringing")).status_code == 200
        self.wait(call_sid, caller)
        return self.call_by_sid(call_sid).id

    def wait(self, call_sid: str = CALLER_SID, caller: str = CALLER) -> str:
        self.sequence += 1
        form = a_call(call_sid, caller, "in-progress") | {"QueueTime": str(self.sequence)}
        answer = self.post("/twilio/voice/wait", form)
        assert answer.status_code == 200
        return answer.text

    def ready(self, *actors: Actor) -> None:
        for actor in actors:
            with self.database.begin() as work:
                change_seat(work, actor=actor, state=SeatState.READY, reason=None, now=now())

    def offer(self) -> int | None:
        with self.database.begin() as work:
            return service.offer_next(work, now())

    def accept(self, call_id: int, actor: Actor) -> CallRecord:
        with self.database.begin() as work:
            call = work.session.get_one(CallRecord, call_id)
            claim = call.claim if call.offered_to == actor.person_id else None
            return service.accept(work, call_id, claim=claim, actor=actor, now=now())

    def connect(self, call_id: int) -> str:
        """Ring the agent's phone; return the sid of its leg."""
        with self.app.app_context():
            connecting.connect(call_id)
        return f"CA{self.carrier.made:032x}"

    def bring_caller(self, call_id: int) -> None:
        with self.app.app_context():
            connecting.bring_caller(call_id)

    def take_back(self, call_id: int) -> None:
        with self.app.app_context():
            connecting.take_back(call_id)

    def news(self, call_id: int, event: str, *, sid: str, label: str, sequence: int, **more: str):
        form = conference_form(self.call(call_id).conference, event, sid, label, sequence) | more
        assert self.post("/twilio/voice/conference", form).status_code == 204

    def talk(self, call_id: int, actor: Actor) -> str:
        """Take the call all the way to talking; return the agent's leg."""
        self.accept(call_id, actor)
        leg = self.connect(call_id)
        self.news(call_id, "participant-join", sid=leg, label="agent", sequence=1)
        self.bring_caller(call_id)
        sid = self.call(call_id).call_sid
        self.news(call_id, "participant-join", sid=sid, label="caller", sequence=2)
        return leg

    def call(self, call_id: int) -> CallRecord:
        with self.database.begin() as work:
            return work.session.get_one(CallRecord, call_id)

    def call_by_sid(self, call_sid: str) -> CallRecord:
        with self.database.begin() as work:
            return work.session.query(CallRecord).filter_by(call_sid=call_sid).one()

    def seat(self, actor: Actor) -> SeatRecord:
        with self.database.begin() as work:
            return work.session.get_one(SeatRecord, actor.person_id)


@pytest.fixture
def desk(app, database, carrier) -> Desk:
    return Desk(app, database, carrier)


@pytest.fixture
def announced(bus) -> list:
    """Every event of the call centre, in order."""
    heard: list = []
    for kind in vars(events).values():
        if isinstance(kind, type) and kind.__module__ == events.__name__:
            bus.on(kind, heard.append)
    return heard


def an_agent(person_id: int, *roles: Role) -> Actor:
    return Actor(person_id=person_id, name=f"话务员{person_id}", roles=frozenset(roles or {Role.AGENT}))


def a_call(call_sid: str, caller: str, status: str) -> dict[str, str]:
    return {
        "CallSid": call_sid,
        "AccountSid": "AC" + "0" * 32,
        "From": caller,
        "To": "+8612345",
        "Caller": caller,
        "Called": "+8612345",
        "CallStatus": status,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }


def conference_form(name: str, event: str, sid: str, label: str, sequence: int) -> dict[str, str]:
    return {
        "ConferenceSid": "CF" + name[-24:].rjust(32, "0"),
        "FriendlyName": name,
        "AccountSid": "AC" + "0" * 32,
        "SequenceNumber": str(sequence),
        "StatusCallbackEvent": event,
        "CallSid": sid,
        "ParticipantLabel": label,
        "Muted": "false",
        "Hold": "false",
    }
