"""The stages of making the practice model, each from files to files."""

import json
import pickle
import random
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from . import sentences

_EACH: Final = 120  # fillings of a template in the language model
_GENERAL_WORDS, _CHARACTERS = 20000, 3500
_RAREST: Final = (1, 1)  # pairs and triples that count less are left out of the graph
_SPOKEN_FOR_ONE_WORDLESS: Final = 15
ACOUSTIC_SCALE: Final = 1.2
BLANK_PENALTY: Final = 4.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be made, and where."""

    root: Path
    out: Path
    work: Path
    epochs: int
    utterances: int
    seed: int
    processes: int
    is_smoke: bool

    @property
    def corpus(self) -> Path:
        return self.work / "corpus.txt"

    @property
    def sounds(self) -> Path:
        return self.work / "sounds.pickle"

    @property
    def archive(self) -> Path:
        return self.out.with_name(self.out.name + ".tar.xz")

    @property
    def network(self) -> Path:
        return self.work / "network.pt"


def prepare(plan: Plan) -> None:
    """Collect all sentences once, so that every stage sees the same ones."""
    plan.work.mkdir(parents=True, exist_ok=True)
    said = sentences.spoken_sentences(
        plan.root / "city/practice", plan.root / "nlp/lexicon/examples", each=_EACH, seed=plan.seed
    )
    plan.corpus.write_text("\n".join(said) + "\n", encoding="utf-8")


def make_sounds(plan: Plan) -> None:
    """Speak a sample of the sentences, and strings of general words for the sounds that they lack."""
    from .sounds import utterances, wordless

    said = plan.corpus.read_text(encoding="utf-8").splitlines()
    chance = random.Random(plan.seed)
    chosen = chance.sample(said, min(len(said), plan.utterances * 3 // 4))
    chosen += sentences.word_strings(plan.utterances - len(chosen), seed=plan.seed)
    chance.shuffle(chosen)
    spoken = utterances(chosen, seed=plan.seed, processes=plan.processes)
    spoken += wordless(plan.utterances // _SPOKEN_FOR_ONE_WORDLESS, seed=plan.seed)
    plan.sounds.write_bytes(pickle.dumps(spoken))
    print(f"{len(spoken)} utterances, {sum(len(one.frames) for one in spoken) / 360_000:.1f} hours")  # noqa: T201


def train_network(plan: Plan) -> None:
    """Train on the sounds and write the acoustic model."""
    from .network import train

    spoken = pickle.loads(plan.sounds.read_bytes())  # our own file of the stage before
    train(spoken, epochs=plan.epochs, seed=plan.seed, threads=plan.processes).save(plan.network)


def make_folder(plan: Plan) -> None:
    """Write the model's folder: acoustic model, settings and graph."""
    from .graph import write_graph
    from .kaldi_files import MFCC_CONF, MODEL_CONF, write_acoustic_model
    from .language import Vocabulary, estimate
    from .network import BLANK, Trained, layers

    trained = Trained.load(plan.network)
    for part in ("am", "conf", "graph"):
        (plan.out / part).mkdir(parents=True, exist_ok=True)
    outputs = layers(trained)
    # CTC is surest of its blank, and drops short syllables such as 我 unless that is taken down.
    outputs[-1].bias[BLANK] -= BLANK_PENALTY
    write_acoustic_model(plan.out / "am/final.mdl", outputs, len(trained.units) + 1)
    (plan.out / "conf/mfcc.conf").write_text(MFCC_CONF)
    (plan.out / "conf/model.conf").write_text(MODEL_CONF.format(acoustic_scale=ACOUSTIC_SCALE))
    said = plan.corpus.read_text(encoding="utf-8").splitlines()
    # A caller breathes anywhere: whole sentences and their clauses both count.
    parts = [sentences.heard_form(text) for text in said]
    parts += [clause for text in said for clause in sentences.clauses(text)]
    named = sentences.city_names(plan.root / "city/practice")
    names = [name for several in named.values() for name in several]
    vocabulary = Vocabulary(parts, names, general_words=_GENERAL_WORDS, characters=_CHARACTERS)
    model = estimate([vocabulary.split(part) for part in parts if part], vocabulary, rarest=_RAREST)
    words, arcs = write_graph(plan.out / "graph", model, trained.units)
    print(f"{words} words, {arcs} arcs, {_megabytes(plan.out)} MB")  # noqa: T201


def evaluate(plan: Plan) -> None:
    """Measure on the held-out sentences by held-out voices, and write the model's card."""
    from .evaluate import measured

    figures = measured(plan.out, sentences.held_out())
    card = {
        "name": "澜州练习模型 practice-cn-8k" + (" (smoke)" if plan.is_smoke else ""),
        "is_practice": True,
        "for": "practice line, demonstration and tests; not for real callers",
        "trained_on": "synthetic speech only (espeak-ng), of sentences written for this project",
        "made_on": datetime.now(UTC).date().isoformat(),
        "seed": plan.seed,
        "epochs": plan.epochs,
        "spoken_sentences": plan.utterances,
        "corpus_sentences": len(plan.corpus.read_text(encoding="utf-8").splitlines()),
        "words": len((plan.out / "graph/words.txt").read_text(encoding="utf-8").splitlines()) - 2,
        "megabytes": _megabytes(plan.out),
        "held_out": figures,
    }
    written = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    (plan.out / "card.json").write_text(written, encoding="utf-8")


def pack(plan: Plan) -> None:
    """Write the folder as <out>.tar.xz, the form in which it ships; the same files give the same archive."""
    with tarfile.open(plan.archive, "w:xz", preset=9) as packed:
        for path in sorted(path for path in plan.out.rglob("*") if path.is_file()):
            member = packed.gettarinfo(path, arcname=str(path.relative_to(plan.out)))
            member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
            member.mode = 0o644
            with path.open("rb") as file:
                packed.addfile(member, file)
    print(f"{plan.archive}: {plan.archive.stat().st_size / 1e6:.2f} MB")  # noqa: T201


def card_of(plan: Plan) -> str:
    return (plan.out / "card.json").read_text(encoding="utf-8")


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 2)


STAGES: Final[dict[str, Callable[[Plan], None]]] = {
    "sounds": make_sounds,
    "network": train_network,
    "folder": make_folder,
    "evaluate": evaluate,
    "pack": pack,
}
