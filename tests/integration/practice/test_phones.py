"""Browser phones: the socket protocol of docs/practice-line.md, message by message."""

from __future__ import annotations

import time

import aiohttp
import pytest

from tests.integration.practice.carrier import Carrier, strength, token_for, tone, until
from tests.integration.practice.centre import Centre


def ring(carrier: Carrier, centre: Centre, identity: str = "agent_17", **wishes) -> str:
    centre.says("/out", "<Pause length='60'/>")
    to = f"client:{identity}?call=42"
    return carrier.rest.calls.create(to=to, from_="+8612345", url=centre.url + "/out", **wishes).sid


def test_a_phone_registers_rings_opens_and_hangs_up(carrier: Carrier, centre: Centre) -> None:
    phone = carrier.phone("agent_17")
    assert phone.saw("registered")["identity"] == "agent_17"
    call_sid = ring(carrier, centre)
    incoming = phone.saw("incoming", call_sid=call_sid)
    assert (incoming["from"], incoming["to"]) == ("+8612345", "client:agent_17")
    assert incoming["parameters"] == {"call": "42"}
    phone.say("accept", call_sid=call_sid)
    assert phone.saw("open")["resumed"] is False
    until(lambda: len(phone.frames) > 10)
    assert {len(frame) for frame in phone.frames} == {160}
    phone.say("hangup")
    assert phone.saw("closed")["reason"] == "hangup"
    assert carrier.rest.calls(call_sid).fetch().status == "completed"


def test_all_tabs_ring_the_first_wins_and_the_others_are_told(carrier: Carrier, centre: Centre) -> None:
    first, second = carrier.phone("agent_17"), carrier.phone("agent_17")
    first.saw("registered")
    second.saw("registered")
    call_sid = ring(carrier, centre)
    first.saw("incoming")
    second.saw("incoming")
    second.say("accept", call_sid=call_sid)
    assert first.saw("cancel")["reason"] == "answered_elsewhere"
    first.say("accept", call_sid=call_sid)
    assert first.saw("error")["code"] == 31404
    late = carrier.phone("agent_17")
    late.saw("registered")
    assert late.find("incoming") is None


def test_a_call_that_rings_also_rings_at_a_tab_that_registers_later(carrier: Carrier, centre: Centre) -> None:
    carrier.phone("agent_17").saw("registered")
    call_sid = ring(carrier, centre)
    assert carrier.phone("agent_17").saw("incoming")["call_sid"] == call_sid


def test_a_call_refused_at_every_tab_is_busy(carrier: Carrier, centre: Centre) -> None:
    tabs = [carrier.phone("agent_17"), carrier.phone("agent_17")]
    for tab in tabs:
        tab.saw("registered")
    call_sid = ring(carrier, centre)
    tabs[0].say("reject", call_sid=tabs[0].saw("incoming")["call_sid"])
    tabs[1].saw("incoming")
    assert carrier.rest.calls(call_sid).fetch().status == "ringing"
    tabs[1].say("reject", call_sid=call_sid)
    until(lambda: carrier.rest.calls(call_sid).fetch().status == "busy")


def test_a_withdrawn_call_and_one_that_nobody_takes_stop_ringing(carrier: Carrier, centre: Centre) -> None:
    phone = carrier.phone("agent_17")
    phone.saw("registered")
    call_sid = ring(carrier, centre)
    phone.saw("incoming")
    carrier.rest.calls(call_sid).update(status="canceled")
    assert phone.saw("cancel", call_sid=call_sid)["reason"] == "withdrawn"
    again = ring(carrier, centre, timeout=1)
    assert phone.saw("cancel", call_sid=again)["reason"] == "timeout"
    assert carrier.rest.calls(again).fetch().status == "no-answer"


def test_a_caller_calls_from_the_page_with_a_practice_number(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Gather numDigits='1' action='/menu'><Play digits='555555'/></Gather>")
    centre.says("/menu", "<Hangup/>")
    page = carrier.phone("caller_ab12")
    page.saw("registered")
    page.say("connect", to="+8612345", parameters={"lang": "zh"}, **{"from": "+8613800003333"})
    call_sid = page.saw("ringing")["call_sid"]
    page.saw("open", call_sid=call_sid)
    asked = centre.told_at("/voice")[0].fields
    assert (asked["From"], asked["To"], asked["lang"]) == ("+8613800003333", "+8612345", "zh")
    until(lambda: strength(page.heard(0.2), 1336) > 300)
    page.say("digits", digits="1")
    assert page.saw("closed")["reason"] == "remote_hangup"
    assert centre.events("/menu", "Digits") == ["1"]


def test_other_numbers_may_not_be_shown_nor_called(carrier: Carrier) -> None:
    page = carrier.phone("caller_ab12")
    page.saw("registered")
    page.say("connect", to="+8612345", **{"from": "+8613912345678"})
    assert page.saw("error")["code"] == 31400
    page.messages.clear()
    page.say("connect", to="+8613800001111", **{"from": "+8613800003333"})
    assert page.saw("error")["code"] == 31400


def test_the_tokens_number_wins_over_the_pages(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Hangup/>")
    token = token_for("caller_ab12", parameters={"From": "+8613800004444"})
    page = carrier.phone("caller_ab12", token=token)
    page.saw("registered")
    page.say("connect", **{"from": "+8613800003333"})
    page.saw("closed")
    assert centre.events("/voice", "From") == ["+8613800004444"]


def test_mute_makes_the_line_send_silence_for_this_leg(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Dial><Client>agent_17</Client></Dial>")
    agent = carrier.phone("agent_17")
    agent.saw("registered")
    page = carrier.phone("caller_ab12")
    page.saw("registered")
    page.say("connect", **{"from": "+8613800003333"})
    agent.accept()
    page.sing(600, 30)
    until(lambda: strength(agent.heard(0.3), 600) > 2000)
    page.say("mute", muted=True)
    page.saw("muted", muted=True)
    until(lambda: strength(agent.heard(0.3), 600) < 200)
    page.say("mute", muted=False)
    until(lambda: strength(agent.heard(0.3), 600) > 2000)


def test_a_dropped_socket_comes_back_and_the_talk_goes_on(carrier: Carrier, centre: Centre) -> None:
    phone = carrier.phone("agent_17")
    phone.saw("registered")
    call_sid = ring(carrier, centre)
    phone.accept()
    phone.drop()
    back = carrier.phone("agent_17", resume=call_sid)
    assert back.saw("open", call_sid=call_sid)["resumed"] is True
    time.sleep(1.0)
    assert carrier.rest.calls(call_sid).fetch().status == "in-progress"
    until(lambda: len(back.frames) > 5)
    other = carrier.phone("agent_18", resume=call_sid)
    assert other.saw("error")["code"] == 31404


def test_a_dropped_socket_that_stays_away_is_a_lost_leg(carrier: Carrier, centre: Centre) -> None:
    phone = carrier.phone("agent_17")
    phone.saw("registered")
    call_sid = ring(carrier, centre)
    phone.accept()
    phone.drop()
    until(lambda: carrier.rest.calls(call_sid).fetch().status == "completed")


def test_a_second_call_finds_a_talking_phone_busy(carrier: Carrier, centre: Centre) -> None:
    phone = carrier.phone("agent_17")
    phone.saw("registered")
    ring(carrier, centre)
    phone.accept()
    second = ring(carrier, centre)
    until(lambda: carrier.rest.calls(second).fetch().status == "busy")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("nonsense", 20101),
        (token_for("agent_17", secret="another secret of thirty-two bytes!"), 20101),
        (token_for("agent_17", ttl=-10), 20104),
    ],
)
def test_bad_tokens_are_told_why_and_closed(carrier: Carrier, token: str, code: int) -> None:
    phone = carrier.phone("agent_17", token=token)
    assert phone.saw("error")["code"] == code
    until(lambda: phone.close_code == 4401)


def test_messages_that_make_no_sense_are_answered_and_harm_nothing(carrier: Carrier) -> None:
    phone = carrier.phone("agent_17")
    phone.saw("registered")
    for message in ({"type": "dance"}, {"type": "accept"}, {"type": "digits"}):
        phone.messages.clear()
        phone.say(**{"type_": message["type"]})
        if message["type"] != "digits":
            assert phone.saw("error")["code"] == 31005
    phone.say("ping")
    phone.saw("pong")


def test_strange_origins_are_kept_out(carrier: Carrier) -> None:
    async def knock(origin: str) -> int:
        async with aiohttp.ClientSession() as session:
            try:
                params = {"token": token_for("agent_17")}
                async with session.ws_connect(carrier.base + "/phone", params=params, headers={"Origin": origin}):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

    assert carrier.run(knock("https://elsewhere.example")) == 403
    assert carrier.run(knock("http://127.0.0.1:8000")) == 101


def test_a_page_and_an_agent_hear_each_other(carrier: Carrier, centre: Centre) -> None:
    centre.says("/voice", "<Dial><Conference endConferenceOnExit='true' beep='false'>talk</Conference></Dial>")
    agent, page = carrier.phone("agent_17"), carrier.phone("caller_ab12")
    agent.saw("registered")
    page.saw("registered")
    page.say("connect", **{"from": "+8613800003333"})
    page.saw("open")
    carrier.rest.conferences("talk").participants.create(
        from_="+8612345", to="client:agent_17", label="agent", beep="false"
    )
    agent.accept()
    page.sing(600, 20)
    agent.sing(900, 20)
    until(lambda: strength(agent.heard(0.4), 600) > 2000 and strength(page.heard(0.4), 900) > 2000)
    assert strength(page.heard(0.4), 600) < 200
    page.say("hangup")
    assert agent.saw("closed")["reason"] == "remote_hangup"


@pytest.mark.parametrize(("pace", "speed"), [({}, 1.0), ({"pace": "line"}, None)])
def test_a_persons_phone_keeps_its_pace_and_a_programs_follows_the_line(
    carrier: Carrier, centre: Centre, pace: dict, speed: float | None
) -> None:
    centre.says("/voice", "<Dial><Client>agent_17</Client></Dial>")
    agent = carrier.phone("agent_17", **pace)
    agent.saw("registered")
    carrier.call(tone(500, 30), speed=8)
    assert carrier.line.calls[agent.accept()].speed == speed
