"""The sounds the acoustic model tells apart: initials and finals with their tone."""

from collections.abc import Iterable
from functools import cache

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials

from core.voice import in_characters, pronounced

# What follows z/c/s and zh/ch/sh/r is written "i" but is two sounds of its own.
_BUZZED_AFTER = {"z": "ii", "c": "ii", "s": "ii", "zh": "iii", "ch": "iii", "sh": "iii", "r": "iii"}
# The practice line's voice lets a 了 ring on before a pause, and the network hears it twice.
_ECHOED: dict[str, list[tuple[str, ...]]] = {"了": [("l", "e5", "l", "e5")]}
_HUMMED = {"n", "m", "ng", "hm", "hng"}


@cache
def units_of_syllable(syllable: str) -> tuple[str, ...]:
    """Return the units of a TONE3 syllable: "shi4" -> ("sh", "iii4"); () for what is not a syllable."""
    plain, tone = (syllable[:-1], syllable[-1]) if syllable[-1:].isdigit() else (syllable, "5")
    if plain in _HUMMED:
        return (f"en{tone}",)
    initial = to_initials(plain, strict=True)
    final = to_finals(plain, strict=True).replace("ü", "v").replace("ê", "e")
    if not final:
        return ()
    if final == "i":
        final = _BUZZED_AFTER.get(initial, final)
    return (initial, final + tone) if initial else (final + tone,)


def units_of_text(text: str) -> list[str]:
    """Return the units of a sentence as the voice says it."""
    return units_of_syllables(pronounced(text).split())


def units_of_syllables(syllables: Iterable[str]) -> list[str]:
    """Return the units of TONE3 syllables one after the other; pauses are skipped."""
    return [unit for syllable in syllables if syllable.isalnum() for unit in units_of_syllable(syllable)]


def readings_of_word(word: str, *, most: int = 3) -> list[tuple[str, ...]]:
    """Return how a word may be said, likeliest first; `most` readings for a single character."""
    if len(word) > 1:
        syllables = lazy_pinyin(in_characters(word), style=Style.TONE3, neutral_tone_with_five=True)
        return [tuple(units_of_syllables(syllables))]
    return _readings_of_character(word, most)


def _readings_of_character(character: str, most: int) -> list[tuple[str, ...]]:
    if character.isascii():
        return [tuple(units_of_text(character))]
    from pypinyin import pinyin

    found = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
    readings = [units_of_syllable(syllable) for syllable in found[:most]]
    return list(dict.fromkeys(readings + _ECHOED.get(character, [])))
