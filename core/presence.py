"""Who is really there: a person whose page is open says so, from whichever process serves it."""

from __future__ import annotations

from collections.abc import Iterable

from redis import Redis

# A page that has been silent for longer is closed, asleep or cut off.
PRESENT_FOR_S = 12


def say_present(redis: Redis, people: Iterable[int]) -> None:
    """Note that these people's pages are open now."""
    with redis.pipeline(transaction=False) as pipe:
        for person_id in people:
            pipe.set(f"present:{person_id}", 1, ex=PRESENT_FOR_S)
        pipe.execute()


def absent(redis: Redis, people: Iterable[int]) -> set[int]:
    """Return those of `people` who have not been heard of lately."""
    asked = list(people)
    if not asked:
        return set()
    known = redis.mget([f"present:{person_id}" for person_id in asked])
    return {person_id for person_id, value in zip(asked, known, strict=True) if value is None}
