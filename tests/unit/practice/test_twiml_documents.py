"""What the carrier accepts as a document."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.practice.twiml import TwimlError, document_of, parsed, text_of
from callcenter.practice.webhook import Answer


def answer(body: str, kind: str) -> Answer:
    return Answer(status=200, content_type=kind, body=body.encode(), url="http://h/x", etag=None, tries=1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 12100),
        (" <?xml version='1.0'?><Response/>", 12100),
        ("<response/>", 12100),
        ("<Response><Say></Response>", 12100),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>", 12100),
        ("<Response><say>x</say></Response>", 12200),
        ("<Response><Gather><Dial/></Gather></Response>", 12200),
    ],
)
def test_broken_documents_are_refused_with_the_carriers_code(text, code):
    with pytest.raises(TwimlError) as refused:
        parsed(text)
    assert refused.value.code == code


def test_what_twilio_python_writes_is_accepted():
    response = VoiceResponse()
    gather = Gather(num_digits=1)
    gather.say("请按一")
    response.append(gather)
    response.start().stream(url="wss://h/media", name="asr").parameter(name="token", value="x")
    dial = Dial(action="/done")
    dial.conference("call-1", participant_label="caller")
    response.append(dial)
    response.enqueue("desk", wait_url="/wait")
    assert [verb.tag for verb in parsed(str(response))] == ["Gather", "Start", "Dial", "Enqueue"]


def test_sound_is_played_and_plain_text_is_read_aloud():
    assert document_of(answer("", "audio/x-wav"))[0].tag == "Play"
    said = document_of(answer("您好", "text/plain"))[0]
    assert (said.tag, text_of(said)) == ("Say", "您好")
    assert document_of(answer("<Response><Hangup/></Response>", "text/plain"))[0].tag == "Hangup"
    with pytest.raises(TwimlError) as refused:
        document_of(answer("{}", "application/json"))
    assert refused.value.code == 12300
