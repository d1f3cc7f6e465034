"""TwiML documents: reading an answer, and refusing what the carrier would refuse."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from callcenter.practice.webhook import Answer

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
ROOT_VERBS = frozenset(
    [
        "Connect",
        "Dial",
        "Enqueue",
        "Gather",
        "Hangup",
        "Leave",
        "Pause",
        "Play",
        "Record",
        "Redirect",
        "Reject",
        "Say",
        "Start",
        "Stop",
    ]
)
_CHILDREN = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Client", "Queue", "Conference"}),
    "Start": frozenset({"Stream"}),
    "Stop": frozenset({"Stream"}),
    "Connect": frozenset({"Stream"}),
}


class TwimlError(Exception):
    """The document cannot be executed. `code`: 12100 unreadable, 12200 not TwiML, 12300 bad type."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def document_of(answer: Answer) -> list[Element]:
    """Return the verbs of an answer: XML as it stands, audio as a Play of itself, text read aloud.

    Raises TwimlError.
    """
    if answer.content_type.startswith("audio/"):
        return [_element("Play", answer.url)]
    if answer.content_type in XML_TYPES:
        return parsed(answer.body.decode("utf-8", "replace"))
    if answer.content_type == "text/plain":
        text = answer.body.decode("utf-8", "replace")
        return parsed(text) if text.lstrip().startswith("<") else [_element("Say", text)]
    raise TwimlError(12300, f"content type {answer.content_type or 'missing'}")


def parsed(text: str) -> list[Element]:
    """Return the verbs of a document. Raises TwimlError."""
    if not text.strip():
        raise TwimlError(12100, "the document is empty")
    if text[:1].isspace() and text.lstrip().startswith("<?xml"):
        raise TwimlError(12100, "white space before the XML declaration")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TwimlError(12100, "document type declarations are not TwiML")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"the root element is {root.tag}, not Response")
    verbs = list(root)
    for verb in verbs:
        _check(verb)
    return verbs


def _check(verb: Element) -> None:
    if verb.tag not in ROOT_VERBS:
        raise TwimlError(12200, f"{verb.tag} is not a verb")
    allowed = _CHILDREN.get(verb.tag)
    for child in verb:
        if allowed is not None and child.tag not in allowed:
            raise TwimlError(12200, f"{child.tag} is not allowed in {verb.tag}")


def _element(tag: str, text: str) -> Element:
    element = Element(tag)
    element.text = text
    return element


def text_of(element: Element) -> str:
    """Return all text inside, SSML marks taken off."""
    return "".join(element.itertext()).strip()


def flag(element: Element, name: str, default: bool) -> bool:
    value = element.get(name)
    return default if value is None or value == "" else value.lower() == "true"


def whole(element: Element, name: str, default: int) -> int:
    """Return a whole number. Raises TwimlError 12200 for anything else."""
    value = element.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError as error:
        raise TwimlError(12200, f"{name} of {element.tag} is not a number") from error
