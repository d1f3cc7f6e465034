"""The `call` and `demo` commands: what they need, what they print, how they end."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from callcenter.practice import command, demo
from callcenter.practice.trial import BadSound, Centre, NoCentre, ended_well, sound_file, summary

ROOT = Path(__file__).resolve().parents[3]
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing answers


def a_found_call(**fields: Any) -> dict[str, Any]:
    plain = {
        "state": "ended",
        "outcome": "case",
        "segments": [{"speaker": "caller", "text": "家里停水了", "final_at": "2026-01-05T01:00:09+00:00"}],
        "case_no": "20260105-000001-3",
        "case_state": "to_sign",
        "unit": "澜州市供水集团有限公司",
        "arrived_at": "2026-01-05T01:00:00+00:00",
        "answered_at": "2026-01-05T01:00:05.500000+00:00",
        "first_words_at": "2026-01-05T01:00:09Z",
        "registered_at": "2026-01-05T01:00:20+00:00",
        "routed_at": "2026-01-05T01:00:20.250000+00:00",
        "on_board_at": None,
        "finished": True,
    }
    return plain | fields


def told(arguments: list[str], env: dict[str, str]) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    command.add_to(commands, env)
    demo.add_to(commands, env)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def test_a_summary_counts_every_wait_from_where_it_began() -> None:
    assert summary("CA1", a_found_call()) == {
        "call_sid": "CA1",
        "segments": [{"speaker": "caller", "text": "家里停水了"}],
        "outcome": "case",
        "case_no": "20260105-000001-3",
        "unit": "澜州市供水集团有限公司",
        "ms": {"to_answer": 5500, "first_words": 3500, "to_routed": 250, "to_board": None},
    }


def test_a_call_that_never_arrived_is_summed_up_with_nulls() -> None:
    nothing = summary("CA1", None)
    assert nothing["outcome"] is None
    assert set(nothing["ms"].values()) == {None}


def test_a_person_reads_the_words_the_outcome_and_the_waits() -> None:
    read = command.account(summary("CA1", a_found_call()))
    for piece in ("家里停水了", "20260105-000001-3", "澜州市供水集团有限公司", "answered after 5.5 s"):
        assert piece in read
    assert "board" not in read


@pytest.mark.parametrize(
    ("found", "well"),
    [
        (a_found_call(), True),
        (a_found_call(outcome="answered"), True),
        (a_found_call(outcome="voicemail"), True),
        (a_found_call(outcome="no_matter"), True),
        (a_found_call(outcome="abandoned"), False),
        (a_found_call(outcome="failed"), False),
        (a_found_call(finished=False), False),
        (None, False),
    ],
)
def test_a_call_ends_well_or_not(found: dict[str, Any] | None, well: bool) -> None:
    assert ended_well(found) is well


def test_the_account_comes_from_the_environment_first(tmp_path: Path) -> None:
    kept = {"twilio_account_sid": "ACkept", "twilio_auth_token": "kept"}
    (tmp_path / "secrets.json").write_text(json.dumps(kept))
    env = {"VAR_DIR": str(tmp_path), "TWILIO_ACCOUNT_SID": "ACgiven", "TWILIO_AUTH_TOKEN": "given"}
    assert Centre.found(env).account_sid == "ACgiven"


@pytest.mark.parametrize(
    ("env", "url", "centre", "line"),
    [
        ({}, None, "http://127.0.0.1:8000", "http://127.0.0.1:8002"),
        ({"PORT": "9300"}, None, "http://127.0.0.1:9300", "http://127.0.0.1:9302"),
        ({}, "http://127.0.0.1:9500/", "http://127.0.0.1:9500", "http://127.0.0.1:9502"),
        ({"PRACTICE_PORT": "7"}, None, "http://127.0.0.1:8000", "http://127.0.0.1:7"),
        ({"PRACTICE_LINE_URL": "http://line:1/"}, None, "http://127.0.0.1:8000", "http://line:1"),
        ({"PUBLIC_BASE_URL": "http://centre:5"}, None, "http://centre:5", "http://127.0.0.1:7"),
    ],
)
def test_a_second_terminal_finds_the_centre_of_the_first(
    tmp_path: Path, env: dict[str, str], url: str | None, centre: str, line: str
) -> None:
    kept = {"twilio_account_sid": "ACkept", "twilio_auth_token": "kept"}
    (tmp_path / "secrets.json").write_text(json.dumps(kept))
    found = Centre.found({"VAR_DIR": str(tmp_path), **env}, url=url)
    assert (found.url, found.line_url, found.account_sid) == (centre, line, "ACkept")


def test_where_no_centre_was_ever_started_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoCentre, match="make run"):
        Centre.found({"VAR_DIR": str(tmp_path)})


def test_a_missing_file_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(["call", "--wav", str(tmp_path / "none.wav")], {}) == command.MISUSED
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_that_is_no_sound_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "words.wav").write_text("not a sound")
    with pytest.raises(BadSound, match="not a sound file"):
        sound_file(tmp_path / "words.wav")


def test_a_centre_that_does_not_run_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    env = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "PRACTICE_LINE_URL": NOBODY}
    assert told(["call", "--text", "喂", "--url", NOBODY], env) == command.ENDED_BADLY
    assert capsys.readouterr().err == f"Nothing answers at {NOBODY}; is the centre running (`make run`)?\n"
    assert told(["demo", "--url", NOBODY], env) == command.ENDED_BADLY


def test_the_demo_has_fourteen_callers_three_of_them_from_files_that_a_telephone_can_play() -> None:
    calls = demo.demo_calls(ROOT / "city" / "practice" / "calls")
    files = [call.wav for call in calls if call.wav]
    assert (len(calls), len(files)) == (14, 3)
    for file in files:
        assert len(sound_file(file)) < 200_000


def test_the_closing_sentence_names_the_calls_that_did_not_arrive() -> None:
    ended = [
        demo.Ended(call_no="01", arrived_well=True, sentence=""),
        demo.Ended(call_no="02", arrived_well=True, sentence="", by_hand=True),
        demo.Ended(call_no="03", arrived_well=False, sentence=""),
    ]
    said = demo.closing(ended)
    for piece in ("2 of 3", "1 of them the demo dispatched by hand", "Not so: 03"):
        assert piece in said
