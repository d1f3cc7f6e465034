"""Conferences and their participants by REST."""

from __future__ import annotations

from typing import Any

from callcenter.practice.call import Call
from callcenter.practice.conference import Conference, Membership, Participant, Taken
from callcenter.practice.dialling import BUFFER_S, place
from callcenter.practice.ids import present
from callcenter.practice.line import Line
from callcenter.practice.program import Goto
from callcenter.practice.recording import Callback
from callcenter.practice.rest.answers import (
    ApiError,
    conference_json,
    first,
    not_found,
    participant_json,
    required,
    yes,
)
from callcenter.practice.rest.calls import Form, callback_of, follow_status

_TRUE = ("true", "record-from-start")


def find(line: Line, key: str) -> Conference:
    """Return the conference by sid or name. Raises ApiError 20404."""
    conference = line.conferences.find(key)
    if conference is None:
        raise not_found(f"Conferences/{key}")
    return conference


def listing(line: Line, query: Form) -> list[dict[str, Any]]:
    """Return conferences, newest first."""
    name, status = first(query, "FriendlyName"), first(query, "Status")
    found = [
        one for one in line.conferences.all() if name in (None, one.name) and status in (None, one.status)
    ]
    account = line.settings.account_sid
    return [
        conference_json(account, one) for one in sorted(found, key=lambda one: one.created_at, reverse=True)
    ]


def update(line: Line, key: str, form: Form) -> dict[str, Any]:
    """End a conference, or announce something in it."""
    conference = find(line, key)
    if first(form, "Status") == "completed":
        if conference.over:
            raise not_found(f"Conferences/{key}")
        conference.end("conference-ended-via-api")
    announced = first(form, "AnnounceUrl")
    if announced:
        goto = Goto(url=announced, method=first(form, "AnnounceMethod") or "POST", kind="announcement")
        line.in_background(line.conferences.announce(conference, goto))
    return conference_json(line.settings.account_sid, conference)


def participant(line: Line, key: str, who: str) -> tuple[Conference, Participant]:
    """Return a current participant by CallSid or label. Raises ApiError 20404."""
    conference = find(line, key)
    found = conference.find(who)
    if found is None:
        raise not_found(f"Participants/{who}")
    return conference, found


def participants(line: Line, key: str, query: Form) -> list[dict[str, Any]]:
    """Return who is in the conference now."""
    conference = find(line, key)
    wanted = {name.lower(): yes(query, name) for name in ("Muted", "Hold", "Coaching") if name in query}
    return [
        participant_json(line.settings.account_sid, conference, one)
        for one in conference.participants.values()
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]


def add(line: Line, key: str, form: Form) -> dict[str, Any]:
    """Ring somebody and put them into the conference, which is made when there is none of that name."""
    to, from_ = required(form, "To"), required(form, "From")
    conference = line.conferences.find(key) or line.conferences.open(key)
    if conference.over:
        raise not_found(f"Conferences/{key}")
    call = line.outgoing(to=to, from_=from_, direction="outbound-api")
    follow_status(line, call, form)
    try:
        seat = conference.admit(call, _membership(form))
    except Taken as taken:
        raise ApiError(400, taken.code, str(taken)) from taken
    call.endings.append(lambda: conference.leave(seat, "participant_add_failed"))
    timeout_s = float(first(form, "Timeout") or 60) + BUFFER_S
    if yes(form, "Record"):
        call.on_status.append(lambda leg: _record(line, leg, form))
    ringing = place(line, call, timeout_s=timeout_s, connected=lambda: conference.join(seat))
    line.in_background(ringing)
    return participant_json(line.settings.account_sid, conference, seat)


def change(line: Line, key: str, who: str, form: Form) -> dict[str, Any]:
    """Mute, hold, coach, announce to, or change the rights of one participant."""
    conference, seat = participant(line, key, who)
    if "EndConferenceOnExit" in form:
        if seat.hold:
            raise ApiError(
                400, 16026, "EndConferenceOnExit cannot be changed while the participant is on hold"
            )
        seat.end_on_exit = yes(form, "EndConferenceOnExit")
        conference._tell(conference, "participant-modify", seat)
    if "BeepOnExit" in form:
        seat.beep = "onExit" if yes(form, "BeepOnExit") else "false"
    if "Muted" in form:
        _mute(conference, seat, yes(form, "Muted"))
    if "Coaching" in form or "CallSidToCoach" in form:
        _coach(conference, seat, form)
    if "Hold" in form:
        _hold(line, conference, seat, form)
    announced = first(form, "AnnounceUrl")
    if announced:
        goto = Goto(url=announced, method=first(form, "AnnounceMethod") or "POST", kind="announcement")
        line.in_background(line.conferences.announce(conference, goto, seat))
    seat.updated_at = present()
    return participant_json(line.settings.account_sid, conference, seat)


def remove(line: Line, key: str, who: str) -> None:
    """Let a participant out; the leg goes on with its next verb."""
    conference, seat = participant(line, key, who)
    if seat.joined:
        conference.leave(seat, "participant_updated_via_api")
    else:
        seat.call.finish("canceled", reason="withdrawn", sip_code=487)


def _mute(conference: Conference, seat: Participant, muted: bool) -> None:
    if seat.muted != muted:
        seat.muted = muted
        conference._tell(conference, "participant-mute" if muted else "participant-unmute", seat)


def _coach(conference: Conference, seat: Participant, form: Form) -> None:
    target = first(form, "CallSidToCoach") or seat.coach_sid
    coaching = yes(form, "Coaching", default=target is not None)
    if coaching:
        coached = conference.participants.get(target or "")
        if coached is None:
            raise ApiError(400, 13240, "the leg to coach is not in the conference")
        if coached.hold:
            raise ApiError(400, 16027, "the participant to coach is on hold")
        seat.coach_sid = target
    seat.coaching = coaching
    conference._tell(conference, "participant-modify", seat)


def _hold(line: Line, conference: Conference, seat: Participant, form: Form) -> None:
    wanted = yes(form, "Hold")
    if wanted == seat.hold:
        return
    seat.hold = wanted
    if wanted:
        url, method = first(form, "HoldUrl"), first(form, "HoldMethod") or "GET"
        line.conferences.play_music(seat, url, method=method, repeat=True, kind="hold")
    else:
        Conference.silence(seat)
    conference._tell(conference, "participant-hold" if wanted else "participant-unhold", seat)


def _membership(form: Form) -> Membership:
    wait_url = first(form, "WaitUrl")
    return Membership(
        label=first(form, "Label"),
        muted=yes(form, "Muted"),
        beep=first(form, "Beep") or "true",
        start_on_enter=yes(form, "StartConferenceOnEnter", default=True),
        end_on_exit=yes(form, "EndConferenceOnExit"),
        coach_sid=first(form, "CallSidToCoach")
        if yes(form, "Coaching") or "CallSidToCoach" in form
        else None,
        wait_url=wait_url,
        wait_method=first(form, "WaitMethod") or "POST",
        most=int(first(form, "MaxParticipants") or 250),
        record=first(form, "ConferenceRecord") in _TRUE,
        trim=(first(form, "ConferenceTrim") or "trim-silence") == "trim-silence",
        events=Callback(
            url=first(form, "ConferenceStatusCallback") or "",
            events=frozenset(" ".join(form.get("ConferenceStatusCallbackEvent", [])).split()),
            method=first(form, "ConferenceStatusCallbackMethod") or "POST",
        ),
        recording=callback_of(form, "ConferenceRecordingStatusCallback"),
        by_rest=True,
    )


def _record(line: Line, leg: Call, form: Form) -> None:
    if not leg.up:
        return
    recording = line.recordings.begin(
        call_sid=leg.call_sid,
        source="OutboundAPI",
        channels=2 if first(form, "RecordingChannels") == "dual" else 1,
        callback=callback_of(form),
    )
    leg.taps.append(recording)
    leg.endings.append(recording.finish)
