"""Words come into the index by a job; what a dead process or an empty Redis forgot is found by the sweep."""

from __future__ import annotations

from core.actor import Actor, Role
from core.clock import now
from dispatch import queries, search, service
from workers.index_words import index_words
from workers.sweep import sweep

AGENT = Actor(person_id=1, name="话务员", roles=frozenset({Role.AGENT}), unit_code="hotline")
FIELDS = {"kind": "complaint", "title": "路灯不亮", "content": "巷子很黑", "category_code": "030301"}
JOB = ("default", "index_words.index_words", {})


def register(app, call_id: int = 1) -> str:
    with app.extensions["database"].begin() as work:
        case = service.open_draft(work, call_id=call_id, actor=AGENT, caller=service.Caller(phone=None), now=now())
        service.change_draft(work, case.id, FIELDS, actor=AGENT, now=now())
        return service.register(work, case.id, actor=AGENT, now=now()).case_no


def found(app) -> list[str]:
    with app.extensions["database"].begin() as work:
        page = queries.listing(work, AGENT, view="all", terms=queries.Terms(words=("路灯",)), now=now())
    return [card["case_no"] for card in page["items"]]


def test_a_registered_case_is_found_by_its_words_as_soon_as_the_job_has_run(app, later, city):
    case_no = register(app)
    assert JOB in later.waiting()
    assert found(app) == []
    with app.app_context():
        index_words()
    assert found(app) == [case_no]


def test_many_cases_put_one_job_that_indexes_them_all(app, later, city):
    made = [register(app, call_id) for call_id in range(1, 4)]
    assert later.waiting().count(JOB) == 1
    with app.app_context():
        index_words()
        index_words()  # a second run finds nothing and changes nothing
    assert found(app) == made[::-1]


def test_a_case_whose_job_was_lost_is_found_by_the_sweep_and_only_then(app, later, city):
    register(app)
    later.forget()
    with app.app_context():
        sweep()
        assert JOB in later.waiting()
        index_words()
        later.forget()
        sweep()
    assert JOB not in later.waiting()


def test_a_draft_is_not_indexed(app, later, city):
    with app.extensions["database"].begin() as work:
        case = service.open_draft(work, call_id=1, actor=AGENT, caller=service.Caller(phone=None), now=now())
        service.change_draft(work, case.id, FIELDS, actor=AGENT, now=now())
        assert not search.any_due(work)
