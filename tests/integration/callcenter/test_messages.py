"""A text message is sent once, and its status only moves forward."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import threading

import pytest

from callcenter import messages
from callcenter.records import MessageRecord
from callcenter.telephony import TwilioLine
from core.clock import now
from core.embedded import free_port

PHONE = "+8613800001111"


@pytest.fixture
def written(database) -> int:
    with database.begin() as work:
        return messages.queue(work, to=PHONE, body="您的诉求已登记", about="12345", at=now())


def send(app, message_id: int) -> None:
    with app.app_context():
        messages.send(message_id)


def row(database, message_id: int) -> MessageRecord:
    with database.begin() as work:
        return work.session.get_one(MessageRecord, message_id)


def test_a_message_is_handed_over_once_however_often_its_job_runs(app, database, carrier, written):
    send(app, written)
    send(app, written)
    (ask,) = carrier.asked("POST", "/Messages.json")
    assert ask.form["To"] == [PHONE]
    assert ask.form["StatusCallback"] == [f"https://hotline.test/twilio/message/status?message={written}"]
    assert row(database, written).status == "queued"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((400, {"code": 21211, "message": "bad number"}), "failed"),
        ((503, {"code": 20500, "message": "?"}), "unknown"),
    ],
)
def test_a_refused_message_failed_and_one_without_an_answer_is_left_to_a_person(
    app, database, carrier, written, answer, status
):
    carrier.answers["/Messages.json"] = answer
    send(app, written)
    send(app, written)
    assert row(database, written).status == status
    assert len(carrier.asked("POST", "/Messages.json")) == 1


def reach(app, settings, port: int) -> None:
    """Let the centre ask another door."""
    elsewhere = dataclasses.replace(settings, practice_line_url=f"http://127.0.0.1:{port}")
    app.extensions["telephony"] = TwilioLine(elsewhere)


def test_a_message_that_the_carrier_has_no_room_for_waits_for_its_next_try(app, database, carrier, written):
    carrier.answers["/Messages.json"] = (429, {"code": 20429, "message": "Too Many Requests"})
    send(app, written)
    found = row(database, written)
    assert (found.status, found.rank, found.tries) == ("waiting", 0, 1)
    assert found.next_try_at > now()


def test_a_message_that_nobody_was_there_to_take_waits_too(app, database, settings, written):
    reach(app, settings, free_port())
    send(app, written)
    assert row(database, written).status == "waiting"


def test_a_message_whose_connection_broke_is_never_sent_again(app, database, settings, written):
    with socket.create_server(("127.0.0.1", 0)) as door:
        taken = []

        def take_and_hang_up() -> None:
            visitor, _ = door.accept()
            taken.append(visitor.recv(65536))
            visitor.close()

        thread = threading.Thread(target=take_and_hang_up)
        thread.start()
        reach(app, settings, door.getsockname()[1])
        send(app, written)
        thread.join()
    assert taken[0].startswith(b"POST")
    assert row(database, written).status == "unknown"


def test_the_pauses_grow_up_to_an_hour(app, database, carrier, written):
    carrier.answers["/Messages.json"] = (429, {"code": 20429, "message": "Too Many Requests"})
    pauses = []
    for tries in (0, 1, 2, 30):
        with database.begin() as work:
            message = work.session.get_one(MessageRecord, written)
            message.tries, message.next_try_at = tries, None
        asked_at = now()
        send(app, written)
        pauses.append(round((row(database, written).next_try_at - asked_at).total_seconds(), -1))
    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert pauses[3] >= 3600


def test_the_same_news_of_a_case_is_written_down_once(database):
    with database.begin() as work:
        first, again, other = (
            messages.queue(work, to=PHONE, body="……", about="12345", at=now(), subject=subject)
            for subject in ("registered", "registered", "closed")
        )
    assert again is None
    assert None not in (first, other)


@pytest.mark.parametrize("order", list(itertools.permutations(["sending", "sent", "delivered"])))
def test_statuses_in_any_order_and_twice_end_at_the_last(desk, app, database, carrier, written, order):
    send(app, written)
    sid = row(database, written).message_sid
    for status in order:
        for _ in range(2):
            form = {"MessageSid": sid, "MessageStatus": status, "To": PHONE}
            assert desk.post(f"/twilio/message/status?message={written}", form).status_code == 204
    assert row(database, written).status == "delivered"


def test_a_callback_faster_than_the_answer_finds_its_message(desk, app, database, written):
    form = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30008"}
    desk.post(f"/twilio/message/status?message={written}", form)
    found = row(database, written)
    assert (found.message_sid, found.status, found.error_code) == ("SM9", "undelivered", "30008")


def test_neither_number_nor_text_is_readable_in_the_database(database, written):
    with database.engine.connect() as connection:
        (stored,) = connection.exec_driver_sql("SELECT * FROM message").all()
    assert "138" not in str(stored.phone)
    assert "诉求" not in str(stored.body)
