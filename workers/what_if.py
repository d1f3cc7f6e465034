"""Replays past cases through a changed list, pack or model, so that its effect is seen before it is activated."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from core.clock import now
from core.db import database
from core.errors import HotlineError
from dispatch import what_if
from dispatch.routing import CategoryShare
from workers.draft_cases import CONSIDERED
from workers.language import understander

log = logging.getLogger(__name__)


def run_what_if(what_if_id: int) -> None:
    """Run one replay. Safe to run twice: the second claims nothing, unless the first has lost its worker."""
    with database().begin() as work:
        if not what_if.claim(work, what_if_id, now=now()):
            return
    try:
        _replay(what_if_id)
    except HotlineError as error:
        _give_up(what_if_id, str(error))
    except Exception:
        _give_up(what_if_id, "预演中出错，请稍后重试")
        raise


def _replay(what_if_id: int) -> None:
    with database().begin() as work:
        wants_model = bool(what_if.show(work, what_if_id)["change"]["model"])
        replay = what_if.prepare(work, what_if_id, model=classes if wants_model else None)
    # A transaction a chunk: progress is seen, and no snapshot is held for minutes.
    for ids in replay.chunks():
        with database().begin() as work:
            what_if.step(work, replay, ids, now=now())
    with database().begin() as work:
        what_if.finish(work, replay, now=now())
    log.info("what_if.done", extra={"what_if": what_if_id, "cases": replay.tally.replayed})


def classes(text: str) -> Sequence[CategoryShare]:
    """Return the classes that the text model of this installation sees in `text`, best first."""
    found = understander().classifier.suggest(text, top=CONSIDERED)
    return [CategoryShare(code=one.code, name=one.name, share=one.share) for one in found]


def _give_up(what_if_id: int, why: str) -> None:
    with database().begin() as work:
        what_if.fail(work, what_if_id, why, now=now())
