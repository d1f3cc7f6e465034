"""The words of the carrier and what they mean to us."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter import repeats
from callcenter.calls import LegProgress, Presence, later, masked, normalised, whole
from callcenter.music import ROUND_S, tune, wav
from callcenter.seating import FRONT, NORMAL, Pair, ReadySeat, WaitingCall, choose, in_line


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("+8613800001111", "+8613800001111"),
        ("8613800001111", "+8613800001111"),
        ("013800001111", "+8613800001111"),
        ("13800001111", "+8613800001111"),
        ("138 0000-1111", "+8613800001111"),
        ("057188881234", "+8657188881234"),
        ("+14158675309", "+14158675309"),
        ("anonymous", None),
        ("Restricted", None),
        ("+266696687", None),
        ("client:agent_1", None),
        ("sip:13800001111@carrier", None),
        ("", None),
    ],
)
def test_numbers_are_kept_in_one_form_whatever_the_carrier_sends(sent, known):
    assert normalised(sent) == known


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613800001111", "138****1111"),
        ("+14158675309", "+14****5309"),
        ("+8612345", "****45"),
        (None, "未显示号码"),
    ],
)
def test_a_masked_number_cannot_be_dialled(phone, shown):
    assert masked(phone) == shown


@pytest.mark.parametrize(
    ("status", "rank"),
    [
        ("queued", 0),
        ("initiated", 1),
        ("ringing", 2),
        ("in-progress", 3),
        ("answered", 3),
        ("completed", 4),
        ("busy", 4),
        ("failed", 4),
        ("no-answer", 4),
        ("canceled", 4),
        ("teleported", -1),
        ("", -1),
    ],
)
def test_every_status_has_a_rank(status, rank):
    assert LegProgress(call_sid="CA1", status=status, conference=None).rank == rank


@pytest.mark.parametrize("held", Presence)
@pytest.mark.parametrize("heard", Presence)
def test_presence_only_moves_forward(held, heard):
    assert later(held, heard) == later(heard, held)
    assert later(later(held, heard), held) == later(held, heard)


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("0", 0), ("", -1), ("-1", -1), ("１２", -1), ("x", -1)])
def test_counts_are_read_strictly(text, number):
    assert whole(text) == number


NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


def waiting(call_id, minutes, priority=NORMAL):
    return WaitingCall(call_id=call_id, priority=priority, queued_at=NOON + timedelta(minutes=minutes))


def ready(person_id, minutes):
    return ReadySeat(person_id=person_id, since=NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("calls", "seats", "pair"),
    [
        ([], [], None),
        ([waiting(1, 0)], [], None),
        ([], [ready(1, 0)], None),
        ([waiting(1, 5), waiting(2, 3)], [ready(1, 5), ready(2, 3)], Pair(call_id=2, person_id=2)),
        ([waiting(1, 0), waiting(2, 9, FRONT)], [ready(1, 0)], Pair(call_id=2, person_id=1)),
        ([waiting(1, 9, FRONT), waiting(2, 8, FRONT)], [ready(1, 0)], Pair(call_id=2, person_id=1)),
        ([waiting(2, 0), waiting(1, 0)], [ready(2, 0), ready(1, 0)], Pair(call_id=1, person_id=1)),
    ],
)
def test_the_first_in_line_meets_the_agent_free_longest(calls, seats, pair):
    assert choose(calls, seats) == pair


def test_the_line_is_served_in_the_order_in_which_it_is_shown():
    line = [waiting(1, 3), waiting(2, 1), waiting(3, 9, FRONT)]
    served = []
    while pair := choose(line, [ready(1, 0)]):
        served.append(pair.call_id)
        line = [call for call in line if call.call_id != pair.call_id]
    assert (
        served
        == [3, 2, 1]
        == [call.call_id for call in in_line([waiting(1, 3), waiting(2, 1), waiting(3, 9, FRONT)])]
    )


@pytest.mark.parametrize(
    ("key_of", "form", "other"),
    [
        (
            repeats.progress_key,
            {"CallSid": "CA1", "CallStatus": "ringing", "SequenceNumber": "1"},
            {"SequenceNumber": "2"},
        ),
        (repeats.progress_key, {"CallSid": "CA1", "CallStatus": "ringing"}, {"CallStatus": "completed"}),
        (repeats.conference_key, {"ConferenceSid": "CF1", "SequenceNumber": "1"}, {"SequenceNumber": "2"}),
        (
            repeats.conference_key,
            {"ConferenceSid": "CF1", "StatusCallbackEvent": "participant-join", "CallSid": "CA1"},
            {"CallSid": "CA2"},
        ),
        (
            repeats.recording_key,
            {"RecordingSid": "RE1", "RecordingStatus": "in-progress"},
            {"RecordingStatus": "completed"},
        ),
        (
            repeats.stream_key,
            {"StreamSid": "MZ1", "StreamEvent": "stream-started"},
            {"StreamEvent": "stream-stopped"},
        ),
        (repeats.message_key, {"MessageSid": "SM1", "MessageStatus": "sent"}, {"MessageStatus": "delivered"}),
    ],
)
def test_a_repeat_has_the_same_key_and_the_next_fact_another(key_of, form, other):
    assert key_of(form) == key_of(dict(form) | {"Timestamp": "later"})
    assert key_of(form) != key_of(form | other)


def test_a_document_is_the_same_by_the_carriers_token_else_by_all_that_was_asked():
    form = {"CallSid": "CA1", "QueueTime": "3"}
    assert repeats.document_key("/a", form, "t") == repeats.document_key("/a", form | {"QueueTime": "4"}, "t")
    assert repeats.document_key("/a", form, "t") != repeats.document_key("/b", form, "t")
    assert repeats.document_key("/a", form, None) != repeats.document_key("/a", form | {"QueueTime": "4"}, None)
    assert repeats.document_key("/a?claim=1", form, None) != repeats.document_key("/a?claim=2", form, None)


def test_the_tune_fills_its_round_without_clipping_or_falling_silent():
    sound = tune()
    assert len(sound) == ROUND_S * 8000
    assert 4000 < abs(sound.astype(int)).max() < 20_000
    loudness = (sound[: 8000 * 19].astype(float).reshape(-1, 8000) ** 2).mean(axis=1) ** 0.5
    assert loudness.min() > 100
    assert wav()[:4] == b"RIFF"
