"""`python -m nlp.evaluate`: how good the trained models are on labelled texts they never learned from."""

import argparse
import csv
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp import metrics
from nlp.classify import Classifier
from nlp.homophones import misheard
from nlp.kind import KindModel
from nlp.lesson import Example, read_examples
from nlp.metrics import Outcome
from nlp.text import clipped
from nlp.train import DEFAULT_OUT
from nlp.words import LEXICON

HELD_OUT = Path(__file__).parent.parent / "city" / "practice" / "held_out.csv"
_PRECISIONS = (0.8, 0.85, 0.9, 0.95)


def category_figures(classifier: Classifier, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Return the figures of every level the labels reach, by "1" (top class), "2", "3"."""
    figures = {}
    for level in (1, 2, 3):
        outcomes = [
            Outcome(truth=e.category[: 2 * level], shares=_shares(classifier, e.text, level))
            for e in examples
            if len(e.category) >= 2 * level
        ]
        if outcomes:
            figures[str(level)] = metrics.summary(outcomes)
    return figures


def kind_figures(model: KindModel, examples: Sequence[Example]) -> dict[str, float]:
    """Return the figures of the kind of request over the examples that carry one."""
    return metrics.summary(
        [
            Outcome(truth=e.kind, shares=_ranked({k.value: s for k, s in model.shares(e.text).items()}))
            for e in examples
            if e.kind
        ]
    )


def promised_precision(classifier: Classifier, examples: Sequence[Example]) -> list[dict[str, float]]:
    """Return, for each precision promised by `threshold_for`, the coverage and precision really met."""
    shares = [(e.category[:2], _shares(classifier, e.text, 1)) for e in examples]
    outcomes = [Outcome(truth=truth, shares=given) for truth, given in shares]
    rows = []
    for promised in _PRECISIONS:
        sure = [one for one in outcomes if one.share >= classifier.threshold_for(promised)]
        met = metrics.accuracy(sure) if sure else float("nan")
        rows.append({"promised": promised, "coverage": len(sure) / len(outcomes), "precision": round(met, 4)})
    return rows


def seven_class_figures(classifier: Classifier, file: Path) -> dict[str, float]:
    """Return how the 20-class model does on messages labelled with seven other classes (columns label, text).

    The classes are mapped by nlp/lexicon/seven_classes.csv. What the model gives to classes outside the
    seven is left out of the ranking, but lowers the shares, so that such messages count as unsure.
    A measurement only: nothing is fitted to these messages.
    """
    classes = seven_classes()
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = [(row["label"], row["text"]) for row in csv.DictReader(handle)]
    started = time.perf_counter()
    outcomes = [Outcome(truth=label, shares=_mapped(classifier, text, classes)) for label, text in rows]
    seconds = time.perf_counter() - started
    return {
        **{name: figure for name, figure in metrics.summary(outcomes).items() if name != "ece"},
        "acc_at_100": round(metrics.accuracy(outcomes), 4),
        "messages_per_s": round(len(rows) / seconds, 1),
    }


def seven_classes() -> dict[str, str]:
    """Return the class of the seven by the longest code prefix that names one."""
    with (LEXICON / "seven_classes.csv").open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["label"] for row in csv.DictReader(handle)}


def _mapped(classifier: Classifier, text: str, classes: Mapping[str, str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for level in classifier.level_shares(clipped(text), level=2):
        label = classes.get(level.code) or classes.get(level.code[:2])
        if label:
            shares[label] = shares.get(label, 0.0) + level.share
    return _ranked(shares)


def _shares(classifier: Classifier, text: str, level: int) -> dict[str, float]:
    return {one.code: one.share for one in classifier.level_shares(text, level=level)}


def _ranked(shares: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def report(models: Path, held_out: Path, test: Path | None, homophones: float) -> dict[str, Any]:
    """Return every figure as one object, ready for JSON."""
    classifier, kinds = Classifier.load(models / "category"), KindModel.load(models / "kind")
    examples = read_examples([held_out])
    figures: dict[str, Any] = {
        "model": classifier.version,
        "category": category_figures(classifier, examples),
        "kind": kind_figures(kinds, examples),
        "promised": promised_precision(classifier, examples),
    }
    if homophones:
        heard = [Example(text=misheard(e.text, homophones), category=e.category) for e in examples]
        figures["misheard"] = category_figures(classifier, heard)
    if test is not None:
        figures["starter"] = seven_class_figures(classifier, test / "messages_7_raw.csv")
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, one line a part, or with --json one object."""
    parser = argparse.ArgumentParser(prog="python -m nlp.evaluate", description=__doc__)
    add = parser.add_argument
    add("--held-out", type=Path, default=HELD_OUT, help="CSV with columns text, category, kind")
    add("--models", type=Path, default=DEFAULT_OUT, help="what `python -m nlp.train` wrote")
    add("--test", type=Path, help="folder with messages_7_raw.csv: seven-class messages")
    add("--homophones", type=float, default=0.15, help="part of characters misheard; 0 for none")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args(arguments)
    figures = report(told.models, told.held_out, told.test, told.homophones)
    if told.json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{name}: {figure}\n" for name, figure in figures.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
