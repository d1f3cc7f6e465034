"""Participants of a conference by REST: bringing in, holding, muting, coaching, letting out."""

from __future__ import annotations

from aiohttp import web

from callcenter.practice.conference import Conference
from callcenter.practice.dialling import BUFFER_S, place
from callcenter.practice.ids import present
from callcenter.practice.line import Line
from callcenter.practice.membership import Membership, Participant, Taken
from callcenter.practice.program import Goto
from callcenter.practice.recording import Callback
from callcenter.practice.rest import calls, resources
from callcenter.practice.rest.conferences import conference_of
from callcenter.practice.rest.wire import LINE, RestError, flag, form_of, needed, not_found, paged, whole


def _participant_of(request: web.Request) -> tuple[Conference, Participant]:
    conference = conference_of(request)
    participant = conference.find(request.match_info["participant"])
    if participant is None:
        raise not_found(request)
    return conference, participant


async def create(request: web.Request) -> web.Response:
    """Ring a leg and let it into the conference of that name or sid, new when there is none."""
    line, form = request.app[LINE], await form_of(request)
    to, from_ = needed(form, "To", 21201), needed(form, "From", 21213)
    key = request.match_info["conference"]
    conference = line.conferences.find(key)
    if conference is None and key.startswith("CF") and len(key) == 34:
        raise not_found(request)
    if conference is None or conference.over:
        conference = line.conferences.open(key)
    call = line.outgoing(to=to, from_=from_, direction="outbound-api")
    try:
        participant = conference.admit(call, _membership(form))
    except Taken as taken:
        raise RestError(400, taken.code, str(taken)) from taken
    calls.follow(line, call, form)
    _ring(line, conference, participant, form)
    return web.json_response(resources.participant(participant, conference.conference_sid), status=201)


def _ring(line: Line, conference: Conference, participant: Participant, form: dict[str, str]) -> None:
    call = participant.call

    def connected() -> None:
        if conference.over:
            call.finish()
        else:
            conference.join(participant)

    # A leg that never came in must not keep its label.
    call.endings.append(lambda: conference.leave(participant, "participant_hung_up"))
    line.take_up(call)
    ringing_s = whole(form, "Timeout", calls.RINGING_S) + BUFFER_S
    line.in_background(place(line, call, timeout_s=ringing_s, connected=connected))


def _membership(form: dict[str, str]) -> Membership:
    coach = form.get("CallSidToCoach")
    return Membership(
        label=form.get("Label"),
        muted=flag(form, "Muted", False),
        beep=form.get("Beep", "true"),
        start_on_enter=flag(form, "StartConferenceOnEnter", True),
        end_on_exit=flag(form, "EndConferenceOnExit", False),
        coach_sid=coach if flag(form, "Coaching", coach is not None) else None,
        wait_url=form.get("WaitUrl"),
        wait_method=form.get("WaitMethod", "POST"),
        most=whole(form, "MaxParticipants", 250),
        record=form.get("ConferenceRecord") in ("true", "record-from-start"),
        trim=form.get("ConferenceTrim", "trim-silence") == "trim-silence",
        events=Callback(
            url=form.get("ConferenceStatusCallback", ""),
            events=frozenset((form.get("ConferenceStatusCallbackEvent") or "start end").split()),
            method=form.get("ConferenceStatusCallbackMethod", "POST"),
        ),
        recording=calls.recording_callback(form, "Conference"),
        by_rest=True,
    )


async def fetch(request: web.Request) -> web.Response:
    conference, participant = _participant_of(request)
    return web.json_response(resources.participant(participant, conference.conference_sid))


async def index(request: web.Request) -> web.Response:
    conference = conference_of(request)
    found = list(conference.participants.values())
    for name, attr in (("Muted", "muted"), ("Hold", "hold"), ("Coaching", "coaching")):
        if name in request.query:
            found = [p for p in found if getattr(p, attr) == (request.query[name].lower() == "true")]
    return paged(request, "participants", found, lambda p: resources.participant(p, conference.conference_sid))


async def update(request: web.Request) -> web.Response:
    line, form = request.app[LINE], await form_of(request)
    conference, participant = _participant_of(request)
    _coach(conference, participant, form)
    if form.get("EndConferenceOnExit"):
        if participant.hold:
            raise RestError(400, 20001, "EndConferenceOnExit cannot be changed while on hold")
        participant.end_on_exit = flag(form, "EndConferenceOnExit", False)
        conference.tell("participant-modify", participant)
    if form.get("BeepOnExit"):
        participant.beep = "onExit" if flag(form, "BeepOnExit", False) else "false"
    if form.get("Muted"):
        _mute(conference, participant, flag(form, "Muted", False))
    if form.get("Hold"):
        _hold(line, conference, participant, form)
    if form.get("AnnounceUrl"):
        goto = Goto(url=form["AnnounceUrl"], method=form.get("AnnounceMethod", "POST"), kind="announcement")
        line.in_background(line.conferences.announce(conference, goto, participant))
    participant.updated_at = present()
    return web.json_response(resources.participant(participant, conference.conference_sid))


def _coach(conference: Conference, participant: Participant, form: dict[str, str]) -> None:
    """Whisper to one participant only, or stop that. Raises RestError 13240, 16027."""
    if "Coaching" not in form and "CallSidToCoach" not in form:
        return
    if flag(form, "Coaching", True):
        coach_sid = form.get("CallSidToCoach") or participant.coach_sid or ""
        coached = conference.participants.get(coach_sid)
        if coached is None:
            raise RestError(400, 13240, "The CallSid to coach is not in the conference")
        if coached.hold:
            raise RestError(400, 16027, "The participant to coach is on hold")
        participant.coaching, participant.coach_sid = True, coach_sid
    else:
        participant.coaching, participant.coach_sid = False, None
    conference.tell("participant-modify", participant)


def _mute(conference: Conference, participant: Participant, muted: bool) -> None:
    if participant.muted != muted:
        participant.muted = muted
        conference.tell("participant-mute" if muted else "participant-unmute", participant)


def _hold(line: Line, conference: Conference, participant: Participant, form: dict[str, str]) -> None:
    hold = flag(form, "Hold", False)
    if participant.hold == hold:
        return
    participant.hold = hold
    if hold:
        line.conferences.play_music(
            participant,
            form.get("HoldUrl"),
            method=form.get("HoldMethod", "GET"),
            repeat=True,
            kind="conference-hold",
        )
    else:
        conference.silence(participant)
    conference.tell("participant-hold" if hold else "participant-unhold", participant)


async def delete(request: web.Request) -> web.Response:
    conference, participant = _participant_of(request)
    if participant.joined:
        conference.leave(participant, "participant_updated_via_api")
    else:
        participant.call.finish("canceled", reason="withdrawn", sip_code=487)
    return web.Response(status=204)
