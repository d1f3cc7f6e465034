"""A request that is sent again is one request: over real HTTP, from many threads, over crashes."""

from __future__ import annotations

import io
import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from flask import Blueprint, Flask, request
from sqlalchemy import select, update

from core import request_keys
from core.clock import now
from core.db import database
from core.errors import Refused, Stale
from core.request_keys import KEPT, LEASE, Asked, Held, RequestKeyRecord
from dashboard import idempotency
from dispatch.records import CaseRecord, TimelineRecord
from tests.integration.dashboard.doors import STRANGER, UNIT, Browser, web
from tests.integration.dispatch.conftest import a_case
from tests.unit.dispatch.evidence_files import a_photo

__all__ = ["web"]


@pytest.fixture
def case_no(web: Flask) -> str:
    with web.extensions["database"].begin() as work:
        return a_case(work, now=now()).case_no


@pytest.fixture
def noted(web: Flask) -> Flask:
    """The application with one more door, whose effects can be counted and whose moods can be chosen."""
    door = Blueprint("noted", __name__)

    @door.post("/api/noted/<case_no>")
    def note(case_no: str) -> dict[str, int]:
        said = request.get_json()
        with database().begin() as work:
            case = work.session.scalars(select(CaseRecord).filter_by(case_no=case_no)).one()
            entry = TimelineRecord(case_id=case.id, at=now(), action="note", actor_name="x", note=said["text"])
            work.session.add(entry)
            work.session.flush()
            if said.get("refuse"):
                raise Refused("请写明原因")
            if said.get("crash") == "before":
                raise RuntimeError
            entry_id = entry.id
        if said.get("crash") == "after":
            raise RuntimeError
        return {"entry_id": entry_id}

    web.register_blueprint(door)
    web.view_functions["noted.note"] = idempotency._once(web.view_functions["noted.note"])
    return web


def effects(app: Flask) -> int:
    with app.extensions["database"].begin() as work:
        found = select(TimelineRecord.id).where(TimelineRecord.note.like("现场%"))
        return len(work.session.scalars(found).all())


def keys(app: Flask) -> list[RequestKeyRecord]:
    with app.extensions["database"].begin() as work:
        return list(work.session.scalars(select(RequestKeyRecord)))


def test_the_same_request_again_gets_the_same_answer_and_nothing_happens_twice(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    first = person.post(f"/api/noted/{case_no}", key=key, text="现场")
    again = person.post(f"/api/noted/{case_no}", key=key, text="现场")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert effects(noted) == 1
    assert person.post(f"/api/noted/{case_no}", key=str(uuid.uuid4()), text="现场").json != first.json
    assert effects(noted) == 2


def test_without_a_key_every_request_counts(noted, case_no):
    person = Browser(noted, "dispatcher1")
    for _ in range(2):
        assert person.post(f"/api/noted/{case_no}", text="现场").status_code == 200
    assert effects(noted) == 2


def test_a_refusal_is_an_answer_too(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    first = person.post(f"/api/noted/{case_no}", key=key, text="现场", refuse=True)
    again = person.post(f"/api/noted/{case_no}", key=key, text="现场", refuse=True)
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.json == first.json == {"code": "refused", "message": "请写明原因"}
    assert effects(noted) == 0


def test_another_body_under_the_same_key_is_refused(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    person.post(f"/api/noted/{case_no}", key=key, text="现场一")
    other = person.post(f"/api/noted/{case_no}", key=key, text="现场二")
    assert other.status_code == 422
    assert "内容不同" in other.json["message"]
    assert effects(noted) == 1


def test_a_key_is_its_persons_and_its_addresss_own(noted, case_no):
    key = str(uuid.uuid4())
    one, other = Browser(noted, "dispatcher1"), Browser(noted, "reviewer1")
    assert (
        one.post(f"/api/noted/{case_no}", key=key, text="现场").json
        != other.post(f"/api/noted/{case_no}", key=key, text="现场").json
    )
    assert one.post("/api/cases/none/reveal", key=key, purpose="回访").status_code == 404
    assert effects(noted) == 2


def test_twenty_at_once_have_one_effect_and_no_error_of_ours(noted, case_no):
    people, key = [Browser(noted, "dispatcher1") for _ in range(20)], str(uuid.uuid4())
    ready = threading.Barrier(20)
    answers: list[tuple[int, bytes]] = []

    def send(person: Browser) -> None:
        ready.wait()
        answer = person.post(f"/api/noted/{case_no}", key=key, text="现场")
        answers.append((answer.status_code, answer.data))

    threads = [threading.Thread(target=send, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    said = Counter(status for status, _ in answers)
    assert set(said) <= {200, 409}
    assert sum(said.values()) == 20
    assert len({body for status, body in answers if status == 200}) == 1
    assert effects(noted) == 1


def test_a_failure_of_ours_that_changed_nothing_frees_the_key(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    assert person.post(f"/api/noted/{case_no}", key=key, text="现场", crash="before").status_code == 500
    assert keys(noted) == []
    assert person.post(f"/api/noted/{case_no}", key=key, text="现场").status_code == 200
    assert effects(noted) == 1


def test_a_failure_after_the_deed_does_not_do_it_again(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    assert person.post(f"/api/noted/{case_no}", key=key, text="现场", crash="after").status_code == 500
    again = person.post(f"/api/noted/{case_no}", key=key, text="现场", crash="after")
    assert again.status_code == 409
    assert again.json["code"] == "already_done"
    assert effects(noted) == 1


ASKED = Asked(person_id=1, route="POST /api/x", key="k", body_sha256="0" * 64)


def test_a_process_that_died_holds_the_key_no_longer_than_its_lease(web):
    at, base = now(), web.extensions["database"]
    with base.begin() as work:
        dead = request_keys.claim(work, ASKED, at)
    with pytest.raises(request_keys.StillRunning), base.begin() as work:
        request_keys.claim(work, ASKED, at + LEASE - timedelta(seconds=1))
    with base.begin() as work:
        taken = request_keys.claim(work, ASKED, at + LEASE)
    assert isinstance(dead, Held)
    assert isinstance(taken, Held)
    assert taken.claim == dead.claim + 1


def act(app: Flask, held: Held, case_no: str) -> None:
    """Do what a view does under a key: change something and commit, with the claim in force."""
    from flask import g

    with app.test_request_context("/"):
        g.request_key = held
        with app.extensions["database"].begin() as work:
            work.session.execute(update(CaseRecord).where(CaseRecord.case_no == case_no).values(demand="新诉求"))


def test_one_that_was_overtaken_cannot_act_any_more(web, case_no):
    at, base = now(), web.extensions["database"]
    with base.begin() as work:
        slow = request_keys.claim(work, ASKED, at)
    with base.begin() as work:
        request_keys.claim(work, ASKED, at + LEASE)
    with pytest.raises(Stale):
        act(web, slow, case_no)
    with base.begin() as work:
        assert work.session.scalars(select(CaseRecord.demand)).one() != "新诉求"


def test_one_that_died_between_deed_and_answer_is_known_to_have_acted(web, case_no):
    at, base = now(), web.extensions["database"]
    with base.begin() as work:
        held = request_keys.claim(work, ASKED, at)
    act(web, held, case_no)
    with pytest.raises(request_keys.AlreadyDone), base.begin() as work:
        request_keys.claim(work, ASKED, at + LEASE)


def test_looking_is_not_acting(web):
    from flask import g

    base = web.extensions["database"]
    with base.begin() as work:
        held = request_keys.claim(work, ASKED, now())
    with web.test_request_context("/"):
        g.request_key = held
        with base.begin() as work:
            work.session.scalars(select(CaseRecord)).all()
    assert [one.acted for one in keys(web)] == [False]


def test_a_form_with_a_file_is_the_same_whatever_line_stands_between_its_parts(web, case_no):
    person, key = Browser(web, "dispatcher1"), str(uuid.uuid4())
    path = f"/api/cases/{case_no}/evidence"
    answers = [person.send(path, key=key, file=(io.BytesIO(a_photo()), "a.jpg")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert person.send(path, key=key, file=(io.BytesIO(a_photo(2)), "a.jpg")).status_code == 422
    assert len(person.get(path).json["items"]) == 1


@pytest.mark.parametrize("key", ["x" * 201, "钥匙", " "])
def test_an_odd_key_is_refused(web, case_no, key):
    person = Browser(web, "dispatcher1")
    headers = {"X-CSRFToken": person.token, "Idempotency-Key": key.encode().decode("latin-1")}
    answer = person.client.post(f"/api/cases/{case_no}/reveal", json={"purpose": "回访"}, headers=headers)
    assert answer.status_code == 422


def test_the_door_is_guarded_before_any_key_is_looked_at(web, case_no):
    key = str(uuid.uuid4())
    unit = Browser(web, UNIT)
    assert unit.post("/api/hooks", key=key, name="x", address="https://x.example/").status_code == 403
    assert web.test_client().post("/api/hooks", json={}, headers={"Idempotency-Key": key}).status_code in {400, 401}
    assert keys(web) == []
    assert Browser(web, STRANGER).post(f"/api/cases/{case_no}/reveal", key=key, purpose="回访").status_code == 404


def test_an_answer_stands_sealed_and_is_forgotten_after_a_day(noted, case_no):
    person, key = Browser(noted, "dispatcher1"), str(uuid.uuid4())
    person.post(f"/api/noted/{case_no}", key=key, text="现场")
    base = noted.extensions["database"]
    with base.begin() as work:
        raw = work.session.connection().exec_driver_sql("SELECT answer FROM idempotency_key").scalar_one()
        assert "entry_id" not in raw
        assert request_keys.forget_old(work, now() + KEPT - timedelta(minutes=1)) == 0
        assert request_keys.forget_old(work, now() + KEPT + timedelta(minutes=1)) == 1
