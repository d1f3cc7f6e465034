"""Status callbacks of calls: one HTTP request for each event that the owner asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable

from callcenter.practice.call import OVER, Call
from callcenter.practice.ids import present, rfc2822
from callcenter.practice.outbox import Outbox

_EVENT = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


class Progress:
    """Follows one call for one URL. The sequence counts, from 0, the events that were asked for."""

    def __init__(self, outbox: Outbox, url: str, *, events: Iterable[str] = (), method: str = "POST") -> None:
        self._outbox, self._url, self._method = outbox, url, method or "POST"
        self._events = frozenset(events) or frozenset({"completed"})
        self._sequence = 0

    def __call__(self, call: Call) -> None:
        event = "completed" if call.status in OVER else _EVENT.get(call.status)
        if event is None:
            return
        if event not in self._events:
            return
        number, self._sequence = self._sequence, self._sequence + 1
        fields = [
            *call.fields(),
            ("Timestamp", rfc2822(present()) or ""),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(number)),
        ]
        if event == "completed":
            seconds = call.duration_s
            fields += [
                ("CallDuration", str(seconds)),
                ("Duration", str(math.ceil(seconds / 60))),
                ("SipResponseCode", str(call.sip_code or 200)),
            ]
        self._outbox.tell("call-status", call.call_sid, self._url, fields, method=self._method)
