"""Lists of cases within a person's scope, page by page, and what the board shows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.actor import Actor, Role
from core.clock import CITY_ZONE
from core.db import Instant, Work
from core.errors import BadInput
from dispatch import cards, numbering, rules, scope
from dispatch.cards import Names
from dispatch.lifecycle import OPEN_STATES, CaseState
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord

PAGE = 50
BOARD_CASES = 200
PRESSING_CASES = 50
# From this share of its time on, a case is about to be late; the wall draws it so.
SOON_FROM = 0.8
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_OPEN = [state.value for state in OPEN_STATES]
_OVER = [CaseState.CLOSED.value, CaseState.ANSWERED.value]
_NOT_CASES = [CaseState.DRAFT.value, CaseState.DISCARDED.value]
_ALL = frozenset(Role)


@dataclass(frozen=True, kw_only=True)
class View:
    """A saved list: its name, whose work it is, and whether the most pressing stands first."""

    label_zh: str
    label_en: str
    roles: frozenset[Role]
    by_clock: bool


_CHIEFS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
VIEWS: dict[str, View] = {
    # Drafts that their call has left behind, the oldest first.
    "unfinished": View(
        label_zh="待补登",
        label_en="To finish",
        roles=_CHIEFS | {Role.AGENT, Role.DISPATCHER},
        by_clock=True,
    ),
    "to_dispatch": View(label_zh="待派单", label_en="To dispatch", roles=_CHIEFS | {Role.DISPATCHER}, by_clock=True),
    "to_sign": View(label_zh="待签收", label_en="To sign", roles=_CHIEFS | {Role.HANDLER}, by_clock=True),
    "handling": View(label_zh="办理中", label_en="Handling", roles=_CHIEFS | {Role.HANDLER}, by_clock=True),
    "to_review": View(label_zh="待审核", label_en="To review", roles=_CHIEFS | {Role.REVIEWER}, by_clock=True),
    "late": View(label_zh="已超时", label_en="Late", roles=_ALL, by_clock=True),
    "open": View(label_zh="未办结", label_en="Open", roles=_ALL, by_clock=False),
    "closed": View(label_zh="已办结", label_en="Closed", roles=_ALL, by_clock=False),
}


def listing(
    work: Work,
    actor: Actor,
    *,
    view: str,
    q: str | None = None,
    cursor: str | None = None,
    now: datetime,
    limit: int = PAGE,
) -> dict[str, Any]:
    """Return one page of a view (schemas.CasePage) within what this person may see.

    q: words that all stand in the title (for the centre's own people also in the text), or a case number,
    which is found in any view. cursor: the `next` of the page before. Raises BadInput for either unknown.
    """
    parents = rules.parents(work)
    conditions = [scope.visible(actor, parents), *_matching(q, actor)]
    if not (q and numbering.is_valid(q.strip())):
        conditions.append(_condition(view, actor, parents, now))
    else:
        _check_view(view)
    total = work.session.scalar(select(func.count()).select_from(CaseRecord).where(*conditions)) or 0
    wanted = _ordered(select(CaseRecord).where(*conditions), VIEWS[view], cursor)
    found = work.session.scalars(wanted.limit(limit + 1)).all()
    shown = found[:limit]
    names = names_of(work, shown)
    return {
        "as_of": now.isoformat(),
        "total": total,
        "items": [cards.case_card(case, names) for case in shown],
        "next": _cursor(shown[-1], VIEWS[view]) if len(found) > limit else None,
    }


def view_counts(work: Work, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return the views of this person's roles with their counts (schemas.Views), in one statement."""
    parents = rules.parents(work)
    mine = [name for name, view in VIEWS.items() if actor.has(*view.roles)]
    counts = [func.count().filter(_condition(name, actor, parents, now)) for name in mine]
    row = work.session.execute(select(*counts).select_from(CaseRecord).where(scope.visible(actor, parents))).one()
    return {
        "as_of": now.isoformat(),
        "views": [
            {
                "view": name,
                "label_zh": VIEWS[name].label_zh,
                "label_en": VIEWS[name].label_en,
                "count": count,
            }
            for name, count in zip(mine, row, strict=True)
        ],
    }


def board_cases(work: Work, now: datetime, *, limit: int = BOARD_CASES) -> dict[str, Any]:
    """Return the board's part about cases: open ones, what presses, counts by state and unit, today's figures.

    cases are the newest `limit`; what presses and the counts are of all open cases.
    """
    by_state = dict(
        work.session.execute(
            select(CaseRecord.state, func.count()).where(CaseRecord.state.in_(_OPEN)).group_by(CaseRecord.state)
        ).all()
    )
    newest = select(CaseRecord).where(CaseRecord.state.in_(_OPEN)).order_by(CaseRecord.id.desc())
    found = work.session.scalars(newest.limit(limit)).all()
    due = select(CaseRecord).where(CaseRecord.state.in_(_OPEN), _runs()).order_by(CaseRecord.clock_due_at)
    pressing = work.session.scalars(due.order_by(CaseRecord.id).limit(PRESSING_CASES)).all()
    names = names_of(work, [*found, *pressing])
    return {
        "cases": [cards.case_card(case, names) for case in found],
        "pressing": [cards.case_card(case, names) for case in pressing],
        "open_by_unit": _open_by_unit(work, now),
        "limit": limit,
        "open_total": sum(by_state.values()),
        "open_by_state": {state.value: by_state.get(state.value, 0) for state in CaseState if state in OPEN_STATES},
        "cases_today": _today(work, now),
    }


def _runs() -> ColumnElement[bool]:
    return CaseRecord.clock_due_at.is_not(None) & CaseRecord.clock_stopped_at.is_(None)


def _open_by_unit(work: Work, now: datetime) -> list[dict[str, Any]]:
    """Return every unit that leads open cases: how many, late, about to be late (schemas.UnitLoad)."""
    at = literal(now, Instant)
    late = _runs() & (CaseRecord.clock_due_at <= at)
    used = func.extract("epoch", at - CaseRecord.clock_started_at)
    given = func.extract("epoch", CaseRecord.clock_due_at - CaseRecord.clock_started_at)
    soon = _runs() & (CaseRecord.clock_due_at > at) & (used >= SOON_FROM * given)
    loads = (
        select(CaseRecord.lead_unit, func.count(), func.count().filter(late), func.count().filter(soon))
        .where(CaseRecord.state.in_(_OPEN), CaseRecord.lead_unit.is_not(None))
        .group_by(CaseRecord.lead_unit)
        .order_by(CaseRecord.lead_unit)
    )
    found = [row for row in work.session.execute(loads).tuples() if row[0] is not None]
    names = _names(work, UnitRecord.code, UnitRecord.name, {code for code, *_ in found if code})
    return [
        {"code": code, "name": names.get(code or "", code), "open": count, "late": passed, "soon": near}
        for code, count, passed, near in found
    ]


def last_events(work: Work, *, limit: int = 30) -> list[dict[str, Any]]:
    """Return the newest lines that are the board's news, newest first (schemas.BoardEvent)."""
    news = [action.value for action in cards.EVENT_KINDS]
    found = (
        select(TimelineRecord, CaseRecord)
        .join(CaseRecord, CaseRecord.id == TimelineRecord.case_id)
        .where(TimelineRecord.action.in_(news))
        .order_by(TimelineRecord.id.desc())
        .limit(limit)
    )
    pairs = work.session.execute(found).all()
    names = names_of(work, [case for _, case in pairs], units=[entry.unit_code for entry, _ in pairs])
    return [cards.board_event(entry, case, names) for entry, case in pairs]


def names_of(work: Work, cases: Sequence[CaseRecord], units: Iterable[str | None] = ()) -> Names:
    """Return the names of all codes in `cases` and their orders: three statements however many there are."""
    wanted = {code for code in units if code}
    wanted |= {case.lead_unit for case in cases if case.lead_unit}
    wanted |= {order.unit_code for case in cases for order in case.orders}
    categories = {case.category_code for case in cases if case.category_code}
    areas = {case.area_code for case in cases if case.area_code}
    return Names(
        units=_names(work, UnitRecord.code, UnitRecord.name, wanted),
        categories=_names(work, CategoryRecord.code, CategoryRecord.name, categories),
        areas=_names(work, AreaRecord.code, AreaRecord.name, areas),
    )


def _names(
    work: Work, code: InstrumentedAttribute[str], name: InstrumentedAttribute[str], wanted: set[str]
) -> dict[str, str]:
    if not wanted:
        return {}
    return dict(work.session.execute(select(code, name).where(code.in_(wanted))).all())


def _check_view(view: str) -> None:
    if view not in VIEWS:
        raise BadInput(f"没有“{view}”这个视图")


def _condition(view: str, actor: Actor, parents: Mapping[str, str | None], now: datetime) -> ColumnElement[bool]:
    """Return which cases stand in a view. A unit's lists follow its own orders, helpers' too."""
    _check_view(view)
    if view == "unfinished":
        return and_(CaseRecord.state == CaseState.DRAFT, CaseRecord.left_at.is_not(None))
    if view == "open":
        return CaseRecord.state.in_(_OPEN)
    if view == "closed":
        return CaseRecord.state.in_(_OVER)
    if view == "late":
        running = CaseRecord.clock_stopped_at.is_(None) & (CaseRecord.clock_due_at < now)
        return and_(CaseRecord.state.in_(_OPEN), running)
    if view in {"to_sign", "handling"} and not actor.has(*scope.CITYWIDE):
        mine = scope.has_order(scope.units_of(actor, parents), view)
        return and_(CaseRecord.state.in_(_OPEN), mine)
    return CaseRecord.state == view


def _matching(q: str | None, actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions of a search. From a unit secret titles are not searched: a hit would tell."""
    words = (q or "").split()
    if not words:
        return []
    if len(words) == 1 and words[0].replace("-", "").isdigit():
        return [CaseRecord.case_no.startswith(words[0], autoescape=True)]
    texts = [CaseRecord.title]
    if not scope.sees_as_unit(actor):
        texts.append(CaseRecord.content)
    text = func.concat_ws(" ", *texts)
    found: list[ColumnElement[bool]] = [text.icontains(word, autoescape=True) for word in words]
    if scope.sees_as_unit(actor):
        found.append(CaseRecord.secrecy == "open")
    return found


def _ordered(wanted: Select[CaseRecord], view: View, cursor: str | None) -> Select[CaseRecord]:
    """Order by the clock, the most pressing first, or newest first; begin after the cursor."""
    if not view.by_clock:
        if cursor:
            wanted = wanted.where(CaseRecord.id < int(_read(cursor)[1]))
        return wanted.order_by(CaseRecord.id.desc())
    due = func.coalesce(CaseRecord.clock_due_at, literal(_NEVER, Instant))
    if cursor:
        at, case_id = _read(cursor)
        after = tuple_(literal(datetime.fromisoformat(at), Instant), literal(case_id))
        wanted = wanted.where(tuple_(due, CaseRecord.id) > after)
    return wanted.order_by(due, CaseRecord.id)


def _cursor(last: CaseRecord, view: View) -> str:
    at = (last.clock_due_at or _NEVER).isoformat()
    return base64.urlsafe_b64encode(json.dumps([at, last.id]).encode()).decode()


def _read(cursor: str) -> tuple[str, int]:
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if datetime.fromisoformat(at).tzinfo is None:
            raise ValueError("naive")
        return at, int(case_id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput("翻页标记无效，请从第一页开始") from error


def _today(work: Work, now: datetime) -> dict[str, int]:
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    answered = CaseRecord.state == CaseState.ANSWERED
    registered, directly = work.session.execute(
        select(func.count(), func.count().filter(answered)).where(
            CaseRecord.registered_at >= midnight, CaseRecord.state.not_in(_NOT_CASES)
        )
    ).one()
    closed = work.session.scalar(
        select(func.count()).where(CaseRecord.closed_at >= midnight, CaseRecord.state == CaseState.CLOSED)
    )
    return {"registered": registered - directly, "answered_directly": directly, "closed": closed or 0}
