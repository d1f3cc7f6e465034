"""Writes docs/case-lifecycle.md from the table in table.py: `python -m dispatch.lifecycle_page`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from dispatch.guards import GUARD_NAMES
from dispatch.stages import ACTION_NAMES, NEED_SENTENCES, ORDER_NAMES, ROLE_NAMES, STATE_NAMES, Action, CaseState
from dispatch.table import ORDER_STEPS, STEPS, Step

PAGE = Path(__file__).resolve().parent.parent / "docs" / "case-lifecycle.md"

_HEAD = """# The life of a case (办件)

Written by `python -m dispatch.lifecycle_page` from `dispatch/table.py`; a test fails when the two differ.
Change the table there, not this page.

```mermaid
stateDiagram-v2
{diagram}
```

## States

| state | name | code |
|---|---|---|
{states}

A work order (工单) is one unit's duty in the case. The lead's order moves the case; a helper's and a sub-unit's
order lives beside it.

## The way of a case

On what condition: `dispatch/guards.py` has each condition and the sentence with which it refuses.

| from | action | to | who | on what condition | must be given | may be given | what follows |
|---|---|---|---|---|---|---|---|
{way}

## Beside the way

These leave the case in its state.

| action | in which states | who | on what condition | must be given | may be given | what follows |
|---|---|---|---|---|---|---|
{beside}

## Steps of a work order

| from | action | to |
|---|---|---|
{orders}

## Clocks

Until dispatch the case shows the centre's own limit (pack: `dispatch`). Dispatch starts the clock that was
promised to the citizen (pack: `result`), and each work order's own; signing changes neither. A new round gives
the new unit its full limit, while the promise stays where it was: returning wins no time. An order that nobody
signs in time counts as signed, with a yellow card. The lead's reply stops the clock; sending the reply back lets
it run on to the old deadline. A redo (重办) has a limit of its own. Only 待补充 (S11) and 挂账 (S52) stop the
clocks, each pause kept with its reason; an extension (延期) moves them once, asked for before they end and told to
the citizen. Normal cases run in working time, urgent and critical ones day and night.
"""


def page() -> str:
    """Return the text of the page."""
    moving = {key: step for key, step in STEPS.items() if not _stands_beside(*key)}
    return _HEAD.format(
        diagram="\n".join(_arrows()),
        states="\n".join(f"| `{state}` | {name} | {_code(state)} |" for state, name in STATE_NAMES.items()),
        way="\n".join(_row(start, action, step) for (start, action), step in moving.items()),
        beside="\n".join(_beside_row(action) for action in Action if _is_beside(action)),
        orders="\n".join(
            f"| {ORDER_NAMES[start]} | `{action}` {ACTION_NAMES[action]} | {ORDER_NAMES[to]} |"
            for (start, action), to in ORDER_STEPS.items()
        ),
    )


def _is_beside(action: Action) -> bool:
    """Say whether the action never moves a case and is to be had in several states."""
    steps = [(start, step) for (start, name), step in STEPS.items() if name is action]
    return len(steps) > 1 and all(step.to is start for start, step in steps)


def _stands_beside(start: CaseState | None, action: Action) -> bool:
    return start is not None and _is_beside(action)


def _row(start: CaseState | None, action: Action, step: Step) -> str:
    begins = STATE_NAMES[start] if start else "–"
    return f"| {begins} | `{action}` {ACTION_NAMES[action]} | {STATE_NAMES[step.to]} | {_cells(step)} |"


def _beside_row(action: Action) -> str:
    steps = [(start, step) for (start, name), step in STEPS.items() if name is action]
    states = "、".join(STATE_NAMES[start] for start, _ in steps if start)
    return f"| `{action}` {ACTION_NAMES[action]} | {states} | {_cells(steps[0][1])} |"


def _cells(step: Step) -> str:
    who = "、".join(name for role, name in ROLE_NAMES.items() if role in step.by)
    guards = "；".join(GUARD_NAMES[guard] for guard in step.guards) or "–"
    must = "；".join(NEED_SENTENCES[need].removeprefix("请") for need in step.needs) or "–"
    may = "、".join(f"`{need}`" for need in step.may) or "–"
    return f"{who} | {guards} | {must} | {may} | {step.follows or '–'}"


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
