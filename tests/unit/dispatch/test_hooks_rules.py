"""Where a webhook may go, and how its signature is checked."""

from __future__ import annotations

import ipaddress

import pytest

from core.config import Settings, SettingsError
from core.errors import BadInput
from dispatch.hooks import addresses, signing
from dispatch.hooks.addresses import NameUnknown, NotAllowed, Policy

STRICT = Policy()
PRACTICE = Policy(practice=True)
INSIDE = Policy.named(["10.2.0.0/16"], practice=False)


def may(ip: str, policy: Policy, address: str = "https://x.example/") -> bool:
    return addresses.allowed(ipaddress.ip_address(ip), addresses.read(address), policy)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "ff02::1",
    ],
)
def test_nothing_goes_inside(ip):
    assert not may(ip, STRICT)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed_by_https_only(ip):
    assert may(ip, STRICT)
    assert not may(ip, STRICT, "http://x.example/")
    assert not may(ip, PRACTICE, "http://x.example/")


def test_practice_may_speak_to_this_machine_and_to_no_other():
    assert may("127.0.0.1", PRACTICE, "http://127.0.0.1:9000/")
    assert may("::1", PRACTICE, "http://[::1]:9000/")
    assert not may("10.0.0.1", PRACTICE, "http://10.0.0.1/")
    assert not may("169.254.169.254", PRACTICE, "http://169.254.169.254/")


def test_a_named_network_is_allowed_and_its_neighbour_is_not():
    assert may("10.2.3.4", INSIDE, "http://10.2.3.4/")
    assert not may("10.3.0.1", INSIDE)
    assert not may("127.0.0.1", INSIDE)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x.example/",
        "https://",
        "//x.example/",
        "https://user:pw@x.example/",
        "https://x.example/#part",
        "https://x.example:99999/",
        "https://x.example/a b",
        "https://x.example/\r\nHost: y",
        "javascript:alert(1)",
        "https://x.example/" + "a" * 500,
        "",
    ],
)
def test_an_odd_address_is_refused(address):
    with pytest.raises(BadInput):
        addresses.read(address)


def test_an_address_is_taken_apart():
    target = addresses.read("https://hooks.example:8443/in?a=1")
    assert (target.host, target.port, target.path) == ("hooks.example", 8443, "/in?a=1")
    assert addresses.read("http://h.example").path == "/"


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_this_machine_lead_nowhere(host):
    with pytest.raises((NotAllowed, NameUnknown, BadInput)):
        addresses.resolve(addresses.read(f"https://{host}/"), STRICT)


def test_a_signature_fits_its_secret_its_time_and_its_body_only():
    secret, body = signing.new_secret(), b'{"a":1}'
    signature = signing.sign(secret, 1000, body)
    assert signing.verify(secret, signature, timestamp=1000, body=body, at=1200)
    assert not signing.verify(secret, signature, timestamp=1001, body=body, at=1200)
    assert not signing.verify(secret, signature, timestamp=1000, body=body + b" ", at=1200)
    assert not signing.verify(signing.new_secret(), signature, timestamp=1000, body=body, at=1200)
    assert not signing.verify(secret, signature, timestamp=1000, body=body, at=1301), "a replay"


def test_the_signature_is_the_one_that_the_papers_describe():
    # Worked out by hand: printf '1000.{"a":1}' | openssl dgst -sha256 -hmac s
    expected = "v1=82da4665c1501a07c877dfc980f87e6d011aba756026761deaf601cb952e704e"
    assert signing.sign("s", 1000, b'{"a":1}') == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOOKS_INSIDE_NETWORKS", "10.2.0.0/99"), ("HOOKS_PAUSE_AFTER_DAYS", "0"), ("EVIDENCE_MAX_MB", "-3")],
)
def test_a_wrong_setting_stops_the_process_and_names_itself(name, value):
    from core.config import REQUIRED

    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**dict.fromkeys(REQUIRED, "x"), name: value})
