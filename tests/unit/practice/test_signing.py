"""The signature agrees with the validator that the centre uses."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from callcenter.practice.signing import signature, without_fragment, without_userinfo

TOKEN = "12345"


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", [("Digits", "1234"), ("From", "+14158675309")]),
        ("http://127.0.0.1:8000/twilio/voice/incoming", [("FromCity", ""), ("From", "+8613800001111")]),
        ("http://127.0.0.1:8000/v?a=%E6%B5%8B", [("Body", "路灯不亮"), ("A", " kept "), ("a", "1")]),
        ("ws://127.0.0.1:8001/media", []),
    ],
)
def test_our_signature_passes_the_published_validator(url, fields):
    assert RequestValidator(TOKEN).validate(url, dict(fields), signature(TOKEN, url, fields))


def test_the_published_example_has_the_published_signature():
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(TOKEN, url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_repeated_name_counts_each_distinct_value_once_and_sorted():
    url = "http://h/x"
    assert signature(TOKEN, url, [("a", "2"), ("a", "1"), ("a", "2")]) == signature(
        TOKEN, url, [("a", "1"), ("a", "2")]
    )


def test_fragment_and_userinfo_are_no_part_of_what_is_requested():
    assert without_fragment("https://h/x?y=1#rc=2") == "https://h/x?y=1"
    assert without_userinfo("https://u:p@h:81/x") == ("https://h:81/x", ("u", "p"))
    assert without_userinfo("https://h/x") == ("https://h/x", None)
