"""The signature guard against vectors: Twilio's documented example and every spelling carriers use."""

import hashlib

import pytest
from twilio.request_validator import RequestValidator

from callcenter.signing import Asked, is_genuine, sign

# The worked example of Twilio's security page.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
TOKEN = "12345"
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def asked(url=URL, form=FORM):
    return Asked(url=url, pairs=tuple(form.items()))


def test_the_documented_example_is_genuine():
    assert sign(TOKEN, URL, FORM.items()) == SIGNATURE
    assert is_genuine(asked(), SIGNATURE, [TOKEN])


@pytest.mark.parametrize("tokens", [[], [""], ["1234"], ["12345 "]])
def test_without_the_right_token_nothing_is_genuine(tokens):
    assert not is_genuine(asked(), SIGNATURE, tokens)


@pytest.mark.parametrize("signature", [None, "", "x", SIGNATURE.lower(), SIGNATURE[:-1], "签名"])
def test_any_other_signature_is_refused(signature):
    assert not is_genuine(asked(), signature, [TOKEN])


@pytest.mark.parametrize("name", list(FORM))
def test_every_field_counts(name):
    assert not is_genuine(asked(form=FORM | {name: FORM[name] + "0"}), SIGNATURE, [TOKEN])
    assert not is_genuine(asked(form={k: v for k, v in FORM.items() if k != name}), SIGNATURE, [TOKEN])


@pytest.mark.parametrize(
    ("received", "signed"),
    [
        ("https://a.cn/v", "https://a.cn:443/v"),
        ("https://a.cn:443/v", "https://a.cn/v"),
        ("https://a.cn:8443/v", "https://a.cn/v"),
        ("http://a.cn/v", "http://a.cn:80/v"),
        ("https://a.cn/v?x=it's", "https://a.cn/v?x=it%27s"),
        ("wss://a.cn/media", "wss://a.cn/media/"),
        ("wss://a.cn/media", "wss://a.cn:443/media/"),
        ("https://user:pass@a.cn/v", "https://a.cn/v"),
        ("https://user:pass@a.cn/v", "https://user:pass@a.cn/v"),
    ],
)
def test_the_spellings_under_which_carriers_sign_are_known(received, signed):
    assert is_genuine(asked(url=received), sign(TOKEN, signed, FORM.items()), [TOKEN])


@pytest.mark.parametrize(
    "signed",
    ["http://a.cn/v", "https://b.cn/v", "https://a.cn/V", "https://a.cn/v?", "https://a.cn/v/"],
)
def test_another_address_is_another_request(signed):
    assert not is_genuine(asked(url="https://a.cn/v"), sign(TOKEN, signed, FORM.items()), [TOKEN])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "1"), ("a", "2")], [("a", "2"), ("a", "1")]),
        ([("a", "1"), ("a", "1")], [("a", "1")]),
        ([("b", ""), ("A", "x")], [("A", "x"), ("b", "")]),
    ],
)
def test_repeated_fields_count_once_each_in_any_order(one, other):
    assert sign(TOKEN, URL, one) == sign(TOKEN, URL, other)


@pytest.mark.parametrize("body", [b'{"a":1}', "{'名': '张'}".encode(), b""])
def test_a_body_that_is_no_form_must_be_covered_by_its_hash(body):
    covered = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign(TOKEN, covered)
    assert is_genuine(Asked(url=covered, body=body), signature, [TOKEN])
    assert not is_genuine(Asked(url=covered, body=body + b" "), signature, [TOKEN])
    assert not is_genuine(Asked(url=URL, body=body), sign(TOKEN, URL), [TOKEN])
    twice = covered + "&bodySHA256=00"
    assert not is_genuine(Asked(url=twice, body=body), sign(TOKEN, twice), [TOKEN])


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"FromCity": "", "ToCity": ""},
        {"SpeechResult": "临江区的路灯坏了", "From": "+8613800001111"},
        {"a b": "c+d", "Z": "z", "a": "%20"},
    ],
)
def test_it_agrees_with_the_carriers_own_library(form):
    assert sign(TOKEN, URL, form.items()) == RequestValidator(TOKEN).compute_signature(URL, form)
