"""Listens: turns the sound of a telephone line into words. Knows nothing of calls; the engine is vosk."""

import json
import logging
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final, Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from nlp.silence import SilenceGate

log = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).parent / "speech_models/practice-cn-8k.tar.xz"
_PIECE_MS: Final = 200
_BETWEEN_CHINESE: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+|\s+(?=[\u3400-\u9fff])")
_FORMAT_PARTS: Final = ("am/final.mdl", "conf/mfcc.conf")


class NoModel(RuntimeError):
    """There is no speech model at this place, or vosk cannot read it."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One recognised word. start_s, end_s: seconds since the stream began. certainty: 0 to 1."""

    text: str
    start_s: float
    end_s: float
    certainty: float


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was heard since the last final text. certainty: the words' mean; None if the model has none."""

    text: str
    final: bool
    certainty: float | None
    words: tuple[Word, ...]


class Listener(Protocol):
    """One stream of sound from one speaker. Not for two threads at once."""

    def hear(self, pcm16le: bytes) -> list[Heard]:
        """Take the next stretch of sound, of any length; return what changed, if anything."""

    def finish(self) -> list[Heard]:
        """Say that the stream has ended; return what was still open. The listener is used up."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a model says of itself."""

    name: str
    is_practice: bool
    facts: dict[str, Any]


class Recogniser:
    """One loaded model. Shared by all threads; gives every stream a listener of its own."""

    def __init__(self, path: Path, model: Any, engine: Any) -> None:
        self._model, self._engine = model, engine
        self.card = card_of(path)
        self.name, self.is_practice = self.card.name, self.card.is_practice
        self.sample_rate_hz = native_rate_hz((path / "conf/mfcc.conf").read_text(encoding="utf-8"))

    def listener(self, sample_rate_hz: int) -> Listener:
        """Return a listener for one stream of mono sound at this rate; it is converted to the model's own."""
        recogniser = self._engine.KaldiRecognizer(self._model, float(self.sample_rate_hz))
        recogniser.SetWords(True)
        return _VoskListener(
            recogniser,
            has_certainty=not self.is_practice,
            convert=_converter(sample_rate_hz, self.sample_rate_hz),
            gate=SilenceGate(self.sample_rate_hz),
        )


class _VoskListener:
    def __init__(
        self, recogniser: Any, *, has_certainty: bool, convert: "_Converter | None", gate: SilenceGate
    ) -> None:
        self._recogniser = recogniser
        self._has_certainty = has_certainty
        self._convert = convert
        self._odd_byte = b""
        self._shown = ""
        self._gate = gate

    def hear(self, pcm16le: bytes) -> list[Heard]:
        sound = self._whole_samples(pcm16le)
        if self._convert and sound:
            sound = self._convert.more(sound)
        sound = self._gate.passed(sound, in_utterance=bool(self._shown))
        return self._listen(sound) if sound else []

    def finish(self) -> list[Heard]:
        rest = self._convert.rest() if self._convert else b""
        last = [one for one in self._listen(rest) if one.final] if rest else []
        return last + self._final(self._recogniser.FinalResult())

    def _whole_samples(self, pcm16le: bytes) -> bytes:
        """Return whole samples; a byte left over waits for its other half."""
        sound = self._odd_byte + pcm16le
        even = len(sound) & ~1
        self._odd_byte = sound[even:]
        return sound[:even]

    def _listen(self, sound: bytes) -> list[Heard]:
        # vosk grows slow (0.4 s a call) when the result at an endpoint is not taken.
        if self._recogniser.AcceptWaveform(sound):
            return self._final(self._recogniser.Result())
        return self._partial(self._recogniser.PartialResult())

    def _partial(self, answer: str) -> list[Heard]:
        text = without_spaces(json.loads(answer).get("partial", ""))
        if text == self._shown or not text:
            return []
        self._shown = text
        return [Heard(text=text, final=False, certainty=None, words=())]

    def _final(self, answer: str) -> list[Heard]:
        self._shown = ""
        result = json.loads(answer)
        text = without_spaces(result.get("text", ""))
        if not text:
            return []
        if not self._has_certainty:
            return [Heard(text=text, final=True, certainty=None, words=())]
        kept_back = self._gate.kept_back_s
        words = tuple(
            Word(
                text=word["word"],
                start_s=word["start"] + kept_back,
                end_s=word["end"] + kept_back,
                certainty=word["conf"],
            )
            for word in result.get("result", [])
        )
        mean = sum(word.certainty for word in words) / len(words) if words else None
        return [Heard(text=text, final=True, certainty=mean, words=words)]


class _Converter:
    """Changes the rate of a stream, piece by piece, without a seam between the pieces."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16")

    def more(self, sound: bytes) -> bytes:
        return self._stream.resample_chunk(np.frombuffer(sound, np.int16)).tobytes()

    def rest(self) -> bytes:
        return self._stream.resample_chunk(np.zeros(0, np.int16), last=True).tobytes()


def _converter(from_hz: int, to_hz: int) -> _Converter | None:
    return None if from_hz == to_hz else _Converter(from_hz, to_hz)


def native_rate_hz(mfcc_conf: str) -> int:
    """Return the rate a model was trained at, from its conf/mfcc.conf; Kaldi's own default is 16000.

    Sound is always brought to this rate by us: vosk refuses 8 kHz for a 16 kHz model unless the file says
    --allow-upsample (vosk-api issue 1726), and its resampler is the coarser one.
    """
    found = re.search(r"^\s*--sample-frequency\s*=\s*([\d.]+)", mfcc_conf, re.MULTILINE)
    return int(float(found[1])) if found else 16000


def without_spaces(text: str) -> str:
    """Return recognised text for reading: the spaces that vosk puts around Chinese words are gone."""
    return _BETWEEN_CHINESE.sub("", text.strip())


def card_of(path: Path) -> Card:
    """Return the model's card.json; a model without one is named by its folder."""
    file = path / "card.json"
    facts = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return Card(name=facts.get("name", path.name), is_practice=facts.get("is_practice", False), facts=facts)


def find_model(chosen: Path | None, var_models: Path, shipped: Path = SHIPPED) -> Path | None:
    """Return the folder of the model to use: the chosen one, else one under var/models, else the shipped one.

    A chosen folder is returned as it is, so that a wrong setting is seen and not passed over. The shipped
    model may be packed: it is unpacked beside `var_models`, once. None when there is none at all.
    """
    if chosen is not None:
        return chosen
    fetched = sorted(folder for folder in _folders(var_models) if looks_like_model(folder))
    if fetched:
        return fetched[0]
    if shipped.is_file():
        return unpacked(shipped, var_models.parent / "practice_model")
    return shipped if looks_like_model(shipped) else None


def looks_like_model(folder: Path) -> bool:
    return all((folder / part).is_file() for part in _FORMAT_PARTS)


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from (path for path in parent.iterdir() if path.is_dir())


def unpacked(archive: Path, parent: Path) -> Path:
    """Return the folder into which a packed model has been unpacked; done once for each version of it.

    Several processes may ask at once: each unpacks aside, and the first to rename wins.
    """
    target = parent / sha256(archive.read_bytes()).hexdigest()[:12]
    if looks_like_model(target):
        return target
    parent.mkdir(parents=True, exist_ok=True)
    aside = Path(mkdtemp(dir=parent))
    try:
        with tarfile.open(archive) as packed:
            packed.extractall(aside, filter="data")
        aside.rename(target)
    except OSError:
        # Another process was first.
        if not looks_like_model(target):
            raise
    finally:
        rmtree(aside, ignore_errors=True)
    return target


def load(path: Path) -> Recogniser:
    """Return the recogniser of a model folder. Takes a second or so and the model's size in memory.

    Raises NoModel when the folder is not there, is not a model, or cannot be read.
    """
    if not looks_like_model(path):
        raise NoModel(f"{path} is not a speech model in vosk's format")
    try:
        # Imported here: the library and its runtime load only in the processes that listen.
        import vosk
    except (ImportError, OSError) as error:
        raise NoModel(f"vosk could not be loaded: {error}") from error
    vosk.SetLogLevel(-1)
    try:
        # Always by path: by name or language vosk would download.
        model = vosk.Model(str(path))
    except Exception as error:  # vosk raises nothing more exact
        raise NoModel(f"vosk cannot read the model in {path}") from error
    log.info("speech.model_loaded", extra={"model": path.name})
    return Recogniser(path, model, vosk)


def transcribe(recogniser: Recogniser, pcm: NDArray[np.int16], sample_rate_hz: int) -> list[Heard]:
    """Return the final texts of a whole recording, in order. pcm: int16, mono, shape (n,)."""
    listener = recogniser.listener(sample_rate_hz)
    step = sample_rate_hz * _PIECE_MS // 1000
    heard: list[Heard] = []
    for start in range(0, len(pcm), step):
        heard += listener.hear(pcm[start : start + step].astype("<i2").tobytes())
    return [one for one in [*heard, *listener.finish()] if one.final]
