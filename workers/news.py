"""Pushes what has changed: whole cards with versions, read fresh, to the rooms that may have them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from callcenter import queries as calls
from core.clock import now
from dispatch import queries as cases

BOARD, SEATS = "board", "seats"


def call(app: Flask, event: Any) -> None:
    """Push the call's card to boards and desks."""
    with app.extensions["database"].begin() as work:
        card = calls.card(work, event.call_id)
    app.extensions["feed"].push((BOARD, SEATS), "call.card", card)


def seat(app: Flask, event: Any) -> None:
    """Push the agent's own seat to that agent's screens."""
    if event.person_id is None:
        return
    with app.extensions["database"].begin() as work:
        card = calls.seat(work, event.person_id, now=now())
    app.extensions["feed"].push(f"seat:{event.person_id}", "seat", card)


def call_line(kind: str, app: Flask, event: Any) -> None:
    """Push a line about a call to the board's last events."""
    line = {
        "event_id": f"call-{event.call_id}-{kind}",
        "at": now().isoformat(),
        "kind": kind,
        "case_no": None,
        "call_id": event.call_id,
        "unit_name": None,
        "title": None,
    }
    app.extensions["feed"].push(BOARD, "board.event", line)


def draft(app: Flask, event: Any) -> None:
    """Push the draft to whoever holds the call, and to nobody else; without person and place even there."""
    with app.extensions["database"].begin() as work:
        card = cases.draft_news(work, event.case_id)
    if card["call_id"] is not None:
        app.extensions["feed"].push(f"call:{card['call_id']}", "draft", card)


def case(app: Flask, event: Any) -> None:
    """Push the case's card to the rooms of its audience."""
    with app.extensions["database"].begin() as work:
        news = cases.news(work, event.case_id)
    app.extensions["feed"].push(news.rooms, "case.card", news.card)
    app.extensions["redis"].set(f"pushed:{event.case_no}:{news.card['state']}", now().isoformat(), ex=3600, nx=True)


def case_line(kind: str, app: Flask, event: Any) -> None:
    """Push a line about a case to the board's last events, made from its timeline."""
    with app.extensions["database"].begin() as work:
        line = cases.board_event(work, event.case_id, kind)
    if line is not None:
        app.extensions["feed"].push(BOARD, "board.event", line)


def moved_line(app: Flask, event: Any) -> None:
    """Push the line of a step of the table, if it is the board's news."""
    kind = cases.event_kind(event.action)
    if kind is not None:
        case_line(kind, app, event)
