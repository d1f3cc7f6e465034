"""The matrix once more through the real services: a real case in every state, each action, one of every role."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from sqlalchemy import Connection, select, text

from core.actor import Actor, Role
from core.config import ROOT
from core.db import Base, Database, Work
from core.errors import HotlineError
from core.events import Bus
from dispatch import queries, rules, scope, service
from dispatch.city import load_city
from dispatch.lifecycle import PUBLIC_ACTIONS, Action, CaseState
from dispatch.records import TimelineRecord
from tests.unit.dispatch.test_lifecycle import EXPECTED

from .scenes import BUILD, CASES, FIRST_OF_STATE, LEAD, PEOPLE, Built, given_for, to_dispatch

STATE_OF = {scene: state for state, found in CASES.items() for scene in found}
ACTIONS = [action for action in Action if action in PUBLIC_ACTIONS]
# Somebody who may do everything: what refuses them is the state, not the role.
EVERYBODY = Actor(
    person_id=99, name="身兼数职", roles=frozenset(Role) - {Role.CITIZEN, Role.SYSTEM, Role.CHIEF}, unit_code=LEAD
)
# A draft is finished by a use case of its own, with the form.
_FINISHED = {Action.REGISTER, Action.ANSWER, Action.DISCARD}


def in_table(scene: str, action: Action) -> bool:
    return (STATE_OF[scene], action.value) in EXPECTED


CELLS = [
    *(
        (scene, action, who)
        for scene in FIRST_OF_STATE.values()
        for action in ACTIONS
        for who in PEOPLE
        if in_table(scene, action)
    ),
    *(
        (scene, action, "everybody")
        for scene in FIRST_OF_STATE.values()
        for action in ACTIONS
        if not in_table(scene, action)
    ),
    # A second circumstance of a state changes what conditions say; the roles have been refused in the first.
    *(
        (scene, action, who)
        for scene in BUILD
        if scene not in FIRST_OF_STATE.values()
        for action in ACTIONS
        if in_table(scene, action)
        for who, actor in PEOPLE.items()
        if EXPECTED[STATE_OF[scene], action.value].by & actor.roles
    ),
]


class Inside(Database):
    """The database seen from inside one transaction: what it commits is a savepoint, and can be taken back."""

    def __init__(self, connection: Connection) -> None:
        self.engine = connection  # type: ignore[assignment]
        self._bus = Bus()


@dataclass(kw_only=True)
class Outcome:
    """What became of a try: the refusal, or the new lines of the story, the state and the leads' orders."""

    refused: HotlineError | None = None
    story: list[TimelineRecord] = field(default_factory=list)
    state: str | None = None
    leads: set[str] = field(default_factory=set)

    @property
    def moves(self) -> list[tuple[str | None, str]]:
        """Where the story says that the case went."""
        return [(entry.from_state, entry.to_state) for entry in self.story if entry.to_state is not None]


@dataclass(kw_only=True)
class World:
    """Every scene's case in one open transaction, and what everybody is offered on it."""

    connection: Connection
    city: Inside
    built: dict[str, Built]
    offered: dict[tuple[str, str], frozenset[str]]
    rows: str

    def try_out(self, scene: str, action: Action, actor: Actor) -> Outcome:
        """Take an action, look what became of it, and take it back. Any error that is no refusal goes through.

        What was refused is not taken back: the last test finds the smallest trace of it.
        """
        built, before = self.built[scene], self.newest()
        outer = self.connection.begin_nested()
        try:
            with self.city.begin() as work:
                _ask(work, built, action, actor)
        except HotlineError as error:
            outer.commit()
            return Outcome(refused=error)
        try:
            with self.city.begin() as work:
                case = queries.find(work, built.case.id)
                told = select(TimelineRecord).where(TimelineRecord.case_id == case.id, TimelineRecord.id > before)
                story = list(work.session.scalars(told.order_by(TimelineRecord.id)))
                leads = {order.order_no for order in case.orders if order.leads}
                return Outcome(story=story, state=case.state, leads=leads)
        finally:
            outer.rollback()

    def newest(self) -> int:
        return self.connection.execute(text("SELECT max(id) FROM case_timeline")).scalar_one()

    def fingerprint(self) -> str:
        return self.connection.execute(text(_fingerprint_sql(_TABLES))).scalar_one()


_TABLES: list[str] = []


def _fingerprint_sql(tables: list[str]) -> str:
    parts = [
        f"SELECT '{name}' || count(*) || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS said "
        f'FROM "{name}" AS t'
        for name in tables
    ]
    return f"SELECT md5(string_agg(said, '')) FROM ({' UNION ALL '.join(parts)}) AS parts"


@pytest.fixture(scope="module")
def world(postgres_url: str, migrated_template: str) -> Iterator[World]:
    """Build every scene once, in a database of this module's own."""
    name = f"matrix_{os.getpid()}"
    admin = postgres_url.replace(f"/{migrated_template}", "/postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    database = Database(postgres_url.replace(f"/{migrated_template}", f"/{name}"), Bus())
    with database.begin() as work:
        load_city(work, ROOT / "city" / "practice")
        static = {table for table in _all_tables(work) if _count(work, table)}
    built = {}
    for scene, build in BUILD.items():
        with database.begin() as work:
            built[scene] = build(work)
            other = to_dispatch(work)
            built[scene].more["into"] = other.case.case_no
    with database.begin() as work:
        offered = {
            (scene, who): _offered(work, one, actor)
            for scene, one in built.items()
            for who, actor in {**PEOPLE, "everybody": EVERYBODY}.items()
        }
        _TABLES[:] = [table for table in _all_tables(work) if table not in static]
    connection = database.engine.connect()
    transaction = connection.begin()
    found = World(connection=connection, city=Inside(connection), built=built, offered=offered, rows="")
    found.rows = found.fingerprint()
    yield found
    transaction.rollback()
    connection.close()
    database.dispose()
    with psycopg.connect(admin, autocommit=True) as admin_connection:
        admin_connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _all_tables(work: Work) -> list[str]:
    known = work.session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
    return sorted(set(known) & set(Base.metadata.tables))


def _count(work: Work, table: str) -> int:
    return work.session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()


def _offered(work: Work, built: Built, actor: Actor) -> frozenset[str]:
    case = queries.find(work, built.case.id)
    if not scope.sees(case, actor, rules.parents(work)):
        return frozenset()
    return frozenset(one["action"] for one in queries.actions(work, case, actor, now=built.now))


def _ask(work: Work, built: Built, action: Action, actor: Actor) -> None:
    """Ask as the API does: a draft by its own use case, all else by the one door."""
    given = given_for(built, action, actor)
    if built.case.stage is CaseState.DRAFT and action in _FINISHED:
        fields = {"answer": given["text"]} if action is Action.ANSWER else {}
        service.finish_draft(
            work, built.case.case_no, action, actor=actor, fields=fields, reason=given["reason"], now=built.now
        )
        return
    service.act(work, built.case.case_no, action, actor=actor, given=service.Given(**given), now=built.now)


def test_every_scene_stands_in_its_state(world):
    with world.city.begin() as work:
        stands = {scene: queries.find(work, one.case.id).state for scene, one in world.built.items()}
    assert stands == STATE_OF
    assert set(CASES) == set(CaseState)
    assert set().union(*(actor.roles for actor in PEOPLE.values())) == set(Role)


@pytest.mark.parametrize(("scene", "action", "who"), CELLS, ids=[f"{s}-{a.value}-{w}" for s, a, w in CELLS])
def test_what_happens_is_what_the_table_says_and_what_the_page_offers(world, scene, action, who):
    actor = PEOPLE.get(who, EVERYBODY)
    state, offered = STATE_OF[scene], action.value in world.offered[scene, who]
    expected = EXPECTED.get((state, action.value))
    became = world.try_out(scene, action, actor)
    if became.refused is not None:
        assert str(became.refused)
        assert not offered, f"offered, but: {type(became.refused).__name__} {became.refused}"
        return
    assert offered, "taken, but the page does not offer it"
    own = [entry for entry in became.story if entry.action == action]
    assert own, "taken, and the story says nothing of it"
    chain = list(itertools.pairwise([(None, state), *became.moves]))
    assert all(before[1] == after[0] for before, after in chain), "the story has a gap"
    assert became.state == (chain[-1][1][1] if chain else state)
    if own[0].order_no is not None and own[0].order_no not in became.leads:
        return  # the small life of a helper's or sub-unit's order; test_hands.py
    assert expected is not None, "taken from a state in which the table does not know it"
    assert expected.by & actor.roles, "taken by somebody who may not"
    if action is not Action.NOTE:  # a remark moves nothing, not even the version
        assert (state, expected.to) in became.moves


WAY = [key for key, one in EXPECTED.items() if key[0] not in {None, one.to} and Action(key[1]) in PUBLIC_ACTIONS]
# The centre alone takes these, inside another action: an incident's child follows, a recused lead loses the case.
INSIDE = {key for key in WAY if EXPECTED[key].by == {Role.SYSTEM}}


@pytest.mark.parametrize("key", sorted(set(WAY) - INSIDE), ids="-".join)
def test_every_public_step_of_the_way_is_offered_to_somebody_who_then_takes_it(world, key):
    state, action = key
    takers = [
        (scene, actor)
        for scene, (who, actor) in itertools.product(CASES[state], PEOPLE.items())
        if action in world.offered[scene, who]
    ]
    assert takers
    assert world.try_out(*(takers[0][0], Action(action), takers[0][1])).refused is None


def test_every_action_beside_the_way_is_taken_somewhere(world):
    for action in {Action(name) for _, name in EXPECTED} & PUBLIC_ACTIONS:
        assert any(action.value in offered for offered in world.offered.values()), action


def test_after_all_that_was_refused_not_one_row_has_changed(world):
    assert world.fingerprint() == world.rows
