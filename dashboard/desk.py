"""The JSON API of the call desk: the seat, the queue, the call, the draft."""

from __future__ import annotations

from flask import Blueprint

from dashboard import schemas
from dashboard.openapi import answers, api

desk = Blueprint("desk", __name__, url_prefix="/api/desk")


@desk.get("/seat")
@api.validate(resp=answers(schemas.Seat), tags=["desk"])
def seat() -> schemas.Seat:
    """The person's own seat."""
    raise NotImplementedError


@desk.post("/seat")
@api.validate(json=schemas.SeatChange, resp=answers(schemas.Seat), tags=["desk"])
def change_seat(json: schemas.SeatChange) -> schemas.Seat:
    """Become ready, take a break, go offline."""
    raise NotImplementedError


@desk.get("/phone-token")
@api.validate(resp=answers(schemas.PhoneToken), tags=["desk"])
def phone_token() -> schemas.PhoneToken:
    """A token for the soft-phone of this person's seat."""
    raise NotImplementedError


@desk.get("/waiting")
@api.validate(resp=answers(schemas.Waiting), tags=["desk"])
def waiting() -> schemas.Waiting:
    """The callers in the queue, longest waiting first."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/accept")
@api.validate(json=schemas.Accept, resp=answers(schemas.Seat), tags=["desk"])
def accept(call_id: int, json: schemas.Accept) -> schemas.Seat:
    """Take the call; of two who try at once one wins and the other is told so."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/decline")
@api.validate(json=schemas.Accept, resp=answers(schemas.Seat), tags=["desk"])
def decline(call_id: int, json: schemas.Accept) -> schemas.Seat:
    """Give the offered call back to the front of the queue."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/hold")
@api.validate(json=schemas.Hold, resp=answers(schemas.CallCard), tags=["desk"])
def hold(call_id: int, json: schemas.Hold) -> schemas.CallCard:
    """Hold the caller with music, or take them back."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/hang-up")
@api.validate(resp=answers(schemas.CallCard), tags=["desk"])
def hang_up(call_id: int) -> schemas.CallCard:
    """End the call for both sides."""
    raise NotImplementedError


@desk.get("/calls/<int:call_id>")
@api.validate(resp=answers(schemas.CallDetail), tags=["desk"])
def call_detail(call_id: int) -> schemas.CallDetail:
    """The call whole: words so far, draft, history of this number."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/reveal")
@api.validate(json=schemas.Purpose, resp=answers(schemas.Revealed), tags=["desk"])
def reveal(call_id: int, json: schemas.Purpose) -> schemas.Revealed:
    """Show the caller's number once; who looked and why is recorded."""
    raise NotImplementedError


@desk.put("/calls/<int:call_id>/draft")
@api.validate(json=schemas.DraftChange, resp=answers(schemas.Draft), tags=["desk"])
def change_draft(call_id: int, json: schemas.DraftChange) -> schemas.Draft:
    """Save what was typed, as it is typed."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/register")
@api.validate(resp=answers(schemas.CaseCard), tags=["desk"])
def register(call_id: int) -> schemas.CaseCard:
    """Turn the draft into a case to dispatch."""
    raise NotImplementedError


@desk.post("/calls/<int:call_id>/answer")
@api.validate(resp=answers(schemas.CaseCard), tags=["desk"])
def answer(call_id: int) -> schemas.CaseCard:
    """Close the matter as answered on the line."""
    raise NotImplementedError


@desk.post("/wrap-up")
@api.validate(resp=answers(schemas.Seat), tags=["desk"])
def end_wrap_up() -> schemas.Seat:
    """Wrap-up is over: ready for the next caller."""
    raise NotImplementedError
