"""`python -m nlp.speech_training build --out DIR` makes the practice model from our own sentences alone."""

import argparse
import subprocess
import sys
from pathlib import Path

from .build import STAGES, Plan, card_of, prepare

ROOT = Path(__file__).parents[2]


def main() -> None:
    plan, command = _arguments()
    if command != "build":
        STAGES[command](plan)
        return
    prepare(plan)
    # A process for each stage: pynini and vosk, each with an OpenFst of its own, hang when they meet.
    for stage in STAGES:
        print(f"== {stage}", flush=True)
        again = [sys.executable, "-m", "nlp.speech_training", stage, *sys.argv[2:]]
        subprocess.run(again, cwd=ROOT, check=True)
    print(card_of(plan))


def _arguments() -> tuple[Plan, str]:
    parser = argparse.ArgumentParser(prog="python -m nlp.speech_training", description=__doc__)
    parser.add_argument("command", choices=["build", *STAGES], help="build is all stages in turn")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the finished model")
    parser.add_argument("--work", type=Path, default=ROOT / "var/speech_training", help="intermediate files")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--utterances", type=int, default=13000, help="how many to speak")
    parser.add_argument("--seed", type=int, default=12345)
    parser.add_argument("--processes", type=int, default=2, help="cores to use")
    parser.add_argument("--smoke", action="store_true", help="a short run that proves the road, not the model")
    given = parser.parse_args()
    if given.smoke:
        given.epochs, given.utterances = 1, 300
    plan = Plan(
        root=ROOT,
        out=given.out.resolve(),
        work=given.work.resolve(),
        epochs=given.epochs,
        utterances=given.utterances,
        seed=given.seed,
        processes=given.processes,
        is_smoke=given.smoke,
    )
    return plan, given.command


if __name__ == "__main__":
    main()
