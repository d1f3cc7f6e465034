"""Writes docs/case-lifecycle.md from the table in lifecycle.py: `python -m dispatch.lifecycle_page`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from dispatch import lifecycle
from dispatch.lifecycle import (
    ACTION_NAMES,
    NEED_SENTENCES,
    ORDER_NAMES,
    ORDER_STEPS,
    ROLE_NAMES,
    STATE_NAMES,
    STEPS,
    CaseState,
    Step,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "case-lifecycle.md"

_HEAD = """# The life of a case (办件)

Written by `python -m dispatch.lifecycle_page` from `dispatch/lifecycle.py`; a test fails when the two
differ. Change the table there, not this page.

```mermaid
stateDiagram-v2
{diagram}
```

## States

| state | name | code |
|---|---|---|
{states}

A work order (工单) is one unit's duty in the case. The lead's order moves the case; a helper's order lives
beside it.

## Steps of a case

| from | action | to | who | must be given |
|---|---|---|---|---|
{steps}

## Steps of a work order

| from | action | to |
|---|---|---|
{orders}

A unit returns a case once, before signing and within the pack's return window. When the lead's order comes
back, the helpers' orders of that round end and the case waits for a dispatcher; the machine does not
dispatch it again.

## Clocks

Until dispatch the case shows the centre's own limit (pack: `dispatch`). Dispatch starts the clock that was
promised to the citizen (pack: `result`), and each work order's own; signing changes neither. A new round
gives the new unit its full limit, while the promise stays where it was. The lead's reply stops the clock;
sending the reply back lets it run on to the old deadline. Normal cases run in working time, urgent and
critical ones day and night.
"""


def page() -> str:
    """Return the text of the page."""
    return _HEAD.format(
        diagram="\n".join(_arrows()),
        states="\n".join(f"| `{state}` | {name} | {_code(state)} |" for state, name in STATE_NAMES.items()),
        steps="\n".join(_row(start, action, step) for (start, action), step in STEPS.items()),
        orders="\n".join(
            f"| {ORDER_NAMES[start]} | `{action}` {ACTION_NAMES[action]} | {ORDER_NAMES[to]} |"
            for (start, action), to in ORDER_STEPS.items()
        ),
    )


def _row(start: CaseState | None, action: lifecycle.Action, step: Step) -> str:
    who = "、".join(name for role, name in ROLE_NAMES.items() if role in step.by)
    needs = "；".join(NEED_SENTENCES[need] for need in step.needs) or "–"
    begins = STATE_NAMES[start] if start else "–"
    return f"| {begins} | `{action}` {ACTION_NAMES[action]} | {STATE_NAMES[step.to]} | {who} | {needs} |"


def _arrows() -> list[str]:
    return [
        f"    {start or '[*]'} --> {step.to}: {ACTION_NAMES[action]}"
        for (start, action), step in STEPS.items()
        if step.to is not start
    ]


def _code(state: CaseState) -> str:
    """Return the S-code that stands on the member's line in the source."""
    found = re.search(rf'= "{state}"  # (S\d\d)', inspect.getsource(CaseState))
    return found[1] if found else "–"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
