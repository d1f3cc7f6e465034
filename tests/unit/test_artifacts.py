"""Models on disk: written the same way every time, read only when they are what was written."""

import json
import shutil

import numpy as np
import pytest

from nlp import artifacts
from nlp.artifacts import ArtifactRefused
from nlp.classify import Classifier
from nlp.kind import KindModel
from nlp.train import ensure
from tests.unit.text_models import CITY, toy_folder, toy_models, train_toy


@pytest.fixture
def saved(tmp_path):
    arrays = {"weights": np.arange(6, dtype=np.float16).reshape(2, 3), "bias": np.zeros(3, dtype=np.float32)}
    artifacts.save(tmp_path, arrays, {"name": "test", "labels": ["甲", "乙", "丙"]})
    return tmp_path


def test_what_was_saved_is_what_is_loaded(saved):
    artifact = artifacts.load(saved)
    assert artifact.arrays["weights"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert artifact.card["labels"] == ["甲", "乙", "丙"]
    assert len(artifact.version) == 12


def test_changed_weights_are_refused(saved):
    packed = bytearray((saved / "weights.npz").read_bytes())
    packed[len(packed) // 2] ^= 1
    (saved / "weights.npz").write_bytes(packed)
    with pytest.raises(ArtifactRefused, match="not those of its card"):
        artifacts.load(saved)


def test_a_changed_card_is_refused(saved):
    card = json.loads((saved / "card.json").read_text("utf-8"))
    card["labels"] = ["乙", "甲", "丙"]
    (saved / "card.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(ArtifactRefused, match="changed after training"):
        artifacts.load(saved)


def test_arrays_that_could_run_code_can_be_neither_written_nor_read(saved):
    with pytest.raises(ValueError, match="allow_pickle"):
        artifacts.save(saved, {"weights": np.array([print], dtype=object)}, {})


@pytest.mark.parametrize("missing", ["card.json", "weights.npz"])
def test_half_a_model_is_refused(saved, missing):
    (saved / missing).unlink()
    with pytest.raises(ArtifactRefused):
        artifacts.load(saved)


def test_the_same_lesson_gives_the_same_bytes(tmp_path):
    again = train_toy(tmp_path)
    for name in ("category", "kind"):
        for file in ("weights.npz", "card.json"):
            assert (again / name / file).read_bytes() == (toy_models() / name / file).read_bytes()


def test_a_model_of_another_segmenter_is_refused(tmp_path):
    artifact = artifacts.load(toy_models() / "category")
    artifacts.save(tmp_path, artifact.arrays, {**artifact.card, "tokenizer": "scissors 1"})
    with pytest.raises(ArtifactRefused, match="train again"):
        Classifier.load(tmp_path)


def test_training_happens_again_only_when_the_lesson_changed(tmp_path):
    folder, out = toy_folder(tmp_path / "examples"), tmp_path / "models"
    shutil.copytree(toy_models(), out)
    assert not ensure([folder], CITY / "categories.csv", out=out)
    with (folder / "toy.csv").open("a", encoding="utf-8") as handle:
        handle.write("又停水了怎么办,070101,help\n")
    assert ensure([folder], CITY / "categories.csv", out=out)
    assert KindModel.load(out / "kind").guess("停水了怎么办") is not None
