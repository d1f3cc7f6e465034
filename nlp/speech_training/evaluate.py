"""Measures a model on spoken sentences: the share of characters that are wrong."""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from core.g711 import SAMPLE_RATE_HZ, mulaw_from_pcm, pcm_from_mulaw
from core.voice import speak
from nlp.speech import Recogniser, load, transcribe

from .sentences import heard_form
from .voices import HELD_OUT_VOICES

_PAUSE: Final = np.zeros(SAMPLE_RATE_HZ // 2, np.int16)
_SPEEDS_WPM: Final = (140, 160, 180, 200)


def telephone_sound(text: str, *, variant: str, words_per_minute: int = 160) -> NDArray[np.int16]:
    """Return `text` spoken, between short pauses, as it comes out of the telephone: 8 kHz through mu-law."""
    spoken = np.concatenate([_PAUSE, speak(text, variant=variant, words_per_minute=words_per_minute), _PAUSE])
    return pcm_from_mulaw(mulaw_from_pcm(spoken))


def by_held_out_voices(texts: list[str]) -> list[NDArray[np.int16]]:
    """Return every text spoken once through the telephone, voices and speeds in turn."""
    return [
        telephone_sound(
            text,
            variant=HELD_OUT_VOICES[place % len(HELD_OUT_VOICES)],
            # The speed moves on with each round of voices, so that every voice is heard at each speed.
            words_per_minute=_SPEEDS_WPM[(place + place // len(HELD_OUT_VOICES)) % len(_SPEEDS_WPM)],
        )
        for place, text in enumerate(texts)
    ]


def edits(said: str | list[str], heard: str | list[str]) -> int:
    """Return the fewest insertions, deletions and replacements between two sequences (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def accuracy(recogniser: Recogniser, texts: list[str], sounds: list[NDArray[np.int16]]) -> dict[str, Any]:
    """Return the error shares over characters and over toneless syllables, and how many are exact."""
    pairs = [
        (heard_form(text), "".join(one.text for one in transcribe(recogniser, sound, SAMPLE_RATE_HZ)))
        for text, sound in zip(texts, sounds, strict=True)
    ]
    characters = sum(len(said) for said, _ in pairs)
    syllable_edits = sum(edits(lazy_pinyin(said), lazy_pinyin(heard)) for said, heard in pairs)
    return {
        "sentences": len(texts),
        "characters": characters,
        "character_error": round(sum(edits(*pair) for pair in pairs) / characters, 4),
        "syllable_error": round(syllable_edits / characters, 4),
        "exact_sentences": sum(said == heard for said, heard in pairs),
    }


def measured(model: Path, texts: list[str]) -> dict[str, Any]:
    """Return the accuracy of a model folder on `texts`, and its processor time as a share of the sound's."""
    recogniser = load(model)
    sounds = by_held_out_voices(texts)
    started = time.process_time()
    figures = accuracy(recogniser, texts, sounds)
    busy = time.process_time() - started
    seconds = sum(len(sound) for sound in sounds) / SAMPLE_RATE_HZ
    return figures | {"voices": len(HELD_OUT_VOICES), "share_of_real_time": round(busy / seconds, 4)}
