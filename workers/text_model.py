"""Where the trained text model of this installation lies."""

from __future__ import annotations

from pathlib import Path

from core.config import ROOT, Settings

# Our own labelled examples, from which the starter model is trained.
EXAMPLES = ROOT / "nlp" / "lexicon" / "examples"


def text_model_folder(settings: Settings) -> Path:
    """Return the folder of the starter model; its own card says what it was trained from."""
    return settings.var_dir / "models" / "text"
