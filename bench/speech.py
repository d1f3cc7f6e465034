"""`python -m bench.speech [--json]`: how well and how fast the shipped model listens."""

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.g711 import SAMPLE_RATE_HZ
from nlp import speech
from nlp.speech_training.evaluate import accuracy, by_held_out_voices
from nlp.speech_training.sentences import held_out

_FRAME: Final = SAMPLE_RATE_HZ // 50  # 20 ms, as a carrier sends it
_ROUNDS: Final = 3
_ROOT: Final = Path(__file__).parents[1]


def measure(model: Path) -> dict[str, Any]:
    """Return all figures of one model on the held-out sentences by held-out voices, mu-law, 8 kHz."""
    recogniser = speech.load(model)
    texts = held_out()
    sounds = by_held_out_voices(texts)
    seconds = sum(len(sound) for sound in sounds) / SAMPLE_RATE_HZ
    ours, bare = _costs(recogniser, model, sounds)
    return {
        "model": recogniser.name,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "minutes": round(seconds / 60, 1),
        **accuracy(recogniser, texts, sounds),
        "share_of_real_time": round(ours / seconds, 4),
        "live_against_bare_vosk": round(ours / bare, 2),
        "first_words_s": round(_first_words_s(recogniser, sounds), 2),
        "between_partials_s": round(_between_partials_s(recogniser, sounds), 2),
    }


def run() -> dict[str, Any]:
    """Return the figures of the shipped model."""
    return measure(speech.unpacked(speech.SHIPPED, _ROOT / "var/practice_model"))


def _costs(recogniser: speech.Recogniser, model: Path, sounds: list[NDArray[np.int16]]) -> tuple[float, float]:
    """Return processor seconds for all sounds in live frames: through our listener, and through bare vosk.

    The two take turns, and the best round of each counts, so that a busy machine disturbs both alike.
    """
    import vosk

    bare_model = vosk.Model(str(model))
    frames = [[sound[at : at + _FRAME].tobytes() for at in range(0, len(sound), _FRAME)] for sound in sounds]
    rounds = [(_timed(_live, recogniser, frames), _timed(_bare, bare_model, frames)) for _ in range(_ROUNDS)]
    return min(ours for ours, _ in rounds), min(bare for _, bare in rounds)


def _timed(work: Any, *given: Any) -> float:
    started = time.process_time()
    work(*given)
    return time.process_time() - started


def _live(recogniser: speech.Recogniser, streams: list[list[bytes]]) -> None:
    for frames in streams:
        listener = recogniser.listener(SAMPLE_RATE_HZ)
        for frame in frames:
            listener.hear(frame)
        listener.finish()


def _bare(model: Any, streams: list[list[bytes]]) -> None:
    """Do what any live use of vosk must: a partial result on each frame, a result at each endpoint."""
    import vosk

    for frames in streams:
        recogniser = vosk.KaldiRecognizer(model, SAMPLE_RATE_HZ)
        for frame in frames:
            if recogniser.AcceptWaveform(frame):
                recogniser.Result()
            else:
                recogniser.PartialResult()
        recogniser.FinalResult()


def _partial_times_s(recogniser: speech.Recogniser, sound: NDArray[np.int16]) -> list[float]:
    """Return the seconds into the sound at which the shown text changed."""
    listener, times = recogniser.listener(SAMPLE_RATE_HZ), []
    for at in range(0, len(sound), _FRAME):
        if listener.hear(sound[at : at + _FRAME].tobytes()):
            times.append((at + _FRAME) / SAMPLE_RATE_HZ)
    return times


def _first_words_s(recogniser: speech.Recogniser, sounds: list[NDArray[np.int16]]) -> float:
    """Return the median wait from the first sound of a voice to the first words shown, sound time."""
    waits = []
    for sound in sounds:
        times = _partial_times_s(recogniser, sound)
        if times:
            waits.append(times[0] - int(np.argmax(np.abs(sound.astype(int)) > 300)) / SAMPLE_RATE_HZ)
    return statistics.median(waits)


def _between_partials_s(recogniser: speech.Recogniser, sounds: list[NDArray[np.int16]]) -> float:
    gaps = [gap for sound in sounds[:40] for gap in np.diff(_partial_times_s(recogniser, sound))]
    return float(statistics.median(gaps))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.speech", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument("--model", type=Path, help="another model folder than the shipped one")
    given = parser.parse_args()
    model = given.model or speech.unpacked(speech.SHIPPED, _ROOT / "var/practice_model")
    figures = measure(model)
    if given.json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
        return
    for name, figure in figures.items():
        sys.stdout.write(f"speech {name:24} {figure}\n")


if __name__ == "__main__":
    main()
