"""A case goes its whole way on PostgreSQL, and what each step leaves behind."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.actor import SYSTEM
from core.clock import CITY_ZONE
from core.config import ROOT
from core.errors import BadInput, NotFound, Refused, WrongRole
from core.people import DisclosureRecord
from core.sealed import fingerprint
from dashboard import schemas
from dispatch import events, numbering, queries, service
from dispatch.city import CityFileError, load_city
from dispatch.lifecycle import Action
from dispatch.records import CaseRecord, TimelineRecord
from dispatch.rules import DutyRecord, PackRecord

from .conftest import (
    AGENT,
    CHENGGUAN,
    DISPATCHER,
    LINJIANG,
    MONDAY,
    PHONE,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_draft,
    a_sent_case,
    a_suggestion,
    act,
    category,
    return_order,
)


def story(work, case) -> list[str]:
    entries = select(TimelineRecord.action).where(TimelineRecord.case_id == case.id)
    return list(work.session.scalars(entries.order_by(TimelineRecord.id)))


def test_a_call_becomes_a_closed_case(city, bus):
    heard = []
    for kind in (
        events.DraftOpened,
        events.DraftChanged,
        events.CaseRegistered,
        events.CaseDispatched,
        events.OrderSigned,
        events.OrderReplied,
        events.CaseClosed,
    ):
        bus.on(kind, lambda event: heard.append((type(event).__name__, event.version)))
    with city.begin() as work:
        case = a_case(work)
        case_id, case_no = case.id, case.case_no
    with city.begin() as work:
        service.route(work, case_id, now=MONDAY + timedelta(minutes=1))
    with city.begin() as work:
        assert queries.card(work, case_id)["lead"]["code"] == "qinghu-chengguan"
        act(work, case_no, Action.SIGN, CHENGGUAN, now=MONDAY + timedelta(hours=1))
    with city.begin() as work:
        act(work, case_no, Action.REPLY, CHENGGUAN, text="已清理", now=MONDAY + timedelta(hours=2))
    with city.begin() as work:
        # The number is known and it is a complaint: the citizen is asked before anything is closed.
        with pytest.raises(Refused, match="回访"):
            act(work, case_no, Action.CLOSE, REVIEWER, now=MONDAY + timedelta(hours=3))
        queries.find(work, case_no).call_back_wanted = False
        case = act(work, case_no, Action.CLOSE, REVIEWER, now=MONDAY + timedelta(hours=3))
        assert story(work, case) == ["open", "register", "dispatch", "sign", "reply", "close"]
        card = queries.card(work, case_id)
    assert card["state"] == "closed"
    assert card["clock"]["stopped_at"] is not None
    assert numbering.is_valid(case_no)
    names = [name for name, _ in heard]
    assert names == [
        "DraftOpened",
        "DraftChanged",
        "CaseRegistered",
        "CaseDispatched",
        "OrderSigned",
        "OrderReplied",
        "CaseClosed",
    ]
    versions = [version for _, version in heard]
    assert versions == sorted(set(versions))  # every change is newer than the one before
    schemas.CaseCard.model_validate(card)


def test_the_clock_starts_at_dispatch_and_signing_does_not_move_it(city):
    with city.begin() as work:
        case = a_sent_case(work)
        due = case.orders[0].due_at
        # Five working days after Monday the 23rd: the next Monday at closing time.
        assert due == datetime(2026, 11, 30, 17, 30, tzinfo=CITY_ZONE)
        act(work, case.case_no, Action.SIGN, CHENGGUAN, now=MONDAY + timedelta(days=2))
        assert case.orders[0].due_at == due
        assert len(case.orders[0].due_segments) == 5


def test_a_case_that_runs_into_an_unannounced_year_says_so_in_its_story(city):
    with city.begin() as work:
        case = a_sent_case(work, now=datetime(2026, 12, 31, 10, tzinfo=CITY_ZONE))
        notes = select(TimelineRecord.note).where(TimelineRecord.case_id == case.id, TimelineRecord.action == "note")
        assert "2027" in (work.session.scalar(notes) or "")


def test_a_suggestion_never_moves_what_a_person_typed(city):
    with city.begin() as work:
        case = a_draft(work)
        service.change_draft(work, case.id, {"title": "摊贩扰民"}, actor=AGENT, now=MONDAY)
        again = a_suggestion(title={"value": "别的标题", "share": 0.9, "reason": ""}, people_affected=40)
        service.apply_suggestion(work, case.id, again, now=MONDAY)
        draft = queries.draft_for_call(work, case.call_id, clear=True)
    schemas.Draft.model_validate(draft)
    assert draft["form"]["title"] == "摊贩扰民"
    assert draft["form"]["people_affected"] == 40
    assert draft["suggestion"]["revision"] == 2
    assert draft["suggestion"]["title"]["value"] == "别的标题"
    assert draft["touched"] == ["title"]


def test_the_same_suggestion_twice_is_no_news(city):
    with city.begin() as work:
        case = a_draft(work)
        version = case.version
        service.apply_suggestion(work, case.id, a_suggestion(), now=MONDAY, content="门口有很多流动摊贩")
        assert (case.version, case.suggestion["revision"]) == (version, 1)


def test_a_draft_proposes_units_from_the_list_and_follows_a_corrected_class(city):
    with city.begin() as work:
        case = a_draft(work)
        assert case.unit_code == "qinghu-chengguan"
        service.change_draft(work, case.id, {"category_code": "070101"}, actor=AGENT, now=MONDAY)
        assert case.unit_code == "gongshui"
        assert case.suggestion["units"][0]["duty_no"] == "ZZ0101"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"colour": "red"}, "没有“colour”"),
        ({"category_code": "999999"}, "事项分类"),
        ({"unit_code": "nobody"}, "单位"),
    ],
)
def test_a_draft_refuses_unknown_fields_and_codes(city, fields, sentence):
    with city.begin() as work:
        case = a_draft(work)
        with pytest.raises(BadInput, match=sentence):
            service.change_draft(work, case.id, fields, actor=AGENT, now=MONDAY)


def test_one_call_has_one_draft(city):
    with city.begin() as work:
        first = service.open_draft(work, call_id=77, actor=AGENT, caller=service.Caller(phone=None), now=MONDAY)
    with city.begin() as work:
        again = service.open_draft(work, call_id=77, actor=AGENT, caller=service.Caller(phone=None), now=MONDAY)
        assert again.case_no == first.case_no


def test_a_consultation_is_answered_on_the_line_only_with_an_answer(city):
    with city.begin() as work:
        case = a_draft(work)
        with pytest.raises(BadInput, match="请填写内容"):
            service.answer_directly(work, case.id, actor=AGENT, now=MONDAY)
        service.change_draft(work, case.id, {"answer": "工作日九点到五点"}, actor=AGENT, now=MONDAY)
        service.answer_directly(work, case.id, actor=AGENT, now=MONDAY)
        assert queries.board_cases(work, MONDAY)["cases_today"] == {
            "registered": 0,
            "answered_directly": 1,
            "closed": 0,
        }


def test_the_system_puts_away_only_drafts_that_nobody_wrote_in(city):
    with city.begin() as work:
        empty, written = a_draft(work), a_draft(work)
        service.change_draft(work, written.id, {"title": "有事"}, actor=AGENT, now=MONDAY)
        service.discard_draft(work, empty.id, actor=SYSTEM, now=MONDAY, reason="没有诉求")
        service.discard_draft(work, empty.id, actor=SYSTEM, now=MONDAY, reason="没有诉求")  # may run twice
        assert empty.state == "discarded"
        with pytest.raises(Refused):
            service.discard_draft(work, written.id, actor=SYSTEM, now=MONDAY, reason="没有诉求")


def test_a_doubtful_class_waits_for_a_person_with_the_three_best_units(city):
    with city.begin() as work:
        case = a_case(work, categories=[category("030301", 0.5), category("070101", 0.3, "停水")])
        service.route(work, case.id, now=MONDAY)
        service.route(work, case.id, now=MONDAY)  # judged once
        assert case.state == "to_dispatch"
        assert "50%" in case.routing["reason"]
        assert len(case.routing["candidates"]) == 3
        assert story(work, case).count("route") == 1
        schemas.Routing.model_validate(case.routing)


def test_a_departments_duty_is_never_given_to_a_street(city):
    with city.begin() as work:
        case = a_case(work)
        assert queries.card(work, case.id)["category"]["code"] == "030301"
        with pytest.raises(Refused, match="部门职责"):
            act(work, case.case_no, Action.DISPATCH, DISPATCHER, unit="qinghu-hubin", now=MONDAY)


@pytest.mark.parametrize("unit", ["city", "nobody", None])
def test_only_a_unit_that_takes_orders_can_be_given_one(city, unit):
    with city.begin() as work:
        case = a_case(work)
        with pytest.raises(BadInput):
            act(work, case.case_no, Action.DISPATCH, DISPATCHER, unit=unit, now=MONDAY)


def test_a_returned_case_goes_back_to_a_person_and_the_promise_stands(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-chengguan", "qinghu-shijian")
        promised = case.clock_due_at
        later = MONDAY + timedelta(hours=1)
        return_order(work, case.case_no, CHENGGUAN, reason="不属本局", now=later, to="qinghu-shijian")
        assert case.state == "return_review"
        act(work, case.case_no, Action.GRANT_RETURN, DISPATCHER, now=later)
        assert [order.state for order in case.orders] == ["returned", "done"]
        assert (case.state, case.lead_unit) == ("to_dispatch", None)
        service.route(work, case.id, now=later)
        act(work, case.case_no, Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan", now=later + timedelta(days=1))
        assert case.clock_due_at == promised
        assert case.round == 2
        assert [order.order_no for order in case.orders] == [f"{case.case_no}-{n}" for n in (1, 2, 3)]
        with pytest.raises(Refused, match="已退过一次"):
            return_order(work, case.case_no, CHENGGUAN, reason="仍不属", now=later, to="qinghu-shijian")


def test_a_return_comes_within_its_window_with_reason_basis_and_the_right_unit(city):
    with city.begin() as work:
        case = a_sent_case(work)

        def give_back(**changes):
            return return_order(work, case.case_no, CHENGGUAN, **({"to": "qinghu-shijian"} | changes))

        with pytest.raises(BadInput, match="原因代码"):
            give_back(code="  ")
        with pytest.raises(BadInput, match="依据"):
            give_back(basis=None)
        with pytest.raises(BadInput, match="没有这个退单原因"):
            give_back(code="dislike")
        for unit in ("", "qinghu-chengguan", "nobody"):
            with pytest.raises(BadInput, match="哪个单位"):
                give_back(to=unit)
        with pytest.raises(Refused, match="退单时限"):
            give_back(now=MONDAY + timedelta(hours=5))
        assert case.state == "to_sign"


def test_a_helper_has_an_order_of_its_own_beside_the_leads(city):
    with city.begin() as work:
        case = a_sent_case(work, "qinghu-shijian", "qinghu-chengguan")
        act(work, case.case_no, Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, case.case_no, Action.REPLY, CHENGGUAN, text="已协助", now=MONDAY)
        lead, helper = case.orders
        assert (lead.state, helper.state, case.state) == ("to_sign", "replied", "to_sign")
        assert case.reply is None


def test_a_poor_reply_is_sent_back_and_wins_no_time(city):
    with city.begin() as work:
        case = a_sent_case(work)
        due = case.orders[0].due_at
        act(work, case.case_no, Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, case.case_no, Action.REPLY, CHENGGUAN, text="已阅", now=MONDAY)
        with pytest.raises(BadInput, match="原因"):
            act(work, case.case_no, Action.SEND_BACK, REVIEWER, reason="", now=MONDAY)
        act(work, case.case_no, Action.SEND_BACK, REVIEWER, reason="没有联系群众", now=MONDAY)
        assert (case.state, case.orders[0].state, case.orders[0].due_at) == ("handling", "handling", due)
        assert case.orders[0].stopped_at is None
        act(work, case.case_no, Action.REPLY, CHENGGUAN, text="已联系并清理", now=MONDAY)
        assert case.reply == "已联系并清理"


def test_a_stranger_unit_can_do_nothing_and_learns_nothing(city):
    with city.begin() as work:
        case = a_sent_case(work)
        for attempt in (
            lambda: act(work, case.case_no, Action.SIGN, LINJIANG, version=99, now=MONDAY),
            lambda: act(work, case.case_no, Action.REPLY, LINJIANG, text="x", now=MONDAY),
            lambda: queries.detail(work, case.case_no, LINJIANG, now=MONDAY),
            lambda: service.reveal(work, case.case_no, actor=LINJIANG, purpose="看看", now=MONDAY),
        ):
            with pytest.raises(NotFound):
                attempt()
        act(work, case.case_no, Action.SIGN, CHENGGUAN, now=MONDAY)
        act(work, case.case_no, Action.REPLY, CHENGGUAN, text="已清理", now=MONDAY)
        with pytest.raises(WrongRole):
            act(work, case.case_no, Action.CLOSE, CHENGGUAN, now=MONDAY)


def test_every_look_at_a_person_is_written_down(city):
    with city.begin() as work:
        case = a_sent_case(work)
        shown = service.reveal(work, case.case_no, actor=QINGHU, purpose="联系核实", now=MONDAY)
        seen = work.session.scalars(select(DisclosureRecord)).all()
    assert shown["phone"] == PHONE
    assert [(one.person_id, one.subject_id, one.purpose) for one in seen] == [
        (QINGHU.person_id, case.case_no, "联系核实")
    ]
    assert seen[0].fields == ["phone", "address"]


def test_a_secret_case_hides_person_and_place_from_units(city):
    fields = {"secrecy": "hidden_from_unit", "caller_name": "王小明", "content": "王小明家楼下，13800001111"}
    with city.begin() as work:
        case = a_case(work, fields=fields)
        act(work, case.case_no, Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan", now=MONDAY)
        seen = queries.detail(work, case.case_no, CHENGGUAN, now=MONDAY)
        whole = queries.detail(work, case.case_no, DISPATCHER, now=MONDAY)
        with pytest.raises(WrongRole, match="保密"):
            service.reveal(work, case.case_no, actor=CHENGGUAN, purpose="联系", now=MONDAY)
    for told in ("王小明", "13800001111", "湖滨菜市场", PHONE[-4:]):
        assert told not in str(seen)
    assert whole["place"] == "湖滨菜市场门口"
    assert whole["caller_masked"] == "138****1111"


def test_an_anonymous_caller_is_shown_to_a_supervisor_only(city):
    with city.begin() as work:
        case = a_case(work, fields={"secrecy": "anonymous"})
        with pytest.raises(WrongRole):
            service.reveal(work, case.case_no, actor=DISPATCHER, purpose="核实", now=MONDAY)
        assert service.reveal(work, case.case_no, actor=SUPERVISOR, purpose="核实", now=MONDAY)["phone"] == PHONE
        assert queries.contact(work, case.id).phone is None


def test_personal_fields_stand_sealed_in_the_table(city):
    with city.begin() as work:
        a_case(work, fields={"caller_name": "王小明", "contact_phone": "+8613800002222"})
        row = work.session.execute(
            text("SELECT caller_phone, caller_name, contact_phone, place FROM hotline_case")
        ).one()
    for stored in row:
        assert stored.startswith("gAAAA")


def test_earlier_cases_are_found_by_number_without_reading_it(city):
    with city.begin() as work:
        first = a_case(work)
        draft = a_draft(work)
        a_case(work, phone="+8613800009999")
        found = queries.history_for_caller(work, fingerprint(PHONE), except_call=draft.call_id)
        assert [one["case_no"] for one in found] == [first.case_no]
        assert queries.history_for_caller(work, None) == []
    schemas.CaseCardRef.model_validate(found[0])


@pytest.mark.parametrize(
    "statement",
    ["UPDATE case_timeline SET note = 'x'", "DELETE FROM case_timeline", "TRUNCATE case_timeline"],
)
def test_history_cannot_be_rewritten(city, statement):
    with city.begin() as work:
        a_case(work)
    with pytest.raises(DBAPIError, match="append-only"), city.begin() as work:
        work.session.execute(text(statement))


def test_loading_the_city_twice_changes_nothing(city):
    with city.begin() as work:
        assert load_city(work, ROOT / "city" / "practice") == []
        assert len(work.session.scalars(select(DutyRecord)).all()) >= 150
        packs = work.session.scalars(select(PackRecord)).all()
        assert (len(packs), [pack.name for pack in packs if pack.active]) == (7, ["default"])


def test_a_bad_line_is_named_and_nothing_of_the_file_is_loaded(city, tmp_path):
    practice = tmp_path / "practice"
    practice.mkdir()
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "default.json").write_bytes((ROOT / "city/packs/default.json").read_bytes())
    for file in (ROOT / "city" / "practice").glob("*.csv"):
        (practice / file.name).write_bytes(file.read_bytes())
    duties = practice / "duties.csv"
    lines = duties.read_text(encoding="utf-8").splitlines()
    duties.write_text("\n".join([*lines[:5], lines[5].replace("2026-01-01", "soon"), *lines[6:]]), encoding="utf-8")
    with pytest.raises(CityFileError, match=r"duties\.csv, line 6"), city.begin() as work:
        load_city(work, practice)
    with city.begin() as work:
        assert work.session.scalar(select(DutyRecord.duty_no).where(DutyRecord.duty_no == "ZZ0005"))


def test_what_becomes_of_a_practice_call_can_be_asked(city):
    with city.begin() as work:
        case = a_case(work)
        service.route(work, case.id, now=MONDAY)
        outcome = queries.practice_outcome(work, case.call_id)
        assert queries.practice_outcome(work, 10_000) is None
    assert outcome["unit"] == "青湖区城市管理局"
    assert outcome["case_state"] == "to_sign"
    assert outcome["routed_at"] == MONDAY


def test_titles_show_no_person_and_no_number(city):
    with city.begin() as work:
        case = a_case(work, fields={"title": "王女士反映13800001111扰民", "caller_name": "王丽"})
        card = queries.card(work, case.id)
    assert card["title"] == "某女士反映***扰民"


def test_a_remark_moves_nothing(city):
    with city.begin() as work:
        case = a_sent_case(work)
        version = case.version
        act(work, case.case_no, Action.NOTE, CHENGGUAN, text="正在前往", now=MONDAY)
        assert case.version == version
        assert story(work, case)[-1] == "note"
        with pytest.raises(BadInput):
            act(work, case.case_no, Action.NOTE, CHENGGUAN, text=" ", now=MONDAY)


def test_case_rows_exist_once(city):
    with city.begin() as work:
        numbers = [a_case(work).case_no for _ in range(3)]
        assert numbers == sorted(set(numbers))
        assert set(work.session.scalars(select(CaseRecord.case_no))) == set(numbers)


@pytest.mark.parametrize(("fields", "secrecy"), [({}, "hidden_from_unit"), ({"secrecy": "open"}, "open")])
def test_a_report_of_wrongdoing_is_secret_unless_the_desk_says_otherwise(city, fields, secrecy):
    with city.begin() as work:
        assert a_case(work, fields={"kind": "report"} | fields).secrecy == secrecy
