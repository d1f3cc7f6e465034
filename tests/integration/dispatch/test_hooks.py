"""Webhooks on a real database and a real receiver: nothing lost, nothing sent by two, nothing for ever."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from core.actor import Role
from core.clock import now
from core.db import Database
from core.errors import NotFound, Refused, WrongRole
from dispatch import hooks
from dispatch.hooks.deliveries import AT_ONCE, KEPT, LEASE, PAUSES
from dispatch.hooks.wire import Outcome, Problem
from dispatch.outbox import DeliveryRecord, SubscriptionRecord, write_down
from dispatch.records import CaseRecord
from tests.integration.dispatch.conftest import (
    CHENGGUAN,
    DISPATCHER,
    PHONE,
    a_case,
    a_draft,
    a_sent_case,
    act,
    person,
)
from tests.integration.dispatch.receiver import Receiver, start

ADMIN = person(9, "管理员", Role.ADMINISTRATOR)
LOCAL = hooks.Policy(practice=True)
DAYS = timedelta(days=3)
NOBODY = "http://127.0.0.1:9/"
DEFAULT = ("dispatch", "note")


@pytest.fixture
def open_receiver() -> Iterator[Callable[..., Receiver]]:
    opened = []

    def one(answer: int | str = 200) -> Receiver:
        receiver = Receiver(answer=answer)
        opened.append((receiver, start(receiver)))
        return receiver

    yield one
    for receiver, server in opened:
        receiver.over.set()
        server.shutdown()
        server.server_close()


def subscribe(city: Database, address: str, *actions: str) -> tuple[int, str]:
    to = hooks.allow(address, LOCAL)
    with city.begin() as work:
        made, secret = hooks.subscribe(work, actor=ADMIN, name="市局", to=to, actions=actions or DEFAULT, now=now())
        return made.id, secret


def news(city: Database, case: CaseRecord, action: str = "dispatch", times: int = 1) -> None:
    with city.begin() as work:
        for _ in range(times):
            write_down(work, work.session.get_one(CaseRecord, case.id), action, now())


def a_case_of(city: Database) -> CaseRecord:
    with city.begin() as work:
        return a_case(work, fields={"place": "临湖路9号3栋", "caller_name": "王小明"})


def deliver(city: Database, at: datetime) -> list[Outcome]:
    with city.begin() as work:
        parcels = hooks.claim(work, at)
    sent = hooks.send_all(parcels, LOCAL, at=now())
    for parcel, outcome in sent:
        with city.begin() as work:
            hooks.record(work, parcel, outcome, pause_after=DAYS, now=at)
    return [outcome for _, outcome in sent]


def states(city: Database) -> Counter[str]:
    with city.begin() as work:
        return Counter(work.session.scalars(select(DeliveryRecord.state)))


def test_the_news_arrives_signed_and_holds_nothing_of_the_person(city, open_receiver):
    receiver = open_receiver()
    _, secret = subscribe(city, receiver.url)
    case = a_case_of(city)
    news(city, case)
    assert [one.problem for one in deliver(city, now())] == [None]
    assert receiver.verified(secret)
    assert not receiver.verified("hook_another")
    body = receiver.came[0][1].decode()
    said = json.loads(body)
    assert (said["action"], said["case"]["case_no"], said["case"]["version"]) == (
        "dispatch",
        case.case_no,
        case.version,
    )
    assert said["event_id"] == receiver.event_ids()[0]
    assert not [secret for secret in (PHONE, PHONE[3:], "王小明", "临湖路9号") if secret in body]
    assert states(city) == {"delivered": 1}


def test_every_step_of_a_case_is_told_as_it_is_taken(city):
    subscribe(city, NOBODY, "register", "dispatch", "sign")
    with city.begin() as work:
        act(work, a_sent_case(work), "sign", CHENGGUAN)
    with city.begin() as work:
        told = work.session.execute(select(DeliveryRecord.action, DeliveryRecord.case_version, DeliveryRecord.body))
        rows = sorted((version, action, body["case"]["state"]) for action, version, body in told)
    assert [(action, state) for _, action, state in rows] == [
        ("register", "to_dispatch"),
        ("dispatch", "to_sign"),
        ("sign", "handling"),
    ]


def test_what_did_not_happen_is_not_told(city):
    subscribe(city, NOBODY)
    case = a_case_of(city)
    with pytest.raises(ZeroDivisionError), city.begin() as work:
        assert write_down(work, work.session.get_one(CaseRecord, case.id), "dispatch", now()) / 0
    assert states(city) == {}


def test_without_a_subscription_a_fact_costs_one_statement(city):
    case = a_case_of(city)
    said: list[str] = []
    with city.begin() as work:
        found = work.session.get_one(CaseRecord, case.id)
        event.listen(city.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        assert write_down(work, found, "dispatch", now()) == 0
    assert len(said) == 1


def test_only_what_was_asked_for_is_told_and_never_a_draft(city):
    subscribe(city, NOBODY, "close")
    case = a_case_of(city)
    news(city, case, "dispatch")
    assert states(city) == {}
    news(city, case, "close")
    assert states(city) == {"waiting": 1}
    with city.begin() as work:
        assert write_down(work, a_draft(work), "close", now()) == 0


def test_the_version_told_is_the_one_after_the_fact(city):
    subscribe(city, NOBODY)
    case = a_case_of(city)
    with city.begin() as work:
        found = work.session.get_one(CaseRecord, case.id)
        found.changed_at = now()
        write_down(work, found, "note", now())
    with city.begin() as work:
        told = work.session.scalars(select(DeliveryRecord.case_version)).one()
        assert told == work.session.get_one(CaseRecord, case.id).version == case.version + 1


def test_a_failing_receiver_is_tried_with_growing_patience_and_then_given_up(city, open_receiver):
    receiver = open_receiver(500)
    hook_id, _ = subscribe(city, receiver.url)
    news(city, a_case_of(city))
    at = now()
    for pause in PAUSES:
        assert [one.problem for one in deliver(city, at)] == [Problem.STATUS]
        assert deliver(city, at + pause - timedelta(seconds=1)) == []
        at += pause
    assert [one.answer_code for one in deliver(city, at)] == [500]
    assert states(city) == {"given_up": 1}
    assert deliver(city, at + timedelta(days=2)) == []
    assert len(set(receiver.event_ids())) == 1
    assert len(receiver.came) == 6
    with city.begin() as work:
        page = hooks.listed(work, hook_id, actor=ADMIN)
        tries = page.attempts[page.deliveries[0].id]
    assert [(one.answer_code, one.problem) for one in tries] == [(500, "status")] * 6


def test_one_that_hangs_one_that_drips_and_one_that_drops_do_not_hold_up_the_others(city, open_receiver):
    answers = ("hang", "drip", "drop", 302, 200)
    receivers = [open_receiver(answer) for answer in answers]
    for receiver in receivers:
        subscribe(city, receiver.url)
    subscribe(city, NOBODY)
    news(city, a_case_of(city))
    problems = [one.problem for one in deliver(city, now())]
    assert problems == [
        Problem.TIMEOUT,
        Problem.TIMEOUT,
        Problem.BROKEN,
        Problem.STATUS,
        None,
        Problem.UNREACHABLE,
    ]
    assert [len(receiver.came) for receiver in receivers] == [1] * 5, "no redirect is followed"
    assert states(city) == {"waiting": 5, "delivered": 1}


def test_two_workers_at_once_never_hold_the_same_delivery(city):
    subscribe(city, NOBODY)
    news(city, a_case_of(city), times=40)
    held: list[int] = []
    ready = threading.Barrier(8)

    def one_worker() -> None:
        ready.wait()
        while True:
            with city.begin() as work:
                parcels = hooks.claim(work, now())
            if not parcels:
                return
            held.extend(parcel.delivery_id for parcel in parcels)

    workers = [threading.Thread(target=one_worker) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert set(Counter(held).values()) == {1}
    # A worker that found the rest locked by others has gone home early; what it left is still there for the next.
    while True:
        with city.begin() as work:
            left = hooks.claim(work, now())
        held.extend(parcel.delivery_id for parcel in left)
        if not left:
            break
    assert len(held) == len(set(held)) == 40


def test_one_dead_address_takes_only_its_share_of_a_turn(city):
    for _ in range(3):
        subscribe(city, NOBODY)
    case = a_case_of(city)
    news(city, case, times=10)
    with city.begin() as work:
        shares = Counter(parcel.subscription_id for parcel in hooks.claim(work, now()))
    assert set(shares.values()) == {AT_ONCE}
    assert len(shares) == 3


def test_a_worker_that_was_killed_leaves_its_delivery_to_others_after_the_lease(city, open_receiver):
    receiver = open_receiver()
    subscribe(city, receiver.url)
    news(city, a_case_of(city))
    at = now()
    with city.begin() as work:
        (lost,) = hooks.claim(work, at)
    assert deliver(city, at + LEASE - timedelta(seconds=1)) == []
    assert [one.problem for one in deliver(city, at + LEASE)] == [None]
    # The dead one was only slow: what it says now changes nothing.
    with city.begin() as work:
        late = Outcome(took_ms=60_000, problem=Problem.TIMEOUT)
        hooks.record(work, lost, late, pause_after=DAYS, now=at + LEASE)
    assert states(city) == {"delivered": 1}


def test_an_address_that_leads_inside_by_now_is_refused_at_delivery(city, open_receiver):
    receiver = open_receiver()
    subscribe(city, receiver.url)
    news(city, a_case_of(city))
    with city.begin() as work:
        parcels = hooks.claim(work, now())
    ((_, outcome),) = hooks.send_all(parcels, hooks.Policy(), at=now())
    assert outcome.problem is Problem.ADDRESS
    assert receiver.came == []


def test_after_days_of_failure_a_subscription_rests_and_loses_nothing(city, open_receiver):
    receiver = open_receiver(503)
    hook_id, _ = subscribe(city, receiver.url)
    case = a_case_of(city)
    news(city, case)
    at = now()
    deliver(city, at)
    news(city, case)
    deliver(city, at + DAYS)
    with city.begin() as work:
        found = work.session.get_one(SubscriptionRecord, hook_id)
        assert (found.state, found.paused_by_failure, found.failing_since) == ("paused", True, at)
    news(city, case)
    assert deliver(city, at + DAYS * 2) == []
    receiver.answer = 200
    with city.begin() as work:
        hooks.resume(work, hook_id, actor=ADMIN, now=at + DAYS * 2)
    assert [one.problem for one in deliver(city, at + DAYS * 2)] == [None] * 3
    with city.begin() as work:
        assert work.session.get_one(SubscriptionRecord, hook_id).failing_since is None


def test_a_success_in_between_begins_the_count_of_failing_days_anew(city, open_receiver):
    receiver = open_receiver(500)
    hook_id, _ = subscribe(city, receiver.url)
    news(city, a_case_of(city))
    at = now()
    deliver(city, at)
    receiver.answer = 200
    deliver(city, at + DAYS)
    receiver.answer = 500
    news(city, a_case_of(city))
    deliver(city, at + DAYS + timedelta(hours=1))
    with city.begin() as work:
        found = work.session.get_one(SubscriptionRecord, hook_id)
        assert (found.state, found.failing_since) == ("active", at + DAYS + timedelta(hours=1))


def test_a_delivery_is_sent_again_by_hand_but_not_while_it_is_under_way(city, open_receiver):
    receiver = open_receiver()
    hook_id, _ = subscribe(city, receiver.url)
    news(city, a_case_of(city))
    at = now()
    with city.begin() as work:
        (parcel,) = hooks.claim(work, at)
    with pytest.raises(Refused, match="正在进行"), city.begin() as work:
        hooks.resend(work, hook_id, parcel.delivery_id, actor=ADMIN, now=at)
    deliver(city, at + LEASE)
    with city.begin() as work:
        hooks.resend(work, hook_id, parcel.delivery_id, actor=ADMIN, now=at + LEASE)
    deliver(city, at + LEASE)
    assert len(receiver.came) == 2
    assert len(set(receiver.event_ids())) == 1
    other, _ = subscribe(city, receiver.url)
    with pytest.raises(NotFound), city.begin() as work:
        hooks.resend(work, other, parcel.delivery_id, actor=ADMIN, now=at)


def test_an_ended_subscription_hears_nothing_more_and_keeps_its_log(city):
    hook_id, _ = subscribe(city, NOBODY)
    case = a_case_of(city)
    news(city, case)
    with city.begin() as work:
        hooks.end(work, hook_id, actor=ADMIN, now=now())
    news(city, case)
    assert states(city) == {"given_up": 1}
    with city.begin() as work:
        assert len(hooks.listed(work, hook_id, actor=ADMIN).deliveries) == 1
        assert hooks.subscriptions(work, actor=ADMIN) == []


def test_only_an_administrator_subscribes_and_only_to_what_there_is(city):
    with pytest.raises(WrongRole), city.begin() as work:
        hooks.subscriptions(work, actor=DISPATCHER)
    with pytest.raises(Refused, match="内部网络"):
        hooks.allow("https://10.0.0.1/", LOCAL)


def test_the_log_comes_page_by_page_without_holes_and_old_pages_are_forgotten(city):
    hook_id, _ = subscribe(city, NOBODY)
    news(city, a_case_of(city), times=120)
    seen, before = [], None
    while True:
        with city.begin() as work:
            page = hooks.listed(work, hook_id, actor=ADMIN, before=before)
        seen += [one.id for one in page.deliveries]
        before = page.next_before
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    later = now() + KEPT + timedelta(days=1)
    with city.begin() as work:
        assert hooks.forget_old(work, later) == 0
    assert states(city) == {"given_up": 120}
    with city.begin() as work:
        assert hooks.forget_old(work, later + KEPT + timedelta(days=1)) == 120


def test_secret_and_address_stand_sealed_in_the_database(city):
    _, secret = subscribe(city, NOBODY)
    with city.begin() as work:
        row = work.session.connection().exec_driver_sql("SELECT secret, address FROM hook_subscription").one()
    assert secret not in row[0]
    assert "127.0.0.1" not in row[1]
