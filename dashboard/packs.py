"""The JSON API of the packs of time limits: an administrator loads, compares and switches them."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint

from core.actor import Role
from core.clock import now
from core.db import Work, database
from dashboard import packs_shapes as shapes
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dispatch import pack_shelf

packs = guard(Blueprint("packs", __name__, url_prefix="/api/packs"), Role.ADMINISTRATOR)


@packs.get("")
@api.validate(resp=answers(shapes.PackShelf), tags=["packs"])
def shelf() -> shapes.PackShelf:
    """All packs with their versions, and what was done with them."""
    with database().begin() as work:
        return shapes.PackShelf.model_validate({"packs": pack_shelf.shelf(work), "history": pack_shelf.history(work)})


@packs.get("/compare")
@api.validate(query=shapes.PackPair, resp=answers(shapes.PackChanges), tags=["packs"])
def compare(query: shapes.PackPair) -> shapes.PackChanges:
    """What a case would get otherwise under the second pack."""
    with database().begin() as work:
        found = pack_shelf.compare(work, query.before, query.after)
    return shapes.PackChanges(changes=[shapes.PackChange(**asdict(one), words=one.words()) for one in found])


@packs.get("/<int:pack_id>")
@api.validate(resp=answers(shapes.PackWhole), tags=["packs"])
def one(pack_id: int) -> shapes.PackWhole:
    """One pack with its file and its history."""
    with database().begin() as work:
        return _whole(work, pack_id)


@packs.post("")
@api.validate(json=shapes.PackFile, resp=answers(shapes.PackWhole), tags=["packs"])
def load(json: shapes.PackFile) -> shapes.PackWhole:
    """Load a pack file beside the others; what is in force stays in force."""
    with database().begin() as work:
        return _whole(work, pack_shelf.load(work, json.content, actor=actor(), now=now()).id)


@packs.post("/<int:pack_id>/activate")
@api.validate(json=shapes.PackSwitch, resp=answers(shapes.PackWhole), tags=["packs"])
def activate(pack_id: int, json: shapes.PackSwitch) -> shapes.PackWhole:
    """Put a pack in force for cases opened from now on."""
    with database().begin() as work:
        pack_shelf.activate(work, pack_id, actor=actor(), reason=json.reason, now=now())
        return _whole(work, pack_id)


@packs.post("/threshold")
@api.validate(json=shapes.PackThreshold, resp=answers(shapes.PackWhole), tags=["packs"])
def threshold(json: shapes.PackThreshold) -> shapes.PackWhole:
    """Say from which share on cases are dispatched without a person; a new version, at once in force."""
    with database().begin() as work:
        record = pack_shelf.set_threshold(work, json.share, actor=actor(), reason=json.reason, now=now())
        return _whole(work, record.id)


def _whole(work: Work, pack_id: int) -> shapes.PackWhole:
    return shapes.PackWhole.model_validate(pack_shelf.one(work, pack_id))
