"""`call`: places one call from a sound file or a text and says what became of it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callcenter.practice.trial import (
    FAST,
    BadSound,
    Centre,
    Json,
    NoCentre,
    Order,
    Trials,
    ended_well,
    sound_file,
    summary,
)

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]

ENDED_WELL, ENDED_BADLY, MISUSED = 0, 1, 2
TIMES: Final = {
    "to_answer": "answered after",
    "first_words": "first words after",
    "to_routed": "routed after",
    "to_board": "on the board after",
}


def add_to(commands: Subcommands, env: Mapping[str, str]) -> None:
    """Add `call` to the commands; `env` is where it finds the centre when no flag says."""
    parser = commands.add_parser("call", help="place one call and follow it to its end")
    speaks = parser.add_mutually_exclusive_group(required=True)
    speaks.add_argument("--wav", type=Path, metavar="FILE", help="what the caller says, as a sound file")
    speaks.add_argument("--text", help="what the caller says, spoken by the synthetic voice")
    parser.add_argument("--from", dest="from_", default="+8613800001111", metavar="NUMBER")
    parser.add_argument("--digits", default="", help="keys to press when asked, w is a pause")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--realtime", dest="speed", action="store_const", const=1.0, default=1.0)
    pace.add_argument("--fast", dest="speed", action="store_const", const=FAST, help="four times as fast")
    pace.add_argument("--speed", type=float, help="how many times as fast as life")
    parser.add_argument(
        "--agent", choices=("robot", "none"), default="robot", help="none: no practice agent may answer"
    )
    parser.add_argument("--url", help="the centre's address, e.g. http://127.0.0.1:8000")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=partial(run, env=env))


def run(options: argparse.Namespace, *, env: Mapping[str, str]) -> int:
    """Place the call, wait for its end, print what became of it. Returns the exit status."""
    try:
        order = Order(
            wav=sound_file(options.wav) if options.wav else None,
            text=options.text or "",
            from_=options.from_,
            digits=options.digits,
            speed=options.speed,
            robots=options.agent == "robot",
        )
        centre = Centre.found(env, url=options.url)
        call_sid, found = asyncio.run(_tried(centre, order, within_s=options.timeout))
    except BadSound as error:
        sys.stderr.write(f"{error}\n")
        return MISUSED
    except NoCentre as error:
        sys.stderr.write(f"{error}\n")
        return ENDED_BADLY
    told = summary(call_sid, found)
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n" if options.json else account(told))
    if found is None or not found["finished"]:
        sys.stderr.write(f"The call came to no end within {options.timeout:g} s and was hung up.\n")
    return ENDED_WELL if ended_well(found) else ENDED_BADLY


def account(told: Json) -> str:
    """Return the summary of a call as text for a person."""
    lines = [f"{one['speaker']:>7}  {one['text']}" for one in told["segments"]]
    came_to = [told["outcome"] or "no outcome", told["case_no"], told["unit"]]
    times = [
        f"{word} {told['ms'][name] / 1000:.1f} s" for name, word in TIMES.items() if told["ms"][name] is not None
    ]
    lines.append("→ " + "  ".join(str(fact) for fact in came_to if fact))
    if times:
        lines.append("  " + ", ".join(times))
    return "\n".join(lines) + "\n"


async def _tried(centre: Centre, order: Order, *, within_s: float) -> tuple[str, Json | None]:
    async with Trials(centre) as trials:
        call_sid = await trials.place(order)
        return call_sid, await trials.follow(call_sid, within_s=within_s)
