"""What a URL's fragment asks of the carrier's patience."""

from __future__ import annotations

import pytest

from callcenter.practice.overrides import Overrides


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://h/", Overrides()),
        (
            "http://h/#rc=2&rp=ct,rt,5xx&rt=4000&tt=14000",
            Overrides(retries=2, retry_on=frozenset({"ct", "rt", "5xx"}), read_s=4, total_s=14),
        ),
        (
            "http://h/#rc=9&ct=1&tt=99999&rp=nonsense",
            Overrides(retries=5, connect_s=0.1, total_s=15, retry_on=frozenset()),
        ),
        ("http://h/#rc=x&ct=", Overrides()),
    ],
)
def test_a_fragment_is_read_within_the_carriers_ranges(url, wanted):
    assert Overrides.of(url) == wanted


@pytest.mark.parametrize(
    ("policy", "failure", "retried"),
    [("all", "4xx", True), ("ct", "5xx", False), ("5xx", "5xx", True), ("rt", "ct", False)],
)
def test_only_what_was_asked_for_is_retried(policy, failure, retried):
    assert Overrides.of(f"http://h/#rp={policy}").retries_after(failure) is retried
