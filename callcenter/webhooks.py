"""What the carrier asks and tells: each request is parsed, acted upon once, and answered."""

from __future__ import annotations

from flask import Blueprint, Response, request

from callcenter import messages, moves, music, passes, place, progress, queries, repeats, service, twiml
from callcenter.answering import callback_once, document_once, xml
from callcenter.calls import (
    ATTENDED,
    WAITING,
    ConferenceNews,
    IncomingCall,
    LegProgress,
    Part,
    is_agents_leg,
    whole,
)
from callcenter.gate import let_only_the_carrier_in
from callcenter.records import CallRecord
from core.clock import now
from core.db import Work

webhooks = Blueprint("webhooks", __name__, url_prefix="/twilio")

# Fetched by the carrier's players, which do not sign; a tune is no secret.
_OPEN = frozenset({"webhooks.waiting_music"})


@webhooks.before_request
def only_the_carrier() -> None:
    """Let only signed requests in, but for the tune."""
    if request.endpoint not in _OPEN:
        let_only_the_carrier_in(place.settings().public_base_url)


# ── Documents ───────────────────────────────────────────────────────────────────────────────────


@webhooks.post("/voice/incoming")
def incoming() -> Response:
    """A caller rings: the notice, then at once the queue."""

    def make(work: Work) -> str:
        service.receive(work, IncomingCall.from_form(request.form), now=now())
        return place.script().welcome()

    return document_once(make)


@webhooks.post("/voice/wait")
def wait() -> Response:
    """One round of waiting."""

    def make(work: Work) -> str:
        call = service.queue(work, IncomingCall.from_form(request.form), now=now())
        return place.script().wait(queries.position(work, call))

    return document_once(make)


@webhooks.post("/voice/queue-done")
def queue_done() -> Response:
    """The caller has left the queue: to an agent, by hanging up, or because the queue would not have them."""

    def make(work: Work) -> str:
        result = request.form.get("QueueResult", "")
        if result == "hangup":
            call = service.receive(work, IncomingCall.from_form(request.form), now=now())
            moves.end(work, call, now=now())
        return place.script().voicemail() if result in _TURNED_AWAY else twiml.hang_up()

    return document_once(make)


_TURNED_AWAY = frozenset({"error", "system-error", "queue-full", "leave"})


@webhooks.post("/voice/join")
def join() -> Response:
    """The caller comes to the agent; one who comes too late stands in line again."""

    def make(work: Work) -> str:
        call = service.receive(work, IncomingCall.from_form(request.form), now=now())
        if call.conference is None or call.conference != request.args.get("call"):
            return place.script().back_in_line()
        return _talk(work, call, Part.CALLER)

    return document_once(make)


@webhooks.post("/voice/agent-leg")
def agent_leg() -> Response:
    """The agent's phone has been picked up; one that nobody waits for any more is hung up."""

    def make(work: Work) -> str:
        call = progress.call_in(work, request.args.get("call", ""))
        return twiml.hang_up() if call is None else _talk(work, call, Part.AGENT)

    return document_once(make)


@webhooks.post("/voice/join-done")
def join_done() -> Response:
    """The caller's conference is over: so is the call, unless the agent was lost or the legs moved on."""

    def make(work: Work) -> str:
        call = service.receive(work, IncomingCall.from_form(request.form), now=now())
        return place.script().requeue() if call.state in WAITING else twiml.hang_up()

    return document_once(make)


@webhooks.post("/voice/requeue")
def requeue() -> Response:
    """A caller whose agent was lost hears an apology and stands in line again."""

    def make(work: Work) -> str:
        service.receive(work, IncomingCall.from_form(request.form), now=now())
        return place.script().requeue()

    return document_once(make)


@webhooks.post("/voice/agent-done")
def agent_done() -> Response:
    """The agent's leg has nothing more to do."""
    return xml(twiml.hang_up())


@webhooks.post("/voice/hold")
def hold() -> Response:
    """Music for a caller on hold."""
    return xml(place.script().hold())


@webhooks.route("/voice/fallback", methods=["GET", "POST"])
def fallback() -> Response:
    """Something of ours has failed: an apology and a message recorded, without touching the database."""
    return xml(place.script().voicemail())


@webhooks.post("/voice/voicemail-done")
def voicemail_done() -> Response:
    """The message has been recorded."""
    return xml(place.script().voicemail_done())


@webhooks.get("/voice/music.wav")
def waiting_music() -> Response:
    """The tune; the carrier may keep it."""
    return Response(music.wav(), mimetype="audio/wav", headers={"Cache-Control": "public, max-age=86400"})


# ── Callbacks ───────────────────────────────────────────────────────────────────────────────────


@webhooks.post("/voice/status")
def status() -> Response:
    """A leg has got further: ringing, answered, over."""
    form = request.form

    def act(work: Work) -> None:
        if "call" not in request.args and not is_agents_leg(form):
            service.receive(work, IncomingCall.from_form(form), now=now())
        news = LegProgress(
            call_sid=form["CallSid"], status=form.get("CallStatus", ""), conference=request.args.get("call")
        )
        seconds = whole(form.get("CallDuration", ""))
        progress.leg_moved(work, news, duration_s=seconds if seconds >= 0 else None, now=now())

    return callback_once(repeats.progress_key(form), act)


@webhooks.post("/voice/conference")
def conference() -> Response:
    """Somebody joined, left or was put on hold, or the conference began or ended."""

    def act(work: Work) -> None:
        progress.conference_changed(work, ConferenceNews.from_form(request.form), now=now())

    return callback_once(repeats.conference_key(request.form), act)


@webhooks.post("/voice/recording")
def recording() -> Response:
    """A recording has begun, is complete, or came to nothing."""
    form = request.form

    def act(work: Work) -> None:
        call = progress.call_of_leg(work, form["CallSid"]) or service.receive(
            work, IncomingCall.from_form(form), now=now()
        )
        progress.recording_moved(work, call, facts=form, now=now())

    return callback_once(repeats.recording_key(form), act)


@webhooks.post("/voice/stream")
def stream() -> Response:
    """A media stream began, ended or failed: kept for the record, the socket itself tells the rest."""
    return callback_once(repeats.stream_key(request.form), lambda work: None)


@webhooks.post("/message/status")
def message_status() -> Response:
    """A text message has got further."""
    form = request.form

    def act(work: Work) -> None:
        message_id = whole(request.args.get("message", ""))
        messages.moved(
            work,
            message_id=message_id if message_id >= 0 else None,
            message_sid=form.get("MessageSid", ""),
            status=form.get("MessageStatus", ""),
            error_code=form.get("ErrorCode"),
            at=now(),
        )

    return callback_once(repeats.message_key(form), act)


def _talk(work: Work, call: CallRecord, part: Part) -> str:
    """Return the document that puts this leg into the call's conference and lets us listen to it."""
    if call.conference is None or call.state not in ATTENDED:
        return twiml.hang_up()
    token = passes.issue(work, call_id=call.id, call_sid=request.form["CallSid"], speaker=part, now=now())
    return place.script().talk(part, conference=call.conference, token=token)
