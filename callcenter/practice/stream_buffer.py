"""What a bidirectional stream sends into the call: sound and marks in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from callcenter.practice.sounds import FRAME_SAMPLES, QUIET, Pcm
from core.g711 import pcm_from_mulaw


class StreamBuffer:
    """A source for the call. Marks are told when everything before them has been played."""

    def __init__(self, on_mark: Callable[[str], None]) -> None:
        self._items: deque[Pcm | str] = deque()
        self._on_mark = on_mark

    def play(self, mulaw: bytes) -> None:
        if mulaw:
            self._items.append(pcm_from_mulaw(mulaw))

    def mark(self, name: str) -> None:
        self._items.append(name)
        self._tell_due_marks()

    def clear(self) -> None:
        """Forget all sound; the marks come back at once, which does not mean that they were played."""
        names = [item for item in self._items if isinstance(item, str)]
        self._items.clear()
        for name in names:
            self._on_mark(name)

    def frame(self) -> Pcm:
        if not self._items:
            return QUIET
        frame, filled = np.zeros(FRAME_SAMPLES, dtype=np.int16), 0
        while self._items and filled < FRAME_SAMPLES:
            item = self._items.popleft()
            if isinstance(item, str):
                self._on_mark(item)
                continue
            taken = item[: FRAME_SAMPLES - filled]
            frame[filled : filled + len(taken)] = taken
            filled += len(taken)
            if len(taken) < len(item):
                self._items.appendleft(item[len(taken) :])
        self._tell_due_marks()
        return frame

    def _tell_due_marks(self) -> None:
        while self._items and isinstance(self._items[0], str):
            self._on_mark(str(self._items.popleft()))
