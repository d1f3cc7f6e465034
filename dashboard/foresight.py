"""The JSON API of routing explained and of replays: why a case went there, and what a change would move."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint

from core.clock import now
from core.db import database
from core.errors import WrongRole
from dashboard import foresight_shapes as shapes
from dashboard.access import STAFF, WALL, actor, guard
from dashboard.openapi import answers, api
from dispatch import explained, queries, what_if

_HALF_A_YEAR = timedelta(days=183)

foresight = guard(Blueprint("foresight", __name__, url_prefix="/api"), *STAFF)


@foresight.get("/cases/<case_no>/routing")
@api.validate(resp=answers(shapes.RoutingExplained), tags=["cases"])
def routing(case_no: str) -> shapes.RoutingExplained:
    """Why the case went where it went: lines in order, candidates, cases like it, who overruled and why."""
    with database().begin() as work:
        case = queries.visible(work, case_no, actor())
        told = explained.explain(work, case, now=now())
    if not actor().has(*WALL):
        # A unit sees its own cases only: of the others it learns how many went where, not which.
        told["alike"] = told["alike"] | {"latest": []}
    return shapes.RoutingExplained.model_validate(told)


@foresight.get("/routing/precision")
@api.validate(query=shapes.PrecisionQuery, resp=answers(shapes.Precision), tags=["routing"])
def precision(query: shapes.PrecisionQuery) -> shapes.Precision:
    """How often automatic dispatch would be right, by threshold; of cases closed in the last half year by default."""
    _only_hotline()
    since, asked = query.since or now() - _HALF_A_YEAR, query.threshold
    with database().begin() as work:
        told = explained.curve(work, since=since, until=query.until)
        at = None if asked is None else explained.precision_at(work, asked, since=since, until=query.until)
    return shapes.Precision.model_validate(told | {"asked": at})


@foresight.post("/what-if")
@api.validate(json=shapes.WhatIfAsk, resp=answers(shapes.WhatIf), tags=["what-if"])
def ask(json: shapes.WhatIfAsk) -> shapes.WhatIf:
    """Replay past cases through a changed list, pack, threshold or model; a worker does it, see `state`."""
    since, until = what_if.default_period(now())
    given = json.model_dump(exclude={"since", "until", "edits", "removed"})
    change = what_if.Change(
        **given,
        since=json.since or since,
        until=json.until or until,
        edits=tuple(cells.given() for cells in json.edits),
        removed=tuple(json.removed),
    )
    with database().begin() as work:
        number = what_if.ask(work, change, actor=actor(), now=now())
        return shapes.WhatIf.model_validate(what_if.show(work, number))


@foresight.get("/what-if/<int:what_if_id>")
@api.validate(resp=answers(shapes.WhatIf), tags=["what-if"])
def show(what_if_id: int) -> shapes.WhatIf:
    """How far a replay is, and its counts once it is done."""
    _only_hotline()
    with database().begin() as work:
        return shapes.WhatIf.model_validate(what_if.show(work, what_if_id))


@foresight.get("/what-if/<int:what_if_id>/moves")
@api.validate(query=shapes.WhatIfMovesQuery, resp=answers(shapes.WhatIfMoves), tags=["what-if"])
def moves(what_if_id: int, query: shapes.WhatIfMovesQuery) -> shapes.WhatIfMoves:
    """One page of the cases that would move, and why."""
    _only_hotline()
    with database().begin() as work:
        found, more = what_if.moves(work, what_if_id, after=query.after)
    return shapes.WhatIfMoves.model_validate({"moves": found, "next": more})


def _only_hotline() -> None:
    if not actor().has(*WALL):
        raise WrongRole("只有热线工作人员可以查看")
