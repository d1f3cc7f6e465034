"""Evidence over HTTP: who may put and get what, what is left out of it, and what is written down."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from core.clock import now
from core.errors import BadInput
from core.people import DisclosureRecord
from dispatch import evidence
from dispatch.evidence import store
from dispatch.evidence.records import EvidenceRecord
from dispatch.records import CaseRecord, TimelineRecord, WorkOrderRecord
from tests.integration.dashboard.doors import STRANGER, UNIT, Browser, web
from tests.integration.dispatch.conftest import CHENGGUAN, a_sent_case, act
from tests.unit.dispatch.evidence_files import LAT, LON, a_photo, a_scene, exif

__all__ = ["web"]


def a_handled_case(app: Flask) -> tuple[str, str]:
    """A case that 青湖城管 has signed: its number and its order's."""
    with app.extensions["database"].begin() as work:
        case = a_sent_case(work, now=now())
        act(work, case, "sign", CHENGGUAN, now=now())
        return case.case_no, case.orders[0].order_no


@pytest.fixture
def handled(web: Flask) -> tuple[str, str]:
    return a_handled_case(web)


def upload(browser: Browser, case_no: str, order_no: str | None, content: bytes, name: str = "现场.jpg", **more: str):
    fields = {"file": (io.BytesIO(content), name)} | ({"order_no": order_no} if order_no else {}) | more
    return browser.send(f"/api/cases/{case_no}/evidence", **fields)


def disclosures(app: Flask, person_id: int) -> list[tuple[str, list[str]]]:
    with app.extensions["database"].begin() as work:
        found = select(DisclosureRecord.subject_id, DisclosureRecord.fields).where(
            DisclosureRecord.person_id == person_id, DisclosureRecord.subject == "evidence"
        )
        return [(one, fields) for one, fields in work.session.execute(found)]


def test_a_unit_proves_its_work_and_the_reviewer_looks_at_it(web, handled):
    case_no, order_no = handled
    unit, reviewer = Browser(web, UNIT), Browser(web, "reviewer1")
    sent = upload(unit, case_no, order_no, a_photo(exif=exif()), name="../张三家门口.png")
    assert sent.status_code == 200, sent.text
    assert (sent.json["name"], sent.json["kind"], sent.json["had_place"]) == ("张三家门口.jpg", "jpg", True)
    assert sent.json["place_kept"] is False
    items = reviewer.get(f"/api/cases/{case_no}/evidence").json["items"]
    assert [one["evidence_id"] for one in items] == [sent.json["evidence_id"]]
    got = reviewer.get(f"/api/cases/{case_no}/evidence/{sent.json['evidence_id']}/file")
    assert got.status_code == 200
    assert len(Image.open(io.BytesIO(got.data)).getexif()) == 0
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert (f"{case_no}/{sent.json['evidence_id']}", ["evidence"]) in disclosures(web, reviewer.person_id)


def test_what_could_run_is_saved_and_never_shown(web, handled):
    from tests.unit.dispatch.evidence_files import a_pdf

    case_no, order_no = handled
    unit = Browser(web, UNIT)
    made = upload(unit, case_no, order_no, a_pdf(), name="报告.pdf").json
    got = unit.get(f"/api/cases/{case_no}/evidence/{made['evidence_id']}/file")
    assert got.headers["Content-Disposition"].startswith("attachment")
    page = upload(unit, case_no, order_no, b"<html><script>alert(1)</script></html>", name="photo.jpg")
    assert page.status_code == 422
    assert "不能接收这种文件" in page.json["message"]


def test_a_stranger_finds_nothing_behind_any_address_and_is_written_down(web, handled):
    case_no, order_no = handled
    made = upload(Browser(web, UNIT), case_no, order_no, a_photo()).json["evidence_id"]
    stranger = Browser(web, STRANGER)
    base = f"/api/cases/{case_no}/evidence"
    answers = [
        stranger.get(base),
        stranger.get(f"{base}/{made}/file"),
        stranger.post(f"{base}/{made}/withdraw", reason="x"),
        stranger.post(f"{base}/{made}/place", purpose="看看"),
        upload(stranger, case_no, order_no, a_photo()),
        upload(stranger, case_no, None, a_photo()),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["message"] for answer in answers}) == 1
    assert (case_no, ["refused"]) in disclosures(web, stranger.person_id)


def test_evidence_of_one_case_cannot_be_had_through_another(web, handled):
    case_no, order_no = handled
    other, _ = a_handled_case(web)
    made = upload(Browser(web, UNIT), case_no, order_no, a_photo()).json["evidence_id"]
    assert Browser(web, UNIT).get(f"/api/cases/{other}/evidence/{made}/file").status_code == 404


def test_the_place_is_kept_only_on_purpose_with_a_reason_and_shown_to_few(web, handled):
    case_no, order_no = handled
    unit, reviewer = Browser(web, UNIT), Browser(web, "reviewer1")
    photo = a_photo(exif=exif())
    assert upload(unit, case_no, order_no, photo, keep_place="true").status_code == 422
    kept = upload(unit, case_no, order_no, photo, keep_place="true", reason="证明到过现场").json
    dropped = upload(unit, case_no, order_no, a_photo(2, exif=exif())).json
    assert (kept["place_kept"], dropped["place_kept"]) == (True, False)
    base = f"/api/cases/{case_no}/evidence"
    shown = reviewer.post(f"{base}/{kept['evidence_id']}/place", purpose="核实到场").json
    assert (shown["lat"], shown["lon"], shown["reason"]) == (LAT, LON, "证明到过现场")
    assert (f"{case_no}/{kept['evidence_id']}", ["evidence_place"]) in disclosures(web, reviewer.person_id)
    assert reviewer.post(f"{base}/{dropped['evidence_id']}/place", purpose="核实到场").status_code == 404
    agent = Browser(web, "agent1")
    assert agent.get(base).json["items"][0]["place_kept"], "the agent who took the case may see the list"
    assert agent.post(f"{base}/{kept['evidence_id']}/place", purpose="核实到场").status_code == 404
    with web.extensions["database"].begin() as work:
        raw = work.session.connection().exec_driver_sql("SELECT place, name FROM evidence WHERE place <> ''").one()
    assert "30.5" not in raw[0]
    assert "现场" not in raw[1]
    file = reviewer.get(f"{base}/{kept['evidence_id']}/file").data
    assert len(Image.open(io.BytesIO(file)).getexif()) == 0, "the file itself never carries the place"


def test_the_same_photo_in_another_case_is_noticed_by_the_reviewer_of_either(web, handled):
    first, order_no = handled
    other, other_order = a_handled_case(web)
    unit, reviewer = Browser(web, UNIT), Browser(web, "reviewer1")
    upload(unit, first, order_no, a_photo(5))
    smaller = a_scene(5).resize((200, 150))
    again = upload(unit, other, other_order, a_photo(image=smaller, quality=70)).json
    assert (again["reused"], again["reused_in"]) == (True, []), "a unit does not learn of other cases"
    assert reviewer.get(f"/api/cases/{other}/evidence").json["items"][0]["reused_in"] == [first]
    assert reviewer.get(f"/api/cases/{first}/evidence").json["items"][0]["reused_in"] == [other]
    assert upload(unit, other, other_order, a_photo(6)).json["reused"] is False
    assert upload(unit, first, order_no, a_photo(5)).json["reused"] is True


def test_a_file_that_is_too_large_is_refused_with_a_clear_sentence(web, handled):
    case_no, order_no = handled
    unit = Browser(web, UNIT)
    flood = upload(unit, case_no, order_no, os.urandom(4 * 1024 * 1024))
    assert flood.status_code == 413
    assert flood.json == {"code": "too_large", "message": "文件太大：每个文件不超过 3 MB，请压缩或分开上传"}
    noise = Image.frombytes("RGB", (900, 900), os.urandom(900 * 900 * 3))
    large = a_photo(image=noise, form="PNG")
    assert 2 * 1024 * 1024 < len(large) < 3 * 1024 * 1024
    assert upload(unit, case_no, order_no, large).status_code == 200, "the general limit of 2 MB is not this one's"
    other = unit.client.post("/api/cases/x/reveal", data=b"x" * 3_000_000, headers=unit.headers(None))
    assert other.status_code == 413, "and this one is nobody else's"


def test_an_order_takes_so_many_files_and_no_more(web, handled):
    case_no, order_no = handled
    unit = Browser(web, UNIT)
    answers = [upload(unit, case_no, order_no, a_photo(seed)).status_code for seed in range(5)]
    assert answers == [200] * 4 + [409]


def test_files_come_after_signing_and_before_the_reply(web):
    with web.extensions["database"].begin() as work:
        case = a_sent_case(work, now=now())
        case_no, order_no = case.case_no, case.orders[0].order_no
    unit = Browser(web, UNIT)
    early = upload(unit, case_no, order_no, a_photo())
    assert early.status_code == 409
    assert "签收之后" in early.json["message"]
    assert upload(unit, case_no, None, a_photo()).status_code == 422
    assert upload(Browser(web, "dispatcher1"), case_no, None, a_photo()).status_code == 200


def test_what_the_desk_attached_to_a_secret_case_is_hidden_from_the_unit(web, handled):
    case_no, _ = handled
    made = upload(Browser(web, "dispatcher1"), case_no, None, a_photo()).json["evidence_id"]
    unit = Browser(web, UNIT)
    assert len(unit.get(f"/api/cases/{case_no}/evidence").json["items"]) == 1
    with web.extensions["database"].begin() as work:
        work.session.execute(update(CaseRecord).values(secrecy="hidden_from_unit"))
    assert unit.get(f"/api/cases/{case_no}/evidence").json["items"] == []
    assert unit.get(f"/api/cases/{case_no}/evidence/{made}/file").status_code == 404


def test_a_file_is_withdrawn_before_review_and_stays_to_be_seen(web, handled):
    case_no, order_no = handled
    unit, reviewer = Browser(web, UNIT), Browser(web, "reviewer1")
    made = upload(unit, case_no, order_no, a_photo()).json["evidence_id"]
    path = f"/api/cases/{case_no}/evidence/{made}"
    assert reviewer.post(f"{path}/withdraw", reason="不是我的").status_code == 409
    with web.extensions["database"].begin() as work:
        assert evidence.belongs(work, [order_no], [made])
        assert not evidence.belongs(work, [order_no], [made, made + 1])
        assert not evidence.belongs(work, ["another"], [made])
    assert unit.post(f"{path}/withdraw", reason="传错了").status_code == 200
    assert unit.post(f"{path}/withdraw", reason="传错了").status_code == 409
    shown = reviewer.get(f"/api/cases/{case_no}/evidence").json["items"][0]
    assert shown["withdraw_reason"] == "传错了"
    assert reviewer.get(f"{path}/file").status_code == 200
    with web.extensions["database"].begin() as work:
        assert not evidence.belongs(work, [order_no], [made])


def test_a_reply_names_its_own_evidence_and_no_other(web, handled):
    case_no, order_no = handled
    other, other_order = a_handled_case(web)
    unit, database = Browser(web, UNIT), web.extensions["database"]
    own = upload(unit, case_no, order_no, a_photo()).json["evidence_id"]
    strange = upload(unit, other, other_order, a_photo(2)).json["evidence_id"]
    said = {"text": "已到现场清理并加强巡查", "truth": "true", "solved": "solved", "now": now()}
    with pytest.raises(BadInput, match="佐证材料"), database.begin() as work:
        act(work, case_no, "reply", CHENGGUAN, files=(own, strange), **said)
    with database.begin() as work:
        act(work, case_no, "reply", CHENGGUAN, files=(own,), **said)
    with database.begin() as work:
        assert work.session.scalars(select(WorkOrderRecord).filter_by(order_no=order_no)).one().evidence_ids == [own]
    late = upload(unit, case_no, order_no, a_photo(3))
    assert late.status_code == 409
    assert unit.post(f"/api/cases/{case_no}/evidence/{own}/withdraw", reason="传错了").status_code == 200


def test_what_a_review_has_seen_cannot_be_withdrawn(web, handled):
    case_no, order_no = handled
    unit = Browser(web, UNIT)
    made = upload(unit, case_no, order_no, a_photo()).json["evidence_id"]
    with web.extensions["database"].begin() as work:
        case_id = work.session.scalars(select(WorkOrderRecord.case_id).filter_by(order_no=order_no)).one()
        review = {"at": now(), "action": "send_back", "actor_name": "审核员"}
        work.session.add(TimelineRecord(case_id=case_id, **review))
    refused = unit.post(f"/api/cases/{case_no}/evidence/{made}/withdraw", reason="传错了")
    assert refused.status_code == 409
    assert "审核" in refused.json["message"]


def stored(app: Flask) -> list[Path]:
    folder = app.extensions["settings"].var_dir / "evidence"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_its_digest_once_and_an_orphan_is_swept_away(web, handled):
    case_no, order_no = handled
    unit = Browser(web, UNIT)
    made = upload(unit, case_no, order_no, a_photo()).json
    upload(unit, case_no, order_no, a_photo())
    assert [path.name for path in stored(web)] == [made["sha256"]]
    folder = stored(web)[0].parent.parent
    (folder / "ab").mkdir()
    for name in ("ab" * 32, "left.part"):
        (folder / "ab" / name).write_bytes(b"left behind by a crash")
    with web.app_context():
        assert evidence.sweep(now()) == 0, "it may belong to an upload that is under way"
        assert evidence.sweep(now() + timedelta(hours=2)) == 2
    assert [path.name for path in stored(web)] == [made["sha256"]]


def test_a_sweep_does_not_take_the_file_from_under_an_upload(web, handled):
    case_no, _ = handled
    sha256, database = "cd" * 32, web.extensions["database"]
    swept: list[int] = []
    with web.app_context(), database.begin() as work:
        store.put(work, sha256, b"content")
        os.utime(store.path_of(sha256), (time.time() - 9999,) * 2)

        def sweep() -> None:
            with web.app_context():
                swept.append(evidence.sweep(now()))

        sweeping = threading.Thread(target=sweep)
        sweeping.start()
        sweeping.join(0.5)
        assert sweeping.is_alive(), "it waits for the upload"
        case_id = work.session.scalars(select(CaseRecord.id).filter_by(case_no=case_no)).one()
        row = {"name": "a", "kind": "pdf", "size_bytes": 7, "sha256": sha256, "original_sha256": sha256}
        lists = {"look_parts": [], "reused_in": [], "had_place": False, "person_name": "x"}
        work.session.add(EvidenceRecord(case_id=case_id, at=now(), **row, **lists))
    sweeping.join(30)
    assert swept == [0]
    assert [path.name for path in stored(web)] == [sha256]


def test_a_row_whose_file_is_gone_says_so_instead_of_failing(web, handled):
    case_no, order_no = handled
    unit = Browser(web, UNIT)
    made = upload(unit, case_no, order_no, a_photo()).json["evidence_id"]
    stored(web)[0].unlink()
    answer = unit.get(f"/api/cases/{case_no}/evidence/{made}/file")
    assert answer.status_code == 404
    assert "管理员" in answer.json["message"]


UNDER_THE_LOOP = """
from gevent import monkey; monkey.patch_all()
import time, gevent
from flask import Flask
from core.errors import BadInput
from dashboard import evidence

app = Flask("t"); app.config["SOCKET_MODE"] = "gevent"
def busy():
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        sum(range(1000))
    return "done"
def refuse():
    raise BadInput("no")
beats = []
def beat():
    while True:
        beats.append(1); gevent.sleep(0.02)
beating = gevent.spawn(beat)
with app.app_context():
    print(evidence._apart(busy), len(beats) > 5)
    try:
        evidence._apart(refuse)
    except BadInput as refusal:
        print(refusal)
"""


def test_a_large_picture_does_not_stop_the_one_loop_that_serves_every_screen():
    done = subprocess.run([sys.executable, "-c", UNDER_THE_LOOP], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["done", "True", "no"], done.stderr
    assert done.stderr == "", "a refusal is not printed as a crash"
