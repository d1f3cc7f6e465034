"""Search: words of the city, places that no index shows, people by their exact number; and what is never told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.config import ROOT
from core.errors import WrongRole
from core.people import DisclosureRecord
from dispatch import queries, search
from dispatch.lifecycle import Action
from dispatch.search.lexemes import query, vector
from nlp.search_words import asked, city_cutter, indexed

from .conftest import (
    AGENT,
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    MONDAY,
    OTHER_AGENT,
    PHONE,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    a_sent_case,
    act,
)

CITY = ROOT / "city" / "practice"


def index(work):
    cutter = city_cutter(CITY)
    found = search.due(work, limit=100)
    search.index(work, found, lambda said: indexed(cutter, said), now=MONDAY)
    return len(found)


def numbers(work, actor, *, view="all", now=MONDAY, **typed):
    terms = {name: asked(city_cutter(CITY), said) if name.endswith("words") else said for name, said in typed.items()}
    page = queries.listing(work, actor, view=view, terms=queries.Terms(**terms), now=now)
    return [card["case_no"] for card in page["items"]]


@pytest.fixture
def three(city):
    """A case about stalls, one about street lamps that names stalls in its text, one about a lift."""
    with city.begin() as work:
        made = {
            "stalls": a_case(work).case_no,
            "lamps": a_case(
                work, fields={"title": "路灯不亮", "content": "巷子里路灯坏了，旁边还有流动摊贩"}
            ).case_no,
            "lift": a_case(work, fields={"title": "电梯困人", "content": "9号楼电梯停运三天"}).case_no,
        }
        a_draft(work)
        assert index(work) == 3
    return made


def test_words_of_two_characters_are_found_and_all_must_stand(city, three):
    with city.begin() as work:
        assert numbers(work, DISPATCHER, words="路灯") == [three["lamps"]]
        assert numbers(work, DISPATCHER, words="电梯 停运") == [three["lift"]]
        assert numbers(work, DISPATCHER, words="电梯 路灯") == []
        assert numbers(work, DISPATCHER, words="电梯停运三天") == [three["lift"]]


def test_a_word_of_the_title_goes_before_a_newer_case_that_has_it_in_the_text(city, three):
    with city.begin() as work:
        assert numbers(work, DISPATCHER, words="流动摊贩") == [three["stalls"], three["lamps"]]


def test_the_citys_own_names_are_words_and_unknown_names_are_found_by_their_characters(city):
    with city.begin() as work:
        known = a_case(work, fields={"title": "观澜华庭物业不作为"}).case_no
        unknown = a_case(work, fields={"title": "犇鑫烤鱼店油烟扰民"}).case_no
        index(work)
        assert numbers(work, DISPATCHER, words="观澜华庭") == [known]
        assert numbers(work, DISPATCHER, words="犇鑫烤鱼") == [unknown]


def test_ranked_pages_join_without_gap_or_repetition(city):
    with city.begin() as work:
        made = [a_case(work, fields={"title": "噪音扰民" if n % 2 else "夜里施工"}).case_no for n in range(7)]
        for case_no in made:
            queries.find(work, case_no).content = "施工噪音"
        work.session.flush()
        index(work)
        seen, cursor = [], None
        for _ in range(10):
            terms = queries.Terms(words=("噪音",))
            page = queries.listing(work, DISPATCHER, view="all", terms=terms, cursor=cursor, now=MONDAY, limit=2)
            seen += [card["case_no"] for card in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert seen == [*made[1::2][::-1], *made[0::2][::-1]]


def test_a_changed_text_is_found_again_and_an_unchanged_case_is_not_indexed_twice(city, three):
    with city.begin() as work:
        case = queries.find(work, three["lift"])
        act(work, case, Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan")
        assert index(work) == 0
        case.title = "扶梯停运"
        work.session.flush()
        assert search.any_due(work)
        assert index(work) == 1
        assert numbers(work, DISPATCHER, words="扶梯") == [three["lift"]]


def test_a_place_is_found_by_its_words_and_cannot_be_read_from_the_index(city):
    with city.begin() as work:
        here = a_case(work, fields={"place": "观澜华庭3号楼2单元501室"}).case_no
        a_case(work, fields={"place": "青湖公园北门"})
        index(work)
        assert numbers(work, DISPATCHER, place_words="观澜华庭 501") == [here]
        stored = work.session.scalars(text("SELECT places::text FROM case_words")).all()
    assert len(stored) == 2
    for row in stored:
        assert not any(word in row for word in ("观澜", "501", "青湖", "单元"))


def test_a_unit_finds_its_own_cases_and_never_a_secret_one_by_words_or_place(city):
    with city.begin() as work:
        own = a_sent_case(work, "qinghu-chengguan").case_no
        a_sent_case(work, "linjiang-chengguan")
        secret = a_case(work, fields={"secrecy": "hidden_from_unit"})
        act(work, secret, Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan")
        index(work)
        assert numbers(work, CHENGGUAN, words="摊贩") == [own]
        assert numbers(work, CHENGGUAN, place_words="菜市场") == [own]
        assert secret.case_no in numbers(work, CHENGGUAN)  # the list itself shows it, without its words
        assert secret.case_no in numbers(work, DISPATCHER, words="摊贩")


def test_a_number_or_its_beginning_is_found_within_the_scope(city, three):
    with city.begin() as work:
        assert numbers(work, DISPATCHER, number=three["lift"], view="received") == [three["lift"]]
        assert set(numbers(work, DISPATCHER, number=three["lift"][:8])) == set(three.values())
        assert numbers(work, CHENGGUAN, number=three["lift"]) == []


@pytest.mark.parametrize("searcher", [AGENT, OTHER_AGENT, DISPATCHER, REVIEWER, CALLBACK, SUPERVISOR])
def test_the_centre_finds_a_person_by_the_exact_number_and_every_search_is_written_down(city, three, searcher):
    with city.begin() as work:
        found = queries.cases_of_phone(work, PHONE, actor=searcher, purpose="核实重复来电", now=MONDAY)
        nothing = queries.cases_of_phone(work, PHONE[:-1] + "2", actor=searcher, purpose="核实重复来电", now=MONDAY)
        work.session.flush()
        rows = work.session.scalars(select(DisclosureRecord).order_by(DisclosureRecord.id)).all()
    assert {ref["case_no"] for ref in found["items"]} == set(three.values())
    assert nothing["items"] == []
    assert [(row.person_id, row.subject, row.fields, row.purpose) for row in rows] == [
        (searcher.person_id, "person_search", ["phone"], "核实重复来电")
    ] * 2
    assert not any(PHONE[3:] in row.subject_id for row in rows)


@pytest.mark.parametrize("other", [CHENGGUAN, LEADER])
def test_units_and_leaders_do_not_look_for_people(city, three, other):
    with city.begin() as work, pytest.raises(WrongRole):
        queries.cases_of_phone(work, PHONE, actor=other, purpose="看看", now=MONDAY)


def test_who_wished_to_stay_anonymous_is_found_by_nobody_but_a_supervisor(city):
    with city.begin() as work:
        case = a_case(work, fields={"secrecy": "anonymous"}).case_no
        asked_by = {"purpose": "核实", "now": MONDAY}
        assert queries.cases_of_phone(work, PHONE, actor=DISPATCHER, **asked_by)["items"] == []
        found = queries.cases_of_phone(work, PHONE, actor=SUPERVISOR, **asked_by)["items"]
    assert [ref["case_no"] for ref in found] == [case]


def test_two_jobs_at_once_share_the_work_and_one_that_dies_loses_nothing(city):
    with city.begin() as work:
        for _ in range(4):
            a_case(work)
    with city.begin() as first, city.begin() as second:
        mine = {one.case_id for one in search.due(first, limit=3)}
        others = {one.case_id for one in search.due(second, limit=3)}
    assert (len(mine), len(others)) == (3, 1)
    assert not mine & others
    with city.begin() as work:
        assert index(work) == 4  # neither had written anything


@pytest.mark.parametrize("word", ["'", "\\", "a'b\\", "&|!():*", "<->", "100%"])
def test_any_text_is_a_word_and_none_is_an_operator(database, word):
    with database.begin() as work:
        fits = text("SELECT CAST(:kept AS tsvector) @@ CAST(:asked AS tsquery)")
        found = work.session.scalar(fits, {"kept": vector([[word], ["其他"]]), "asked": query([word, "其他"])})
        other = work.session.scalar(fits, {"kept": vector([["别的"]]), "asked": query([word])})
    assert (found, other) == (True, False)


def test_filters_narrow_a_list_and_join_with_words(city, three):
    with city.begin() as work:
        act(work, three["lift"], Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan")
        act(work, three["lamps"], Action.DISPATCH, DISPATCHER, unit="linjiang-chengguan")
        act(work, three["lift"], Action.URGE, DISPATCHER, text="请快些")
        tomorrow = MONDAY.date() + timedelta(days=1)
        narrowed = {
            "unit": numbers(work, DISPATCHER, unit="qinghu"),
            "states": numbers(work, DISPATCHER, states=("to_dispatch", "handling")),
            "category": set(numbers(work, DISPATCHER, category="0303")),
            "elsewhere": numbers(work, DISPATCHER, area="990103"),
            "city": set(numbers(work, DISPATCHER, area="990100")),
            "urged": numbers(work, DISPATCHER, flags=("urged",)),
            "kind": numbers(work, DISPATCHER, kind="suggestion"),
            "late": set(numbers(work, DISPATCHER, clock="late", now=MONDAY + timedelta(days=40))),
            "day": set(numbers(work, DISPATCHER, registered_from=MONDAY.date(), registered_to=MONDAY.date())),
            "tomorrow": numbers(work, DISPATCHER, registered_from=tomorrow),
            "words": numbers(work, DISPATCHER, unit="linjiang", words="摊贩"),
        }
    assert narrowed == {
        "unit": [three["lift"]],
        "states": [three["stalls"]],
        "category": set(three.values()),
        "elsewhere": [],
        "city": set(three.values()),
        "urged": [three["lift"]],
        "kind": [],
        "late": set(three.values()),
        "day": set(three.values()),
        "tomorrow": [],
        "words": [three["lamps"]],
    }
