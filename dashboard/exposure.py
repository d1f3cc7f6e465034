"""The exposure list (曝光台) over HTTP: what units have let slip, down to the cases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint

from core.actor import Role
from core.clock import CITY_ZONE, now
from core.db import database
from dashboard import exposure_shapes as shapes
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dispatch import queries

exposure = guard(
    Blueprint("exposure", __name__, url_prefix="/api/exposure"),
    *(Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR, Role.HANDLER),
)

_USUALLY = timedelta(days=30)


@exposure.get("")
@api.validate(query=shapes.ExposureQuery, resp=answers(shapes.Exposure), tags=["exposure"])
def units(query: shapes.ExposureQuery) -> shapes.Exposure:
    """Each unit in one's sight with what it has let slip; units see their own and those below."""
    at = now()
    with database().begin() as work:
        found = queries.exposure(work, actor(), since=_since(query.since, at), now=at)
    return shapes.Exposure.model_validate(found)


@exposure.get("/cases")
@api.validate(query=shapes.ExposedQuery, resp=answers(shapes.Exposed), tags=["exposure"])
def cases(query: shapes.ExposedQuery) -> shapes.Exposed:
    """The cases behind one number of the list."""
    at = now()
    with database().begin() as work:
        found = queries.exposed(
            work,
            actor(),
            kind=query.kind,
            unit=query.unit,
            since=_since(query.since, at),
            cursor=query.cursor,
            now=at,
        )
    return shapes.Exposed.model_validate(found)


def _since(day: date | None, at: datetime) -> datetime:
    return at - _USUALLY if day is None else datetime.combine(day, time(), tzinfo=CITY_ZONE)
