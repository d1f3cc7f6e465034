"""Checks on the house itself: guards, queues, reactions, settings, commits."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path

import callcenter.events
import dispatch.events
from core.config import OPTIONAL, REQUIRED, Settings
from core.events import Event
from core.queues import QueueName
from dashboard.health import SPEAKING
from workers import clock
from workers.__main__ import PARTS
from workers.reactions import FOLLOWS

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("core", "callcenter", "dispatch", "nlp", "dashboard", "workers")


def sources() -> list[Path]:
    return [
        path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts
    ]


def committing_files(paths: list[Path]) -> set[str]:
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                found.add(path.name)
    return found


def test_every_queue_is_served_by_a_process_of_the_procfile():
    served = re.findall(r"python -m workers ([a-z ]+)", (ROOT / "Procfile").read_text())
    assert sorted(name for line in served for name in line.split()) == sorted(queue.value for queue in QueueName)


def test_every_worker_reports_under_a_name_that_health_asks_for():
    assert set(PARTS) == set(QueueName)
    assert set(PARTS.values()) <= set(SPEAKING)


def test_what_a_caller_waits_for_shares_a_process_with_nothing_else():
    served = re.findall(r"python -m workers ([a-z ]+)", (ROOT / "Procfile").read_text())
    assert "urgent" in [line.strip() for line in served]


def test_the_paper_says_how_many_calls_the_media_process_can_hear():
    (threads,) = re.findall(r"--threads (\d+) .*create_media_app", (ROOT / "Procfile").read_text()) or [""]
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert f"{threads} threads of `media`" in page
    assert f"**{int(threads) // 2} calls a process**" in page  # the caller's stream and the agent's


def test_every_event_stands_in_the_reaction_table():
    known = {
        kind
        for module in (callcenter.events, dispatch.events)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Event) and kind is not Event
    }
    assert set(FOLLOWS) == known


def test_every_job_of_the_clock_exists():
    for tick in clock.TICKS:
        module, _, function = tick.job.rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[function]), function)), tick.job


def test_only_the_database_module_commits(tmp_path):
    assert committing_files(sources()) <= {"db.py"}
    bad = tmp_path / "bad.py"
    bad.write_text("session.commit()")
    assert committing_files([bad]) == {"bad.py"}  # the check itself can fail


def test_the_example_environment_names_every_setting():
    text = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z_]+)=", text, re.MULTILINE))
    assert set(REQUIRED) | set(OPTIONAL) <= named


def test_every_setting_is_a_variable_that_the_page_explains():
    page = (ROOT / "docs" / "configuration.md").read_text()
    for name in (*REQUIRED, *OPTIONAL):
        assert f"`{name}`" in page, name
    assert len(fields(Settings)) >= len(REQUIRED)


def test_migrations_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_starting_the_app_loads_no_language_model():
    import subprocess
    import sys

    heavy = "{'vosk', 'jieba', 'sklearn'}"
    code = f"import app, callcenter.webhooks, dashboard.desk, sys; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
