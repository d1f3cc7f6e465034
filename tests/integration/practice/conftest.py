"""A line for each test: nothing is shared, so that a fault in one test cannot reach another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.practice.carrier import Carrier
from tests.integration.practice.centre import Centre


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[Carrier]:
    started = Carrier(tmp_path)
    yield started
    started.close()


@pytest.fixture
def centre(carrier: Carrier) -> Centre:
    return carrier.centre
