"""`python -m nlp.train`: makes the category model and the kind model from labelled texts."""

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nlp import artifacts, metrics
from nlp.features import Recipe
from nlp.kind import Kind
from nlp.lesson import Lesson, read_lesson
from nlp.linear import encoder_arrays, head_arrays
from nlp.training import (
    SEED,
    Labelled,
    Settings,
    fit_flat,
    fit_tree,
    flat_out_of_fold,
    sharpened_flat,
    sharpened_tree,
    tree_out_of_fold,
)
from nlp.words import LEXICON, engine

_ROOT = Path(__file__).parent.parent
EXAMPLES = LEXICON / "examples"
CATEGORIES = _ROOT / "city" / "practice" / "categories.csv"
DEFAULT_OUT = _ROOT / "var" / "models" / "text"

# Values measured in docs/text-model.md, section "What was tried".
CATEGORY = Settings(recipe=Recipe(words=1, chars=3, syllables=3, word_weight=0.5, unknown_weight=1.0))
KIND = Settings(recipe=Recipe(words=2, chars=2, syllables=0, drop_stop_words=False))
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "jieba", "pypinyin")


def train(
    folders: Sequence[Path] = (EXAMPLES,),
    categories: Path = CATEGORIES,
    *,
    out: Path = DEFAULT_OUT,
    extra: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write both models below `out` (category/, kind/) and return their figures on held-out folds.

    The same lesson gives the same bytes. Safe to run twice; readers see the old model or the new one.
    """
    lesson = read_lesson(folders, categories, extra=extra)
    return {
        "category": train_categories(lesson, out / "category"),
        "kind": train_kinds(lesson, out / "kind"),
    }


def ensure(folders: Sequence[Path] = (EXAMPLES,), categories: Path = CATEGORIES, *, out: Path = DEFAULT_OUT) -> bool:
    """Train unless `out` already holds both models of this very lesson; return whether it was needed."""
    wanted = _origin(read_lesson(folders, categories))
    try:
        cards = [artifacts.read_card(out / name) for name in ("category", "kind")]
    except artifacts.ArtifactRefused:
        cards = []
    if cards and all(card.get(key) == value for card in cards for key, value in wanted.items()):
        return False
    train(folders, categories, out=out)
    return True


def train_categories(lesson: Lesson, out: Path) -> dict[str, Any]:
    """Write the category model to `out`; return its figures by level "1" (top class), "2", "3"."""
    learned = Labelled.of([(e.category, e.text) for e in lesson.examples], CATEGORY.recipe)
    terms = Labelled.of(lesson.terms, CATEGORY.recipe, weight=CATEGORY.term_weight)
    sharpness, outcomes = tree_out_of_fold(learned, terms, CATEGORY)
    tree = sharpened_tree(fit_tree(learned, terms, CATEGORY), *sharpness)
    measured = {str(level): metrics.summary(some) for level, some in outcomes.items()}
    artifacts.save(
        out,
        tree.to_arrays(),
        {
            **_origin(lesson),
            "name": "category",
            "recipe": CATEGORY.recipe.to_plain(),
            "metrics": measured,
            "labels": dict(lesson.names),
            "precision_curves": {str(level): metrics.precision_curve(some) for level, some in outcomes.items()},
        },
    )
    return measured


def train_kinds(lesson: Lesson, out: Path) -> dict[str, Any]:
    """Write the model of the kind of request to `out`; return its figures."""
    told = [(e.kind, e.text) for e in lesson.examples if e.kind in set(Kind)]
    learned = Labelled.of(told, KIND.recipe)
    terms = Labelled.of(lesson.kind_terms, KIND.recipe, weight=KIND.term_weight)
    sharpness, outcomes = flat_out_of_fold(learned, terms, KIND)
    encoder, head = sharpened_flat(fit_flat(learned + terms, KIND), sharpness)
    measured = metrics.summary(outcomes)
    artifacts.save(
        out,
        {**encoder_arrays(encoder), **head_arrays("kind", head)},
        {
            **_origin(lesson),
            "name": "kind",
            "recipe": KIND.recipe.to_plain(),
            "metrics": measured,
            "labels": list(head.labels),
        },
    )
    return measured


def _origin(lesson: Lesson) -> dict[str, Any]:
    """Return what a model is made from; equal origins give equal models."""
    return {
        "data_sha256": lesson.digest,
        "examples": len(lesson.examples),
        "tokenizer": engine(),
        "seed": SEED,
        "settings": repr((CATEGORY, KIND)),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says and print the figures of each model."""
    parser = argparse.ArgumentParser(prog="python -m nlp.train", description=__doc__)
    parser.add_argument("--examples", type=Path, action="append", help="folder of labelled CSVs; may repeat")
    parser.add_argument("--csv", type=Path, action="append", default=[], help="one more labelled CSV file")
    parser.add_argument("--categories", type=Path, default=CATEGORIES, help="CSV with columns code, name")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where the models go")
    told = parser.parse_args(arguments)
    figures = train(told.examples or (EXAMPLES,), told.categories, out=told.out, extra=told.csv)
    for level, measured in {**figures["category"], "kind": figures["kind"]}.items():
        sys.stdout.write(f"{level}: {measured}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
