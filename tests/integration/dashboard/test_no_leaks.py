"""A handler of one unit tries every address with every id of another unit's: nothing leaks, each try is recorded."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from PIL import Image
from sqlalchemy import select

from core.actor import Actor, Role
from core.clock import now
from core.denied import DeniedRecord
from core.people import PersonRecord
from dashboard import schemas
from dispatch import service
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord
from dispatch.side_records import AdjudicationRecord
from dispatch.templates import ReplyTemplateRecord

from .doors import STRANGER, UNIT, Browser, web

__all__ = ["web"]

AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
DISPATCHER = Actor(person_id=2, name="派单员", roles=frozenset({Role.DISPATCHER}), unit_code="hotline")
# What only the other unit's people may read; each stands somewhere in the foreign case.
SECRETS = ("泄漏甲", "泄漏乙", "泄漏丙", "泄漏丁", "泄漏戊", "泄漏己", "13800009999")
NOWHERE = "20200101-000001-0"
MISSING = 987_654_321

# Parameters that name nobody's property: what stands behind them is everybody's, or one's own.
COMMON = {
    "on": "2026-01-01",
    "year": "2026",
    "chosen": "zh",
    "filename": "css/tokens.css",
    "_screen": "x",
    "figure": "on_time",
    "name": "mine",
    "duty_no": "ZZ0001",
    "pack_id": "1",
    "action": "note",
    "token": "x" * 43,
    "call_sid": "CA" + "0" * 32,
}
PURPOSE = {"purpose": "看看是谁"}
REASON = {"reason": "看看", "version": 1}
# What an address must be sent before it looks at the id at all; an address that is not here is sent nothing.
BODIES = {
    "cases.act": {"version": 1, "text": "x", "reason": "x", "unit_code": "linjiang-chengguan"},
    "cases.reveal": PURPOSE,
    "evidence.place": PURPOSE,
    "evidence.withdraw": {"reason": "x"},
    "intake.fill": {"version": 1, "form": {}},
    "desk.accept": {"claim": 1},
    "desk.decline": {"claim": 1},
    "desk.hold": {"on": True},
    "desk.reveal": PURPOSE,
    "desk.change_draft": {"form": {"title": "x"}, "fields": ["title"]},
    "callbacks.wish": {"ask_by": "phone"},
    "duties.apply": {"reason": "看看"},
    "duties.accept": REASON,
    "duties.decline": REASON,
    "templates.change": {"version": 1, "title": "x", "text": "x", "category_code": None},
}


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(kept, "JPEG")
    return kept.getvalue()


@pytest.fixture
def foreign(web):
    """A case of 青湖城管 with all that hangs on a case, by the names that ids have in addresses."""
    fields = {
        "kind": "complaint",
        "title": "泄漏甲流动摊贩占道",
        "content": "泄漏乙门口有摊贩",
        "category_code": "030301",
        "area_code": "990102001",
        "place": "泄漏丙路8号",
        "caller_name": "泄漏丁",
    }
    with web.extensions["database"].begin() as work:
        caller = service.Caller(phone="+8613800009999")
        made = []
        for call_id in (71, 72):
            case = service.open_draft(work, call_id=call_id, actor=AGENT, caller=caller, now=now())
            service.change_draft(work, case.id, fields, actor=AGENT, now=now())
            service.register(work, case.id, actor=AGENT, now=now())
            given = service.Given(unit="qinghu-chengguan")
            service.act(work, case.case_no, Action.DISPATCH, actor=DISPATCHER, given=given, now=now())
            made.append(case.case_no)
        case_id = work.session.scalar(select(CaseRecord.id).where(CaseRecord.case_no == made[0]))
        conference = AdjudicationRecord(
            case_id=case_id, opened_at=now(), due_at=now(), parties=["qinghu-chengguan"], reason="泄漏戊"
        )
        template = ReplyTemplateRecord(
            unit_code="qinghu-chengguan", title="泄漏己", text="泄漏己", changed_at=now(), changed_name="x"
        )
        work.session.add_all([conference, template])
        work.session.flush()
        ids = {"adjudication_id": conference.id, "template_id": template.id}
    ids |= {"case_no": made[0], "into": made[1], "call_id": 71, "order_no": f"{made[0]}-01"}
    unit = Browser(web, UNIT)
    version = unit.get(f"/api/cases/{made[0]}").json["card"]["version"]
    order_no = unit.get(f"/api/cases/{made[0]}").json["orders"][0]["order_no"]
    assert unit.post(f"/api/cases/{made[0]}/actions/sign", version=version).status_code == 200
    sent = unit.send(f"/api/cases/{made[0]}/evidence", file=(io.BytesIO(picture()), "x.jpg"), order_no=order_no)
    assert sent.status_code == 200, sent.text
    ids |= {"evidence_id": sent.json["evidence_id"], "order_no": order_no}
    return {name: str(value) for name, value in ids.items()} | {
        name: "1" for name in ("hook_id", "delivery_id", "load_id", "proposal_id", "what_if_id")
    }


def every_try(app, ids):
    """Yield (endpoint, method, address, body, whether it has a foreign id) of every rule with a parameter."""
    for rule in app.url_map.iter_rules():
        if not rule.arguments:
            continue
        unknown = rule.arguments - set(ids) - set(COMMON)
        assert not unknown, f"{rule.rule}: say in this test whose {unknown} is"
        values = {name: ids.get(name) or COMMON[name] for name in rule.arguments}
        for action in schemas_actions() if rule.endpoint == "cases.act" else [None]:
            address = rule.rule
            for name, value in (values | ({"action": action} if action else {})).items():
                address = re.sub(rf"<(?:\w+:)?{name}>", value, address)
            assert "<" not in address, address
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, address, BODIES.get(rule.endpoint, {}), bool(rule.arguments & set(ids))


def schemas_actions():
    return schemas.ActionName.__args__


def send(browser, endpoint, method, address, body):
    if endpoint == "evidence.upload" and method == "POST":
        return browser.send(address, file=(io.BytesIO(picture()), "x.jpg"))
    more = {} if method == "GET" else {"json": body, "headers": browser.headers(None)}
    return browser.client.open(address, method=method, **more)


def words(answer):
    """What an answer says; of a sheet, what is packed in it."""
    body = answer.get_data()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as sheet:
            body = b"\n".join(sheet.read(name) for name in sheet.namelist())
    return body.decode(errors="replace")


def nothing_there(ids):
    numbers = {"case_no": NOWHERE, "into": NOWHERE, "order_no": f"{NOWHERE}-01"}
    return {name: numbers.get(name, str(MISSING)) for name in ids}


def recorded(app, person_id):
    with app.extensions["database"].begin() as work:
        mine = select(DeniedRecord).where(DeniedRecord.person_id == person_id).order_by(DeniedRecord.id)
        return [(row.route, row.case_no) for row in work.session.scalars(mine)]


def test_no_address_tells_a_stranger_anything_of_another_units_case(web, foreign):
    stranger = Browser(web, STRANGER)
    tried = zip(every_try(web, foreign), every_try(web, nothing_there(foreign)), strict=True)
    of_cases = 0
    for (endpoint, method, address, body, is_foreign), (_, _, nowhere, _, _) in tried:
        before = len(recorded(web, stranger.person_id))
        real = send(stranger, endpoint, method, address, body)
        noted = recorded(web, stranger.person_id)[before:]
        for secret in SECRETS:
            assert secret not in words(real), (method, address, secret)
        if not is_foreign:
            continue
        missing = send(stranger, endpoint, method, nowhere, body)
        shown = (method, address, real.status_code, real.text[:200])
        assert real.status_code in {403, 404}, shown
        assert (real.status_code, real.text) == (missing.status_code, missing.text), shown
        if any(name in address for name in (foreign["case_no"], f"/adjudications/{foreign['adjudication_id']}")):
            of_cases += 1
            assert [case_no for _, case_no in noted] == [foreign["case_no"]], shown
    assert of_cases > 60


def test_no_list_tells_a_stranger_anything_of_another_units_cases(web, foreign):
    stranger, asked = Browser(web, STRANGER), 0
    for rule in web.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods or not rule.rule.startswith("/api/"):
            continue
        for query in ("", "?unit=qinghu-chengguan", f"?q={foreign['case_no']}", "?view=all", "?view=all&q=摊贩"):
            answer = stranger.get(rule.rule + query)
            assert answer.status_code < 500, (rule.rule, answer.text)
            for secret in (*SECRETS, foreign["case_no"]):
                assert secret not in words(answer), (rule.rule, query, secret)
            asked += 1
    assert asked > 100


def test_ids_in_bodies_are_as_closed_as_those_in_addresses(web, foreign):
    stranger = Browser(web, STRANGER)
    item = {"case_no": foreign["case_no"], "version": 1}
    answer = stranger.post("/api/cases/bulk", action="note", items=[item], given={"text": "x"})
    nowhere = stranger.post(
        "/api/cases/bulk", action="note", items=[item | {"case_no": NOWHERE}], given={"text": "x"}
    )
    assert answer.status_code == 200
    assert json.loads(answer.text.replace(foreign["case_no"], NOWHERE)) == nowhere.json
    assert answer.json["results"][0]["outcome"] == "refused"
    assert recorded(web, stranger.person_id)[0] == ("POST /api/cases/bulk", foreign["case_no"])
    assert stranger.post("/api/cases/by-phone", phone="13800009999", purpose="看看是谁").status_code == 403


def test_the_same_person_with_the_right_unit_sees_it_all_and_nothing_is_recorded(web, foreign):
    """So that the tests above cannot pass because nothing is there."""
    unit = Browser(web, UNIT)
    page = unit.get(f"/api/cases/{foreign['case_no']}")
    assert page.status_code == 200
    assert "泄漏乙" in page.text
    assert unit.get(f"/api/adjudications/{foreign['adjudication_id']}").status_code == 200
    assert "泄漏己" in unit.get("/api/templates").text
    path = f"/api/cases/{foreign['case_no']}/evidence/{foreign['evidence_id']}/file"
    assert unit.get(path).status_code == 200
    assert recorded(web, unit.person_id) == []


def test_a_try_says_who_where_at_what_and_when_and_keeps_no_text(web, foreign):
    stranger, begun = Browser(web, STRANGER), now()
    stranger.get(f"/api/cases/{foreign['case_no']}")
    stranger.get("/api/cases/王小明 13800001111")
    with web.extensions["database"].begin() as work:
        rows = work.session.scalars(select(DeniedRecord).order_by(DeniedRecord.id)).all()
        person = work.session.get(PersonRecord, stranger.person_id)
    assert [(row.person_id, row.unit_code, row.route, row.asked, row.case_no) for row in rows] == [
        (
            person.id,
            person.unit_code,
            "GET /api/cases/<case_no>",
            f"case_no={foreign['case_no']}",
            foreign["case_no"],
        )
    ]
    assert begun <= rows[0].at <= now()
