"""A citizen's matter never vanishes: what becomes of a draft whose call is over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from callcenter import queries as calls
from callcenter import sweeps
from callcenter.calls import Part
from callcenter.records import CallRecord, RecordingRecord, SegmentRecord
from callcenter.transcripts import write_down
from core import people
from core.clock import now
from core.config import ROOT
from core.people import PersonRecord
from dispatch import queries as cases
from dispatch.city import load_city
from nlp.understand import Understander
from tests.integration.callcenter import test_desk_api
from tests.integration.callcenter.conftest import CALLER, CALLER_SID, Desk, a_call, conference_form
from tests.integration.callcenter.test_desk_api import Person
from tests.unit.text_models import toy_models
from workers import draft_cases
from workers.language import _rows

web, phone = test_desk_api.web, test_desk_api.phone
CITY = ROOT / "city" / "practice"


@pytest.fixture
def centre(web, database):
    """The desk's application with the city, a dispatcher and a small real text model."""
    with database.begin() as work:
        load_city(work, CITY)
        hashed = people.hash_password("practice")
        work.session.add(PersonRecord(username="pai", name="pai", roles=["dispatcher"], password_hash=hashed))
    rows = {name: _rows(CITY / f"{name}.csv") for name in ("areas", "places", "categories")}
    web.extensions["understander"] = Understander.load(toy_models(), **rows)
    return web


def job(centre, name: str, call_id: int) -> None:
    with centre.app_context():
        getattr(draft_cases, name)(call_id)


def a_call_in_wrap_up(centre, phone: Desk, person: Person, *, typed: str | None = None) -> int:
    call_id = phone.arrive()
    person.send(f"/api/desk/calls/{call_id}/accept", {})
    name = phone.call(call_id).conference
    for number, (sid, label) in enumerate([("CA" + "8" * 32, "agent"), (CALLER_SID, "caller")]):
        phone.post("/twilio/voice/conference", conference_form(name, "participant-join", sid, label, number))
    job(centre, "open_draft", call_id)
    if typed:
        change = {"form": {"title": typed}, "fields": ["title"]}
        assert person.send(f"/api/desk/calls/{call_id}/draft", change, method="put").status_code == 200
    assert person.send(f"/api/desk/calls/{call_id}/hang-up").json["state"] == "ended"
    return call_id


def unfinished(person: Person) -> list[str]:
    return [card["case_no"] for card in person.get("/api/cases?view=unfinished").json["items"]]


def a_message(phone: Desk) -> int:
    """Wait, press for the machine, speak and hang up."""
    call_id = phone.arrive()
    form = {"CallSid": CALLER_SID, "RecordingSid": "RE" + "3" * 32, "RecordingStatus": "completed"}
    phone.post("/twilio/voice/recording", form | {"RecordingSource": "RecordVerb", "RecordingDuration": "9"})
    phone.post("/twilio/voice/status", a_call(CALLER_SID, CALLER, "completed"))
    return call_id


@pytest.mark.parametrize("ends", ["in time", "too late", "page closed", "by hand"])
def test_a_half_typed_draft_outlives_its_wrap_up(centre, phone, database, ends):
    li, wang, pai = (Person(centre, name) for name in ("li", "wang", "pai"))
    call_id = a_call_in_wrap_up(centre, phone, li, typed="路灯不亮")
    job(centre, "put_away_draft", call_id)  # early: the agent still writes
    assert unfinished(li) == []
    with database.begin() as work:
        if ends == "too late":
            assert sweeps.end_wrap_ups(work, now() + sweeps.WRAP_UP_LASTS) == 1
        elif ends == "page closed":
            assert sweeps.vacate(work, li.me["person_id"], now())
    if ends == "by hand":
        li.send("/api/desk/seat", {"state": "break"})
    elif ends == "in time":
        li.send("/api/desk/wrap-up")
    for _ in range(2):
        job(centre, "put_away_draft", call_id)
    with database.begin() as work:
        assert work.session.get_one(CallRecord, call_id).outcome is None
        case_no = cases.case_of_call(work, call_id).case_no
    assert unfinished(li) == unfinished(pai) == [case_no]
    assert unfinished(wang) == []
    counts = {one["view"]: one["count"] for one in pai.get("/api/cases/views").json["views"]}
    assert counts["unfinished"] == 1


def test_an_empty_draft_of_a_silent_call_is_put_away(centre, phone, database):
    li = Person(centre, "li")
    call_id = a_call_in_wrap_up(centre, phone, li)
    li.send("/api/desk/wrap-up")
    job(centre, "put_away_draft", call_id)
    with database.begin() as work:
        assert work.session.get_one(CallRecord, call_id).outcome == "no_matter"
        assert cases.case_of_call(work, call_id).state == "discarded"
    assert unfinished(li) == []


@pytest.mark.parametrize("known", ["words", "a recording nobody could hear"])
def test_a_draft_nobody_touched_is_kept_when_something_was_said(centre, phone, database, known):
    li = Person(centre, "li")
    call_id = a_call_in_wrap_up(centre, phone, li)
    with database.begin() as work:
        if known == "words":
            said = {"utterance": "u1", "speaker": "caller", "text": "停水了", "at_ms": 0, "words": []}
            work.session.add(SegmentRecord(call_id=call_id, heard_at=now(), **said))
        else:
            sound = {"recording_sid": "RE9", "status": "awaiting_transcript", "at": now()}
            work.session.add(RecordingRecord(call_id=call_id, **sound))
    li.send("/api/desk/wrap-up")
    job(centre, "put_away_draft", call_id)
    assert len(unfinished(li)) == 1


@pytest.mark.parametrize("heard", [True, False])
def test_a_message_on_the_machine_becomes_a_draft_with_what_was_said(centre, phone, database, heard):
    call_id = a_message(phone)
    with database.begin() as work:
        assert calls.voicemails_without_case(work, now()) == [call_id]  # the sweep would find it
        recording = work.session.scalars(select(RecordingRecord)).one().id
    if heard:
        with centre.app_context():
            write_down(recording, {Part.CALLER: [(900, "我们小区停水三天了没有水用")]})
        job(centre, "draft_case", call_id)
    job(centre, "put_away_draft", call_id)
    pai = Person(centre, "pai")
    (case_no,) = unfinished(pai)
    detail = pai.get(f"/api/cases/{case_no}").json
    assert ("停水" in detail["content"]) == heard
    assert (detail["channel"], detail["card"]["state"]) == ("voicemail", "draft")
    assert {one["action"] for one in detail["actions"]} == {"register", "answer", "discard"}
    with database.begin() as work:
        assert calls.voicemails_without_case(work, now()) == []


def test_a_dispatcher_registers_what_was_left_and_the_call_has_come_to_a_case(centre, phone, database):
    a_message(phone)
    call_id = phone.call_by_sid(CALLER_SID).id
    job(centre, "put_away_draft", call_id)
    pai = Person(centre, "pai")
    (case_no,) = unfinished(pai)
    path = f"/api/cases/{case_no}/actions"
    version = pai.get(f"/api/cases/{case_no}").json["card"]["version"]
    assert pai.send(f"{path}/register", {"version": version}).status_code == 422  # kind and matter are missing
    form = {"kind": "help", "title": "小区停水"}
    done = pai.send(f"{path}/register", {"version": version, "form": form})
    assert (done.status_code, done.json["card"]["state"]) == (200, "to_dispatch"), done.text
    assert unfinished(pai) == []
    assert (phone.call(call_id).outcome, phone.call(call_id).case_no) == ("case", case_no)
    assert pai.send(f"{path}/register", {"version": version}).status_code == 409


@pytest.mark.parametrize(
    ("action", "body", "state", "outcome"),
    [
        ("answer", {"text": "在网点办理"}, "answered", "answered"),
        ("discard", {"reason": "打错了"}, "discarded", "no_matter"),
    ],
)
def test_its_agent_answers_or_discards_what_was_left(centre, phone, database, action, body, state, outcome):
    li, wang = Person(centre, "li"), Person(centre, "wang")
    call_id = a_call_in_wrap_up(centre, phone, li, typed="公交月票")
    with database.begin() as work:
        case_no = cases.case_of_call(work, call_id).case_no
    path = f"/api/cases/{case_no}/actions/{action}"
    version = li.get(f"/api/cases/{case_no}").json["card"]["version"]
    early = li.send(path, {"version": version} | body)
    assert (early.status_code, "整理" in early.json["message"]) == (409, True)
    li.send("/api/desk/wrap-up")
    job(centre, "put_away_draft", call_id)
    version = li.get(f"/api/cases/{case_no}").json["card"]["version"]
    assert li.send(path, {"version": version}).status_code == 422
    assert wang.send(path, {"version": version} | body).status_code == 404
    done = li.send(path, {"version": version} | body)
    assert (done.status_code, done.json["card"]["state"]) == (200, state), done.text
    assert phone.call(call_id).outcome == outcome


def test_a_lost_job_is_found_again_by_the_state_of_the_draft(centre, phone, database):
    li = Person(centre, "li")
    call_id = a_call_in_wrap_up(centre, phone, li, typed="路灯不亮")
    with database.begin() as work:
        assert cases.calls_not_settled(work, now()) == [call_id]
    li.send("/api/desk/wrap-up")
    job(centre, "put_away_draft", call_id)
    with database.begin() as work:
        assert cases.calls_not_settled(work, now()) == []
