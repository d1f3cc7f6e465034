"""Where the trained text model of this installation lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.config import ROOT, Settings

# Our own labelled examples, from which the starter model is trained.
EXAMPLES = ROOT / "nlp" / "lexicon" / "examples"


def text_model_folder(settings: Settings) -> Path:
    """Return the folder of the starter model, named by what it is trained from.

    New examples or categories give a new name, so that an upgraded centre trains anew and never
    serves a model of other classes.
    """
    digest = hashlib.sha256()
    for path in [*sorted(EXAMPLES.glob("*.csv")), settings.city_dir / "categories.csv"]:
        digest.update(path.read_bytes())
    return settings.var_dir / "models" / f"text-{digest.hexdigest()[:12]}"
