"""Joining and parting the legs of a call: what is asked of the carrier, always outside a transaction.

The agent's phone is rung first and the caller is brought in when it is there, so that no caller ever stands
in an empty conference. Every function may run twice; each needs the running application.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from callcenter import moves, place, progress, service
from callcenter.calls import LEG_RANKS, LIVE, OVER, WAITING, CallState, Part, Presence, SeatState
from callcenter.records import CallRecord
from callcenter.telephony import CallGone, line
from core.actor import Actor
from core.clock import now
from core.db import Work, database
from core.errors import Refused, Unavailable

log = logging.getLogger(__name__)


def connect(call_id: int) -> None:
    """Ring the phone of the agent who accepted the call; its own callbacks tell what becomes of it."""
    ring = _claim_ring(call_id)
    if ring is None:
        return
    conference, person_id = ring
    to = place.addresses()
    try:
        sid = line().ring_agent(
            person_id,
            url=to.at("voice/agent-leg", call=conference),
            status_callback=to.at("voice/status", call=conference),
        )
    except CallGone:
        _not_rung(call_id, conference)
        return
    except Unavailable as error:
        # After a timeout the phone may ring all the same: its callback finds the call by the conference's
        # name, and if none comes the claim runs out. Only a plain no ends it here.
        log.warning("call.agent_not_rung", extra={"call": call_id, "permanent": error.permanent})
        if error.permanent:
            _not_rung(call_id, conference)
        return
    with database().begin() as work:
        awaited = progress.agent_rung(work, call_id, call_sid=sid, conference=conference, now=now())
    if not awaited:
        line().hang_up(sid)


def bring_caller(call_id: int) -> None:
    """Bring the caller to the agent who stands in the conference. A caller who is gone ends the call."""
    with database().begin() as work:
        call = moves.lock_call(work, call_id)
        caller = moves.legs(work, call, Part.CALLER)[0]
        if call.state != CallState.CONNECTING or caller.conference == call.conference:
            return
        caller.conference, caller.presence, caller.at = call.conference, Presence.AWAY, now()
        conference, call_sid = call.conference or "", call.call_sid
    try:
        line().send_to(call_sid, place.addresses().at("voice/join", call=conference))
    except CallGone:
        _ended(call_id)
    except Unavailable:
        with database().begin() as work:
            call = moves.lock_call(work, call_id)
            if call.state == CallState.CONNECTING and call.conference == conference:
                moves.lose_agent(work, call, now=now(), state=SeatState.READY, reason=None)


def take_back(call_id: int) -> None:
    """Hang up the legs that belong to the call no more, and put a stranded caller back into the queue."""
    with database().begin() as work:
        stray = _stray(work, moves.lock_call(work, call_id))
    for call_sid in stray.to_hang_up:
        line().hang_up(call_sid)
        with database().begin() as work:
            progress.leg_over(work, call_sid, now=now())
    if stray.to_requeue is None:
        return
    call_sid, claim = stray.to_requeue
    try:
        line().send_to(call_sid, place.addresses().at("voice/requeue", claim=str(claim)))
    except CallGone:
        _ended(call_id)
        return
    with database().begin() as work:
        call = moves.lock_call(work, call_id)
        caller = moves.legs(work, call, Part.CALLER)[0]
        if call.state in WAITING:
            caller.conference, caller.presence = None, Presence.AWAY


def hang_up(call_id: int, *, actor: Actor) -> None:
    """End the call for both sides because its agent wants to. Raises WrongRole, Unavailable."""
    with database().begin() as work:
        call = service.ask_hang_up(work, call_id, actor=actor, now=now())
        over, conference_sid, call_sid = call.state == CallState.ENDED, call.conference_sid, call.call_sid
    if over:
        return
    if conference_sid:
        line().end_conference(conference_sid)
    else:
        line().hang_up(call_sid)
    _ended(call_id)


def hold(call_id: int, *, on: bool, actor: Actor) -> None:
    """Hold the caller with music, or take them back. Raises Refused, WrongRole, Unavailable."""
    with database().begin() as work:
        call = service.held_by(work, call_id, actor)
        if call.state not in LIVE or not call.conference_sid:
            raise Refused("通话还没有接通")
        conference_sid, call_sid = call.conference_sid, call.call_sid
    try:
        line().hold(conference_sid, call_sid, on=on, music=place.addresses().at("voice/hold"))
    except CallGone as error:
        raise Refused("来电者已挂断") from error
    with database().begin() as work:
        service.held(work, call_id, on=on)


def check_alive(call_id: int) -> None:
    """Ask the carrier about a call that has been silent for long, and end it if it is over."""
    with database().begin() as work:
        call_sid = moves.lock_call(work, call_id).call_sid
    status = line().status_of(call_sid)
    over = status is None or LEG_RANKS.get(status, 0) >= OVER
    with database().begin() as work:
        if over:
            moves.end(work, moves.lock_call(work, call_id), now=now())
        else:
            service.seen(work, call_sid, now=now())


@dataclass(frozen=True, kw_only=True)
class _Stray:
    to_hang_up: list[str]
    to_requeue: tuple[str, int] | None


def _stray(work: Work, call: CallRecord) -> _Stray:
    over = call.state == CallState.ENDED
    agents = [
        leg.call_sid
        for leg in moves.legs(work, call, Part.AGENT)
        if moves.up(leg) and (over or leg.conference != call.conference)
    ]
    caller = moves.legs(work, call, Part.CALLER)[0]
    if over and moves.up(caller):
        agents.append(caller.call_sid)
    stranded = call.state in WAITING and caller.conference is not None
    return _Stray(to_hang_up=agents, to_requeue=(call.call_sid, call.claim) if stranded else None)


def _claim_ring(call_id: int) -> tuple[str, int] | None:
    with database().begin() as work:
        call = moves.lock_call(work, call_id)
        wanted = call.state == CallState.CONNECTING and call.rung_for != call.conference
        if not wanted or call.conference is None or call.agent_id is None:
            return None
        call.rung_for = call.conference
        return call.conference, call.agent_id


def _not_rung(call_id: int, conference: str) -> None:
    with database().begin() as work:
        call = moves.lock_call(work, call_id)
        if call.state == CallState.CONNECTING and call.conference == conference:
            moves.lose_agent(work, call, now=now(), reason="phone_failed")


def _ended(call_id: int) -> None:
    with database().begin() as work:
        service.hung_up(work, call_id, now=now())
