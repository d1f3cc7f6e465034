"""All conferences of the account, what their owner is told, and the music their members hear alone."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from callcenter.practice.conference import Conference
from callcenter.practice.ids import present, rfc2822
from callcenter.practice.membership import Participant
from callcenter.practice.player import Player
from callcenter.practice.program import PROMPTS, DocumentFailed, Goto, HangUp, Run
from callcenter.practice.recording import Recording
from callcenter.practice.signing import Fields
from callcenter.practice.sounds import music

if TYPE_CHECKING:
    from callcenter.practice.line import Line

KEPT_AFTER_END = 500
# What a callback is called, and what the owner asks for in statusCallbackEvent.
_ASKED_AS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "participant-speech-start": "speaker",
    "participant-speech-stop": "speaker",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}


class Conferences:
    """Opens rooms by name: a name belongs to one living conference at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._by_sid: dict[str, Conference] = {}

    def all(self) -> list[Conference]:
        return list(self._by_sid.values())

    def find(self, key: str) -> Conference | None:
        """Return the conference with that sid, or the living one with that name."""
        return self._by_sid.get(key) or next((c for c in self._by_sid.values() if c.name == key and not c.over), None)

    def open(self, name: str) -> Conference:
        """Return the living conference of that name, new when there was none."""
        found = next((c for c in self._by_sid.values() if c.name == name and not c.over), None)
        if found is None:
            found = Conference(name, self._on_event)
            found.start_recording = self.record
            self._by_sid[found.conference_sid] = found
            self._forget_the_oldest()
        return found

    def record(self, conference: Conference) -> Recording:
        """Record what is said in the room; hold music is never part of it."""
        membership = conference.first
        return self._line.recordings.begin(
            call_sid=next(iter(conference.participants), None),
            conference_sid=conference.conference_sid,
            source="Conference",
            channels=1,
            trim=bool(membership and membership.trim),
            callback=conference.recording_callback,
        )

    def play_music(self, participant: Participant, url: str | None, *, method: str, repeat: bool, kind: str) -> None:
        """Play what is at `url` to one participant: None is the line's music, empty is silence."""
        Conference.silence(participant)
        if url is None:
            participant.music.loop(music())
        elif url:
            goto = Goto(url=url, method=method, kind=kind)
            participant.playing = asyncio.get_running_loop().create_task(
                self._music(participant, goto, repeat=repeat)
            )

    async def _music(self, participant: Participant, goto: Goto, *, repeat: bool) -> None:
        run = Run(line=self._line, call=participant.call, player=participant.music, allowed=PROMPTS)
        clock = participant.call.clock
        with contextlib.suppress(HangUp):
            while True:
                began = clock.seconds
                try:
                    await run.follow(goto)
                except DocumentFailed as failed:
                    participant.call.notify(failed.code, str(failed), failed.url)
                    participant.music.loop(music())
                    return
                if not repeat:
                    return
                if clock.seconds - began < 1.0:
                    await clock.sleep(1.0)

    async def announce(self, conference: Conference, goto: Goto, participant: Participant | None = None) -> None:
        """Say something to everybody, or to one participant only."""
        target: Player = participant.announcer if participant else conference.announcer
        seated = conference.seated()
        if not seated:
            return
        leg = participant.call if participant else seated[0].call
        run = Run(line=self._line, call=leg, player=target, allowed=PROMPTS)
        event = "announcement-end"
        try:
            await run.follow(goto)
        except (DocumentFailed, HangUp) as failed:
            event = "announcement-fail:" + str(failed)
        self._on_event(conference, event, participant, announced=goto.url)

    def _on_event(
        self, conference: Conference, event: str, participant: Participant | None, *, announced: str = ""
    ) -> None:
        name, _, reason = event.partition(":")
        if name == "participant-join" and not conference.started and participant is not None:
            wish = participant.membership
            self.play_music(participant, wish.wait_url, method=wish.wait_method, repeat=False, kind="conference-wait")
        if name in ("participant-leave", "conference-end"):
            self._hang_up_those_without_a_program(conference, participant)
        if conference.callback.wants(_ASKED_AS[name]):
            number, conference.sequence = conference.sequence, conference.sequence + 1
            fields = _fields(self._line.settings.account_sid, conference, name, number)
            fields += _participant_fields(participant) + _reasons(conference, name, reason, participant)
            if announced:
                fields.append(("AnnounceUrl", announced))
            callback = conference.callback
            self._line.outbox.tell(
                "conference", conference.conference_sid, callback.url, fields, method=callback.method
            )

    def _hang_up_those_without_a_program(self, conference: Conference, participant: Participant | None) -> None:
        """A leg that REST put into the room has nothing else to do after it."""
        if participant is not None and participant.membership.by_rest and not participant.call.over:
            asyncio.get_running_loop().call_soon(participant.call.finish)

    def _forget_the_oldest(self) -> None:
        over = [c for c in self._by_sid.values() if c.over]
        for conference in over[: max(0, len(over) - KEPT_AFTER_END)]:
            del self._by_sid[conference.conference_sid]


def _fields(account_sid: str, conference: Conference, event: str, number: int) -> Fields:
    return [
        ("ConferenceSid", conference.conference_sid),
        ("FriendlyName", conference.name),
        ("AccountSid", account_sid),
        ("SequenceNumber", str(number)),
        ("Timestamp", rfc2822(present()) or ""),
        ("StatusCallbackEvent", event),
    ]


def _participant_fields(participant: Participant | None) -> Fields:
    if participant is None:
        return []
    fields: Fields = [
        ("CallSid", participant.call.call_sid),
        ("Muted", _lower(participant.muted)),
        ("Hold", _lower(participant.hold)),
        ("Coaching", _lower(participant.coaching)),
        ("EndConferenceOnExit", _lower(participant.end_on_exit)),
        ("StartConferenceOnEnter", _lower(participant.membership.start_on_enter)),
    ]
    if participant.label:
        fields.append(("ParticipantLabel", participant.label))
    return fields


def _reasons(conference: Conference, event: str, reason: str, participant: Participant | None) -> Fields:
    if event == "participant-leave" and participant is not None:
        return [
            ("ReasonParticipantLeft", reason),
            ("ParticipantCallStatus", participant.call.status),
        ]
    if event == "conference-end":
        fields: Fields = [
            ("ReasonConferenceEnded", conference.reason_ended or ""),
            ("Reason", (conference.reason_ended or "").replace("-", " ")),
        ]
        if conference.ended_by is not None:
            fields.append(("CallSidEndingConference", conference.ended_by.call.call_sid))
            fields.append(("ParticipantLabelEndingConference", conference.ended_by.label or ""))
        return fields
    if event == "announcement-fail":
        return [("ReasonAnnouncementFailed", reason)]
    return []


def _lower(value: bool) -> str:
    return "true" if value else "false"
