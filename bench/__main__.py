"""`make bench`: every figure of the product, measured again here and now."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from bench import cases, fanout, lists, speech
from bench.centre import running_centre


def main(arguments: list[str]) -> None:
    """Run every bench, or those named, and print one table; with --json one object."""
    wanted = [name for name in arguments if not name.startswith("--")] or ["speech", "cases", "fanout", "lists"]
    found: dict[str, Any] = {}
    if "speech" in wanted:
        found["speech"] = speech.run()
    if "lists" in wanted:
        found["lists"] = lists.run()
    if {"cases", "fanout"} & set(wanted):
        with running_centre() as rig:
            benches: dict[str, Callable[..., dict[str, Any]]] = {"cases": cases.run, "fanout": fanout.run}
            found |= {name: bench(rig) for name, bench in benches.items() if name in wanted}
    if "--json" in arguments:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, figures in found.items():
        print(f"\n{name}")
        for figure, value in figures.items():
            print(f"  {figure:34} {value}")


if __name__ == "__main__":
    main(sys.argv[1:])
