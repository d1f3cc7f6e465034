"""The language components of a worker process: loaded once, from the city's rows and the trained model."""

from __future__ import annotations

import csv
from pathlib import Path

from flask import Flask, current_app

from core.config import Settings
from nlp.understand import Understander
from workers.text_model import text_model_folder


def load(app: Flask) -> Understander:
    """Load the components into `app`; about two seconds."""
    settings: Settings = app.extensions["settings"]
    understander = Understander.load(
        text_model_folder(settings),
        areas=_rows(settings.city_dir / "areas.csv"),
        places=_rows(settings.city_dir / "places.csv"),
        categories=_rows(settings.city_dir / "categories.csv"),
    )
    app.extensions["understander"] = understander
    return understander


def understander() -> Understander:
    """Return this process's components, loading them at the first use."""
    found = current_app.extensions.get("understander")
    return found or load(current_app._get_current_object())  # type: ignore[attr-defined]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
