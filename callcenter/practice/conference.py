"""Conferences: who sits in a room, who hears whom there, and what the owner is told about it."""

from __future__ import annotations

from collections.abc import Callable

from callcenter.practice.call import Call
from callcenter.practice.ids import present, sid
from callcenter.practice.membership import Membership, Participant, Taken
from callcenter.practice.mixing import Voice, added, mixed
from callcenter.practice.player import Player
from callcenter.practice.recording import Callback, Recording
from callcenter.practice.sounds import QUIET, Pcm, beep, is_loud


class Conference:
    """One room. Events go to `on_event`, so that this file knows nothing of HTTP."""

    def __init__(self, name: str, on_event: Callable[[Conference, str, Participant | None], None]) -> None:
        self.conference_sid, self.name = sid("CF"), name
        self.status = "init"
        self.created_at = self.updated_at = present()
        self.participants: dict[str, Participant] = {}
        self.announcer = Player()
        self.callback, self.recording_callback = Callback(), Callback()
        self.recording: Recording | None = None
        self.start_recording: Callable[[Conference], Recording] | None = None
        self.reason_ended: str | None = None
        self.ended_by: Participant | None = None
        self.sequence = 0
        self._on_event = on_event
        self.first: Membership | None = None

    def tell(self, event: str, participant: Participant | None) -> None:
        """Announce what has happened; what follows a colon is the reason."""
        self._on_event(self, event, participant)

    @property
    def over(self) -> bool:
        return self.status == "completed"

    @property
    def started(self) -> bool:
        return self.status == "in-progress"

    def seated(self) -> list[Participant]:
        return [p for p in self.participants.values() if p.joined]

    def find(self, key: str) -> Participant | None:
        """Return the participant with that CallSid or label."""
        by_label = next((p for p in self.participants.values() if p.label == key), None)
        return self.participants.get(key) or by_label

    def admit(self, call: Call, membership: Membership) -> Participant:
        """Keep a seat for a leg, which may still ring. Raises Taken."""
        if membership.label and self.find(membership.label):
            raise Taken(16025, "a participant with this label is already there")
        if membership.coach_sid and membership.coach_sid not in self.participants:
            raise Taken(13240, "the leg to coach is not in the conference")
        if len(self.participants) >= membership.most:
            raise Taken(16020, "the conference is full")
        if self.first is None:
            # Only the first participant's callbacks and recording count, as with the carrier.
            self.first = membership
            self.callback, self.recording_callback = membership.events, membership.recording
        participant = Participant(
            call=call,
            membership=membership,
            label=membership.label,
            muted=membership.muted,
            end_on_exit=membership.end_on_exit,
            coach_sid=membership.coach_sid,
            coaching=membership.coach_sid is not None,
            beep=membership.beep,
        )
        self.participants[call.call_sid] = participant
        call.label = membership.label
        return participant

    def join(self, participant: Participant) -> None:
        """Let the leg in; the conference starts with the second one when somebody may start it."""
        call = participant.call
        participant.joined = True
        call.room = self
        call.leave_room = lambda: self.leave(participant, "participant_updated_via_api")
        call.endings.append(lambda: self.leave(participant, "participant_hung_up"))
        self.tell("participant-join", participant)
        if self.status == "init" and len(self.seated()) >= 2 and self._may_start():
            self._start()
        elif self.started and participant.beep in ("true", "onEnter"):
            self.announcer.start(beep())

    def leave(self, participant: Participant, reason: str) -> None:
        """Let the leg out; end the conference when that was asked for or nobody is left. Safe to repeat."""
        if self.participants.get(participant.call.call_sid) is not participant:
            return
        del self.participants[participant.call.call_sid]
        was_seated = participant.joined
        self._let_go(participant, reason)
        if not was_seated or self.over:
            return
        kicked = reason == "participant_updated_via_api"
        if participant.end_on_exit:
            self.end("participant-with-end-conference-on-exit-" + ("kicked" if kicked else "left"), participant)
        elif not self.seated():
            self.end("last-participant-kicked" if kicked else "last-participant-left", participant)
        elif participant.beep in ("true", "onExit"):
            self.announcer.start(beep())

    def end(self, reason: str, by: Participant | None = None) -> None:
        """End the conference and let everybody out."""
        if self.over:
            return
        self.status, self.reason_ended, self.ended_by, self.updated_at = "completed", reason, by, present()
        if self.recording is not None:
            self.recording.finish()
        said = "conference_ended_via_api" if by is None else "moderator_ended_conference"
        for participant in list(self.participants.values()):
            self.participants.pop(participant.call.call_sid, None)
            self._let_go(participant, said)
        self.tell("conference-end", None)

    def _let_go(self, participant: Participant, reason: str) -> None:
        call, participant.updated_at = participant.call, present()
        if call.room is self:
            call.room, call.leave_room = None, None
        if participant.playing is not None:
            participant.playing.cancel()
        if participant.joined:
            participant.joined = False
            self.tell("participant-leave:" + reason, participant)
        if not participant.gone.done():
            participant.gone.set_result(reason)

    def _may_start(self) -> bool:
        return any(p.membership.start_on_enter for p in self.seated())

    def _start(self) -> None:
        self.status, self.updated_at = "in-progress", present()
        for participant in self.seated():
            self.silence(participant)
        if self.first is not None and self.first.record and self.start_recording is not None:
            self.recording = self.start_recording(self)
        self.tell("conference-start", None)

    @staticmethod
    def silence(participant: Participant) -> None:
        """Stop the waiting or holding music of one participant."""
        if participant.playing is not None:
            participant.playing.cancel()
            participant.playing = None
        participant.music.stop()

    def legs(self) -> list[Call]:
        return [p.call for p in self.seated()]

    def company(self, call: Call) -> str:
        """Say what the leg finds here; people who only listen or whisper are not noticed."""
        own = self.participants.get(call.call_sid)
        if own is not None and own.hold:
            return "held"
        others = [p for p in self.seated() if p.call is not call and not p.coaching and not p.muted]
        return "together" if self.started and others else "alone"

    def step(self) -> None:
        """Mix one frame: all hear all others, but not those on hold, muted or coaching somebody else."""
        seated = self.seated()
        said = {p.call: p.call.said() for p in seated}
        voices = {p.call: self._voice(p, said[p.call]) for p in seated}
        heard = mixed(voices)
        announced = self.announcer.frame()
        for participant in seated:
            call = participant.call
            away = participant.hold or not self.started
            parts = [heard[call], call.played(), participant.announcer.frame()]
            parts.append(participant.music.frame() if away else announced)
            call.pass_on(said[call], added(parts))
            self._watch(participant, said[call])
        if self.recording is not None and self.recording.live and len(seated) > 1:
            spoken = [v.frame for v in voices.values() if v.speaks]
            self.recording.add(added([*spoken, announced]))

    def _voice(self, participant: Participant, frame: Pcm) -> Voice:
        here = self.started and not participant.hold
        silent = participant.muted or not here
        return Voice(
            frame=QUIET if silent else frame,
            speaks=here and not participant.muted and not participant.coaching,
            hears=here,
            coaches=self._coached(participant) if participant.coaching and not silent else None,
        )

    def _coached(self, participant: Participant) -> Call | None:
        target = self.participants.get(participant.coach_sid or "")
        return target.call if target else None

    def _watch(self, participant: Participant, said: Pcm) -> None:
        if "speaker" not in self.callback.events:
            return
        was = participant.speaking
        loud = is_loud(said) and not participant.muted and not participant.hold
        participant.hushed_frames = 0 if loud else participant.hushed_frames + 1
        if participant.speaking != was:
            self.tell(f"participant-speech-{'stop' if was else 'start'}", participant)
