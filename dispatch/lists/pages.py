"""One page of a work list, and the counts of all of a person's lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from core.actor import Actor
from core.db import Work
from dispatch import cards, numbering, rules, scope, search
from dispatch.lists import paging
from dispatch.lists.conditions import IS_CASE, Key, Look
from dispatch.lists.names import names_of
from dispatch.lists.terms import Terms, narrowing
from dispatch.lists.views import VIEWS, view
from dispatch.records import CaseRecord

PAGE = 50
# Counted exactly up to here; more is shown as 999+ (docs/adr/0012-lists-count-to-a-thousand.md).
COUNTED_TO = 1000
# Of a search the newest so many that fit are ranked.
RANKED = 500


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A list as it was asked for: what holds of every case in it, and the clock that orders it."""

    conditions: list[ColumnElement[bool]]
    key: Key | None
    words: tuple[str, ...]


def listing(
    work: Work,
    actor: Actor,
    *,
    view: str,
    terms: Terms = Terms(),  # noqa: B008 frozen, and empty
    cursor: str | None = None,
    now: datetime,
    limit: int = PAGE,
) -> dict[str, Any]:
    """Return one page of a view (schemas.CasePage) within what this person may see.

    A number is found in any view. Words are ranked: what fits best first, of the newest RANKED that fit.
    cursor: the `next` of the page before. Raises BadInput for an unknown view, term or cursor.
    """
    asked = _asked(work, actor, view, terms, now)
    total = work.session.scalar(select(_counted(asked.conditions))) or 0
    if asked.words:
        page = paging.ranked(asked.conditions, search.rank(asked.words), cursor, newest=RANKED)
    elif asked.key is None:
        page = paging.newest(asked.conditions, cursor)
    else:
        page = paging.by_clock(asked.conditions, asked.key, cursor)
    found = work.session.execute(page.limit(limit + 1)).all()
    shown = [row[0] for row in found[:limit]]
    names = names_of(work, shown)
    return {
        "as_of": now.isoformat(),
        "total": min(total, COUNTED_TO),
        "more": total > COUNTED_TO,
        "items": [cards.case_card(case, names) for case in shown],
        "next": paging.cursor(found[limit - 1]) if len(found) > limit else None,
    }


def view_counts(work: Work, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return the views of this person's roles with their counts (schemas.Views), in one statement."""
    parents = rules.parents(work)
    look = _look(actor, parents, now)
    mine = {name: one for name, one in VIEWS.items() if actor.has(*one.roles)}
    seen = scope.visible(actor, parents)
    counts = work.session.execute(select(*(_counted([seen, one.where(look)]) for one in mine.values()))).one()
    return {
        "as_of": now.isoformat(),
        "views": [
            {
                "view": name,
                "label_zh": one.label_zh,
                "label_en": one.label_en,
                "count": min(count, COUNTED_TO),
                "more": count > COUNTED_TO,
            }
            for (name, one), count in zip(mine.items(), counts, strict=True)
        ],
    }


def _asked(work: Work, actor: Actor, name: str, terms: Terms, now: datetime) -> _Asked:
    parents = rules.parents(work)
    look, wanted = _look(actor, parents, now), view(name)
    conditions = [scope.visible(actor, parents), *narrowing(terms, look, parents), *_found(terms, look)]
    if terms.number is None:
        conditions.append(wanted.where(look))
    elif not numbering.is_valid(terms.number):
        conditions.append(IS_CASE & wanted.where(look))
    key = wanted.by and wanted.by(look)
    return _Asked(conditions=conditions, key=key, words=terms.words)


def _look(actor: Actor, parents: Mapping[str, str | None], now: datetime) -> Look:
    citywide = actor.has(*scope.CITYWIDE)
    return Look(actor=actor, units=None if citywide else scope.units_of(actor, parents), now=now)


def _found(terms: Terms, look: Look) -> list[ColumnElement[bool]]:
    """Return the conditions of a search. From a unit secret cases are not searched: a hit would tell."""
    found: list[ColumnElement[bool]] = []
    if terms.number is not None:
        found.append(_numbered(CaseRecord.case_no, terms.number))
    if terms.words:
        found.append(search.by_words(terms.words))
    if terms.place_words:
        found.append(search.by_place(terms.place_words))
    if (terms.words or terms.place_words) and scope.sees_as_unit(look.actor):
        found.append(CaseRecord.secrecy == "open")
    return found


def _numbered(column: InstrumentedAttribute[str], number: str) -> ColumnElement[bool]:
    if numbering.is_valid(number):
        return column == number
    return column.startswith(number, autoescape=True)


def _counted(conditions: list[ColumnElement[bool]]) -> ColumnElement[int]:
    """Return how many cases there are, counted only until it is clear that there are more than COUNTED_TO."""
    some = select(literal_column("1", Integer)).select_from(CaseRecord).where(*conditions).limit(COUNTED_TO + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
