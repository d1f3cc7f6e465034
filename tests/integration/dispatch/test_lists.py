"""Lists, counts and the board: what is in them, in which order, and for whom."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.actor import Role
from core.errors import BadInput
from dashboard import schemas
from dispatch import queries, service
from dispatch.lifecycle import Action

from .conftest import (
    AGENT,
    CHENGGUAN,
    DISPATCHER,
    LINJIANG,
    MONDAY,
    OTHER_AGENT,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    a_sent_case,
    act,
    person,
)

NOBODY = person(90, "管理员", Role.HANDLER, unit=None)


def numbers(work, actor, view="open", **asked):
    at, cursor = asked.pop("now", MONDAY), asked.pop("cursor", None)
    page = queries.listing(work, actor, view=view, terms=queries.Terms(**asked), cursor=cursor, now=at)
    schemas.CasePage.model_validate(page)
    return [card["case_no"] for card in page["items"]]


@pytest.fixture
def cases(city):
    """One case of each kind of belonging, by name."""
    with city.begin() as work:
        made = {
            "waiting": a_case(work).case_no,
            "qinghu": a_sent_case(work, "qinghu-chengguan").case_no,
            "linjiang": a_sent_case(work, "linjiang-chengguan").case_no,
            "shared": a_sent_case(work, "linjiang-shijian", "qinghu-chengguan").case_no,
        }
        a_draft(work)
    return made


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (DISPATCHER, {"waiting", "qinghu", "linjiang", "shared"}),
        (REVIEWER, {"waiting", "qinghu", "linjiang", "shared"}),
        (SUPERVISOR, {"waiting", "qinghu", "linjiang", "shared"}),
        (AGENT, {"waiting", "qinghu", "linjiang", "shared"}),  # all were opened by this agent
        (OTHER_AGENT, set()),
        (CHENGGUAN, {"qinghu", "shared"}),
        (QINGHU, {"qinghu", "shared"}),  # the district sees what lies below it
        (LINJIANG, {"linjiang"}),
        (NOBODY, set()),
    ],
)
def test_everybody_sees_their_own_and_nothing_else(city, cases, actor, sees):
    with city.begin() as work:
        wanted = {cases[name] for name in sees}
        assert set(numbers(work, actor)) == wanted
        for case_no in cases.values():
            found = set(numbers(work, actor, number=case_no))
            assert found == ({case_no} & wanted)
        counts = {one["view"]: one["count"] for one in queries.view_counts(work, actor, now=MONDAY)["views"]}
        assert counts["open"] == len(wanted)


def test_a_units_lists_follow_its_own_orders(city, cases):
    with city.begin() as work:
        act(work, cases["shared"], Action.SIGN, CHENGGUAN, now=MONDAY)
        assert set(numbers(work, CHENGGUAN, "to_sign")) == {cases["qinghu"]}
        assert set(numbers(work, CHENGGUAN, "handling")) == {cases["shared"]}
        assert cases["shared"] in numbers(work, DISPATCHER, "to_sign")  # the lead has not signed
        views = queries.view_counts(work, CHENGGUAN, now=MONDAY)
    schemas.Views.model_validate(views)
    counts = {one["view"]: one["count"] for one in views["views"] if one["count"]}
    assert counts == {"to_sign": 1, "handling": 1, "open": 2, "all": 2}


def test_late_means_past_the_clock_that_still_runs(city, cases):
    much_later = MONDAY + timedelta(days=30)
    with city.begin() as work:
        assert numbers(work, DISPATCHER, "late") == []
        act(work, cases["qinghu"], Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, cases["qinghu"], Action.REPLY, CHENGGUAN, text="已办", now=MONDAY)
        late = numbers(work, DISPATCHER, "late", now=much_later)
    assert set(late) == {cases["waiting"], cases["linjiang"], cases["shared"]}
    assert late[0] == cases["waiting"]  # due first


@pytest.mark.parametrize("view", ["open", "to_dispatch"])
def test_pages_join_without_gap_or_repetition(city, view):
    with city.begin() as work:
        made = [a_case(work, now=MONDAY + timedelta(minutes=n // 2)).case_no for n in range(7)]
        seen, cursor = [], None
        for _ in range(10):
            page = queries.listing(work, DISPATCHER, view=view, cursor=cursor, now=MONDAY, limit=3)
            assert page["total"] == 7
            seen += [card["case_no"] for card in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert seen == (made if view == "to_dispatch" else made[::-1])


@pytest.mark.parametrize("cursor", ["x", "e30=", "WyJub3ciLCAxXQ==", "WzEsIDJd", "📞"])
def test_a_broken_cursor_is_a_sentence_not_a_crash(city, cursor):
    with city.begin() as work, pytest.raises(BadInput, match="第一页"):
        queries.listing(work, DISPATCHER, view="open", cursor=cursor, now=MONDAY)


def test_an_unknown_view_is_refused(city):
    with city.begin() as work, pytest.raises(BadInput):
        queries.listing(work, DISPATCHER, view="secret", now=MONDAY)


def test_the_board_counts_what_is_open_and_tells_the_last_events(city, cases):
    with city.begin() as work:
        board = queries.board_cases(work, MONDAY)
        events = queries.last_events(work, limit=4)
        shared = queries.find(work, cases["shared"])
        pushed = queries.board_event(work, shared.id, "case_dispatched")
    assert board["open_total"] == 4
    assert {state: count for state, count in board["open_by_state"].items() if count} == {
        "to_dispatch": 1,
        "to_sign": 3,
    }
    assert board["cases_today"]["registered"] == 4
    assert [event["kind"] for event in events] == ["case_dispatched", "case_registered"] * 2
    assert events[0] == pushed  # the same line, pushed or asked for
    schemas.BoardEvent.model_validate(pushed)


def test_nothing_that_presses_is_missing_from_the_board_however_many_cases_are_newer(city):
    later = MONDAY + timedelta(days=30)
    with city.begin() as work:
        late = a_sent_case(work, "qinghu-chengguan").case_no
        waiting = a_case(work).case_no
        stopped = a_sent_case(work, "qinghu-chengguan").case_no
        act(work, stopped, Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, stopped, Action.REPLY, CHENGGUAN, text="已办", now=MONDAY)
        newer = [a_sent_case(work, "linjiang-chengguan", now=later).case_no for _ in range(3)]
        board = queries.board_cases(work, later, limit=2)
        due = queries.find(work, newer[0]).clock_due_at
        soon = later + 0.9 * (due - later)
        nearly = queries.board_cases(work, soon, limit=2)
    assert [card["case_no"] for card in board["cases"]] == newer[:0:-1]
    assert [card["case_no"] for card in board["pressing"]] == [waiting, late, *newer]
    assert (board["limit"], board["open_total"]) == (2, 6)

    def loads(found):
        return {one["code"]: (one["open"], one["late"], one["soon"]) for one in found["open_by_unit"]}

    assert loads(board) == {"qinghu-chengguan": (2, 1, 0), "linjiang-chengguan": (3, 0, 0)}
    assert loads(nearly) == {"qinghu-chengguan": (2, 1, 0), "linjiang-chengguan": (3, 0, 3)}
    for one in board["open_by_unit"]:
        assert schemas.UnitLoad.model_validate(one).name != one["code"]


def test_a_pushed_draft_names_neither_person_nor_place(city):
    said = {"caller_name": "王小明", "contact_phone": "13800002222", "place": "阳光小区3号楼"}
    with city.begin() as work:
        draft = a_draft(work)
        first = queries.draft_news(work, draft.id)
        service.change_draft(work, draft.id, {"title": "别的"}, actor=AGENT, now=MONDAY)
        titled = queries.draft_news(work, draft.id)
        service.change_draft(work, draft.id, said, actor=AGENT, now=MONDAY)
        pushed = queries.draft_news(work, draft.id)
        clear = queries.draft_for_call(work, draft.call_id, clear=True)
        masked = queries.draft_for_call(work, draft.call_id, clear=False)
    for secret in (*said.values(), '湖滨菜市场门口"'):
        assert secret not in json.dumps(pushed, ensure_ascii=False)
    assert "place" not in first["suggestion"]
    assert titled["seal"] == first["seal"] != pushed["seal"] == clear["seal"]
    schemas.Draft.model_validate(clear)
    schemas.Draft.model_validate(masked)
    assert {name: clear["form"][name] for name in said} == said
    assert {name: masked["form"][name] for name in said} == {
        "caller_name": "某",
        "contact_phone": "138****2222",
        "place": "***",
    }
    assert masked["suggestion"]["place"] is None


def test_the_news_of_a_case_is_its_card_and_its_rooms(city, cases):
    with city.begin() as work:
        case = queries.find(work, cases["shared"])
        news = queries.news(work, case.id)
        assert news.card == queries.card(work, case.case_no)
        draft = a_draft(work)
        assert queries.news(work, draft.id).rooms == ()
    assert {"board", "unit:linjiang-shijian", "unit:qinghu-chengguan", "unit:qinghu"} <= set(news.rooms)


def test_the_sweep_finds_cases_that_nobody_judged(city, cases):
    with city.begin() as work:
        waiting = queries.find(work, cases["waiting"])
        assert queries.not_judged(work, MONDAY + timedelta(minutes=1)) == [waiting.id]
        assert queries.not_judged(work, MONDAY) == []
        service.route(work, waiting.id, now=MONDAY)
        assert queries.not_judged(work, MONDAY + timedelta(minutes=1)) == []


def test_a_page_offers_exactly_what_is_allowed(city, cases):
    def offered(work, actor):
        detail = queries.detail(work, cases["shared"], actor, now=MONDAY)
        schemas.CaseDetail.model_validate(detail | {"words": []})
        return {(one["action"], one["order_no"]) for one in detail["actions"]}

    beside = {("merge", None), ("recall", None), ("urge", None), ("set_secrecy", None), ("recuse", None)}
    with city.begin() as work:
        helper = f"{cases['shared']}-2"
        assert offered(work, CHENGGUAN) == {("sign", helper), ("return", helper), ("note", None)}
        assert offered(work, DISPATCHER) == {("note", None)} | beside
        act(work, cases["shared"], Action.SIGN, CHENGGUAN, now=MONDAY)
        assert offered(work, CHENGGUAN) == {("reply", helper), ("contact", helper), ("note", None)}


def test_similar_cases_stay_within_the_scope(city):
    with city.begin() as work:
        ours = a_sent_case(work, "qinghu-chengguan")
        theirs = a_sent_case(work, "linjiang-chengguan")
        both = queries.detail(work, ours.case_no, DISPATCHER, now=MONDAY)["similar"]
        own = queries.detail(work, ours.case_no, CHENGGUAN, now=MONDAY)["similar"]
    assert [one["case_no"] for one in both] == [theirs.case_no]
    assert own == []


def test_a_page_costs_the_same_number_of_statements_however_long_it_is(city):
    from sqlalchemy import event

    counted = []
    event.listen(city.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    with city.begin() as work:
        for _ in range(2):
            a_sent_case(work)
    with city.begin() as work:
        queries.listing(work, DISPATCHER, view="open", now=MONDAY)  # reads the city's names, for this process
    costs = []
    for more in (0, 12):
        with city.begin() as work:
            for _ in range(more):
                a_sent_case(work)
        with city.begin() as work:
            before = len(counted)
            queries.listing(work, DISPATCHER, view="open", now=MONDAY)
            costs.append(len(counted) - before)
    assert costs[0] == costs[1] <= 9
