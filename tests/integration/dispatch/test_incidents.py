"""Incidents: many complainants, one matter; each keeps a promise, an answer, a callback of their own."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from core.db import Database
from core.errors import BadInput, HotlineError, Refused, Stale
from dispatch import incidents, queries, service
from dispatch.incidents import alike
from dispatch.lifecycle import LIVE_ORDERS, OPEN_STATES, Action, CaseState
from dispatch.records import CaseRecord, TimelineRecord

from .conftest import (
    AGENT,
    CALLBACK,
    CHENGGUAN,
    DISPATCHER,
    LEADER,
    MONDAY,
    QINGHU,
    REVIEWER,
    SUPERVISOR,
    a_case,
    a_sent_case,
    act,
)

OTHER = "+8613800002222"
TUESDAY = MONDAY + timedelta(days=1)


def a_report(work, number: int = 0, *, phone: str | None = None, now: datetime = MONDAY, **fields) -> CaseRecord:
    """A registered case of another person about the same matter."""
    return a_case(work, phone=phone or f"+861380000{3000 + number}", now=now, fields=fields or None)


def merged(work, *children: CaseRecord, into: CaseRecord, now: datetime = MONDAY) -> None:
    for child in children:
        act(work, child, Action.MERGE, DISPATCHER, into=into.case_no, now=now)


def an_incident(work, size: int = 2) -> tuple[CaseRecord, list[CaseRecord]]:
    """A head that 青湖城管 handles, and its children."""
    head = a_sent_case(work)
    act(work, head, Action.SIGN, CHENGGUAN)
    children = [a_report(work, number) for number in range(size)]
    merged(work, *children, into=head)
    return head, children


def answered(work, head: CaseRecord, now: datetime = TUESDAY, how: str = "内部办理情况") -> None:
    act(work, head, Action.REPLY, CHENGGUAN, text=how, public_reply="摊贩已清理", now=now)
    act(work, head, Action.PASS, REVIEWER, now=now)


def story(work, case: CaseRecord) -> list[TimelineRecord]:
    wanted = select(TimelineRecord).where(TimelineRecord.case_id == case.id).order_by(TimelineRecord.id)
    return list(work.session.scalars(wanted))


def check_incidents(work) -> None:
    """What holds of every incident at every moment."""
    cases = {case.id: case for case in work.session.scalars(select(CaseRecord))}
    sizes = Counter(case.merged_into for case in cases.values() if case.merged_into is not None)
    for case in cases.values():
        assert case.incident_size == sizes.get(case.id, 0)
        if case.merged_into is not None:
            head = cases[case.merged_into]
            assert head.merged_into is None  # no child points to a child
            assert case.incident_size == 0
            if head.stage not in OPEN_STATES or head.stage in {CaseState.TO_CALL_BACK, CaseState.CALL_BACK_AGAIN}:
                assert case.stage is not CaseState.MERGED  # nobody waits for an answer that was given
        if case.stage is CaseState.MERGED:
            assert case.merged_into is not None
            assert case.promise_due_at is not None
            assert case.lead_unit == cases[case.merged_into].lead_unit
            assert not [order for order in case.orders if order.stage in LIVE_ORDERS]
        if case.stage in {CaseState.CLOSED, CaseState.TO_CALL_BACK}:
            assert case.reply
        if case.stage is CaseState.CLOSED and case.call_back_wanted:
            assert [one for one in story(work, case) if one.action in {"rate", "close_unrated"}]
    assert len({case.case_no for case in cases.values()}) == len(cases)


def test_a_child_follows_the_head_and_keeps_its_own_promise(city):
    with city.begin() as work:
        head = a_sent_case(work)
        child = a_sent_case(work, now=TUESDAY)
        promised = child.promise_due_at
        act(work, child, Action.MERGE, DISPATCHER, into=head.case_no, now=TUESDAY)
        assert (child.state, child.merged_into, child.lead_unit) == ("merged", head.id, "qinghu-chengguan")
        assert (child.promise_due_at, head.incident_size) == (promised, 1)
        assert [order.state for order in child.orders] == ["done"]
        assert head.case_no in story(work, child)[-1].note
        assert child.case_no in story(work, head)[-1].note
        assert story(work, child)[-1].facts["into"] == head.case_no
        check_incidents(work)


def test_a_child_that_was_never_sent_is_promised_a_day_from_the_merge(city):
    with city.begin() as work:
        head = a_sent_case(work)
        child = a_report(work)
        merged(work, child, into=head, now=TUESDAY)
        assert child.promise_started_at == TUESDAY
        promised = child.promise_due_at
        act(work, child, Action.UNMERGE, DISPATCHER, reason="另一处", now=TUESDAY)
        act(work, child, Action.DISPATCH, DISPATCHER, unit="qinghu-chengguan", now=TUESDAY + timedelta(days=2))
        assert child.promise_due_at == promised


def test_a_repeated_caller_gets_no_new_timer_and_the_story_says_so(city):
    with city.begin() as work:
        head = a_sent_case(work)
        again = a_case(work, now=TUESDAY)  # from the same number
        merged(work, again, into=head, now=TUESDAY)
        assert (again.promise_started_at, again.promise_due_at) == (MONDAY, head.promise_due_at)
        assert "不另计时" in story(work, again)[-1].note
        assert story(work, again)[-1].facts["same_person"]


def test_every_complainant_gets_the_answer_and_is_called_back_and_rated_apart(city):
    with city.begin() as work:
        head, (first, second) = an_incident(work)
        second.call_back_wanted = False
        answered(work, head)
        assert (head.state, first.state, second.state) == ("to_call_back", "to_call_back", "closed")
        assert (first.reply, second.reply) == ("摊贩已清理", "摊贩已清理")
        assert first.orders[-1].unit_code == "qinghu-chengguan"
        assert first.orders[-1].order_no.startswith(first.case_no)
        assert first.orders[-1].contacted_at is None  # nobody has called this complainant yet
        assert second.closed_at == TUESDAY
        act(work, first, Action.RATE, CALLBACK, grade=4, contacted=True, solved="solved", now=TUESDAY)
        assert (first.state, first.grade, head.state, head.grade) == ("closed", 4, "to_call_back", None)
        act(work, head, Action.RATE, CALLBACK, grade=5, contacted=True, solved="solved", now=TUESDAY)
        check_incidents(work)
        assert [one.action for one in story(work, first)][-3:] == ["reply", "follow", "rate"]


def test_a_head_that_closes_without_a_callback_sends_the_others_to_theirs(city):
    with city.begin() as work:
        head, (child, _) = an_incident(work)
        head.call_back_wanted = False
        act(work, head, Action.REPLY, CHENGGUAN, text="已清理", now=TUESDAY)
        act(work, head, Action.CLOSE, REVIEWER, now=TUESDAY)
        assert (head.state, child.state, child.reply) == ("closed", "to_call_back", "已清理")
        check_incidents(work)


def test_a_childs_redo_is_its_own_matter_with_the_heads_unit(city):
    with city.begin() as work:
        head, (child, other) = an_incident(work)
        answered(work, head)
        act(work, child, Action.REDO, CALLBACK, grade=1, reason="又摆出来了", reasonable=True, now=TUESDAY)
        assert (child.state, child.merged_into, child.lead_unit) == ("redo", None, "qinghu-chengguan")
        assert (head.state, head.incident_size, other.merged_into) == ("to_call_back", 1, head.id)
        act(work, child, Action.REPLY, CHENGGUAN, text="再次清理并设岗", now=TUESDAY)
        assert (child.state, head.state) == ("to_review", "to_call_back")
        check_incidents(work)


def test_sending_back_and_the_heads_own_redo_leave_the_others_alone(city):
    with city.begin() as work:
        head, (child, _) = an_incident(work)
        act(work, head, Action.REPLY, CHENGGUAN, text="已清理", now=TUESDAY)
        act(work, head, Action.SEND_BACK, REVIEWER, reason="不实", now=TUESDAY)
        assert child.state == "merged"
        answered(work, head)
        act(work, head, Action.REDO, CALLBACK, grade=1, reason="没有解决", reasonable=True, now=TUESDAY)
        assert (head.state, child.state) == ("redo", "to_call_back")
        late = a_report(work, 9)
        merged(work, late, into=head, now=TUESDAY)
        answered(work, head, now=TUESDAY + timedelta(hours=1), how="增派人员定点值守")
        assert (late.state, head.incident_size) == ("to_call_back", 3)
        check_incidents(work)


def test_the_oldest_child_takes_the_place_of_a_head_that_is_withdrawn(city):
    with city.begin() as work:
        head, (first, second) = an_incident(work)
        promised = first.promise_due_at
        act(work, head, Action.WITHDRAW, AGENT, reason="诉求人撤回", now=TUESDAY)
        assert (head.state, head.incident_size) == ("withdrawn", 0)
        assert (first.state, first.merged_into, first.incident_size) == ("to_dispatch", None, 1)
        assert (second.state, second.merged_into) == ("merged", first.id)
        assert first.promise_due_at == promised
        assert first.case_no in story(work, second)[-1].note
        check_incidents(work)


def test_a_child_that_is_withdrawn_leaves_the_others(city):
    with city.begin() as work:
        head, (first, _) = an_incident(work)
        act(work, first, Action.WITHDRAW, SUPERVISOR, reason="已自行解决", now=TUESDAY)
        assert (first.state, first.merged_into, head.incident_size) == ("withdrawn", None, 1)
        check_incidents(work)


def test_a_new_lead_of_the_head_leads_the_children_too(city):
    with city.begin() as work:
        head, child = a_sent_case(work), a_report(work)
        merged(work, child, into=head)
        act(work, head, Action.RECALL, DISPATCHER, reason="另派")
        assert child.lead_unit is None
        act(work, head, Action.DISPATCH, DISPATCHER, unit="qinghu-shijian")
        assert child.lead_unit == "qinghu-shijian"
        check_incidents(work)


def test_the_machine_that_sends_the_head_takes_the_children_along(city):
    with city.begin() as work:
        head, child = a_case(work), a_report(work)
        merged(work, child, into=head)
        service.route(work, head.id, now=MONDAY)
        assert (head.state, child.lead_unit) == ("to_sign", head.lead_unit)
        check_incidents(work)


def test_a_unit_that_must_keep_out_never_gets_a_child(city):
    with city.begin() as work:
        head, child = a_sent_case(work), a_report(work)
        child.recused = ["qinghu-shijian"]
        merged(work, child, into=head)
        act(work, head, Action.RECALL, DISPATCHER, reason="另派")
        act(work, head, Action.DISPATCH, DISPATCHER, unit="qinghu-shijian")
        assert (child.state, child.merged_into, head.incident_size) == ("to_dispatch", None, 0)
        with pytest.raises(Refused, match="回避"):
            merged(work, child, into=head)
        check_incidents(work)


def test_a_child_that_becomes_secret_does_not_stay_with_the_others(city):
    with city.begin() as work:
        head, (child, _) = an_incident(work)
        act(work, child, Action.SET_SECRECY, DISPATCHER, secrecy="hidden_from_unit", reason="怕报复")
        assert (child.state, child.merged_into, head.incident_size) == ("to_dispatch", None, 1)
        check_incidents(work)


def test_what_may_not_be_merged_is_refused_with_a_sentence(city):
    with city.begin() as work:
        head, (child, _) = an_incident(work)
        report = a_report(work, 7, kind="report")
        other = a_report(work, 8)
        for case, into, error, sentence in (
            (other, "20261123-999999-1", BadInput, "没有编号"),
            (other, other.case_no, Refused, "并入自己"),
            (other, child.case_no, Refused, f"请并入主件 {head.case_no}"),
            (report, head.case_no, Refused, "举报件"),
            (other, report.case_no, Refused, "不能作为主件"),
            (head, other.case_no, Refused, "已是并单主件"),
            (child, other.case_no, Refused, "不能并单"),
        ):
            with pytest.raises(error, match=sentence):
                act(work, case, Action.MERGE, DISPATCHER, into=into)
        answered(work, head)
        with pytest.raises(Refused, match="不能再并入"):
            merged(work, other, into=head)
        check_incidents(work)


def test_a_case_on_the_ledger_that_is_merged_ends_its_pause(city):
    with city.begin() as work:
        head, case = a_sent_case(work), a_sent_case(work)
        act(work, case, Action.SIGN, CHENGGUAN)
        act(
            work,
            case,
            Action.ASK_LEDGER,
            CHENGGUAN,
            code="season",
            text="待春",
            until=(MONDAY + timedelta(days=30)).date(),
        )
        act(work, case, Action.ENTER_LEDGER, LEADER)
        merged(work, case, into=head, now=TUESDAY)
        assert case.clock_stopped_at is None
        open_pauses = work.session.scalar(text("SELECT count(*) FROM case_pause WHERE ends IS NULL"))
        assert open_pauses == 0


def test_likely_duplicates_are_found_with_their_reasons_and_strangers_are_not(city):
    with city.begin() as work:
        case = a_case(work)
        again = a_case(work, now=TUESDAY)
        neighbour = a_report(work, 1)
        elsewhere = a_report(work, 2, category_code="070101", title="自来水停水", area_code="990103")
        found = incidents.duplicates(work, case.case_no, DISPATCHER, now=TUESDAY)
        numbers = [one["case"]["case_no"] for one in found]
        assert numbers == [again.case_no, neighbour.case_no]
        assert elsewhere.case_no not in numbers
        codes = {reason["code"] for reason in found[0]["reasons"]}
        assert {"same_person", "same_class", "same_area", "title"} <= codes
        assert found[0]["refusal"] is None
        # Closed ones count, too: who was answered asks again.
        act(work, again, Action.WITHDRAW, SUPERVISOR, reason="试", now=TUESDAY)
        found = incidents.duplicates(work, case.case_no, DISPATCHER, now=TUESDAY)
        assert [one["open"] for one in found if one["case"]["case_no"] == again.case_no] == [False]
        assert incidents.duplicates(work, case.case_no, DISPATCHER, now=TUESDAY + timedelta(days=90))
        assert len(incidents.duplicates(work, case.case_no, AGENT, now=TUESDAY)) == len(found)


def test_candidates_cost_the_same_statements_at_ten_and_at_a_thousand_cases(city, count_statements):
    with city.begin() as work:
        number = a_case(work).case_no
        for place in range(3):
            a_report(work, place)
    with city.begin() as work, count_statements(work) as few:
        shown = len(incidents.duplicates(work, number, DISPATCHER, now=MONDAY))
    with city.begin() as work:
        work.session.execute(
            text(
                "INSERT INTO hotline_case (case_no, version, state, state_since, channel, created_at, title,"
                " category_code, area_code, urgency, secrecy, touched, changed_at, round)"
                " SELECT 'X' || n, 1, 'closed', created_at, channel, created_at, '别的事' || n, category_code,"
                " area_code, urgency, secrecy, touched, changed_at, 0"
                " FROM hotline_case, generate_series(1, 1000) AS n"
                " WHERE case_no = :number"
            ),
            {"number": number},
        )
    with city.begin() as work, count_statements(work) as many:
        incidents.duplicates(work, number, DISPATCHER, now=MONDAY)
    assert shown == 3
    assert len(many) <= len(few)


def test_candidates_follow_their_indexes_and_never_read_the_whole_table(city):
    with city.begin() as work:
        case = a_case(work, fields={"place": "湖滨菜市场门口"})
        work.session.execute(
            text(
                "INSERT INTO hotline_case (case_no, version, state, state_since, channel, created_at, title,"
                " category_code, area_code, caller_fingerprint, place_fingerprint, urgency, secrecy, touched,"
                " changed_at, round)"
                " SELECT 'Y' || n, 1, 'closed', created_at, channel, created_at, '别的事' || n,"
                " CASE n % 50 WHEN 0 THEN category_code ELSE 'C' || n % 50 END,"
                " CASE n % 20 WHEN 0 THEN area_code ELSE 'A' || n % 20 END, 'F' || n % 9000, 'P' || n % 9000,"
                " urgency, secrecy, touched, changed_at, 0 FROM hotline_case, generate_series(1, 20000) AS n"
                " WHERE case_no = :number"
            ),
            {"number": case.case_no},
        )
        work.session.execute(text("ANALYZE hotline_case"))
        probes = [*alike.by_person(case), *alike.by_place(case), *alike.by_class(work, case)]
        assert len(probes) == 3
        for probe in probes:
            compiled = probe.compile(work.session.connection(), compile_kwargs={"literal_binds": True})
            plan = "\n".join(work.session.scalars(text(f"EXPLAIN {compiled}".replace(":", "\\:"))))
            assert "Seq Scan on hotline_case" not in plan, plan
            assert "ix_hotline_case_" in plan


@pytest.fixture
def count_statements():
    from contextlib import contextmanager

    from sqlalchemy import event

    @contextmanager
    def counting(work):
        seen: list[str] = []
        connection = work.session.connection()

        def note(_conn, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        yield seen
        event.remove(connection, "before_cursor_execute", note)

    return counting


def at_once(city: Database, acts: list) -> list[object]:
    barrier = threading.Barrier(len(acts))
    became: list[object] = [None] * len(acts)

    def run(place: int, one) -> None:
        barrier.wait()
        try:
            with city.begin() as work:
                one(work)
            became[place] = "done"
        except HotlineError as error:
            became[place] = type(error)
        except Exception as error:  # anything else would be a 500
            became[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return became


def merge_into(number: str, into: str):
    return lambda work: act(work, number, Action.MERGE, DISPATCHER, into=into, now=MONDAY)


@pytest.mark.parametrize("seed", range(3))
def test_twenty_who_merge_crosswise_never_wait_for_each_other_for_ever(city, seed):
    dice = random.Random(seed)
    with city.begin() as work:
        numbers = [a_report(work, place).case_no for place in range(6)]
    acts = [merge_into(*dice.sample(numbers, 2)) for _ in range(20)]
    became = at_once(city, acts)
    assert all(one == "done" or one in {Refused, Stale} for one in became), became
    assert "done" in became
    with city.begin() as work:
        check_incidents(work)
        merges = work.session.scalar(
            select(func.count()).where(TimelineRecord.action == "merge", TimelineRecord.to_state == "merged")
        )
        assert merges == became.count("done")


@pytest.mark.parametrize("seed", range(3))
def test_merging_unmerging_and_answering_at_once_lose_nobody(city, seed):
    dice = random.Random(seed)
    with city.begin() as work:
        head, children = an_incident(work, 4)
        act(work, head, Action.REPLY, CHENGGUAN, text="已清理")
        late = [a_report(work, place).case_no for place in range(10, 14)]
        number, known = head.case_no, [child.case_no for child in children]
    acts = [
        *(merge_into(one, number) for one in late),
        *(lambda work, one=one: act(work, one, Action.UNMERGE, DISPATCHER, reason="另一处") for one in known[:2]),
        lambda work: act(work, number, Action.PASS, REVIEWER),
        lambda work: act(work, number, Action.WITHDRAW, SUPERVISOR, reason="撤"),
        lambda work: act(work, known[3], Action.WITHDRAW, SUPERVISOR, reason="撤"),
        merge_into(late[0], late[1]),
        merge_into(late[1], late[0]),
    ]
    dice.shuffle(acts)
    became = at_once(city, acts)
    assert all(one == "done" or one in {Refused, Stale} for one in became), became
    with city.begin() as work:
        check_incidents(work)


def a_try(dice: random.Random, work, cases: list[CaseRecord], now: datetime) -> None:
    case, other = dice.choice(cases), dice.choice(cases)
    tries = {
        "merge": lambda: act(work, case, Action.MERGE, DISPATCHER, into=other.case_no, now=now),
        "unmerge": lambda: act(work, case, Action.UNMERGE, SUPERVISOR, reason="另一处", now=now),
        "dispatch": lambda: act(work, case, Action.DISPATCH, DISPATCHER, unit="qinghu", now=now),
        "sign": lambda: act(work, case, Action.SIGN, QINGHU, now=now),
        "reply": lambda: act(work, case, Action.REPLY, QINGHU, text=f"已办 {now:%H%M%S}", now=now),
        "delegate": lambda: act(work, case, Action.DELEGATE, QINGHU, units=("qinghu-gongan",), text="核查", now=now),
        "gather": lambda: act(work, case, Action.GATHER, QINGHU, now=now),
        "pass": lambda: act(work, case, Action.PASS, REVIEWER, now=now),
        "close": lambda: act(work, case, Action.CLOSE, REVIEWER, now=now),
        "rate": lambda: act(work, case, Action.RATE, CALLBACK, grade=5, solved="solved", contacted=True, now=now),
        "redo": lambda: act(work, case, Action.REDO, CALLBACK, grade=1, reason="没有", reasonable=True, now=now),
        "recall": lambda: act(work, case, Action.RECALL, DISPATCHER, reason="另派", now=now),
        "withdraw": lambda: act(work, case, Action.WITHDRAW, SUPERVISOR, reason="撤", now=now),
        "split": lambda: act(work, case, Action.SPLIT, SUPERVISOR, title="其二", text="其二", now=now),
        "reopen": lambda: act(work, case, Action.REOPEN, SUPERVISOR, reason="新情况", now=now),
    }
    often = ["merge", "merge", "dispatch", "sign", "reply", "pass", "rate"]
    tries[dice.choice([*tries, *often, *often])]()


@pytest.mark.parametrize("seed", range(6))
def test_no_history_of_an_incident_loses_a_complainant(city, seed):
    dice, now = random.Random(seed), MONDAY
    with city.begin() as work:
        for number in range(6):
            a_report(work, number).call_back_wanted = number != 3
    before: dict[int, int] = {}
    for _ in range(120):
        now += timedelta(minutes=dice.choice([1, 5, 60]))
        with city.begin() as work:
            ids = list(work.session.scalars(select(CaseRecord.id)))
            cases = [queries.find(work, case_id) for case_id in dice.sample(ids, min(len(ids), 5))]
        try:
            with city.begin() as work:
                a_try(dice, work, cases, now)
        except HotlineError:
            pass  # refused, with a sentence; anything else fails the test
        with city.begin() as work:
            check_incidents(work)
            lines = select(TimelineRecord.case_id, func.count()).group_by(TimelineRecord.case_id)
            lengths = dict(work.session.execute(lines).all())
            assert all(lengths.get(case_id, 0) >= length for case_id, length in before.items())
            before = lengths
