"""How a text sounds: toneless pinyin, and how far two syllables are apart for a tired ear."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

ALIKE, UNLIKE = 0.35, 1.0
# Sounds that southern speakers and small speech models do not keep apart.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


def rough(syllable: str) -> str:
    """The syllable without the contrasts that are often lost: zh/z, ch/c, sh/s, n/l, -ng/-n."""
    for sharp, flat in _INITIALS:
        if syllable.startswith(sharp):
            syllable = flat + syllable[len(sharp) :]
    if syllable.startswith("n"):
        syllable = "l" + syllable[1:]
    for long, short in _FINALS:
        if syllable.endswith(long):
            return syllable[: -len(long)] + short
    return syllable


@lru_cache(maxsize=8192)
def readings(character: str) -> frozenset[str]:
    """Every toneless reading of one character; a sign that is not Chinese reads as itself."""
    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return frozenset(found[0])


@lru_cache(maxsize=8192)
def rough_readings(character: str) -> frozenset[str]:
    return frozenset(map(rough, readings(character)))


def of_name(name: str) -> tuple[str, ...]:
    """The reading of a whole name, one syllable a character, chosen by its context."""
    # The library also takes a function that returns a list, one entry a sign; its type says str only.
    return tuple(lazy_pinyin(name, errors=list))  # type: ignore[arg-type]


def distance(syllable: str, character: str) -> float:
    """0 when the character can be read so, ALIKE when only nearly, else UNLIKE."""
    if syllable in readings(character):
        return 0.0
    return ALIKE if rough(syllable) in rough_readings(character) else UNLIKE
