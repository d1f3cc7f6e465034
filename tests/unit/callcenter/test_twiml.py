"""Every document we answer is one that the carrier accepts."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from callcenter import twiml
from callcenter.calls import Part
from callcenter.twiml import Addresses, Script, Voice

SCRIPT = Script(to=Addresses(base="https://hotline.test", media="wss://hotline.test/media"), voice=Voice())

# Element -> (attributes it may carry, children it may have), for the verbs we use; Twilio's TwiML reference.
GRAMMAR = {
    "Response": (set(), {"Say", "Play", "Enqueue", "Start", "Stop", "Dial", "Record", "Redirect", "Hangup"}),
    "Say": ({"voice", "language", "loop"}, set()),
    "Play": ({"loop", "digits"}, set()),
    "Enqueue": ({"action", "method", "waitUrl", "waitUrlMethod"}, set()),
    "Start": (set(), {"Stream"}),
    "Stop": (set(), {"Stream"}),
    "Stream": ({"url", "name", "track", "statusCallback", "statusCallbackMethod"}, {"Parameter"}),
    "Parameter": ({"name", "value"}, set()),
    "Dial": ({"action", "method", "timeout", "callerId"}, {"Conference"}),
    "Conference": (
        {
            *(
                "participantLabel",
                "startConferenceOnEnter",
                "endConferenceOnExit",
                "beep",
                "waitUrl",
                "muted",
            ),
            *("statusCallback", "statusCallbackEvent", "statusCallbackMethod"),
        },
        set(),
    ),
    "Record": (
        {
            *("action", "method", "maxLength", "timeout", "finishOnKey", "playBeep"),
            *("recordingStatusCallback", "recordingStatusCallbackMethod"),
        },
        set(),
    ),
    "Redirect": ({"method"}, set()),
    "Hangup": (set(), set()),
}
TERMINAL = {"Enqueue", "Dial", "Record", "Redirect", "Hangup", "Play"}

DOCUMENTS = {
    "welcome": SCRIPT.welcome(),
    "first in line": SCRIPT.wait(1),
    "third in line": SCRIPT.wait(3),
    "requeue": SCRIPT.requeue(),
    "back in line": SCRIPT.back_in_line(),
    "caller joins": SCRIPT.talk(Part.CALLER, conference="call-ab", token="t" * 32),
    "agent joins": SCRIPT.talk(Part.AGENT, conference="call-ab", token="t" * 32),
    "voicemail": SCRIPT.voicemail(),
    "voicemail done": SCRIPT.voicemail_done(),
    "hold": SCRIPT.hold(),
    "hang up": twiml.hang_up(),
}


def broken(document: str) -> list[str]:
    """Return what is wrong with a document by the grammar."""
    wrong = []
    if not document.startswith("<?xml") or len(document.encode()) > 64_000:
        wrong.append("opening or size")
    root = ET.fromstring(document)
    if root.tag != "Response":
        wrong.append(root.tag)
    for element in root.iter():
        attributes, children = GRAMMAR.get(element.tag, (set(), set()))
        wrong += [f"{element.tag}@{name}" for name in element.attrib if name not in attributes]
        wrong += [f"{element.tag}/{child.tag}" for child in element if child.tag not in children]
        wrong += [
            f"{element.tag} is empty" for _ in [0] if element.tag in ("Say", "Play", "Enqueue") and not element.text
        ]
    if root.tag == "Response" and (not len(root) or root[-1].tag not in TERMINAL):
        wrong.append("leads nowhere")
    return wrong


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_document_is_valid_and_leads_somewhere(document):
    assert broken(document) == []


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?><Response><Gather numDigit="1"/></Response>',
        '<?xml version="1.0"?><Response><Say>hi</Say></Response>',
        '<?xml version="1.0"?><Response><Hangup now="yes"/></Response>',
        '<?xml version="1.0"?><Response/>',
        " <Response><Hangup/></Response>",
        '<?xml version="1.0"?><Hangup/>',
        '<?xml version="1.0"?><Response><Play></Play></Response>',
    ],
)
def test_the_check_itself_finds_what_is_wrong(document):
    assert broken(document) != []


def test_the_caller_hears_that_the_call_is_recorded_before_anything_else():
    root = ET.fromstring(SCRIPT.welcome())
    assert [verb.tag for verb in root] == ["Say", "Enqueue"]
    assert "录音" in root[0].text


@pytest.mark.parametrize(("position", "said"), [(1, "第一位"), (2, "前面还有1位"), (8, "前面还有7位")])
def test_the_position_is_told_honestly(position, said):
    assert said in SCRIPT.wait(position)


@pytest.mark.parametrize(("part", "ends"), [(Part.CALLER, "true"), (Part.AGENT, "false")])
def test_only_the_caller_ends_the_conference_by_leaving(part, ends):
    conference = ET.fromstring(SCRIPT.talk(part, conference="call-ab", token="t")).find(".//Conference")
    assert conference.get("endConferenceOnExit") == ends
    assert conference.get("participantLabel") == part
    assert conference.get("waitUrl") == ""
    assert conference.text == "call-ab"


def test_the_stream_starts_before_the_conference_and_carries_its_token_as_a_parameter():
    root = ET.fromstring(SCRIPT.talk(Part.CALLER, conference="call-ab", token="secret"))
    assert [verb.tag for verb in root] == ["Start", "Dial"]
    stream = root.find(".//Stream")
    assert stream.get("url") == "wss://hotline.test/media"
    assert "?" not in stream.get("url")
    assert stream.find("Parameter").attrib == {"name": "token", "value": "secret"}
