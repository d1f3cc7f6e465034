"""Makes a text look misheard: characters give way to others that sound alike, as in recognition."""

import random
from collections import Counter, defaultdict
from functools import cache

from nlp.words import character_counts

_COMMON = 3000


def misheard(text: str, part: float) -> str:
    """Return `text` with about `part` (0 to 1) of its characters replaced by common ones of the same sound.

    The same text and part always give the same result.
    """
    chance = random.Random(f"{part}:{text}")
    return "".join(_alike(letter, chance) if chance.random() < part else letter for letter in text)


def _alike(letter: str, chance: random.Random) -> str:
    from nlp import syllables

    sounds = syllables.of_name(letter)
    alike = _by_sound().get(sounds[0]) if sounds else None
    if not alike:
        return letter
    return chance.choices(list(alike), weights=[count**0.5 for count in alike.values()])[0]


@cache
def _by_sound() -> dict[str, Counter[str]]:
    from nlp import syllables

    pool: dict[str, Counter[str]] = defaultdict(Counter)
    for letter, count in character_counts().most_common(_COMMON):
        pool[syllables.of_name(letter)[0]][letter] = count
    return pool
