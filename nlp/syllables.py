"""How a text sounds: toneless pinyin, and how far two syllables are apart for a tired ear."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import lazy_pinyin

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
def usual(character: str) -> str:
    """The commonest toneless reading; a sign that is not Chinese reads as itself.

    Rare readings are left out on purpose: 和 can be hu and 体 cui in dictionaries, not in calls.
    """
    return lazy_pinyin(character)[0]


@lru_cache(maxsize=8192)
def roughly(character: str) -> str:
    return rough(usual(character))


def of_name(name: str) -> tuple[str, ...]:
    """The reading of a whole name, one syllable a character, chosen by its context."""
    # The library also takes a function that returns a list, one entry a sign; its type says str only.
    return tuple(lazy_pinyin(name, errors=list))  # type: ignore[arg-type]


def either_way(name: str) -> tuple[frozenset[str], ...]:
    """How each character of a name may be read: as its context says, or as it reads alone."""
    return tuple(frozenset((sound, usual(sign))) for sound, sign in zip(of_name(name), name, strict=True))


def distance(sounds: frozenset[str], character: str) -> float:
    """0 when the character sounds so, ALIKE when nearly, else UNLIKE."""
    if usual(character) in sounds:
        return 0.0
    return ALIKE if roughly(character) in map(rough, sounds) else UNLIKE
