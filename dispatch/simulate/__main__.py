"""`python -m dispatch.simulate --cases N --seed S [--json]`: plays a year and compares two computations of it."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time as clock
from pathlib import Path

from core.config import ROOT


def main() -> int:
    """Play, compute twice, compare; the exit code is 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m dispatch.simulate", description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="how many citizens turn to the city in the year")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--year", type=int, default=2025, help="a year whose holidays are known")
    parser.add_argument("--months", type=int, default=12, choices=range(1, 13), help="how much of the year")
    parser.add_argument("--city", type=Path, default=ROOT / "city" / "practice")
    parser.add_argument("--json", action="store_true", help="print one object instead of lines")
    asked = parser.parse_args()
    from dispatch.simulate.compare import played

    began = clock.monotonic()
    with tempfile.TemporaryDirectory(prefix="hotline-simulate-") as folder:
        result = played(
            Path(folder), cases=asked.cases, seed=asked.seed, year=asked.year, city=asked.city, months=asked.months
        )
    result["seconds"] = round(clock.monotonic() - began, 1)
    _print(result, as_json=asked.json)
    return 1 if result["differences"] or result["days_differ"] else 0


def _print(result: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    for name, value in result.items():
        if name not in {"product", "by_hand"}:
            sys.stdout.write(f"{name}: {value}\n")
    sys.stdout.write("figure              denominator  numerator  excluded   (product | by hand, whole year)\n")
    product, by_hand = result["product"], result["by_hand"]
    assert isinstance(product, dict)
    assert isinstance(by_hand, dict)
    for name, numbers in product.items():
        other = by_hand.get(name)
        sys.stdout.write(f"{name:20s}{numbers[0]:11.0f}{numbers[1]:11.1f}{numbers[2]:10.0f}   {other}\n")


if __name__ == "__main__":
    raise SystemExit(main())
