"""What a leg is played: sounds one after the other, cut into frames."""

from __future__ import annotations

import asyncio
from collections import deque

import numpy as np

from callcenter.practice.sounds import FRAME_SAMPLES, QUIET, Pcm


class Player:
    """A source of frames. `play` returns when the sound has been played to its end or was stopped."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Pcm, asyncio.Future[None]]] = deque()
        self._at = 0
        self._looped: Pcm | None = None

    @property
    def idle(self) -> bool:
        return not self._waiting and self._looped is None

    async def play(self, pcm: Pcm) -> None:
        if not len(pcm):
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        item = (pcm, done)
        self._waiting.append(item)
        try:
            await done
        finally:
            self._forget(item)

    def start(self, pcm: Pcm) -> None:
        """Play without anybody waiting for the end."""
        if len(pcm):
            self._waiting.append((pcm, asyncio.get_running_loop().create_future()))

    def loop(self, pcm: Pcm | None) -> None:
        """Repeat `pcm` whenever nothing else is played; None stops that."""
        self._looped, self._at = (pcm if pcm is not None and len(pcm) else None), 0

    def stop(self) -> None:
        """Fall silent at once; everybody who waits is told that it is over."""
        for _pcm, done in self._waiting:
            if not done.done():
                done.set_result(None)
        self._waiting.clear()
        self._looped, self._at = None, 0

    def frame(self) -> Pcm:
        """Return the next 20 ms."""
        if self._waiting:
            return self._frame_of_first()
        if self._looped is not None:
            return self._frame_of_loop(self._looped)
        return QUIET

    def _frame_of_first(self) -> Pcm:
        pcm, done = self._waiting[0]
        frame = pcm[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        if self._at >= len(pcm):
            self._waiting.popleft()
            self._at = 0
            if not done.done():
                done.set_result(None)
        return _whole(frame)

    def _frame_of_loop(self, pcm: Pcm) -> Pcm:
        frame = pcm[self._at : self._at + FRAME_SAMPLES]
        self._at = self._at + FRAME_SAMPLES if self._at + FRAME_SAMPLES < len(pcm) else 0
        return _whole(frame)

    def _forget(self, item: tuple[Pcm, asyncio.Future[None]]) -> None:
        # A cancelled wait (a key pressed in a prompt) takes the sound off the line as well.
        for at, held in enumerate(self._waiting):
            if held is item:
                del self._waiting[at]
                if at == 0:
                    self._at = 0
                return


def _whole(frame: Pcm) -> Pcm:
    if len(frame) == FRAME_SAMPLES:
        return frame
    padded = np.zeros(FRAME_SAMPLES, dtype=np.int16)
    padded[: len(frame)] = frame
    return padded
