"""Puts the words of new and changed cases into the index."""

from __future__ import annotations

from flask import current_app

from core.clock import now
from core.db import database
from dispatch import search
from nlp.search_words import city_cutter, indexed

_AT_ONCE = 100


def index_words() -> None:
    """Index every case that waits for it, a few to a transaction; of two at once each takes others.

    Safe to run twice and to die half-way: a case stays on the list until its words are committed.
    """
    cutter = city_cutter(current_app.extensions["settings"].city_dir)
    done = False
    while not done:
        with database().begin() as work:
            found = search.due(work, limit=_AT_ONCE)
            search.index(work, found, lambda text: indexed(cutter, text), now=now())
            done = len(found) < _AT_ONCE
