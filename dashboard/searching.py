"""What somebody typed into a search, as the terms that lists know: numbers, words, places, telephone numbers."""

from __future__ import annotations

import re

from flask import current_app

from core.errors import BadInput
from dashboard import schemas
from dispatch.queries import Terms
from nlp.search_words import asked, city_cutter

_NUMBER = re.compile(r"[0-9-]+")
# A mobile number, or one with its country: those are looked for by who may, and never through an address.
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|\+\d{7,15}")
_LANDLINE = re.compile(r"0\d{9,11}")
_BETWEEN = re.compile(r"[\s()\-]")


def terms_of(query: schemas.CaseQuery) -> Terms:
    """Return what a list is asked for. Raises BadInput for a search that names nothing, and for a phone number."""
    typed = (query.q or "").strip()
    number = typed if _NUMBER.fullmatch(typed) else None
    if _PHONE.fullmatch(_BETWEEN.sub("", typed)):
        raise BadInput("按电话查人请用“按号码查找”，并写明用途")
    return Terms(
        number=number,
        words=_words(typed) if typed and number is None else (),
        place_words=_words(query.place) if query.place and query.place.strip() else (),
        unit=query.unit,
        states=_several(query.state),
        kind=query.kind,
        category=query.category,
        area=query.area,
        urgency=query.urgency,
        channel=query.channel,
        clock=query.clock,
        flags=_several(query.flags),
        registered_from=query.registered_from,
        registered_to=query.registered_to,
        closed_from=query.closed_from,
        closed_to=query.closed_to,
    )


def phone_of(typed: str) -> str:
    """Return a telephone number as calls have it, +86… for one without a country. Raises BadInput."""
    plain = _BETWEEN.sub("", typed)
    if _PHONE.fullmatch(plain):
        return plain if plain.startswith("+") else f"+86{plain[-11:]}"
    if _LANDLINE.fullmatch(plain):
        return f"+86{plain[1:]}"
    raise BadInput("请输入完整的电话号码")


def _words(typed: str) -> tuple[str, ...]:
    words = asked(city_cutter(current_app.extensions["settings"].city_dir), typed)
    if not words:
        raise BadInput("请输入要查找的词、地点或办件编号")
    return words


def _several(listed: str | None) -> tuple[str, ...]:
    return tuple(listed.split(",")) if listed else ()
