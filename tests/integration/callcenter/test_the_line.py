"""What our side does when the carrier is slow, refuses, or answers with an error."""

from __future__ import annotations

import base64
import dataclasses
import json
import socket
from datetime import timedelta

import pytest

from callcenter.telephony import CallGone, TwilioLine
from core.clock import now
from core.errors import Unavailable

RING = {"url": "https://hotline.test/a", "status_callback": "https://hotline.test/s"}


@pytest.fixture
def line(settings) -> TwilioLine:
    return TwilioLine(settings)


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (400, 21201, True),
        (401, 20003, True),
        (403, 20403, True),
        (429, 20429, False),
        (500, 20500, False),
        (503, 0, False),
    ],
)
def test_an_error_says_whether_trying_again_may_help_and_a_create_is_never_tried_again(
    line, carrier, status, code, permanent
):
    carrier.answers["/Calls.json"] = (status, {"code": code, "message": "no", "status": status})
    with pytest.raises(Unavailable) as refused:
        line.ring_agent(7, **RING)
    assert refused.value.permanent is permanent
    assert len(carrier.asks) == 1


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21220)])
def test_ending_what_has_ended_is_no_error_but_sending_it_elsewhere_is_told(line, carrier, status, code):
    carrier.answers["CA1.json"] = (status, {"code": code, "message": "over"})
    line.hang_up("CA1")
    with pytest.raises(CallGone):
        line.send_to("CA1", "https://hotline.test/a")


def test_a_recording_that_is_deleted_already_is_no_error(line, carrier):
    carrier.answers["RE1.json"] = (404, {"code": 20404, "message": "gone"})
    line.delete_recording("RE1")


def test_a_carrier_that_cannot_be_reached_is_unavailable_for_now(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    line = TwilioLine(dataclasses.replace(settings, practice_line_url=nobody))
    for ask in (
        lambda: line.hang_up("CA1"),
        lambda: line.ring_agent(1, **RING),
        lambda: line.recording("RE1"),
    ):
        with pytest.raises(Unavailable) as away:
            ask()
        assert away.value.permanent is False


def test_without_a_practice_line_requests_go_to_twilio_itself(settings):
    line = TwilioLine(dataclasses.replace(settings, practice_line_url=None))
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json"
    assert line._http.moved(url) == url
    assert TwilioLine(settings)._http.moved(url) == settings.practice_line_url + "/2010-04-01/Accounts/AC1/Calls.json"


def test_the_phones_token_names_one_agent_and_ends(line, settings):
    token, identity, expires_at = line.phone_token(17, now=now())
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert identity == claims["grants"]["identity"] == "agent_17"
    assert claims["grants"]["voice"]["incoming"] == {"allow": True}
    assert (claims["iss"], claims["sub"]) == (settings.twilio_api_key, settings.twilio_account_sid)
    assert timedelta(minutes=59) < expires_at - now() <= timedelta(hours=1)
