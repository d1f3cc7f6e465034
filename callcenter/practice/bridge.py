"""A room of two: the legs that a Dial connects."""

from __future__ import annotations

import asyncio

from callcenter.practice.call import Call
from callcenter.practice.mixing import Voice, added, mixed


class Bridge:
    """Connects two legs until one of them goes. `over` is done then."""

    def __init__(self, first: Call, second: Call) -> None:
        self._legs = [first, second]
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for call in self._legs:
            call.room, call.leave_room = self, self.close
            call.endings.append(self.close)

    def legs(self) -> list[Call]:
        return list(self._legs)

    def company(self, call: Call) -> str:
        return "together" if call.up else "alone"

    def step(self) -> None:
        said = {call: call.said() for call in self._legs}
        heard = mixed({call: Voice(frame=frame) for call, frame in said.items()})
        for call in list(self._legs):
            call.pass_on(said[call], added([heard[call], call.played()]))

    def close(self) -> None:
        """Part the legs; neither is hung up by this. Safe to repeat."""
        for call in self._legs:
            if call.room is self:
                call.room, call.leave_room = None, None
            if self.close in call.endings:
                call.endings.remove(self.close)
        if not self.over.done():
            self.over.set_result(None)
