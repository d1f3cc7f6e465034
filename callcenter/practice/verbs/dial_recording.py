"""Recording what a Dial connects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element

from callcenter.practice.program import Run
from callcenter.practice.recording import Callback, Recording
from callcenter.practice.signing import Fields

_MODES = {
    "true": 1,
    "record-from-answer": 1,
    "record-from-ringing": 1,
    "record-from-answer-dual": 2,
    "record-from-ringing-dual": 2,
}


@contextmanager
def recorded(run: Run, verb: Element) -> Iterator[Callable[[], Fields]]:
    """Record the parent leg meanwhile if the verb asks for it; yields what tells the action where it is."""
    channels = _MODES.get(verb.get("record") or "")
    if channels is None:
        yield list
        return
    recording = run.line.recordings.begin(
        call_sid=run.call.call_sid,
        source="DialVerb",
        channels=channels,
        track=verb.get("recordingTrack") or "both",
        trim=verb.get("trim") == "trim-silence",
        callback=callback_of(run, verb),
    )
    run.call.taps.append(recording)
    try:
        yield lambda: [("RecordingUrl", recording.url), ("RecordingSid", recording.recording_sid)]
    finally:
        _end(run, recording)


def _end(run: Run, recording: Recording) -> None:
    if recording in run.call.taps:
        run.call.taps.remove(recording)
    recording.finish()


def callback_of(run: Run, element: Element) -> Callback:
    """Return whom an element's recordingStatusCallback attributes tell."""
    given = element.get("recordingStatusCallback")
    return Callback(
        url=run.address(given) if given else "",
        events=frozenset((element.get("recordingStatusCallbackEvent") or "completed").split()),
        method=element.get("recordingStatusCallbackMethod") or "POST",
    )
