"""The processes as one: they come up, tell what is wrong, come back when killed, and leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.e2e.centre import ROOT, Centre


def wait_until(condition, *, within_s: float = 45, every_s: float = 0.2) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every_s)
    return False


def still_running(processes: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(processes, timeout=10)
    return [" ".join(one.cmdline()) for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def own_centre(tmp_path_factory: pytest.TempPathFactory):
    running = Centre(folder=tmp_path_factory.mktemp("own") / "var")
    running.start()
    yield running
    running.stop()


def test_it_says_where_to_look_and_how_to_sign_in(own_centre: Centre):
    assert wait_until(lambda: "Ctrl-C" in own_centre.said())
    assert f"{own_centre.base}/sign-in" in own_centre.said()
    assert "agent1" in own_centre.said()
    assert "practice-12345" in own_centre.said()


def test_health_names_the_part_that_is_missing(own_centre: Centre):
    clock = own_centre.child("workers.clock")
    clock.suspend()
    try:
        assert wait_until(lambda: own_centre.health_status() == 503)
        parts = own_centre.health()["parts"]
        assert parts["clock"]["ready"] is False
        assert parts["database"]["ready"] is True
    finally:
        clock.resume()
    assert wait_until(lambda: own_centre.health_status() == 200)


@pytest.mark.parametrize(
    "words",
    [
        ("wsgi:application",),
        ("create_media_app",),
        ("workers", "urgent"),
        ("workers", "default"),
        ("workers.clock",),
    ],
)
def test_a_killed_process_comes_back(own_centre: Centre, words: tuple[str, ...]):
    killed = own_centre.child(*words)
    killed_at = time.time()
    killed.kill()
    # Its last word is still believed for some seconds, so health alone does not tell.
    assert wait_until(lambda: own_centre.born_since(killed_at, *words))
    assert wait_until(lambda: own_centre.health_status() == 200)


def test_a_second_centre_in_the_same_folder_is_refused(own_centre: Centre):
    second = Centre(folder=own_centre.folder)
    with pytest.raises(AssertionError, match="running already"):
        second.start()


def test_a_port_that_is_taken_is_named_and_nothing_is_started(own_centre: Centre, tmp_path: Path):
    second = Centre(folder=tmp_path / "var", port=own_centre.port)
    second.folder.mkdir()
    command = [sys.executable, "run.py"]
    said = subprocess.run(command, cwd=ROOT, env=second.env(), capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert f"Port {own_centre.port} is taken" in said.stdout
    assert not (second.folder / "postgres").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_leaves_no_process_and_keeps_the_rows(own_centre: Centre, number: signal.Signals):
    if own_centre.process and own_centre.process.poll() is not None:
        own_centre.start()
    assert wait_until(lambda: len(own_centre.family()) >= 8)
    family = own_centre.family()
    own_centre.stop(number)
    assert still_running(family) == []

    own_centre.start()
    host = own_centre.folder / "postgres"
    with psycopg.connect(f"postgresql://postgres@/hotline?host={host}") as connection:
        count = connection.execute("SELECT count(*) FROM person").fetchone()[0]
    staff = (Path(__file__).parents[2] / "city/practice/staff.csv").read_text(encoding="utf-8").strip().splitlines()
    assert count == len(staff) - 1  # loaded once, not again


def test_children_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path):
    centre = Centre(folder=tmp_path / "var")
    centre.start()
    family = [one for one in centre.family() if "postgres" not in one.name()]
    assert centre.process is not None
    centre.process.kill()
    centre.process.wait()
    assert still_running(family) == []
    centre.start()  # takes over the PostgreSQL that went on
    everything = centre.family()
    centre.stop()
    assert still_running(everything) == []
