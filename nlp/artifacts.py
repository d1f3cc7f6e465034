"""Trained models on disk: numbers and JSON only, checked before use. Reading one executes nothing."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMAT = 1
_CARD, _WEIGHTS = "card.json", "weights.npz"
_EPOCH = (1980, 1, 1, 0, 0, 0)

Arrays = dict[str, npt.NDArray[Any]]


class ArtifactRefused(Exception):
    """The folder holds no model that may be used: missing, changed after training, or of another format."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Artifact:
    """A trained model: its arrays and the card that says where they come from."""

    arrays: Arrays
    card: dict[str, Any]

    @property
    def version(self) -> str:
        """Twelve hex digits over weights and card; the same for the same training."""
        return str(self.card["version"])


def save(folder: Path, arrays: Arrays, card: dict[str, Any]) -> Artifact:
    """Write a model and return it as it will be read. The same input gives the same bytes.

    card: JSON values; `format`, `weights_sha256` and `version` are added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = _packed(arrays)
    full = {**card, "format": FORMAT, "weights_sha256": hashlib.sha256(packed).hexdigest()}
    full["version"] = _fingerprint(full)
    _replace(folder / _WEIGHTS, packed)
    _replace(folder / _CARD, json.dumps(full, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
    return load(folder)


def load(folder: Path) -> Artifact:
    """Return the model in `folder`.

    Raises ArtifactRefused when it is missing, when weights or card differ from what training wrote, or
    when the format is unknown. The check finds damage and careless edits; whoever can write the folder
    can also write a new card.
    """
    card = read_card(folder)
    try:
        packed = (folder / _WEIGHTS).read_bytes()
    except OSError as error:
        raise ArtifactRefused(f"no weights in {folder}") from error
    if hashlib.sha256(packed).hexdigest() != card.get("weights_sha256"):
        raise ArtifactRefused(f"the weights in {folder} are not those of its card")
    # allow_pickle=False: an array of objects, the one thing in this format that could run code, is an error.
    with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
        return Artifact(arrays={name: archive[name] for name in archive.files}, card=card)


def read_card(folder: Path) -> dict[str, Any]:
    """Return the checked card alone, without reading weights. Raises ArtifactRefused as `load` does."""
    try:
        card = json.loads((folder / _CARD).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactRefused(f"no readable card in {folder}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ArtifactRefused(f"{folder} holds a model of another format")
    if card.get("version") != _fingerprint(card):
        raise ArtifactRefused(f"the card in {folder} was changed after training")
    return card


def _fingerprint(card: dict[str, Any]) -> str:
    told = {key: value for key, value in card.items() if key != "version"}
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def _packed(arrays: Arrays) -> bytes:
    # np.savez leaves the date to zipfile; here it is fixed, so that equal weights are equal bytes.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    """Write by a neighbour and a rename, so that a reader never sees half a file."""
    neighbour = path.with_suffix(path.suffix + ".new")
    neighbour.write_bytes(content)
    neighbour.replace(path)
