"""Only the carrier's own requests come in."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from callcenter.records import CallRecord
from callcenter.signing import sign
from tests.integration.callcenter.conftest import BASE, CALLER, CALLER_SID, TOKEN, a_call

PATH = "/twilio/voice/incoming"
FORM = a_call(CALLER_SID, CALLER, "ringing")
KIND = "application/x-www-form-urlencoded"


def calls(desk) -> int:
    with desk.database.begin() as work:
        return work.session.query(CallRecord).count()


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "AAAA",
        sign("another-token", BASE + PATH, FORM.items()),
        sign(TOKEN, "https://elsewhere.test" + PATH, FORM.items()),
        sign(TOKEN, BASE + PATH + "?a=1", FORM.items()),
        sign(TOKEN, BASE + PATH, (FORM | {"From": "+8613800009999"}).items()),
        sign(TOKEN, BASE + PATH),
    ],
)
def test_a_forged_request_gets_an_empty_403_and_changes_nothing(desk, signature):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    answer = desk.client.post(PATH, data=urlencode(FORM), headers=headers, content_type=KIND)
    assert (answer.status_code, answer.data) == (403, b"")
    assert calls(desk) == 0


def test_the_host_header_is_not_believed(desk):
    evil = "https://evil.test"
    signature = sign(TOKEN, evil + PATH, FORM.items())
    answer = desk.client.post(
        PATH,
        data=urlencode(FORM),
        base_url=evil,
        headers={"X-Twilio-Signature": signature, "X-Forwarded-Host": "evil.test"},
        content_type=KIND,
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["old-token", "new-token"])
def test_during_a_rotation_both_tokens_are_good(desk, app, token):
    import dataclasses

    app.extensions["settings"] = dataclasses.replace(
        app.extensions["settings"], twilio_auth_token="new-token, old-token"
    )
    assert desk.post(PATH, FORM, token=token).status_code == 200


def test_empty_fields_and_an_encoded_query_count_byte_for_byte(desk):
    path = "/twilio/voice/status?call=a%20b&x=%e5%bc%a0"
    assert desk.post(path, a_call(CALLER_SID, CALLER, "ringing") | {"ToCity": ""}).status_code == 204


def test_a_json_body_without_its_hash_in_the_url_is_refused(desk):
    signature = sign(TOKEN, BASE + PATH)
    answer = desk.client.post(PATH, json={"CallSid": "CA1"}, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403


def test_the_fallback_speaks_and_records_while_the_database_is_away(desk, app):
    class Away:
        def begin(self):
            raise ConnectionError("no database")

    app.extensions["database"] = Away()
    answer = desk.post("/twilio/voice/fallback", FORM | {"ErrorCode": "11200"})
    assert answer.status_code == 200
    assert "<Record" in answer.text
    assert "<Say" in answer.text


def test_the_waiting_music_is_open_to_the_carriers_players(desk):
    answer = desk.client.get("/twilio/voice/music.wav")
    assert answer.mimetype == "audio/wav"
    assert answer.data[:4] == b"RIFF"


def test_numbers_are_not_readable_in_the_database(desk, database):
    desk.arrive()
    with database.engine.connect() as connection:
        for table in ("call", "call_event", "call_leg"):
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                assert "13800001111" not in repr(row)
