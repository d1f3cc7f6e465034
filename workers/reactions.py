"""What follows from each event: the whole pipeline on one screen.

A reaction runs after the commit, in the process that announced. It pushes cards to the feed and
puts jobs; it decides nothing. `FOLLOWS` is the table; a test checks that every event stands in it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask

from callcenter import events as call
from core.events import Bus, Event
from core.queues import QueueName
from dispatch import events as case
from workers import news

URGENT, DEFAULT, SPEECH = QueueName.URGENT, QueueName.DEFAULT, QueueName.SPEECH

Step = Callable[[Flask, Any], None]


def put(queue: QueueName, job: str, *, once: str | None = None, **ids: str) -> Step:
    """Return a step that puts `job`; `ids` and `once` name fields of the event."""

    def step(app: Flask, event: Any) -> None:
        given = {name: getattr(event, field) for name, field in ids.items()}
        key = once and once.format(**{field: getattr(event, field) for field in event.__dataclass_fields__})
        app.extensions["queues"].put(queue, f"workers.{job}", once=key, **given)

    return step


seat_callers = put(URGENT, "seat_callers.seat_callers")
# What else changes a text is found by the sweep.
index_words = put(DEFAULT, "index_words.index_words", once="index-words")

# Event → what follows, in this order.
FOLLOWS: dict[type[Event], tuple[Step, ...]] = {
    # ── a call ──
    call.CallArrived: (news.call, partial(news.call_line, "call_arrived")),
    call.CallQueued: (news.call, seat_callers),
    call.CallOffered: (news.call, news.seat),
    call.CallAccepted: (
        news.call,
        news.seat,
        put(URGENT, "connect_calls.connect_call", call_id="call_id"),
        put(URGENT, "draft_cases.open_draft", call_id="call_id"),
    ),
    call.AgentLegJoined: (put(URGENT, "connect_calls.bring_caller", call_id="call_id"),),
    call.CallAnswered: (
        news.call,
        news.seat,
        partial(news.call_line, "call_answered"),
        put(DEFAULT, "keep_recordings.start_recording", call_id="call_id"),
    ),
    call.CallHeld: (news.call,),
    call.AgentLegLost: (news.call, news.seat, put(URGENT, "connect_calls.take_back", call_id="call_id")),
    call.CallEnded: (
        news.call,
        news.seat,
        partial(news.call_line, "call_ended"),
        put(URGENT, "connect_calls.take_back", call_id="call_id"),
        seat_callers,
    ),
    call.CallConcluded: (news.call, put(DEFAULT, "draft_cases.put_away_draft", call_id="call_id")),
    call.WrapUpEnded: (put(DEFAULT, "draft_cases.put_away_draft", call_id="call_id"),),
    call.SeatChanged: (news.seat, seat_callers),
    call.SegmentHeard: (put(URGENT, "draft_cases.draft_case", call_id="call_id"),),
    call.RecordingReady: (put(DEFAULT, "keep_recordings.fetch_recording", recording_id="recording_id"),),
    call.MessageQueued: (put(DEFAULT, "send_messages.send_message", message_id="message_id"),),
    # ── its case ──
    case.DraftOpened: (news.draft,),
    case.DraftChanged: (news.draft,),
    case.CaseRegistered: (
        news.case,
        # Taken down on the line, or accepted from another channel: the story has the one or the other.
        partial(news.case_line, "case_registered"),
        partial(news.case_line, "case_accepted"),
        put(URGENT, "route_cases.route_case", case_id="case_id"),
        put(DEFAULT, "tell_callers.tell_registered", case_id="case_id"),
        index_words,
    ),
    case.CaseAnswered: (news.case, partial(news.case_line, "case_answered"), index_words),
    case.CaseDispatched: (news.case, partial(news.case_line, "case_dispatched")),
    case.OrderSigned: (news.case, partial(news.case_line, "order_signed")),
    case.OrderReturned: (news.case, partial(news.case_line, "order_returned")),
    case.OrderReplied: (news.case, partial(news.case_line, "order_replied")),
    case.CaseSentBack: (news.case, partial(news.case_line, "case_sent_back")),
    case.CaseClosed: (
        news.case,
        partial(news.case_line, "case_closed"),
        put(DEFAULT, "tell_callers.tell_closed", case_id="case_id"),
    ),
    # ── rules that cases live by ──
    case.CalendarChanged: (put(DEFAULT, "recompute_deadlines.recompute_deadlines", change_id="change_id"),),
    case.CaseMoved: (
        news.case,
        news.moved_line,
        put(DEFAULT, "tell_callers.tell_moved", case_id="case_id", action="action"),
        put(DEFAULT, "ask_citizens.ask_after", case_id="case_id", action="action"),
    ),
    case.WhatIfAsked: (put(DEFAULT, "what_if.run_what_if", what_if_id="what_if_id"),),
}


def connect(bus: Bus, app: Flask) -> None:
    """Connect the table to the bus of one application."""
    for kind, steps in FOLLOWS.items():
        for step in steps:
            bus.on(kind, partial(_within, app, step))


def _within(app: Flask, step: Step, event: Event) -> None:
    with app.app_context():
        step(app, event)
