"""docs/case-lifecycle.md is the table of dispatch/lifecycle.py."""

from __future__ import annotations

from dispatch import lifecycle_page
from dispatch.lifecycle import ACTION_NAMES, STATE_NAMES, STEPS


def test_the_page_is_what_the_table_writes():
    assert lifecycle_page.PAGE.read_text(encoding="utf-8") == lifecycle_page.page()


def test_every_step_of_the_table_has_its_row():
    rows = [line for line in lifecycle_page.page().splitlines() if line.startswith("| ")]
    for (start, action), step in STEPS.items():
        begins = STATE_NAMES[start] if start else "–"
        name = f"`{action}` {ACTION_NAMES[action]}"
        way, beside = f"| {begins} | {name} | {STATE_NAMES[step.to]} |", f"| {name} | "
        found = [line for line in rows if line.startswith((way, beside))]
        assert found, way
        assert all(begins in line for line in found if line.startswith(beside)), way
